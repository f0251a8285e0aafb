"""report.md: the report in short, for a pull request, a wiki or the summary of a CI step."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from contracts.report.charts import milliseconds
from contracts.report.html import VERDICTS, moment
from contracts.session.ledger import ADVICE, BROKEN, STATES, UNCHECKED

MAX_LISTED = 40
MAX_EXCHANGE = 4000  # characters


def markdown(report: Mapping[str, Any]) -> str:
    """The whole text; what came from outside is escaped."""
    sections = [
        _head(report["contract"], report["run"]),
        _table(report),
        _broken(report["requirements"]),
        _unchecked(report["requirements"]),
        _seen(report["observations"]),
        _list("Questions to the documentation", report["questions"]),
    ]
    return "\n\n".join("\n".join(lines) for lines in map(list, sections) if lines) + "\n"


def _head(contract: Mapping[str, Any], run: Mapping[str, Any]) -> Iterator[str]:
    target = "the embedded service"
    if run["target"]["kind"] != "embedded":
        target = escaped(run["target"]["base_url"])
    yield f"# {VERDICTS[run['verdict']]}: {escaped(contract['title'])}"
    yield ""
    yield (
        f"{target}{'' if run['target']['writes'] else ', reading only'}, "
        f"{moment(run['started'])}, {run['seconds']:g} s, {run['requests']} requests, "
        f"{run['waits']['times']} retries{', strict' if run['strict'] else ''}"
    )
    for complaint in [*run["complaints"], *run["notes"]]:
        yield f"\n> {escaped(complaint)}"


def _table(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"| endpoint | {' | '.join(STATES)} | requests | median | p95 |"
    yield f"| --- |{' ---: |' * (len(STATES) + 3)}"
    for endpoint in report["endpoints"]:
        counts = Counter(
            r["verdict"] for r in report["requirements"] if r["endpoint"] == endpoint["id"]
        )
        numbers = [str(counts[state]) for state in STATES]
        latency = endpoint["latency"]
        times = [milliseconds(latency[q]) if q in latency else "–" for q in ("median", "p95")]
        cells = [f"`{endpoint['request']}`", *numbers, str(endpoint["requests"]), *times]
        yield f"| {' | '.join(cells)} |"


def _broken(requirements: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    found = [r for r in requirements if r["verdict"] in (BROKEN, ADVICE)]
    found.sort(key=lambda r: (bool(r["known_failure"]), r["verdict"] != BROKEN))
    if found:
        yield "## What does not hold"
    for requirement in found[:MAX_LISTED]:
        yield from ("", *_finding(requirement))
    if len(found) > MAX_LISTED:
        yield f"\nand {len(found) - MAX_LISTED} more."


def _finding(requirement: Mapping[str, Any]) -> Iterator[str]:
    source = " › ".join(map(escaped, requirement["source"].values()))
    yield f"### `{requirement['id']}`: {requirement['verdict']}"
    yield ""
    yield f"{prose(requirement['sentence'])} ({source})"
    if requirement["known_failure"]:
        yield f"\nA known failure: {escaped(requirement['known_failure'])}"
    for shown in requirement["shown"][:1]:
        yield f"\n- Expected: {prose(shown['expected'])}"
        yield f"- Actual: {prose(shown['actual'])}"
        for text in shown["exchanges"][:1]:
            fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
            yield f"\n{fence}\n{text[:MAX_EXCHANGE]}\n{fence}"


def _unchecked(requirements: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for requirement in requirements:
        if requirement["verdict"] == UNCHECKED:
            reasons.setdefault(str(requirement["reason"]), []).append(requirement["id"])
    if reasons:
        yield "## Not checked"
        yield ""
    for reason, names in sorted(reasons.items(), key=lambda item: -len(item[1])):
        shown = ", ".join(f"`{name}`" for name in names[:5])
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        yield f"- {escaped(reason)}: {shown}{more}"


def _seen(observations: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    lines = [f"- {prose(seen['sentence'])}" for seen in observations]
    if lines:
        # Folded up, so that a pull request stays legible.
        yield "## Not documented, but seen"
        yield "\n<details><summary>What the target did where the page is silent</summary>\n"
        yield from lines
        yield "\n</details>"


def _list(heading: str, entries: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    lines = [f"- {prose(entry['sentence'])}" for entry in entries]
    if lines:
        yield from (f"## {heading}", "", *lines)


def escaped(text: str) -> str:
    """Text of which nothing is markup, on one line."""
    flat = " ".join(str(text).split())
    return re.sub(r"([\\`*_{}\[\]<>#|~&!@])", r"\\\1", flat)


def prose(sentence: str) -> str:
    """A sentence in which only the parts in backquotes are markup."""
    parts = " ".join(sentence.split()).split("`")
    if len(parts) % 2 == 0:
        return escaped(sentence)
    return "".join(
        f"`{part}`" if number % 2 else re.sub(r"([\\*_\[\]<>#|~&!@])", r"\\\1", part)
        for number, part in enumerate(parts)
    )
