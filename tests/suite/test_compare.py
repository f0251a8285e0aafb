"""Comparing two runs: every kind of change is found, named and classed as docs/compare.md says."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.__main__ import main
from contracts.changes import (
    BREAKING,
    CLASSES,
    HARMLESS,
    NOTABLE,
    Change,
    as_markdown,
    as_text,
    reach,
)
from contracts.compare import compare
from contracts.report.data import EndedTest
from contracts.report.markdown import prose
from tests.suite.report_helpers import CONTRACT, a_short_life, exchange, watched

ROOT = Path(__file__).parents[2]
RULES = re.findall(
    r"^\| ([^|]+) \| (breaking|notable|harmless) \|$",
    (ROOT / "docs" / "compare.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)
Edit = Callable[[dict[str, Any]], None]
DOCUMENTED, ADVISORY = "read.json", "delete.twice"


@pytest.fixture(scope="module")
def base() -> Iterator[dict[str, Any]]:
    """A report of a run with enough in it to change."""
    with watched() as seen:
        a_short_life(seen.account)
        for _ in range(30):
            seen.see(exchange("read", elapsed=0.1))
        yield seen.report(tests=[EndedTest("test_a.py::test_a", "passed", 0.1)])


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


def running(**values: Any) -> Edit:
    return lambda report: report["run"].update(values)


def latency(median: float, spread: float = 10, count: int = 30) -> Edit:
    quantiles = {"p25": median - spread, "median": median, "p75": median + spread, "p95": 900}
    return setting("endpoints", "read", latency={"count": count, **quantiles})


def version(report: dict[str, Any]) -> None:
    report["contract"]["version"] = "2.0.0"


def unchanged(report: dict[str, Any]) -> None:
    """Leaves the report as it is."""


# The rule (its words in the table) → how the old and the new report come from one, and the id.
CASES: list[tuple[str, str, Edit, Edit]] = [
    ("a documented requirement held or", DOCUMENTED, unchanged, verdict(DOCUMENTED, "broken")),
    ("a documented requirement held or", DOCUMENTED,
     verdict(DOCUMENTED, "not checked"), verdict(DOCUMENTED, "broken")),
    ("advice was followed", ADVISORY, verdict(ADVISORY, "holds"),
     verdict(ADVISORY, "advice not followed")),
    ("a requirement did not hold, and", DOCUMENTED, verdict(DOCUMENTED, "broken"), unchanged),
    ("a requirement was not checked, and", DOCUMENTED, verdict(DOCUMENTED, "not checked"),
     unchanged),
    ("a requirement is no longer checked", DOCUMENTED, unchanged,
     verdict(DOCUMENTED, "not checked")),
    ("a requirement is no longer checked", DOCUMENTED, verdict(DOCUMENTED, "broken"),
     verdict(DOCUMENTED, "not checked")),
    ("a requirement is gone", DOCUMENTED, unchanged, dropped("requirements", DOCUMENTED)),
    ("a requirement is new in the contract and does", DOCUMENTED,
     dropped("requirements", DOCUMENTED), verdict(DOCUMENTED, "broken")),
    ("a requirement is new in the contract and holds", DOCUMENTED,
     dropped("requirements", DOCUMENTED), unchanged),
    ("a requirement has another level", DOCUMENTED, unchanged,
     setting("requirements", DOCUMENTED, level="advisory")),
    ("an endpoint is gone", "events", unchanged, dropped("endpoints", "events")),
    ("an endpoint is gone", "events", unchanged, setting("endpoints", "events", request="GET /x")),
    ("an endpoint is new", "events", dropped("endpoints", "events"), unchanged),
    ("the contract has another version", "version", unchanged, version),
    ("the new run was interrupted", "verdict", unchanged, running(verdict="interrupted")),
    ("the new run was interrupted", "verdict", unchanged, running(verdict="failed")),
    ("the new run has a complaint", "complaint", unchanged, running(complaints=["oh"])),
    ("a status was a success", "create.documented.status", unchanged,
     seen_as("create.documented.status", "409")),
    ("a status was a success", "create.on-existing.status", unchanged,
     seen_as("create.on-existing.status", "201", "503")),
    ("a status said that nothing", "read.absent.status", unchanged,
     seen_as("read.absent.status", "200")),
    ("a status said that nothing", "delete.repeated.status", unchanged,
     seen_as("delete.repeated.status", "204")),
    ("a status is another one", "create.documented.status", unchanged,
     seen_as("create.documented.status", "200")),
    ("a status is another one", "read.absent.status", unchanged,
     seen_as("read.absent.status", "400")),
    ("a status is another one", "create.malformed.status", unchanged,
     seen_as("create.malformed.status", "200")),
    ("a media type is another", "read.absent.media-type", unchanged,
     seen_as("read.absent.media-type", "text/html")),
    ("a media type has other", "read.documented.media-type", unchanged,
     seen_as("read.documented.media-type", "application/json; charset=utf-8")),
    ("a body is of another kind", "read.absent.body", unchanged,
     seen_as("read.absent.body", "nothing")),
    ("a body is of another kind", "read.absent.body", seen_as("read.absent.body",
     "an object with a, b"), seen_as("read.absent.body", "an object with a, c")),
    ("a body has more fields", "read.absent.body", seen_as("read.absent.body",
     "an object with a, b"), seen_as("read.absent.body", "an object with a, b, c")),
    ("POST on existing credentials replaced", "create.on-existing.effect", unchanged,
     seen_as("create.on-existing.effect")),
    ("POST on existing credentials changes", "create.on-existing.effect", unchanged,
     seen_as("create.on-existing.effect", "id")),
    ("a further field appeared", "read.further-fields", unchanged,
     seen_as("read.further-fields", "owner")),
    ("a further field vanished", "read.further-fields", seen_as("read.further-fields", "owner"),
     unchanged),
    ("an identifier has", "read.id-shape", unchanged, seen_as("read.id-shape", "digits")),
    ("a value of a field was not seen before", "read.values.status", unchanged,
     seen_as("read.values.status", "ACTIVE", "LOST")),
    ("a value of a field was not seen this", "read.values.status",
     seen_as("read.values.status", "ACTIVE", "LOST"), unchanged),
    ("entries come in", "events.order", seen_as("events.order", "oldest first"), unchanged),
    ("what was created shows later", "events.delay", unchanged,
     seen_as("events.delay", "within 10 s")),
    ("what was created shows earlier", "events.delay", seen_as("events.delay", "within 10 s"),
     unchanged),
    ("a header about caching or security is gone", "service.security-headers",
     seen_as("service.security-headers", "x-frame-options: DENY"), unchanged),
    ("a header about caching or security is new", "service.caching-headers", unchanged,
     seen_as("service.caching-headers", "etag")),
    ("a header about rate limits or encoding is new", "service.rate-limit-headers", unchanged,
     seen_as("service.rate-limit-headers", "ratelimit")),
    ("a header about rate limits or encoding is gone", "service.encoding-headers",
     seen_as("service.encoding-headers", "content-encoding: gzip"), unchanged),
    ("something is observed", "read.absent.body", unchanged,
     dropped("observations", "read.absent.body")),
    ("something is observed", "read.absent.body", dropped("observations", "read.absent.body"),
     unchanged),
    ("an endpoint got slower", "read", latency(100), latency(150)),
    ("an endpoint got faster", "read", latency(150), latency(100)),
    ("a test vanished", "test_a.py::test_a", unchanged, dropped("tests", "test_a.py::test_a")),
    ("a test is new", "test_a.py::test_a", dropped("tests", "test_a.py::test_a"), unchanged),
]  # fmt: skip


def rule(words: str) -> tuple[str, str]:
    (found,) = (each for each in RULES if each[0].startswith(words))
    return found


def changed(base: dict[str, Any], old: Edit, new: Edit) -> list[Change]:
    reports = copy.deepcopy(base), copy.deepcopy(base)
    # Events of the embedded service have an order only when there are several.
    for report in reports:
        if not any(o["id"] == "events.order" for o in report["observations"]):
            delay = entry(report, "observations", "events.delay")
            order = {**delay, "id": "events.order", "type": "order", "value": ["newest first"]}
            report["observations"].append(order)
    old(reports[0])
    new(reports[1])
    return compare(*reports)


@pytest.mark.parametrize(
    ("words", "name", "old", "new"), CASES, ids=[f"{n}-{c[1]}" for n, c in enumerate(CASES)]
)
def test_each_change_is_found_named_and_classed(
    base: dict[str, Any], words: str, name: str, old: Edit, new: Edit
) -> None:
    (change,) = changed(base, old, new)
    assert (change.id, change.severity) == (name, rule(words)[1])
    assert change.sentence


def test_every_rule_is_held_by_a_case() -> None:
    assert {rule(words) for words, *_ in CASES} == set(RULES)
    assert {severity for _, severity in RULES} == set(CLASSES)


def test_nothing_changed_is_said(base: dict[str, Any]) -> None:
    assert changed(base, unchanged, unchanged) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (latency(100), latency(119, spread=5)),  # less than 20 ms
        (latency(1000), latency(1200)),  # less than 25 %
        (latency(100, spread=60), latency(150)),  # within the other's middle half
        (latency(100), latency(150, spread=60)),
        (latency(100, count=19), latency(500)),  # too few
        (latency(100), latency(500, count=19)),
        (latency(0.4, spread=0.1), latency(4, spread=0.1)),
    ],
    ids=["20-ms", "25-percent", "within-old", "within-new", "few-old", "few-new", "tiny"],
)
def test_noise_is_no_change(base: dict[str, Any], old: Edit, new: Edit) -> None:
    assert changed(base, old, new) == []


def test_latency_of_different_kinds_of_target_is_not_compared(base: dict[str, Any]) -> None:
    target = {"kind": "live", "base_url": "http://localhost", "writes": True}

    def live(report: dict[str, Any]) -> None:
        latency(500)(report)
        report["run"]["target"] = target

    assert changed(base, latency(100), live) == []


def test_a_known_failure_is_named_and_still_breaks_an_integrators_code(
    base: dict[str, Any],
) -> None:
    new = setting("requirements", DOCUMENTED, verdict="broken", known_failure="until 12",
                  shown=[{"expected": "this", "actual": "that", "exchanges": []}])  # fmt: skip
    (change,) = changed(base, unchanged, new)
    assert change.severity == BREAKING
    assert "known failure: until 12" in change.sentence
    assert "expected this; that" in change.sentence


def test_the_worst_comes_first(base: dict[str, Any]) -> None:
    def new(report: dict[str, Any]) -> None:
        dropped("tests", "test_a.py::test_a")(report)
        seen_as("read.further-fields", "owner")(report)
        verdict(DOCUMENTED, "broken")(report)

    found = [change.severity for change in changed(base, unchanged, new)]
    assert found == [BREAKING, NOTABLE, HARMLESS]


# ------------------------------------------------------------- python -m contracts compare


@pytest.fixture
def reports(base: dict[str, Any], tmp_path: Path) -> Callable[[Edit], list[str]]:
    def reports(new: Edit) -> list[str]:
        after = copy.deepcopy(base)
        new(after)
        paths = [tmp_path / "old.json", tmp_path / "new.json"]
        for path, report in zip(paths, (base, after), strict=True):
            path.write_text(json.dumps(report), encoding="utf-8")
        return [str(path) for path in paths]

    return reports


EDITS = {
    BREAKING: verdict(DOCUMENTED, "broken"),
    NOTABLE: dropped("tests", "test_a.py::test_a"),
    HARMLESS: seen_as("read.further-fields", "owner"),
    "none": unchanged,
}


@pytest.mark.parametrize("worst", EDITS)
@pytest.mark.parametrize("limit", [None, *CLASSES])
def test_the_exit_status_is_that_of_the_worst_change(
    worst: str, limit: str | None, reports: Callable[[Edit], list[str]], capsys: Any
) -> None:
    order = [*CLASSES, "none"]
    fails = order.index(worst) <= order.index(limit or BREAKING)
    options = ["--fail-on", limit] if limit else []
    assert main(["compare", *reports(EDITS[worst]), *options]) == int(fails)
    out = capsys.readouterr().out
    assert ("nothing changed" in out) == (worst == "none")


def test_the_three_formats_say_the_same(reports: Callable[[Edit], list[str]], capsys: Any) -> None:
    paths = reports(EDITS[BREAKING])
    said = {}
    for name in ("text", "markdown", "json"):
        assert main(["compare", *paths, "--format", name]) == 1
        said[name] = capsys.readouterr().out
    value = json.loads(said["json"])
    (change,) = value["changes"]
    assert (change["severity"], change["kind"], change["id"]) == (
        BREAKING, "requirement", DOCUMENTED,
    )  # fmt: skip
    assert (change["old"], change["new"]) == ("holds", "broken")
    assert value["counts"] == {BREAKING: 1, NOTABLE: 0, HARMLESS: 0}
    assert value["new"]["verdict"] == "holds"
    assert f"  requirement {DOCUMENTED}: held, does not hold now" in said["text"]
    assert said["text"].rstrip().endswith("1 breaking, 0 notable, 0 harmless changes")
    assert f"- requirement `{DOCUMENTED}`: held, does not hold now" in said["markdown"]


def test_markdown_shows_no_markup_of_others() -> None:
    changes = [Change(BREAKING, "requirement", "x", "<b> and *c*")]
    assert r"\<b\> and \*c\*" in as_markdown("old → new", changes, prose)


def test_changes_of_which_the_same_is_said_are_said_once() -> None:
    changes = [Change(NOTABLE, "test", f"test_{number}", "vanished") for number in range(8)]
    line = "test test_0, test_1, test_2, test_3, test_4, and 3 more: vanished"
    assert f"\n  {line}\n" in as_text("old → new", changes)
    shown = as_markdown("old → new", changes, prose)
    assert "- test `test_0`, `test_1`, `test_2`, `test_3`, `test_4`, and 3 more: vanished" in shown
    assert "8 notable" in shown


def test_reports_about_two_contracts_are_not_compared(
    reports: Callable[[Edit], list[str]], capsys: Any
) -> None:
    def other(report: dict[str, Any]) -> None:
        report["contract"]["name"] = "another"

    assert main(["compare", *reports(other)]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"error: one report is about {CONTRACT.name}, the other about another"


def test_no_changes_reach_no_class() -> None:
    assert not any(reach([], limit) for limit in CLASSES)
