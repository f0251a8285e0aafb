"""What the embedded service knows: Leaf users, their credentials, and the log of each.

`Store` keeps, `Maker` makes the values that no caller sends. Neither knows anything of HTTP, and
neither locks: the service does that for both.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.spec.model import Contract
from contracts.spec.types import Integer, Text, Timestamp, Type, Uuid, is_uuid

TOKEN_BYTES = 48
PROVIDER_OK = 200
PROVIDER_REFUSED = 401


@dataclass(frozen=True)
class Entry:
    """One log entry: when it was written (aware), and what it shows, by field."""

    written: datetime
    values: Mapping[str, Any]

    def changed(self, **values: Any) -> Entry:
        """A copy in which these fields have other values."""
        return replace(self, values={**self.values, **values})


@dataclass(frozen=True)
class Record:
    """One Leaf user's credentials: all that was sent and all that was made, by field.

    `created` is aware; `entries` are the log, newest first. Never changed in place, so that a
    record which somebody kept stays what it was.
    """

    created: datetime
    values: Mapping[str, Any]
    entries: tuple[Entry, ...] = ()

    def changed(self, **values: Any) -> Record:
        """A copy in which these fields have other values."""
        return replace(self, values={**self.values, **values})

    def logged(self, entry: Entry) -> Record:
        """A copy with one more log entry."""
        return replace(self, entries=(entry, *self.entries))


class Store:
    """Leaf users by id, and the credentials of those that have some."""

    def __init__(self) -> None:
        self._profiles: dict[str, Mapping[str, Any]] = {}
        self._records: dict[str, Record] = {}

    @property
    def users(self) -> tuple[str, ...]:
        """The ids of all Leaf users, in the order in which they were added."""
        return tuple(self._profiles)

    def add_user(self, user: str, profile: Mapping[str, Any]) -> None:
        """Add a Leaf user, or give one that is known another profile."""
        self._profiles[user] = profile

    def profile(self, user: str) -> Mapping[str, Any] | None:
        """What is known of a Leaf user; None for an unknown one."""
        return self._profiles.get(user)

    def remove_user(self, user: str) -> None:
        """Remove a Leaf user with all that is stored for it."""
        self._profiles.pop(user, None)
        self._records.pop(user, None)

    def get(self, user: str) -> Record | None:
        """The credentials of a Leaf user."""
        return self._records.get(user)

    def put(self, user: str, record: Record) -> None:
        """Store credentials in place of any that were there."""
        self._records[user] = record

    def drop(self, user: str) -> None:
        """Remove the credentials of a Leaf user, and their log with them."""
        self._records.pop(user, None)


class Maker:
    """Makes ids, tokens, instants, and with them whole records and log entries.

    The same `seed` gives the same ids and tokens in the same order; None gives others each time.
    """

    def __init__(
        self, contract: Contract, clock: Callable[[], datetime], seed: int | None = None
    ) -> None:
        self._fields = contract.fields
        self._sendable = contract.sendable_fields
        self._clock = clock
        # Where a seed is wanted, nothing is to be kept secret.
        self._random = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311
        self._identifiers = frozenset(n for n, f in self._fields.items() if is_uuid(f.example))

    def uuid(self) -> str:
        """A fresh random UUID."""
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def token(self) -> str:
        """A fresh token of the provider: long, and like no other."""
        return self._random.randbytes(TOKEN_BYTES).hex()

    def record(self, kinds: Mapping[str, Type], sent: Mapping[str, Any]) -> Record:
        """New credentials without a log: what was sent, and made values for the rest of `kinds`."""
        now = self._clock()
        made = {
            name: self._value(name, kind, now, PROVIDER_OK)
            for name, kind in kinds.items()
            if name not in sent
        }
        return Record(now, {**sent, **made})

    def entry(self, kinds: Mapping[str, Type], code: int = PROVIDER_OK) -> Entry:
        """A log entry of now; `code` is the status of the logged exchange with the provider."""
        now = self._clock()
        values = {name: self._value(name, kind, now, code) for name, kind in kinds.items()}
        return Entry(now, values)

    def renewed(self, kinds: Mapping[str, Type], record: Record, status: str | None) -> Record:
        """The record with a fresh token and, unless it is None, another status.

        Which fields of `kinds` that means, the contract says: those that may change and that no
        caller sends, of which tokens are the secret ones.
        """
        changes = {}
        for name in kinds:
            field = self._fields[name]
            if not field.volatile or name in self._sendable:
                continue
            if field.secret:
                changes[name] = self.token()
            elif status is not None and isinstance(kinds[name], Text):
                changes[name] = status
        return record.changed(**changes)

    def profile(
        self, kinds: Mapping[str, Type], user: str, sent: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """A Leaf user as it is shown: its id, the texts that were sent, examples for the rest."""
        texts = {name: value for name, value in sent.items() if isinstance(value, str)}
        made = {
            name: user if isinstance(kind, Uuid) else self._fields[name].example
            for name, kind in kinds.items()
            if isinstance(kind, Uuid) or name not in texts
        }
        return {**texts, **made}

    def _value(self, name: str, kind: Type, now: datetime, code: int) -> Any:
        field = self._fields[name]
        match kind:
            case Timestamp(pattern):
                return pattern.format(now)
            case Integer():
                return code
            case Text() if field.secret:
                return self.token()
            # A plain text whose example is a UUID is an identifier too.
            case Uuid() | Text() if name in self._identifiers:
                return self.uuid()
        return field.example


def known_leaf_users(contract: Contract) -> tuple[str, str]:
    """The two Leaf users that every service knows from the start: the example, and the next id.

    Which parameter of a path is a Leaf user is told by the first endpoint.
    """
    paths = [endpoint.path for endpoint in contract.endpoints.values()]
    used = [p for p in contract.path_parameters.values() if f"{{{p.name}}}" in paths[0]]
    example = (used or [*contract.path_parameters.values()])[0].example
    if not is_uuid(example):
        return example, f"{example}-2"
    return example, str(UUID(int=UUID(example).int + 1))
