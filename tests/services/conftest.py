"""Cases and figures of the independent services (`make services`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.services.cases import Mistake, Variant, mistakes, variants

FIGURES = pytest.StashKey[list[str]]()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name, read in (("variant", variants), ("mistake", mistakes)):
        if name in metafunc.fixturenames:
            cases: list[Variant] | list[Mistake] = read()
            metafunc.parametrize(name, cases, ids=[case.id for case in cases])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """An open case may fail. It is not strict: cases rotate, so some runs notice it."""
    for item in items:
        case = getattr(item, "callspec", None) and item.callspec.params.get("mistake")
        if isinstance(case, Mistake) and case.open:
            item.add_marker(
                pytest.mark.xfail(reason=case.open, raises=AssertionError, strict=False)
            )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = []


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> list[str]:
    return request.config.stash[FIGURES]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for the store of one service and the report of one run."""
    (tmp_path / "report").mkdir()
    return tmp_path


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for line in config.stash[FIGURES]:
        terminalreporter.write_line(line)
