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
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import measure
from benchmarks.growth import SIZES
from benchmarks.measure import ROOT, Command
from contracts.contract import load
from tests.suite import drift_pages

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
ROUNDS = 3
LATENCIES = (0.0, 0.05, 0.15)
RUNS = {"this suite": measure.live_suite, "schemathesis": measure.schemathesis}
ENDPOINTS = ("read", "create", "events")


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


def one_exchange(rounds: int) -> Iterator[str]:
    yield "| one exchange | in-process | over a socket |"
    yield "| --- | ---: | ---: |"
    bare = [median(lambda s=s: measure.bare_loop(s), rounds) for s in (False, True)]  # type: ignore[misc]
    ours = [median(lambda s=s: measure.judged_loop(s), rounds) for s in (False, True)]  # type: ignore[misc]
    yield f"| a bare httpx loop | {bare[0] * 1e3:.2f} ms | {bare[1] * 1e3:.2f} ms |"
    yield f"| this suite, sent and judged | {ours[0] * 1e3:.2f} ms | {ours[1] * 1e3:.2f} ms |"
    yield f"| ratio | {ours[0] / bare[0]:.1f} | {ours[1] / bare[1]:.1f} |"


def whole_runs(rounds: int) -> Iterator[str]:
    yield (
        "| whole run, over a socket | latency | requests | seconds | until the first request "
        "| exchanges a second | MiB |"
    )
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for latency in LATENCIES:
        # Slow runs differ little from each other.
        repeated = rounds if not latency else 1
        for name, action in (
            ("this suite", measure.live_suite),
            ("schemathesis", measure.schemathesis),
        ):
            run = middle(lambda a=action, wait=latency: a(wait), repeated)  # type: ignore[misc]
            yield (
                f"| {name} | {latency * 1e3:.0f} ms | {run.requests} | {run.seconds:.1f} | "
                f"{run.until_first or 0:.1f} s | {rate(run):.0f} | {run.memory:.0f} |"
            )


def embedded(rounds: int) -> Iterator[str]:
    yield "| bare `pytest`, embedded | seconds | judged exchanges | exchanges a second | MiB |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for name, options in (("one process", ()), ("`-n 1`", ("-n", "1")), ("`-n 2`", ("-n", "2"))):
        run = middle(lambda o=options: measure.embedded_suite(*o), rounds)  # type: ignore[misc]
        count = judged(run)
        yield (
            f"| {name} | {run.seconds:.1f} | {count} | {count / run.seconds:.0f} | "
            f"{run.memory:.0f} |"
        )
    collect = middle(lambda: measure.embedded_suite("--collect-only"), rounds)
    yield f"| `--collect-only` | {collect.seconds:.1f} | | | {collect.memory:.0f} |"


def growth(_: int) -> Iterator[str]:
    yield "| examples of the property test | seconds | judged exchanges | MiB |"
    yield "| ---: | ---: | ---: | ---: |"
    for size in SIZES:
        run = measure.embedded_suite("-p", "benchmarks.growth", f"--hypothesis-profile=n{size}",
                                     "tests/contract/test_properties.py")  # fmt: skip
        yield f"| {size} | {run.seconds:.1f} | {judged(run)} | {run.memory:.0f} |"


def judging(rounds: int) -> Iterator[str]:
    yield "| judging one answer | milliseconds | where, by profile |"
    yield "| --- | ---: | --- |"
    for endpoint in ENDPOINTS:
        found = [measure.judging(endpoint) for _ in range(rounds)]
        seconds = statistics.median(seconds for seconds, _ in found)
        places = ", ".join(f"{name} {share:.0%}" for name, share in found[-1][1])
        yield f"| `{endpoint}` | {seconds * 1e3:.3f} | {places} |"


def tools(rounds: int) -> Iterator[str]:
    yield "| command, start included | seconds | written |"
    yield "| --- | ---: | ---: |"
    with TemporaryDirectory() as name:
        folder = Path(name)
        report = folder / "report.json"
        plain = middle(lambda: measure.embedded_suite(), rounds)
        written = middle(lambda: measure.embedded_suite(f"--report-dir={folder}"), rounds)
        more = written.seconds / plain.seconds - 1
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
            yield f"| `python -m contracts {arguments[0]}` | {run.seconds:.2f} | |"
    exchanges = 10_000
    seconds, size = measure.large_report(exchanges)
    yield f"| the report of {exchanges:,} exchanges | {seconds:.2f} | {size:.2f} MB |"


PARTS = (one_exchange, judging, whole_runs, embedded, growth, tools)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", choices=[part.__name__ for part in PARTS], action="append")
    chosen = parser.parse_args()
    lines = [
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with `make bench`: {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, httpx {version('httpx')}, "
        f"Hypothesis {version('hypothesis')}, schemathesis {version('schemathesis')}; "
        f"medians of {chosen.rounds} rounds.",
    ]
    for part in PARTS:
        if not chosen.only or part.__name__ in chosen.only:
            lines.append("")
            for line in part(chosen.rounds):
                print(line, flush=True)
                lines.append(line)
    if not chosen.only:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        text = "\n".join([before + BEGIN, "", *lines, "", END + after])
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
