"""Log records show no secret, whatever a format asks for."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.masking.masking import Secrets
from contracts.plugins.outlets import masked_records

SECRET = "hunter2-hunter2-x"


@pytest.fixture
def logged() -> Iterator[Any]:
    """Logs through a handler with a format; answers what was written."""
    secrets = Secrets()
    secrets.keep(SECRET, "password")
    factory = logging.getLogRecordFactory()
    logging.setLogRecordFactory(masked_records(secrets.mask))
    logger = logging.Logger("a library")

    def logged(form: str, *message: Any, **named: Any) -> str:
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(logging.Formatter(form))
        logger.handlers = [handler]
        logger.error(*message, **named)
        return stream.getvalue()

    yield logged
    logging.setLogRecordFactory(factory)


@pytest.mark.parametrize(
    "form",
    ["%(message)s", "%(msg)s", "%(msg)s %(args)s", "%(msg)r%(args)r", "%(exc_text)s %(msg)s"],
)
@pytest.mark.parametrize(
    "message",
    [("sent %s", SECRET), (f"sent {SECRET}",), ("sent %(x)s", {"x": SECRET}), ("%r", [SECRET])],
    ids=["argument", "text", "named", "list"],
)
def test_a_message_shows_no_secret(form: str, message: tuple[Any, ...], logged: Any) -> None:
    text = logged(form, *message)
    assert SECRET not in text
    assert "***" in text


def test_an_error_shows_no_secret_and_can_be_asked_for_by_name(logged: Any) -> None:
    for form in ("%(message)s", "%(message)s %(exc_text)s", "%(exc_text)s"):
        try:
            raise RuntimeError(f"with {SECRET}")
        except RuntimeError:
            text = logged(form, "it failed", exc_info=True)
        assert "RuntimeError: with ***" in text
        assert SECRET not in text
    assert logged("%(exc_text)s", "it works") == "None\n"


def test_what_is_added_to_a_record_shows_no_secret(logged: Any) -> None:
    extra = {"headers": {"Authorization": f"Bearer {SECRET}"}, "sent": SECRET, "number": 5}
    text = logged("%(headers)s %(sent)s %(number)d %(message)s", "sent", extra=extra)
    assert text == "{'Authorization': 'Bearer ***'} *** 5 sent\n"


def test_arguments_that_do_not_fit_show_no_secret(
    logged: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert logged("%(message)s", "two for one: %s %s", SECRET) == ""
    said = capsys.readouterr().err
    assert "not enough arguments" in said
    assert SECRET not in said
    assert SECRET not in logged("%(msg)s %(args)s", "two for one: %s %s", SECRET)
    capsys.readouterr()


def test_a_run_may_ask_for_every_attribute_of_its_log(python: Any, tmp_path: Path) -> None:
    form = "%(name)s %(msg)s %(args)s %(message)s %(exc_text)s"
    done = python(
        "pytest", "-q", "-p", "no:cacheprovider", "--log-level=DEBUG", f"--log-format={form}",
        "-olog_cli=true", f"--log-file={tmp_path / 'log'}", "tests/contract/test_keeping.py",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "httpx HTTP Request" in (tmp_path / "log").read_text()
    assert "KeyError" not in done.stdout + done.stderr
