"""What GitHub Actions shows of a run: annotations and the summary of the step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.report import github
from contracts.report.build import EndedTest
from tests.helpers.report_helpers import Watched, exchange, watched

DOCUMENTED, ADVISORY = "read.json", "delete.twice"


@pytest.fixture
def seen() -> Iterator[Watched]:
    with watched() as found:
        yield found


@pytest.fixture
def report(seen: Watched) -> dict[str, Any]:
    seen.see(exchange("read", DOCUMENTED), exchange("delete", ADVISORY))
    return seen.report(exit_status=1, complaints=["read never once succeeded"])


def test_annotations_are_escaped_as_workflow_commands(report: dict[str, Any]) -> None:
    broken = next(r for r in report["requirements"] if r["id"] == DOCUMENTED)
    broken["shown"][0]["actual"] = "100 %\r\n::error::no"
    lines = list(github.commands(report, {"GITHUB_ACTIONS": "true"}))
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning", "::error"]
    assert lines[0].startswith(f"::error title={DOCUMENTED}::")
    assert lines[0].endswith("Actual: 100 %25%0D%0A::error::no")
    assert all("\n" not in line for line in lines)


def test_a_test_that_failed_for_no_requirement_is_annotated(seen: Watched) -> None:
    seen.tests.append(EndedTest("test_a.py::test_x[a,b]", "error", 0, [DOCUMENTED]))
    (line,) = github.commands(seen.report(exit_status=1), {"GITHUB_ACTIONS": "true"})
    assert line.startswith("::error title=test_a.py%3A%3Atest_x[a%2Cb]::")


@pytest.mark.parametrize("environment", [{}, {"GITHUB_ACTIONS": "false"}])
def test_elsewhere_there_are_no_annotations(
    report: dict[str, Any], environment: dict[str, str]
) -> None:
    assert list(github.commands(report, environment)) == []


def test_the_summary_is_added_to_what_stands_there(tmp_path: Path) -> None:
    source, target = tmp_path / "report.md", tmp_path / "summary"
    source.write_text("more", encoding="utf-8")
    target.write_text("some, ", encoding="utf-8")
    github.summarise(source, {"GITHUB_STEP_SUMMARY": str(target)})
    assert target.read_text(encoding="utf-8") == "some, more"
    github.summarise(source, {})
