"""A pytest plugin: each test ends as the run decides, by all that was seen."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest

from contracts.http.link import Lost
from contracts.http.outcomes import NotChecked
from contracts.plugins import xdist_pairs
from contracts.plugins.state import INTERRUPTS, LOST, PROVES, is_worker, run_of
from contracts.session.run import ADVISED, FAILED, SKIPPED
from contracts.session.settings import Unusable


class Broken(Exception):
    """A test's outcome that is already written out; it needs no traceback."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    if INTERRUPTS in item.config.stash:
        item.config.stash[INTERRUPTS].check()
    run = run_of(item)
    run.begin()
    if is_worker(item.config):
        run.target.pair = xdist_pairs.pair_of(item.nodeid, len(run.target.settings.pairs))
    with _ended_when_lost(item):
        try:
            return (yield)
        except NotChecked as error:
            _settle(item, error)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    with _ended_when_lost(item):
        if not item.stash[PROVES]:
            return (yield)
        error: BaseException | None = None
        try:
            yield
        except (KeyboardInterrupt, pytest.exit.Exception, Lost):
            raise
        except BaseException as raised:
            error = raised
        return _settle(item, error)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    with _ended_when_lost(item):
        return (yield)


@contextmanager
def _ended_when_lost(item: pytest.Item) -> Iterator[None]:
    """End the whole run when the token or the service is lost: what follows would say so, too."""
    try:
        yield
    except (Lost, Unusable) as error:
        sentence = run_of(item).target.secrets.mask(str(error))
        item.config.stash[LOST] = sentence
        pytest.exit(sentence, returncode=pytest.ExitCode.USAGE_ERROR)


def _settle(item: pytest.Item, error: BaseException | None) -> None:
    """End a test as the run decides, which knows its requirements and all that was seen."""
    proved: list[str] = item.stash[PROVES]
    outcome = run_of(item).end(proved, error)
    if outcome is None:
        assert error is not None  # noqa: S101
        raise error
    if outcome.kind == FAILED:
        raise Broken(outcome.text) from None
    if outcome.kind == ADVISED:
        pytest.xfail(outcome.text)
    if outcome.kind == SKIPPED:
        pytest.skip(outcome.text)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a broken requirement as it was written out. `Outlets` masks it."""
    report = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, Broken):
        report.longrepr = str(call.excinfo.value)
    return report
