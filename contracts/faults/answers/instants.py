# ruff: noqa: E501 (a table is read line by line)
"""Timestamps of the right form that name the wrong instant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.derived.strategies import EPOCH
from contracts.faults.entry import Change, Fault, answers, fault, shown_by, timestamps, with_value
from contracts.spec.java_dates import JavaPattern
from contracts.spec.model import LOG, READ, Contract

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
    for label, (words, move) in WRONG.items():
        for name, pattern in timestamps(shown_by(contract, READ)):
            yield from _of_credentials(label, words, name, _moved(name, pattern, move))
        for written, pattern in timestamps(shown_by(contract, LOG)):
            yield _of_the_log(label, words, written, _moved(written, pattern, move))


def _of_credentials(label: str, words: str, name: str, change: Change) -> Iterator[Fault]:
    yield fault(
        f"credentials-instant-{label}",
        f"`{name}` is {words}, at read and create.",
        f"read.instant.{name}",
        answers(change, "read", "create"),
        also=(f"create.instant.{name}",),
        because="Both answers show the one instant that is stored.",
    )
    yield fault(
        f"create-instant-{label}",
        f"`{name}` is {words}, at create only.",
        f"create.instant.{name}",
        answers(change, "create"),
        also=(f"read.keeps.{name}",),
        because="What is read is then another instant than was answered first.",
    )
    yield fault(
        f"read-instant-{label}",
        f"`{name}` is {words}, at read only.",
        f"read.instant.{name}",
        answers(change, "read"),
        also=(f"read.keeps.{name}",),
        because="What is read is then another instant than was answered first.",
    )


def _of_the_log(label: str, words: str, written: str, change: Change) -> Fault:
    old = label in LONG_AGO
    return fault(
        f"events-instant-{label}",
        f"`{written}` of log entries is {words}.",
        f"events.instant.{written}",
        answers(change, "events"),
        also=("events.retention",) if old else (),
        because="So old an entry should be gone." if old else "",
    )


def _moved(name: str, pattern: JavaPattern, move: Callable[[datetime], datetime]) -> Change:
    def write(value: Any) -> Any:
        return pattern.format(move(pattern.parse(value))) if isinstance(value, str) else value

    return with_value(name, write)
