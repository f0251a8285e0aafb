"""What changed between two runs: the release check of those who integrate with the API.

`compare(old, new)` takes two reports (see `report.schema`) and answers classed changes. The rules
are those of docs/compare.md; those on what was seen stand in `observed` and `statuses`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.compare import observation_rules, status_rules
from contracts.compare.changes import BREAKING, HARMLESS, NOTABLE, Change, worst_first
from contracts.report.format import FAILED, INTERRUPTED
from contracts.report.format import HOLDS as HELD
from contracts.report.value_shapes import spoken
from contracts.session.ledger import ADVICE, BROKEN, HOLDS, UNCHECKED

# Latency moved when the medians of that many answers differ by that share and that many
# milliseconds, and each lies outside of the middle half of the other run's answers.
MIN_ANSWERS, MIN_SHARE, MIN_MILLISECONDS = 20, 0.25, 20.0

STATUS, PASSED = "status", "passed"

Report = Mapping[str, Any]
Entry = Mapping[str, Any]


class Incomparable(Exception):
    """Two reports that say nothing about each other; one plain sentence."""


def compare(old: Report, new: Report, known: Mapping[str, str] | None = None) -> list[Change]:
    """All changes, the worst first. Raises `Incomparable` for two different contracts.

    `known` are requirements that are known to fail, with reasons: they break nothing.
    """
    names = [report["contract"]["name"] for report in (old, new)]
    if names[0] != names[1]:
        raise Incomparable(f"one report is about {names[0]}, the other about {names[1]}")
    changes = [
        *_runs(old, new),
        *_endpoints(old, new),
        *_requirements(old, new, known or {}),
        *_observations(old, new),
        *_latency(old, new),
        *_tests(old, new),
    ]
    return worst_first(changes)


def summary(report: Report) -> dict[str, Any]:
    """Which run a report is about."""
    run, contract = report["run"], report["contract"]
    return {
        "contract": contract["version"],
        "verdict": run["verdict"],
        "started": run["started"],
        "target": run["target"],
    }


def title(old: Report, new: Report) -> str:
    """Which two runs are compared, in a line."""
    return f"{_described(old)} → {_described(new)}"


def _described(report: Report) -> str:
    run = report["run"]
    return f"{run['started']} {run['target']['base_url']} ({run['verdict']})"


def _runs(old: Report, new: Report) -> Iterator[Change]:
    before, after = old["run"], new["run"]
    verdicts = before["verdict"], after["verdict"]
    if verdicts[0] != verdicts[1]:
        sentence = f"was: {verdicts[0]}, is: {verdicts[1]}"
        if verdicts[1] in (FAILED, INTERRUPTED):
            sentence += "; what the new run did not come to may only be missing here"
        severity = HARMLESS if verdicts[1] == HELD else NOTABLE
        yield Change(severity, "run", "verdict", sentence, *verdicts)
    for complaint in after["complaints"]:
        if complaint not in before["complaints"]:
            yield Change(NOTABLE, "run", "complaint", complaint, None, complaint)
    versions = [report["contract"]["version"] for report in (old, new)]
    if versions[0] != versions[1]:
        sentence = f"the runs are about versions {versions[0]} and {versions[1]} of the contract"
        yield Change(NOTABLE, "contract", "version", sentence, *versions)


def _endpoints(old: Report, new: Report) -> Iterator[Change]:
    for name, before, after in _pairs(old["endpoints"], new["endpoints"]):
        if after is None:
            yield Change(BREAKING, "endpoint", name, "is gone from the contract", before["request"])
        elif before is None:
            sentence = "is new in the contract"
            yield Change(HARMLESS, "endpoint", name, sentence, None, after["request"])
        elif before["request"] != after["request"]:
            sentence = f"was {before['request']}, is {after['request']}"
            pair = before["request"], after["request"]
            yield Change(BREAKING, "endpoint", name, sentence, *pair)


# ---------------------------------------------------------------- requirements


def _requirements(old: Report, new: Report, known: Mapping[str, str]) -> Iterator[Change]:
    for name, before, after in _pairs(old["requirements"], new["requirements"]):
        found = _requirement(before, after)
        if found:
            severity, sentence = found
            if severity == BREAKING and name in known:
                severity, sentence = NOTABLE, f"{sentence} (a known failure: {known[name]})"
            verdicts = [entry["verdict"] if entry else None for entry in (before, after)]
            yield Change(severity, "requirement", name, sentence, *verdicts)
        elif before and after and _listed(before) != _listed(after):
            yield _listing(name, before["known_failure"], after["known_failure"])
        if before and after and before["level"] != after["level"]:
            sentence = f"was {before['level']}, is {after['level']}"
            levels = before["level"], after["level"]
            yield Change(NOTABLE, "requirement", name, sentence, *levels)


def _listing(name: str, old: str | None, new: str | None) -> Change:
    """Nothing changed but what the run was told of a requirement."""
    if new is None:
        sentence = "is no longer listed as a known failure"
        return Change(HARMLESS, "requirement", name, sentence, old)
    sentence = f"is now listed as a known failure: {new}"
    return Change(NOTABLE, "requirement", name, sentence, old, new)


def hold_again(new: Report, known: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each known failure that does not fail in the new run."""
    for requirement in new["requirements"]:
        if requirement["id"] in known and requirement["verdict"] == HOLDS:
            yield (
                f"{requirement['id']} is listed as a known failure and does not fail: "
                "take it off the list"
            )


def _requirement(before: Entry | None, after: Entry | None) -> tuple[str, str] | None:
    """The class of a change and what to say of it; None when nothing changed."""
    if after is None:
        return NOTABLE, "is gone from the contract"
    fails = after["verdict"] in (BROKEN, ADVICE)
    if before is None:
        if fails:
            return NOTABLE, f"is new in the contract and does not hold{_why(after)}"
        return HARMLESS, f"is new in the contract: {after['verdict']}"
    if before["verdict"] == after["verdict"]:
        return None
    if fails:
        worse = BREAKING if after["level"] == "documented" else NOTABLE
        failed = before["verdict"] in (BROKEN, ADVICE)
        return (NOTABLE if failed else worse), f"{_state(before)}, does not hold now{_why(after)}"
    if after["verdict"] == UNCHECKED:
        return NOTABLE, f"{_state(before)}, is no longer checked: {after['reason']}"
    return HARMLESS, f"{_state(before)}, holds now"


def _listed(entry: Entry) -> bool:
    return entry["known_failure"] is not None


def _state(entry: Entry) -> str:
    return {HOLDS: "held", UNCHECKED: "was not checked"}.get(entry["verdict"], "did not hold")


def _why(entry: Entry) -> str:
    known = f" (known failure: {entry['known_failure']})" if entry["known_failure"] else ""
    shown = entry["shown"][0] if entry["shown"] else None
    seen = f": expected {shown['expected']}; {shown['actual']}" if shown else ""
    return known + seen


# ---------------------------------------------------------------- what was seen


def _observations(old: Report, new: Report) -> Iterator[Change]:
    for name, before, after in _pairs(old["observations"], new["observations"]):
        if after is None:
            missed = observation_rules.came_up(before, new)
            reason = "although its case came up" if missed else "and its case did not come up"
            sentence = f"was not seen this time, {reason}"
            severity = NOTABLE if missed else HARMLESS
            yield Change(severity, "observation", name, sentence, before["value"])
        elif before is None:
            sentence = f"is seen for the first time. {after['sentence']}"
            yield Change(HARMLESS, "observation", name, sentence, None, after["value"])
        elif before["value"] != after["value"]:
            severity, why = _observation(old, new, before, after)
            was, now = (spoken(each["type"], each["value"]) for each in (before, after))
            sentence = f"was {was}, is {now}{', ' if why else ''}{why}"
            values = before["value"], after["value"]
            yield Change(severity, "observation", name, sentence, *values)


def _observation(old: Report, new: Report, before: Entry, after: Entry) -> tuple[str, str]:
    """The class of a change of what was seen, and why, unless that is plain."""
    endpoint = after["endpoint"]
    if after["type"] != STATUS:
        return observation_rules.severity(after["type"], before["value"], after["value"]), ""
    seen = [status_rules.cases(report["observations"], endpoint) for report in (old, new)]
    methods = (e["request"].split()[0] for e in new["endpoints"] if e["id"] == endpoint)
    return status_rules.judge(next(methods, ""), after["circumstance"], *seen)


def _latency(old: Report, new: Report) -> Iterator[Change]:
    if old["run"]["target"]["kind"] != new["run"]["target"]["kind"]:
        return  # a service in this process and one on a network say nothing about each other
    for name, before, after in _pairs(old["endpoints"], new["endpoints"]):
        if before and after and _moved(before["latency"], after["latency"]):
            medians = before["latency"]["median"], after["latency"]["median"]
            slower = medians[1] > medians[0]
            sentence = f"the median was {medians[0]:.0f} ms, is {medians[1]:.0f} ms"
            yield Change(NOTABLE if slower else HARMLESS, "latency", name, sentence, *medians)


def _moved(before: Mapping[str, float], after: Mapping[str, float]) -> bool:
    if min(before["count"], after["count"]) < MIN_ANSWERS:
        return False
    if not {"p25", "median", "p75"} <= before.keys() & after.keys():
        return False
    was, now = before["median"], after["median"]
    far = abs(now - was) > MIN_MILLISECONDS and abs(now - was) > MIN_SHARE * was
    outside = not before["p25"] <= now <= before["p75"] and not after["p25"] <= was <= after["p75"]
    return far and outside


def _tests(old: Report, new: Report) -> Iterator[Change]:
    explained = _tests_of_changed_requirements(old, new)
    for name, before, after in _pairs(old["tests"], new["tests"]):
        if after is None:
            yield Change(NOTABLE, "test", name, "vanished", before["outcome"])
        elif before is None:
            yield Change(HARMLESS, "test", name, "is new", None, after["outcome"])
        elif before["outcome"] != after["outcome"] and name not in explained:
            outcomes = before["outcome"], after["outcome"]
            severity = HARMLESS if after["outcome"] == PASSED else NOTABLE
            sentence = f"ended with {outcomes[0]}, ends with {outcomes[1]}"
            yield Change(severity, "test", name, sentence, *outcomes)


def _tests_of_changed_requirements(old: Report, new: Report) -> set[str]:
    """Tests whose outcome needs no word, for what is said of a requirement says it."""
    return {
        test
        for _, before, after in _pairs(old["requirements"], new["requirements"])
        if before and after and before["verdict"] != after["verdict"]
        for test in (*before["tests"], *after["tests"])
    }


def _pairs(old: list[Any], new: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    """Id and both entries of it, in the new order; None for one that is not there."""
    before, after = ({entry["id"]: entry for entry in entries} for entries in (old, new))
    for name in {**after, **before}:
        yield name, before.get(name), after.get(name)
