# ruff: noqa: E501 (a table is read line by line)
"""Timestamps of the right form that name the wrong instant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.derived.strategies import EPOCH
from contracts.faults.entry import Change, Fault, answers, fault, timestamp, with_value
from contracts.spec.java_dates import JavaPattern
from contracts.spec.model import Contract

FAR = datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)
ZERO = datetime(1, 1, 1, tzinfo=UTC)
WRONG: dict[str, tuple[str, Callable[[datetime], datetime]]] = {
    "local-time-west": ("local time of the Americas, labelled Z", lambda moment: moment - timedelta(hours=5)),
    "local-time-east": ("local time of India, labelled Z", lambda moment: moment + timedelta(hours=5.5)),
    "hour-ahead": ("an hour ahead, as in summer", lambda moment: moment + timedelta(hours=1)),
    "hour-behind": ("an hour behind", lambda moment: moment - timedelta(hours=1)),
    "epoch": ("the epoch", lambda _: EPOCH),
    "year-1": ("the year 1", lambda _: ZERO),
    "year-9999": ("the year 9999", lambda _: FAR),
    "day-ahead": ("a day ahead", lambda moment: moment + timedelta(days=1)),
    "yesterday": ("of a clock that is a day slow", lambda moment: moment - timedelta(days=1)),
    "decade-behind": ("ten years behind", lambda moment: moment - timedelta(days=3652)),
}  # fmt: skip
LONG_AGO = ("epoch", "year-1", "decade-behind")


def faults(contract: Contract) -> Iterator[Fault]:
    """Every wrong instant: of the credentials wherever they are shown, of one answer, of events."""
    name, pattern = timestamp(contract.endpoints["read"])
    written, log_pattern = timestamp(contract.endpoints["events"])
    for label, (words, move) in WRONG.items():
        yield fault(
            f"credentials-instant-{label}",
            f"`{name}` is {words}, at read and create.",
            f"read.instant.{name}",
            answers(_moved(name, pattern, move), "read", "create"),
            also=(f"create.instant.{name}",),
            because="Both answers show the one instant that is stored.",
        )
        yield fault(
            f"create-instant-{label}",
            f"`{name}` is {words}, at create only.",
            f"create.instant.{name}",
            answers(_moved(name, pattern, move), "create"),
            also=(f"read.keeps.{name}",),
            because="What is read is then another instant than was answered first.",
        )
        yield fault(
            f"read-instant-{label}",
            f"`{name}` is {words}, at read only.",
            f"read.instant.{name}",
            answers(_moved(name, pattern, move), "read"),
            also=(f"read.keeps.{name}",),
            because="What is read is then another instant than was answered first.",
        )
        old = label in LONG_AGO
        yield fault(
            f"events-instant-{label}",
            f"`{written}` of log entries is {words}.",
            f"events.instant.{written}",
            answers(_moved(written, log_pattern, move), "events"),
            also=("events.retention",) if old else (),
            because="So old an entry should be gone." if old else "",
        )


def _moved(name: str, pattern: JavaPattern, move: Callable[[datetime], datetime]) -> Change:
    def write(value: Any) -> Any:
        return pattern.format(move(pattern.parse(value))) if isinstance(value, str) else value

    return with_value(name, write)
