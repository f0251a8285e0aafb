"""A pytest plugin that finds the suite, and nothing else, from any folder.

`contracts/cli/anywhere.py` starts pytest with it. Tests are named from the suite's folder on.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from contracts.session.folders import ROOT, TESTS

HELP = """\
panorama-contracts tests a service against the contract of Leaf's Panorama credentials API: the
embedded service, or with --base-url a live one, whose token is taken from the environment
(LEAF_TOKEN, or LEAF_USERNAME and LEAF_PASSWORD, and LEAF_USER_ID; see the README). Its own options
stand first, all others are pytest's. Tests are named as in its output.

Exit status: 0 all holds, 1 a requirement does not hold, 2 interrupted, 3 an error in pytest or in
the suite, 4 the target or the options are unusable, 5 no test was selected.
"""
STARTED = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.prog = "panorama-contracts"


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    # The options of conftest.py are not known yet, and their values would be taken for places.
    early_config.known_args_namespace.file_or_dir = [str(TESTS)]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    given = config.invocation_params
    config.stash[STARTED] = str(given.dir)
    config.invocation_params = pytest.Config.InvocationParams(
        args=given.args, plugins=given.plugins, dir=ROOT
    )
    config.args = getattr(config.option, "file_or_dir", None) or [str(TESTS)]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    # pytest has just gone to what it takes for the folder that it was started in.
    os.chdir(session.config.stash[STARTED])
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    if config.option.help:
        print(HELP)
