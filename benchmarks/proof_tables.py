"""The tables of `make proof`, as Markdown, and their place in a document."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from importlib.metadata import version

from benchmarks.proof_runs import Pair, Result
from benchmarks.schemathesis_runs import SHOWN, Report
from contracts.faults import FAULT, Fault

BEGIN, END = "<!-- written by `make proof`: begin -->", "<!-- written by `make proof`: end -->"
PACKAGES = ("pytest", "hypothesis", "schemathesis", "waitress")
LEVELS = ("documented", "advisory")
MOST_REQUESTS = 1 / 5  # of schemathesis's


def tables(
    command: str,
    began: datetime,
    limit: float,
    results: Sequence[Result],
    pairs: Sequence[Pair],
    usual: Report,
    *,
    of: int,
) -> str:
    """All that was measured, to stand between `BEGIN` and `END`; the catalogue has `of` entries."""
    every = (
        "Every behaviour" if len(results) == of else f"Only {len(results)} of the {of} behaviours"
    )
    lines = [
        *_circumstances(command, began),
        "",
        *_goals(results, pairs),
        "",
        f"### {every}, in-process",
        "",
        *_matrix(results),
        "",
        f"### Side by side, on {len(pairs)} of the {of} behaviours",
        "",
        f"schemathesis is run as `{SHOWN}`, for at most {limit:g} s. On the faultless service it "
        f"sends {usual.requests} requests in {usual.seconds:.0f} s and reports "
        f"{_count(usual.failures, 'failure')}.",
        "",
        *_side_by_side(pairs),
        "",
        *_by_group(pairs),
        "",
        *_until_red(pairs),
        "",
        *_named(results, pairs),
    ]
    return "\n".join(lines)


def inserted(text: str, shown: str) -> str:
    """The document with these tables in place of those between the marks; ValueError: no marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document has no place for the tables: {BEGIN} … {END}")
    return f"{before}{BEGIN}\n\n{shown}\n\n{END}{after}"


def _circumstances(command: str, began: datetime) -> Iterator[str]:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    yield f"Measured with `{command}` on {began:%Y-%m-%d}."
    yield (
        f"Python {platform.python_version()}, {versions}; {platform.system()} on "
        f"{platform.machine()}, {os.cpu_count()} cores, which other work may have shared."
    )


def _goals(results: Sequence[Result], pairs: Sequence[Pair]) -> Iterator[str]:
    yield "| goal | in-process | side by side, live | reached |"
    yield "| --- | ---: | ---: | --- |"
    for level in LEVELS:
        here = [result.noticed for result in results if result.entry.level == level]
        live = [pair.ours_spoke for pair in pairs if pair.entry.level == level]
        option = "" if level == "documented" else ", with `--strict`"
        yield _goal(f"every {level} fault is noticed{option}", here, live)
    here = [not result.accused for result in results if result.entry.kind != FAULT]
    live = [not pair.ours_spoke for pair in pairs if pair.entry.kind != FAULT]
    yield _goal("no lawful variant is accused", here, live)
    share = sum(p.ours.requests for p in pairs) / sum(p.theirs.requests for p in pairs)
    words = "at most a fifth of schemathesis's requests"
    yield _row(words, "", f"{share:.1%}", _reached(share <= MOST_REQUESTS))


def _goal(words: str, here: Sequence[bool], live: Sequence[bool]) -> str:
    counts = (f"{sum(found)} of {len(found)}" for found in (here, live))
    return _row(words, *counts, _reached(all((*here, *live))))


def _reached(reached: bool) -> str:
    return "yes" if reached else "**no**"


def _matrix(results: Sequence[Result]) -> Iterator[str]:
    yield "| group | documented faults noticed | advisory faults noticed, with `--strict` |"
    yield "| --- | ---: | ---: |"
    faults = [result for result in results if result.entry.kind == FAULT]
    for group in dict.fromkeys(result.entry.group for result in faults):
        yield _row(group, *_noticed(r for r in faults if r.entry.group == group))
    yield _row("**all**", *_noticed(faults))
    lawful = [result for result in results if result.entry.kind != FAULT]
    passed = sum(not result.accused for result in lawful)
    yield ""
    yield f"Lawful variants passed, with `--strict`: **{passed} of {len(lawful)}**."


def _noticed(results: Iterable[Result]) -> Iterator[str]:
    known = list(results)
    for level in LEVELS:
        found = [result.noticed for result in known if result.entry.level == level]
        yield f"{sum(found)} of {len(found)}" if found else ""


def _until_red(pairs: Sequence[Pair]) -> Iterator[str]:
    yield "| this suite's requests until the first red test | runs | median | worst |"
    yield "| --- | ---: | ---: | ---: |"
    for level in LEVELS:
        runs = [p.ours for p in pairs if p.entry.level == level and p.ours.status == 1]
        counts = [run.first_red for run in runs if run.first_red is not None]
        yield _row(f"{level} faults", len(counts), _median(counts), max(counts, default="–"))


def _side_by_side(pairs: Sequence[Pair]) -> Iterator[str]:
    faults = [pair for pair in pairs if pair.entry.kind == FAULT]
    lawful = [pair for pair in pairs if pair.entry.kind != FAULT]
    yield "| | this suite | schemathesis |"
    yield "| --- | ---: | ---: |"
    for level in LEVELS:
        yield _row(f"{level} faults noticed", *_spoke(p for p in faults if p.entry.level == level))
    yield _row("lawful variants accused", *_spoke(lawful))
    yield _both("requests a run, median", pairs, _requests, _median)
    yield _both("requests a run, most", pairs, _requests, lambda numbers: f"{max(numbers)}")
    yield _both("requests in all", pairs, _requests, lambda numbers: f"{sum(numbers)}")
    yield _both("seconds a run, median", pairs, _seconds, lambda n: f"{statistics.median(n):.1f}")
    cut = sum(pair.theirs.cut_off for pair in pairs)
    unusable = sum(pair.ours.status not in (0, 1) for pair in pairs)
    yield _row("runs that ended without a verdict", unusable, cut)


def _requests(pair: Pair) -> tuple[float, float]:
    return pair.ours.requests, pair.theirs.requests


def _seconds(pair: Pair) -> tuple[float, float]:
    return pair.ours.seconds, pair.theirs.seconds


def _both(
    words: str,
    pairs: Sequence[Pair],
    numbers: Callable[[Pair], tuple[float, float]],
    say: Callable[[Sequence[float]], str],
) -> str:
    ours, theirs = zip(*map(numbers, pairs), strict=True)
    return _row(words, say(ours), say(theirs))


def _by_group(pairs: Sequence[Pair]) -> Iterator[str]:
    yield "| faults noticed, by group | this suite | schemathesis |"
    yield "| --- | ---: | ---: |"
    faults = [pair for pair in pairs if pair.entry.kind == FAULT]
    for group in dict.fromkeys(pair.entry.group for pair in faults):
        yield _row(group, *_spoke(pair for pair in faults if pair.entry.group == group))


def _spoke(pairs: Iterable[Pair]) -> tuple[str, str]:
    known = list(pairs)
    counts = (sum(p.ours_spoke for p in known), sum(p.theirs_spoke for p in known))
    return f"{counts[0]} of {len(known)}", f"{counts[1]} of {len(known)}"


def _named(results: Sequence[Result], pairs: Sequence[Pair]) -> Iterator[str]:
    """The names behind the numbers that are not as they should be."""
    faults = [r for r in results if r.entry.kind == FAULT]
    yield from _list("Not noticed by the tests of this suite", (r for r in faults if not r.noticed))
    yield from _list("More went red than belongs to the fault", (r for r in faults if r.strayed))
    yield from _list("Lawful, and accused by this suite", (r for r in results if r.accused))
    wrong = [pair for pair in pairs if (pair.entry.kind == FAULT) != pair.ours_spoke]
    yield from _list("Side by side, this suite was wrong about", wrong)
    silent = (p for p in pairs if p.entry.kind == FAULT and not p.theirs_spoke)
    yield from _list("Not noticed by schemathesis", silent)
    accused = (p for p in pairs if p.entry.kind != FAULT and p.theirs_spoke)
    yield from _list("Lawful, and accused by schemathesis", accused)
    yield from _list("Not ended by schemathesis in time", (p for p in pairs if p.theirs.cut_off))


def _list(words: str, found: Iterable[Result | Pair]) -> Iterator[str]:
    names = [f"`{_entry(each).name}`" for each in found]
    yield f"- {words} ({len(names)}): {', '.join(names) or 'none'}"


def _entry(each: Result | Pair) -> Fault:
    return each.entry


def _median(numbers: Sequence[float]) -> str:
    return f"{statistics.median(numbers):.0f}" if numbers else "–"


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _count(things: Sequence[object], word: str) -> str:
    return f"{len(things) or 'no'} {word}{'' if len(things) == 1 else 's'}"
