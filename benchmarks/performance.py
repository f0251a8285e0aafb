"""Measure the suite beside a bare loop and schemathesis, in one run, and write docs/performance.md.

`make bench` runs it: medians of `ROUNDS` rounds. The machine may be busy: compare within one run.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import measure
from benchmarks.growth import SIZES
from benchmarks.measure import ROOT, Command
from contracts.spec.load import load
from tests.helpers import drift_pages

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
ROUNDS = 3
LATENCIES = (0.0, 0.05, 0.15)
OURS, OURS_LONG, PEER = "this suite", "this suite, as many examples as embedded", "schemathesis"
RUNS: dict[str, Callable[[float], Command]] = {
    OURS: measure.live_suite,
    OURS_LONG: lambda latency: measure.live_suite(latency, "--hypothesis-profile=embedded"),
    PEER: measure.schemathesis,
}
SEEDED, PAIRS = "--hypothesis-seed=1", 7
ENDPOINTS = ("read", "create", "events")

Found = dict[str, float]  # what was measured, by what it is


def median(action: Callable[[], float], rounds: int) -> float:
    return statistics.median(action() for _ in range(rounds))


def middle(action: Callable[[], Command], rounds: int) -> Command:
    """The run whose wall time is the median."""
    runs = sorted((action() for _ in range(rounds)), key=lambda run: run.seconds)
    return runs[len(runs) // 2]


def judged(run: Command) -> int:
    """How many exchanges a run of this suite says that it has judged."""
    return int(re.findall(r"^(\d+) judged exchanges", run.output, re.MULTILINE)[-1])


def rate(run: Command) -> float:
    """Requests a second, from the first one on."""
    return run.requests / (run.seconds - (run.until_first or 0.0))


def one_exchange(rounds: int, found: Found) -> Iterator[str]:
    yield "| one exchange | in-process | over a socket |"
    yield "| --- | ---: | ---: |"
    bare = [median(lambda s=s: measure.bare_loop(s), rounds) for s in (False, True)]  # type: ignore[misc]
    ours = [median(lambda s=s: measure.judged_loop(s), rounds) for s in (False, True)]  # type: ignore[misc]
    yield f"| a bare httpx loop | {bare[0] * 1e3:.2f} ms | {bare[1] * 1e3:.2f} ms |"
    yield f"| this suite, sent and judged | {ours[0] * 1e3:.2f} ms | {ours[1] * 1e3:.2f} ms |"
    yield f"| ratio | {ours[0] / bare[0]:.1f} | {ours[1] / bare[1]:.1f} |"
    found["times the bare loop"] = max(ours[0] / bare[0], ours[1] / bare[1])


def whole_runs(rounds: int, found: Found) -> Iterator[str]:
    yield (
        "| whole run, over a socket | latency | requests | seconds | until the first request "
        "| exchanges a second after it | MiB |"
    )
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    rates = {}
    for latency in LATENCIES:
        # Slow runs differ little from each other, and the long one is about the tool's own speed.
        repeated = rounds if not latency else 1
        for name, action in RUNS.items():
            if latency and name == OURS_LONG:
                continue
            run = middle(lambda a=action, wait=latency: a(wait), repeated)  # type: ignore[misc]
            rates[name, latency] = rate(run)
            if name == OURS:
                found[f"seconds at {latency * 1e3:.0f} ms"] = run.seconds
                found["requests of a live run"] = run.requests
            yield (
                f"| {name} | {latency * 1e3:.0f} ms | {run.requests} | {run.seconds:.1f} | "
                f"{run.until_first or 0:.1f} s | {rate(run):.0f} | {run.memory:.0f} |"
            )
    found["the peer's exchanges"] = rates[PEER, 0.0]
    found["times the peer's exchanges"] = rates[OURS_LONG, 0.0] / rates[PEER, 0.0]
    found["times the peer's exchanges, short run"] = rates[OURS, 0.0] / rates[PEER, 0.0]


def embedded(rounds: int, found: Found) -> Iterator[str]:
    yield "| bare `pytest`, embedded | seconds | judged exchanges | exchanges a second | MiB |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for name, options in (("one process", ()), ("`-n 1`", ("-n", "1")), ("`-n 2`", ("-n", "2"))):
        run = middle(lambda o=options: measure.embedded_suite(*o), rounds)  # type: ignore[misc]
        count = judged(run)
        yield (
            f"| {name} | {run.seconds:.1f} | {count} | {count / run.seconds:.0f} | "
            f"{run.memory:.0f} |"
        )
        found[f"seconds of a bare run, {name}"] = run.seconds
        found[f"exchanges of a bare run, {name}"] = count
        if peers := found.get("the peer's exchanges"):
            found[f"times the peer's exchanges, {name}"] = count / run.seconds / peers
    collect = middle(lambda: measure.embedded_suite("--collect-only"), rounds)
    found["seconds of --collect-only"] = collect.seconds
    yield f"| `--collect-only` | {collect.seconds:.1f} | | | {collect.memory:.0f} |"


def growth(_: int, __: Found) -> Iterator[str]:
    yield "| examples of the property test | seconds | judged exchanges | MiB |"
    yield "| ---: | ---: | ---: | ---: |"
    for size in SIZES:
        run = measure.embedded_suite("-p", "benchmarks.growth", f"--hypothesis-profile=n{size}",
                                     "tests/contract/test_properties.py")  # fmt: skip
        yield f"| {size} | {run.seconds:.1f} | {judged(run)} | {run.memory:.0f} |"


def judging(rounds: int, found: Found) -> Iterator[str]:
    yield "| judging one answer | milliseconds | where, by profile |"
    yield "| --- | ---: | --- |"
    for endpoint in ENDPOINTS:
        judged_so = [measure.judging(endpoint) for _ in range(rounds)]
        seconds = statistics.median(seconds for seconds, _ in judged_so)
        found["ms of judging"] = max(seconds * 1e3, found.get("ms of judging", 0.0))
        places = ", ".join(f"{name} {share:.0%}" for name, share in judged_so[-1][1])
        yield f"| `{endpoint}` | {seconds * 1e3:.3f} | {places} |"


def tools(rounds: int, found: Found) -> Iterator[str]:
    yield "| command, start included | seconds | written |"
    yield "| --- | ---: | ---: |"
    with TemporaryDirectory() as name:
        folder = Path(name)
        report = folder / "report.json"
        # The same examples in turn with and without, since what is added is little beside noise.
        seeded, reported = [], []
        for _ in range(max(rounds, PAIRS)):
            seeded.append(measure.embedded_suite(SEEDED).seconds)
            reported.append(measure.embedded_suite(SEEDED, f"--report-dir={folder}").seconds)
        more = statistics.median(reported) / statistics.median(seeded) - 1
        found["share added by --report-dir"] = more
        size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
        yield f"| `--report-dir`, beside the run without it | {more:+.1%} | {size:.2f} MB |"
        page = folder / "page.md"
        page.write_text(drift_pages.page(load()), encoding="utf-8")
        for arguments in (
            ("report", str(report)),
            ("compare", str(report), str(report)),
            ("drift", str(page)),
        ):
            run = middle(lambda a=arguments: measure.own_command(*a), rounds)  # type: ignore[misc]
            found[f"seconds of {arguments[0]}"] = run.seconds
            yield f"| `python -m contracts {arguments[0]}` | {run.seconds:.2f} | |"
    exchanges = 10_000
    seconds, size = measure.large_report(exchanges)
    found["seconds of a large report"], found["MB of a large report"] = seconds, size
    yield f"| the report of {exchanges:,} exchanges | {seconds:.2f} | {size:.2f} MB |"


@dataclass(frozen=True)
class Goal:
    """A figure that was aimed at: not more, or with `least` not less."""

    text: str
    figure: str
    bound: float
    shown: str
    least: bool = False

    def row(self, found: Found) -> str:
        """A line of the table; without the figure, it says that it was not measured."""
        if self.figure not in found:
            return f"| {self.text} | | not measured |"
        value = found[self.figure]
        reached = value >= self.bound if self.least else value <= self.bound
        return f"| {self.text} | {self.shown.format(value)} | {'yes' if reached else 'no'} |"


GOALS = (
    Goal("a bare run takes at most 15 s", "seconds of a bare run, one process", 15, "{:.1f} s"),
    Goal("it judges at least 3,000 exchanges", "exchanges of a bare run, one process", 3000,
         "{:,.0f}", least=True),
    Goal("judging one answer takes at most 0.3 ms", "ms of judging", 0.3, "{:.3f} ms"),
    Goal("an exchange takes at most 2.5 times the bare loop's time", "times the bare loop", 2.5,
         "{:.1f} times"),
    Goal("a live run sends fewer than 250 requests", "requests of a live run", 249, "{:.0f}"),
    Goal("a live run at 150 ms of latency takes at most 45 s", "seconds at 150 ms", 45, "{:.1f} s"),
    Goal("at least 3 times schemathesis's exchanges a second: a bare run, start included",
         "times the peer's exchanges, one process", 3, "{:.1f} times", least=True),
    Goal("the same for a live run with as many examples",
         "times the peer's exchanges", 3, "{:.1f} times", least=True),
    Goal("the same for a live run as it is, over in two seconds",
         "times the peer's exchanges, short run", 3, "{:.1f} times", least=True),
    Goal("`pytest --collect-only` takes at most 1.5 s", "seconds of --collect-only", 1.5,
         "{:.1f} s"),
    Goal("`--report-dir` adds at most 5 %", "share added by --report-dir", 0.05, "{:+.1%}"),
    Goal("the report of 10,000 exchanges takes at most 1 s", "seconds of a large report", 1,
         "{:.2f} s"),
    Goal("it has at most 2 MB", "MB of a large report", 2, "{:.2f} MB"),
    Goal("`compare` takes at most 1 s", "seconds of compare", 1, "{:.2f} s"),
    Goal("`drift` takes at most 1 s", "seconds of drift", 1, "{:.2f} s"),
)  # fmt: skip


def goals(found: Found) -> list[str]:
    """What was aimed at, and whether this measurement reached it."""
    head = ["| goal | measured | reached |", "| --- | ---: | --- |"]
    return [*head, *(goal.row(found) for goal in GOALS)]


PARTS = (one_exchange, judging, whole_runs, embedded, growth, tools)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", choices=[part.__name__ for part in PARTS], action="append")
    chosen = parser.parse_args()
    head = (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with `make bench`: {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, httpx {version('httpx')}, "
        f"Hypothesis {version('hypothesis')}, schemathesis {version('schemathesis')}; "
        f"medians of {chosen.rounds} rounds."
    )
    found: Found = {}
    lines = []
    for part in PARTS:
        if not chosen.only or part.__name__ in chosen.only:
            lines.append("")
            for line in part(chosen.rounds, found):
                print(line, flush=True)
                lines.append(line)
    lines = [head, "", *goals(found), *lines]
    if not chosen.only:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        text = "\n".join([before + BEGIN, "", *lines, "", END + after])
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
