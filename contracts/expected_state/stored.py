"""Credentials that stand for a Leaf user, or stood once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.http.exchange import Exchange
from contracts.spec.model import Contract

DELETED, REPLACED = "deleted", "replaced"


@dataclass(frozen=True)
class Stored:
    """Credentials that stand: what was sent for them and the exchange that made them.

    Both are None for credentials that were there before. `kept` is what every read must show.
    `ordinary`: a conforming service cannot have taken offence at what was sent. `seen`: a read has
    shown them as they must be.
    """

    sent: Mapping[str, Any] | None = None
    created: Exchange | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)
    ordinary: bool = True
    seen: bool = False

    @property
    def since(self) -> datetime | None:
        """When they were created, by the service's clock."""
        return self.created.sent if self.created else None

    def own_values(self, contract: Contract) -> dict[str, Any]:
        """The values that no other credentials have: what was sent, and the id that was answered.

        Of credentials that were there before, all of them.
        """
        if self.sent is None or self.created is None:
            return dict(self.kept)
        answered = contract.endpoints[self.created.endpoint].answers
        ids = contract.identifiers if answered else ()
        return {
            name: value
            for name, value in self.kept.items()
            if name in ids or self.sent.get(name) == value
        }


class Unknown:
    """What stands is not known."""


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Past:
    """Values that stood once, the credentials that had them, and how that ended."""

    values: Mapping[str, Any]
    ended: str
    by: Exchange
    stored: Stored

    @property
    def story(self) -> tuple[Exchange, ...]:
        """What made these credentials."""
        return (self.stored.created,) if self.stored.created else ()


def belongs(values: Mapping[str, Any], shown: Mapping[str, Any], stands: Mapping[str, Any]) -> bool:
    """Whether shown values are these rather than those that stand."""
    telling = {n: v for n, v in values.items() if stands.get(n) != v and shown.get(n) is not None}
    same = [name for name, value in telling.items() if shown[name] == value]
    return bool(same) and 2 * len(same) >= len(telling)


def lasting_names(contract: Contract, read: Exchange) -> list[str]:
    """The fields of a read that must stay as they are, of those that have the right form."""
    broken = {finding.requirement for finding in read.judgement.findings}
    answers = contract.endpoints[read.endpoint].answers
    return [
        name
        for name in (answers.fields if answers else ())
        if not contract.fields[name].volatile
        and f"{read.endpoint}.response.{name}" in read.judgement.proved - broken
    ]
