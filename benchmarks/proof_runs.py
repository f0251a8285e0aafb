"""What `make proof` does with each behaviour, shared out among a few threads."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from benchmarks import schemathesis_runs
from benchmarks.schemathesis_runs import Report
from contracts.faults import FAULT, Fault
from tests.helpers.live_prover import LiveProver
from tests.helpers.proof_harness import Proof, Prover

R = TypeVar("R")
# There are fewer lawful variants than faults; a sample takes so many times as often of them.
LAWFUL_SHARE = 5
PROGRESS = 25


@dataclass(frozen=True)
class Result:
    """What the tests that can notice a behaviour made of it, in-process."""

    entry: Fault
    proof: Proof

    @property
    def noticed(self) -> bool:
        return is_noticed(self.entry, self.proof)

    @property
    def strayed(self) -> bool:
        """Whether more went red with a fault than belongs to it."""
        return not set(self.proof.broken) <= {self.entry.breaks, *self.entry.also}

    @property
    def accused(self) -> bool:
        return self.entry.kind != FAULT and self.proof.status != 0


@dataclass(frozen=True)
class Pair:
    """A whole live run and a run of schemathesis, each on a served behaviour of its own.

    `usual` is what schemathesis reports of the faultless service.
    """

    entry: Fault
    ours: Proof
    theirs: Report
    usual: tuple[str, ...]

    @property
    def ours_spoke(self) -> bool:
        """Whether our run noticed a fault, or accused a lawful variant."""
        lawful = self.entry.kind != FAULT
        return self.ours.status != 0 if lawful else is_noticed(self.entry, self.ours)

    @property
    def theirs_spoke(self) -> bool:
        """Whether schemathesis reported anything that it does not always report."""
        return not self.theirs.cut_off and not set(self.theirs.failures) <= set(self.usual)


def is_noticed(entry: Fault, proof: Proof) -> bool:
    """Whether a run went red, and the requirement that is broken is among what is red."""
    return proof.status == 1 and entry.breaks in proof.broken


def sample(entries: Sequence[Fault], every: int) -> list[Fault]:
    """Each `every`-th fault of a group and level, counted from the middle one, which is taken.

    Of lawful variants, `LAWFUL_SHARE` times as many.
    """
    groups: dict[tuple[str, str], list[Fault]] = {}
    for entry in entries:
        groups.setdefault((entry.group, entry.level), []).append(entry)
    found: list[Fault] = []
    for members in groups.values():
        step = every if members[0].kind == FAULT else max(1, every // LAWFUL_SHARE)
        found += members[len(members) // 2 % step :: step]
    return found


def prove_all(entries: Sequence[Fault], jobs: int) -> list[Result]:
    """Prove every entry, in their order, by so many threads."""
    return _shared_out("proved", _prove, entries, jobs)


def compare_all(
    entries: Sequence[Fault], jobs: int, limit: float, usual: tuple[str, ...]
) -> list[Pair]:
    """Set a live run and schemathesis on every entry, in their order, by so many threads."""

    def compare(part: Sequence[Fault], done: Callable[[Pair], None]) -> None:
        with LiveProver() as live:
            for entry in part:
                ours = live.prove(entry.name, strict=_strictly(entry))
                theirs = schemathesis_runs.run([entry.name], limit)
                done(Pair(entry, ours, theirs, usual))

    return _shared_out("compared", compare, entries, jobs)


def _prove(part: Sequence[Fault], done: Callable[[Result], None]) -> None:
    with Prover() as prover:
        for entry in part:
            done(Result(entry, prover.prove(entry.name, strict=_strictly(entry))))


def _strictly(entry: Fault) -> bool:
    # What is documented must be noticed without --strict; nothing lawful may be accused with it.
    return entry.level == "advisory" or entry.kind != FAULT


def _shared_out(
    word: str,
    work: Callable[[Sequence[Fault], Callable[[R], None]], None],
    entries: Sequence[Fault],
    jobs: int,
) -> list[R]:
    results: list[R] = []

    def done(result: R) -> None:
        results.append(result)
        if len(results) % PROGRESS == 0 or len(results) == len(entries):
            print(f"{word} {len(results)} of {len(entries)}", file=sys.stderr, flush=True)

    parts = [entries[number::jobs] for number in range(jobs)]
    with ThreadPoolExecutor(jobs) as pool:
        for ended in [pool.submit(work, part, done) for part in parts if part]:
            ended.result()
    order = {entry.name: number for number, entry in enumerate(entries)}
    return sorted(results, key=lambda result: order[result.entry.name])  # type: ignore[attr-defined]
