"""Two reports to compare: one that is made, and edits of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contracts.report.build import EndedTest
from tests.helpers.report_helpers import a_short_life, exchange, watched

Edit = Callable[[dict[str, Any]], None]
DOCUMENTED, ADVISORY = "read.json", "delete.twice"
TEST = "test_a.py::test_a"


def a_report() -> dict[str, Any]:
    """A report of a run with enough in it to change."""
    with watched() as seen:
        a_short_life(seen.account)
        for _ in range(30):
            seen.see(exchange("read", elapsed=0.1))
        return seen.report(tests=[EndedTest(TEST, "passed", 0.1)])


def entry(report: dict[str, Any], part: str, name: str) -> Any:
    (found,) = (each for each in report[part] if each["id"] == name)
    return found


def setting(part: str, name: str, **values: Any) -> Edit:
    return lambda report: entry(report, part, name).update(values)


def verdict(name: str, state: str) -> Edit:
    reason = "because" if state == "not checked" else None
    return setting("requirements", name, verdict=state, reason=reason)


def dropped(part: str, name: str) -> Edit:
    return lambda report: report[part].remove(entry(report, part, name))


def seen_as(name: str, *values: str) -> Edit:
    return setting("observations", name, value=sorted(values))


def both(*edits: Edit) -> Edit:
    def both(report: dict[str, Any]) -> None:
        for edit in edits:
            edit(report)

    return both


def running(**values: Any) -> Edit:
    return lambda report: report["run"].update(values)


def latency(median: float, spread: float = 10, count: int = 30) -> Edit:
    quantiles = {"p25": median - spread, "median": median, "p75": median + spread, "p95": 900}
    return setting("endpoints", "read", latency={"count": count, **quantiles})


def version(report: dict[str, Any]) -> None:
    report["contract"]["version"] = "2.0.0"


def unchanged(report: dict[str, Any]) -> None:
    """Leaves the report as it is."""
