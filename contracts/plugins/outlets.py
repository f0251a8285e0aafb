"""A pytest plugin: whatever leaves the process through pytest, Python or logging is masked.

Reports are masked before any other plugin sees them, and so before they are written to JUnit or
sent by a worker of pytest-xdist. What is printed is masked where it is written.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Generator
from typing import Any, TextIO

import pytest

# These log an answer before anybody knows which secrets it makes known.
TOO_SOON = ("httpcore", "vcr")
Mask = Callable[[str], str]


class Outlets:
    """Masks all outlets from `open` to the end of the run. `mask` may be asked at any time."""

    def __init__(self, mask: Mask) -> None:
        self.mask = mask

    def close_over(self, config: pytest.Config) -> None:
        """Mask what is printed, logged and traced from now on, until pytest is done."""
        for stream in {id(s): s for s in (sys.stdout, sys.stderr) if s is not None}.values():
            self._stream(stream)
        config.add_cleanup(_restoring_log_records())
        logging.setLogRecordFactory(masked_records(self.mask))
        for name in TOO_SOON:
            config.add_cleanup(_silencing(logging.getLogger(name)))
        # The writer of --debug's file; pytest has no public way to it, a test holds this.
        root: Any = config.trace.root
        if (write := root._writer) is not None:
            root.setwriter(lambda text: write(self.mask(text)))

    def _stream(self, stream: TextIO) -> None:
        """Mask what is written to a stream, for good: Python's last words come after pytest's."""
        write = stream.write
        stream.write = lambda text: write(self.mask(text))  # type: ignore[method-assign]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Generator[None, Any, Any]:
        report = yield
        return self._masked(report)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self) -> Generator[None, Any, Any]:
        report = yield
        return self._masked(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: Any) -> None:
        text = self.mask(str(excrepr))
        # What is shown, and what a worker sends, is written by this method.
        excrepr.toterminal = lambda writer: writer.line(text)

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: Any) -> None:
        text = str(warning_message.message)
        masked = self.mask(text)
        if masked != text:
            warning_message.message = warning_message.category(masked)

    def _masked(self, report: Any) -> Any:
        if isinstance(report.longrepr, tuple):  # a skipped test: file, line, reason
            *where, reason = report.longrepr
            report.longrepr = (*where, self.mask(reason))
        elif report.longrepr is not None:
            text = report.longreprtext
            masked = self.mask(text)
            if masked != text:
                report.longrepr = masked
        if hasattr(report, "wasxfail"):
            report.wasxfail = self.mask(report.wasxfail)
        report.sections = [(name, self.mask(text)) for name, text in report.sections]
        return report


def masked_records(mask: Mask) -> type[logging.LogRecord]:
    class Masked(logging.LogRecord):
        """A log record that shows no secret, whichever of its attributes a format asks for."""

        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self._plain = {*vars(self)}
            try:
                self.msg, self.args = mask(super().getMessage()), None
            except Exception:  # whoever formats the record meets the same error, and shows it
                self.msg, self.args = mask(str(self.msg)), _masked_arguments(self.args, mask)

        def __setattr__(self, name: str, value: Any) -> None:
            # Set by the first formatter, and shown by all of them.
            if name in ("exc_text", "stack_info") and value is not None:
                value = mask(value)
            super().__setattr__(name, value)

        def getMessage(self) -> str:  # noqa: N802, logging's own name
            for name in vars(self).keys() - self._plain - {"_plain", "message", "asctime"}:
                self._mask_further(name)
            return mask(super().getMessage())

        def _mask_further(self, name: str) -> None:
            """Mask what a caller has added to the record (`extra`)."""
            text = str(vars(self)[name])
            masked = mask(text)
            if masked != text:
                vars(self)[name] = masked

    return Masked


def _masked_arguments(arguments: Any, mask: Mask) -> Any:
    """The arguments of a log record whose message they do not fit."""
    if isinstance(arguments, tuple):
        return tuple(mask(str(argument)) for argument in arguments)
    return mask(str(arguments))


def _silencing(logger: logging.Logger) -> Callable[[], None]:
    level = logger.level
    logger.setLevel(logging.WARNING)
    return lambda: logger.setLevel(level)


def _restoring_log_records() -> Callable[[], None]:
    factory = logging.getLogRecordFactory()
    return lambda: logging.setLogRecordFactory(factory)
