"""Timestamps in another form than documented, by rule: each wrong form at each endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.derived.strategies import WRONG_TIMESTAMPS, Mutation
from contracts.faults.entry import Change, Fault, answering, answers, fault, timestamps, with_value
from contracts.spec.java_dates import JavaPattern
from contracts.spec.model import Contract, Endpoint

# Forms that a service falls into now and then, when a value happens to be round.
NOW_AND_THEN = ("trailing-zeros-dropped", "no-fraction", "milliseconds", "nanoseconds", "null")


def faults(contract: Contract) -> Iterator[Fault]:
    """Every wrong form; the likeliest ones also in every third answer only."""
    for endpoint in answering(contract):
        for label, mutation in WRONG_TIMESTAMPS.items():
            yield from _of(endpoint, label, mutation)
        for label in NOW_AND_THEN:
            yield from _of(endpoint, label, WRONG_TIMESTAMPS[label], every=3)


def _of(endpoint: Endpoint, label: str, mutation: Mutation, every: int = 1) -> Iterator[Fault]:
    often = "" if every == 1 else "-now-and-then"
    for name, pattern in timestamps(endpoint.answers.fields if endpoint.answers else {}):
        yield fault(
            f"{endpoint.id}-timestamp-{label}{often}",
            f"`{name}` at {endpoint.id} is answered {(label + often).replace('-', ' ')}.",
            f"{endpoint.id}.response.{name}",
            answers(_wrong(name, pattern, mutation), endpoint.id, every=every),
        )


def _wrong(name: str, pattern: JavaPattern, mutation: Mutation) -> Change:
    def write(value: Any) -> Any:
        return mutation(pattern, pattern.parse(value)) if isinstance(value, str) else value

    return with_value(name, write)
