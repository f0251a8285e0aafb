"""A pytest plugin that lets a run fail in ways that no service can bring about.

What goes wrong is told by the environment: `SABOTAGE` names the moments at which something is
raised, `PLANTED` the variables whose values it then shows, as a careless message would. With
`UNMASKED` set, nothing is masked at all.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable

import pytest

from contracts.masking.masking import Secrets

SABOTAGE, PLANTED, UNMASKED = "LEAK_SABOTAGE", "LEAK_PLANTED", "LEAK_UNMASKED"

if os.environ.get(UNMASKED):
    Secrets.mask = lambda _, text: text  # type: ignore[method-assign]
    Secrets.mask_json = lambda _, value: value  # type: ignore[method-assign]
    Secrets.mask_header = lambda _self, _name, value: value  # type: ignore[method-assign]


def _words() -> str:
    """All planted secrets, as a careless message would show them."""
    planted = {name: os.environ[name] for name in os.environ.get(PLANTED, "").split()}
    return f"{planted} {json.dumps(planted)} {' '.join(planted.values())}"


def _in_thread() -> None:
    def work() -> None:
        words = _words()
        raise RuntimeError(words)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


class _Unraisable:
    def __del__(self) -> None:
        raise RuntimeError(_words())


def _logging() -> None:
    logger = logging.getLogger("a library")
    logger.warning("sent %s", _words())
    try:
        raise RuntimeError(_words())
    except RuntimeError:
        logger.exception("it failed")
    logger.warning("two for one: %s %s", _words())


def _printing() -> None:
    print(_words())
    print(_words(), file=sys.stderr)


def _raising() -> None:
    words = _words()
    raise RuntimeError(words)


# One of these happens in each test, in turn.
IN_TESTS: tuple[Callable[[], object], ...] = (
    _raising,
    _printing,
    _logging,
    _in_thread,
    lambda: _Unraisable() and None,
    lambda: warnings.warn(_words(), stacklevel=1),
    lambda: pytest.xfail(_words()),
    lambda: pytest.skip(_words()),
    lambda: pytest.fail(_words()),
)


def _interrupting() -> None:
    words = _words()
    raise KeyboardInterrupt(words)


def _sabotage(moment: str, how: Callable[[], object] = _raising) -> None:
    if moment in os.environ.get(SABOTAGE, "").split():
        how()


def pytest_pycollect_makeitem() -> None:
    _sabotage("collect")


def pytest_runtest_setup() -> None:
    _sabotage("setup")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    number = item.session.items.index(item)
    _sabotage("call", IN_TESTS[number % len(IN_TESTS)])


def pytest_runtest_teardown() -> None:
    _sabotage("teardown")


def pytest_runtest_logfinish() -> None:
    _sabotage("internal")
    _sabotage("interrupt", _interrupting)
    _sabotage("exit", lambda: pytest.exit(_words()))


@pytest.hookimpl(trylast=True)
def pytest_sessionstart() -> None:
    _sabotage("usage", lambda: _refuse(_words()))


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    _sabotage("configure")


def pytest_unconfigure() -> None:
    _sabotage("unconfigure")


def _refuse(words: str) -> None:
    raise pytest.UsageError(words)
