"""Log entries that should not be shown: too old, someone else's, of what is gone, or twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from contracts.faults.entry import (
    Fault,
    answers,
    fault,
    hooks,
    others,
    own,
    shown_by,
    timestamps,
    with_value,
)
from contracts.service.hooks import Behaviour, Call
from contracts.service.store import Entry
from contracts.spec.java_dates import JavaPattern
from contracts.spec.model import LOG, Contract


def faults(contract: Contract) -> Iterator[Fault]:
    """Types that the rules for fields leave out, and entries out of their time and place."""
    yield from _types()
    yield from _old(contract)
    yield from _of_others()
    yield from _of_the_gone()
    yield from _ids()
    yield from _lost()


def _types() -> Iterator[Fault]:
    texts: dict[str, Callable[[Any], Any]] = {
        "status-code-phrase": lambda code: f"{code} OK",
        "status-code-text": str,
        "status-code-fraction": lambda code: code + 0.5,
        "body-object": lambda body: {"answer": body},
        "headers-object": lambda headers: {"content-type": headers},
        "headers-pairs": lambda headers: [["content-type", headers]],
        "id-object": lambda name: {"$oid": name},
    }
    fields = {"status": "statusCode", "body": "body", "headers": "headers", "id": "id"}
    for label, change in texts.items():
        name = fields[label.partition("-")[0]]
        yield fault(
            f"events-{label}",
            f"`{name}` of a log entry is {label.replace('-', ' ')}.",
            f"events.response.{name}",
            answers(with_value(name, change), "events"),
        )


def _old(contract: Contract) -> Iterator[Fault]:
    for written, pattern in timestamps(shown_by(contract, LOG)):
        yield from _older(written, pattern)


def _older(written: str, pattern: JavaPattern) -> Iterator[Fault]:
    for days in (31, 60, 400):

        def entries(call: Call, found: list[Entry], age: int = days) -> list[Entry]:
            if not found:
                return found
            moment = call.service.clock() - timedelta(days=age)
            old = found[-1].changed(
                id=call.service.make.uuid(), **{written: pattern.format(moment)}
            )
            return [*found, replace(old, written=moment)]

        yield fault(
            f"events-{days}-days-old",
            f"An entry that is {days} days old is still in the log.",
            "events.retention",
            hooks(entries=entries),
            also=(f"events.instant.{written}",),
            because="Credentials that were created now have no older entries.",
        )


def _of_others() -> Iterator[Fault]:
    def everyone(call: Call, found: list[Entry]) -> list[Entry]:
        return [*found, *(entry for record in others(call)[:3] for entry in record.entries)]

    def newest(call: Call, found: list[Entry]) -> list[Entry]:
        records = sorted([*others(call), *filter(None, [own(call)])], key=lambda r: r.created)
        return list(records[-1].entries) if records and found else found

    yield fault(
        "events-of-everyone",
        "The log shows the entries of other Leaf users, too.",
        "events.own",
        hooks(entries=lambda call, found: everyone(call, found) if found else found),
        also=("create.again", "create.isolated", "events.stays", "events.retention"),
        because="Entries of others are there before a deletion and after it, and go with them.",
    )
    yield fault(
        "events-of-everyone-without-own",
        "The log of a Leaf user without credentials shows those of others.",
        "events.own",
        hooks(entries=lambda call, found: found or everyone(call, found)),
        also=("delete.ends-events", "events.retention"),
        because="After a deletion, it cannot be told whose entries they are.",
    )
    yield fault(
        "events-of-the-newest",
        "The log shows the entries of the credentials that were created last, whoever's they are.",
        "events.own",
        hooks(entries=newest),
    )


class _KeepsLog(Behaviour):
    """The log of deleted credentials is kept, and shown while `where` (no credentials stand)."""

    def __init__(self, where: Callable[[bool], bool]) -> None:
        self._kept: dict[str, list[Entry]] = {}
        self._where = where

    def remove(self, call: Call, removing: bool) -> bool:
        record = own(call)
        if record is not None:
            self._kept[call.leaf_user or ""] = list(record.entries)
        return removing

    def entries(self, call: Call, entries: list[Entry]) -> list[Entry]:
        kept = self._kept.get(call.leaf_user or "", [])
        return [*entries, *kept] if self._where(own(call) is None) else entries


def _of_the_gone() -> Iterator[Fault]:
    yield fault(
        "events-after-deletion",
        "The log is still shown after the credentials were deleted.",
        "delete.ends-events",
        lambda: _KeepsLog(lambda gone: gone),
    )
    yield fault(
        "events-of-earlier-credentials",
        "New credentials show the log of those that were deleted before.",
        "create.again",
        lambda: _KeepsLog(lambda gone: not gone),
    )
    yield fault(
        "events-forever",
        "The log survives deletion and goes on with the next credentials.",
        "delete.ends-events",
        lambda: _KeepsLog(lambda gone: True),
        also=("create.again",),
        because="Entries of earlier credentials are shown at both times.",
    )


def _ids() -> Iterator[Fault]:
    yield fault(
        "events-listed-twice",
        "Every log entry is listed twice.",
        "events.unique-ids",
        hooks(entries=lambda _, found: [*found, *found]),
    )

    def same(_: Call, found: list[Entry]) -> list[Entry]:
        return [entry.changed(id=found[0].values["id"]) for entry in found]

    yield fault(
        "events-share-an-id",
        "All entries of one log have the same id.",
        "events.unique-ids",
        hooks(entries=same),
    )

    def by_twos(_: Call, found: list[Entry]) -> list[Entry]:
        return [
            e.changed(id=found[place - place % 2].values["id"]) for place, e in enumerate(found)
        ]

    yield fault(
        "events-ids-by-twos",
        "Two log entries that follow each other have one id.",
        "events.unique-ids",
        hooks(entries=by_twos),
    )


class _ShowsOnce(Behaviour):
    """A log entry that has been shown is not shown again."""

    def __init__(self) -> None:
        self._shown: set[str] = set()

    def entries(self, call: Call, entries: list[Entry]) -> list[Entry]:
        fresh = [entry for entry in entries if entry.values["id"] not in self._shown]
        self._shown.update(entry.values["id"] for entry in fresh)
        return fresh


def _clears_others(endpoint: str) -> Callable[..., Any]:
    def clear(call: Call, given: Any) -> Any:
        store = call.service.store
        for user in store.users if call.endpoint == endpoint else ():
            record = store.get(user)
            if record and user != call.leaf_user:
                store.put(user, replace(record, entries=()))
        return given

    return clear


def _lost() -> Iterator[Fault]:
    yield fault(
        "events-shown-once",
        "A log entry that was shown once is not shown again.",
        "events.stays",
        _ShowsOnce,
    )
    yield fault(
        "create-clears-the-log-of-others",
        "POST empties the logs of all other Leaf users.",
        "create.isolated",
        hooks(store=_clears_others("create")),
    )
    yield fault(
        "delete-clears-the-log-of-others",
        "DELETE empties the logs of all other Leaf users.",
        "delete.isolated",
        hooks(remove=_clears_others("delete")),
    )
