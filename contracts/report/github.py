"""What GitHub Actions shows of a run: the step's summary, and annotations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contracts.session.ledger import ADVICE, BROKEN

SUMMARY, ACTIONS = "GITHUB_STEP_SUMMARY", "GITHUB_ACTIONS"
MAX_SUMMARY = 1024 * 1024  # bytes, as GitHub has it


def summarise(markdown: Path, environment: Mapping[str, str]) -> None:
    """Add report.md to the summary of the step, where there is one."""
    target = environment.get(SUMMARY)
    if target:
        text = markdown.read_bytes()[:MAX_SUMMARY].decode("utf-8", "ignore")
        with Path(target).open("a", encoding="utf-8") as summary:
            summary.write(text)


def commands(report: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
    """Workflow commands for what does not hold; none outside of GitHub Actions."""
    if environment.get(ACTIONS) != "true":
        return
    for requirement in report["requirements"]:
        if requirement["verdict"] in (BROKEN, ADVICE):
            fails = fails_the_run(requirement, strict=report["run"]["strict"])
            yield _command("error" if fails else "warning", requirement["id"], _text(requirement))
    broken = {r["id"] for r in report["requirements"] if r["verdict"] in (BROKEN, ADVICE)}
    for test in report["tests"]:
        if test["outcome"] in ("failed", "error") and not broken & _proved(report, test["id"]):
            yield _command("error", test["id"], f"the test ended with: {test['outcome']}")
    for complaint in report["run"]["complaints"]:
        yield _command("error", "the run", complaint)


def fails_the_run(requirement: Mapping[str, Any], *, strict: bool) -> bool:
    """Whether a requirement of a report that does not hold made the run fail."""
    return not requirement["known_failure"] and (strict or requirement["verdict"] == BROKEN)


def _proved(report: Mapping[str, Any], test: str) -> set[str]:
    return {r["id"] for r in report["requirements"] if test in r["tests"]}


def _text(requirement: Mapping[str, Any]) -> str:
    lines = [requirement["sentence"]]
    if requirement["known_failure"]:
        lines.append(f"Known failure: {requirement['known_failure']}")
    for shown in requirement["shown"][:1]:
        lines += [f"Expected: {shown['expected']}", f"Actual: {shown['actual']}"]
    return "\n".join(lines)


def _command(kind: str, title: str, text: str) -> str:
    """`::error title=…::…`, escaped as GitHub's toolkit does it."""
    properties = _escaped(title).replace(":", "%3A").replace(",", "%2C")
    return f"::{kind} title={properties}::{_escaped(text)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
