"""Comparing two runs: every kind of change is found, named and classed as docs/compare.md says."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from contracts.compare import status_rules
from contracts.compare.changes import BREAKING, CLASSES, HARMLESS, NOTABLE, Change
from contracts.compare.compare import compare
from contracts.report.observer import CIRCUMSTANCES
from tests.helpers.compare_helpers import (
    ADVISORY,
    DOCUMENTED,
    TEST,
    Edit,
    a_report,
    both,
    dropped,
    entry,
    latency,
    running,
    seen_as,
    setting,
    unchanged,
    verdict,
    version,
)  # fmt: skip

ROOT = Path(__file__).parents[3]
RULES = re.findall(
    r"^\| ([^|]+) \| (breaking|notable|harmless) \|$",
    (ROOT / "docs" / "compare.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


@pytest.fixture(scope="module")
def base() -> dict[str, Any]:
    return a_report()


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
    ("a requirement fails as before, and is listed", DOCUMENTED, verdict(DOCUMENTED, "broken"),
     setting("requirements", DOCUMENTED, verdict="broken", known_failure="until 12")),
    ("a requirement fails as before, and is no", DOCUMENTED,
     setting("requirements", DOCUMENTED, verdict="broken", known_failure="until 12"),
     verdict(DOCUMENTED, "broken")),
    ("an endpoint is gone", "events", unchanged, dropped("endpoints", "events")),
    ("an endpoint is gone", "events", unchanged, setting("endpoints", "events", request="GET /x")),
    ("an endpoint is new", "events", dropped("endpoints", "events"), unchanged),
    ("the contract has another version", "version", unchanged, version),
    ("the new run was interrupted", "verdict", unchanged, running(verdict="interrupted")),
    ("the new run was interrupted", "verdict", unchanged, running(verdict="failed")),
    ("the run's verdict was that", "verdict", unchanged, running(verdict="broken")),
    ("the run's verdict was another", "verdict", running(verdict="broken"), unchanged),
    ("the run's verdict was another", "verdict", running(verdict="interrupted"), unchanged),
    ("the new run has a complaint", "complaint", unchanged, running(complaints=["oh"])),
    ("a status was a success", "create.documented.status", unchanged,
     seen_as("create.documented.status", "409")),
    ("a status was a success", "create.documented.status", unchanged,
     seen_as("create.documented.status", "503")),
    ("a status was a success", "create.on-existing.status", unchanged,
     seen_as("create.on-existing.status", "201", "500")),
    ("a status was a success", "create.on-existing.status",
     seen_as("create.on-existing.status", "201", "409"),
     seen_as("create.on-existing.status", "409")),
    ("a status said that nothing is there, or", "read.absent.status", unchanged,
     seen_as("read.absent.status", "200")),
    ("a status said that nothing is there, or", "read.auth.status", unchanged,
     seen_as("read.auth.status", "204", "401")),
    ("a status said that nothing is there, or", "delete.auth.status", unchanged,
     seen_as("delete.auth.status", "202")),
    ("DELETE said", "delete.repeated.status", unchanged, seen_as("delete.repeated.status", "204")),
    ("DELETE said", "delete.absent.status", unchanged, seen_as("delete.absent.status", "204")),
    ("a status said that something is or", "read.absent.status", unchanged,
     seen_as("read.absent.status", "500")),
    ("a status said that something is or", "delete.repeated.status", unchanged,
     seen_as("delete.repeated.status", "404", "500")),
    ("a status said that something is or", "create.on-existing.status",
     seen_as("create.on-existing.status", "409"), seen_as("create.on-existing.status", "500")),
    ("a status said that nothing is there, and", "read.absent.status", unchanged,
     seen_as("read.absent.status", "401")),
    ("a status said that nothing is there, and", "events.absent.status", unchanged,
     seen_as("events.absent.status", "403", "404")),
    ("a status was that of no other", "delete.auth.status", unchanged,
     seen_as("delete.auth.status", "404")),
    ("a status was that of no other", "create.auth.status", unchanged,
     seen_as("create.auth.status", "400")),
    ("a status was that of no other", "create.malformed.status", unchanged,
     seen_as("create.malformed.status", "401")),
    ("a status was that of no other", "create.on-existing.status",
     seen_as("create.on-existing.status", "409"), unchanged),
    ("a status of a bad body", "create.malformed.status", unchanged,
     seen_as("create.malformed.status", "201")),
    ("a status of the moment", "create.documented.status", unchanged,
     seen_as("create.documented.status", "201", "503")),
    ("a status of the moment", "read.absent.status", seen_as("read.auth.status", "401", "429"),
     both(seen_as("read.auth.status", "401", "429"), seen_as("read.absent.status", "404", "429"))),
    ("a status is another one", "create.documented.status", unchanged,
     seen_as("create.documented.status", "200")),
    ("a status is another one", "read.absent.status", unchanged,
     seen_as("read.absent.status", "400")),
    ("a status is another one", "delete.documented.status",
     seen_as("delete.absent.status", "200"),
     both(seen_as("delete.absent.status", "200"), seen_as("delete.documented.status", "200"))),
    ("a status is another one", "read.auth.status",
     seen_as("read.auth.status", "401", "404"), seen_as("read.auth.status", "402", "404")),
    ("a status is another one", "create.on-existing.status",
     seen_as("create.on-existing.status", "409"), seen_as("create.on-existing.status", "202")),
    ("a status is another one", "read.absent.status",
     seen_as("read.absent.status", "401", "404"), seen_as("read.absent.status", "403", "404")),
    ("a status is another one", "read.absent.status",
     seen_as("read.auth.status", "401", "404", "410"),
     both(seen_as("read.auth.status", "401", "404", "410"),
          seen_as("read.absent.status", "404", "410"))),
    ("a status is another one", "delete.repeated.status", seen_as("delete.absent.status", "410"),
     both(seen_as("delete.absent.status", "410"), seen_as("delete.repeated.status", "410"))),
    ("a status is another one", "read.absent.status", seen_as("read.auth.status", "401", "429"),
     both(seen_as("read.auth.status", "401", "429"), seen_as("read.absent.status", "429"))),
    ("a status is not seen any more", "read.absent.status",
     seen_as("read.absent.status", "404", "410"), unchanged),
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
    ("something is observed", "read.absent.body", dropped("observations", "read.absent.body"),
     unchanged),
    ("something is no longer observed, alt", "read.absent.body", unchanged,
     dropped("observations", "read.absent.body")),
    ("something is no longer observed, alt", "service.security-headers", unchanged,
     dropped("observations", "service.security-headers")),
    ("something is no longer observed, alt", "read.id-shape", unchanged,
     dropped("observations", "read.id-shape")),
    ("something is no longer observed, and", "events.delay", unchanged,
     dropped("observations", "events.delay")),
    ("an endpoint got slower", "read", latency(100), latency(150)),
    ("an endpoint got faster", "read", latency(150), latency(100)),
    ("a test vanished", TEST, unchanged, dropped("tests", TEST)),
    ("a test passed", TEST, unchanged, setting("tests", TEST, outcome="skipped")),
    ("a test passed", TEST, unchanged, setting("tests", TEST, outcome="failed")),
    ("a test passed", TEST, unchanged, setting("tests", TEST, outcome="error")),
    ("a test did not pass", TEST, setting("tests", TEST, outcome="failed"), unchanged),
    ("a test did not pass", TEST, setting("tests", TEST, outcome="skipped"), unchanged),
    ("a test is new", TEST, dropped("tests", TEST), unchanged),
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


def test_a_case_that_did_not_come_up_is_told_from_one_that_did(base: dict[str, Any]) -> None:
    def without(report: dict[str, Any]) -> None:
        kept = [o for o in report["observations"] if o["circumstance"] != "malformed"]
        report["observations"] = kept

    def unasked(report: dict[str, Any]) -> None:
        without(report)
        setting("requirements", "create.malformed", evidence=0, violations=0)(report)

    def asked(report: dict[str, Any]) -> None:
        without(report)
        setting("requirements", "create.malformed", evidence=1)(report)

    for edit, severity in ((unasked, HARMLESS), (asked, NOTABLE)):
        found = changed(base, unchanged, edit)
        assert {change.id for change in found} >= {"create.malformed.status"}
        assert {change.severity for change in found} == {severity}


def test_cases_that_look_alike_are_named(base: dict[str, Any]) -> None:
    (change,) = changed(base, unchanged, seen_as("create.auth.status", "400"))
    assert change.sentence == (
        "was 401, is 400, as in the circumstance 'malformed', so the two look alike"
    )


def test_each_circumstance_has_a_meaning_of_its_own_or_is_a_bad_body() -> None:
    telling = {c for c in CIRCUMSTANCES if status_rules.meaning(c) != status_rules.BAD_BODY}
    assert telling == set(status_rules.MEANINGS)


def test_what_a_requirement_says_is_not_said_again_of_its_tests(base: dict[str, Any]) -> None:
    def new(report: dict[str, Any]) -> None:
        setting("tests", TEST, outcome="failed")(report)
        setting("requirements", DOCUMENTED, verdict="broken", tests=[TEST])(report)

    (change,) = changed(base, unchanged, new)
    assert change.kind == "requirement"


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
        dropped("tests", TEST)(report)
        seen_as("read.further-fields", "owner")(report)
        verdict(DOCUMENTED, "broken")(report)

    found = [change.severity for change in changed(base, unchanged, new)]
    assert found == [BREAKING, NOTABLE, HARMLESS]
