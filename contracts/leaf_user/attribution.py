"""Which requirement is broken when an answer contradicts what must stand for a Leaf user.

An answer alone does not tell: credentials that are gone may never have been stored, or a refused
request has deleted them. What was done last decides.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from contracts.http.exchange import Mistake
from contracts.spec.model import Endpoint

# What is broken when an endpoint shows something although nothing is there.
NEVER_CREATED = {"read": "read.isolated", "events": "events.own"}
DELETED = {"read": "delete.removes", "events": "delete.ends-events"}
# What is broken when that which was made by an endpoint is not found.
MADE_BY = {"create": "create.stores", "one-click": "one-click.creates"}
# What is broken when a log entry is no longer there.
LOST = "events.stays"
REMEMBERED = 4  # earlier credentials of a Leaf user


def excuse(endpoint: Endpoint) -> str | None:
    """What makes it no wonder, once it is broken, that a write is refused.

    What was not deleted is in the way of what is created, and what was not stored can't be deleted.
    """
    if not endpoint.writes:
        return None
    return DELETED["read"] if endpoint.takes else MADE_BY["create"]


class Blame:
    """What one Leaf user's requests have made likely; `requirements` are those that exist."""

    def __init__(self, requirements: Container[str]) -> None:
        self._requirements = requirements
        self._gone = NEVER_CREATED
        self._maker: str | None = None
        self._remover: str | None = None
        self.mistakes: tuple[Mistake, ...] = ()

    def for_showing(self, endpoint: str, suspect: str | None) -> str | None:
        """What is broken when this endpoint shows something although nothing stands.

        Unless it shows the values of one of the `mistakes`: then that one is.
        """
        likely = self._gone.get(endpoint)
        return (suspect or likely) if likely else None

    @property
    def by_nothing(self) -> tuple[str, ...]:
        """What holds if a read finds nothing: what was refused has made nothing."""
        return (self._maker,) if self._maker else ()

    def for_missing(self, made_by: str, suspect: str | None) -> str | None:
        """What is broken when a read finds nothing although something stands."""
        return suspect or self._remover or MADE_BY.get(made_by)

    def standing(self, stands: bool, before: Mapping[str, Any] | None) -> None:
        """Something new stands, or nothing does; `before` is what stood until now."""
        if before is not None:
            self.never("create.on-existing" if stands else "create.again", before, stood=True)
        if not stands:
            self._gone = DELETED
        self._maker = self._remover = None

    def refused(self, endpoint: str, about: str | None, sent: Mapping[str, Any]) -> None:
        """A body was refused; what it would have stored must not turn up."""
        nothing = f"{endpoint}.refused-stores-nothing"
        if nothing in self._requirements:
            self._maker = self._remover = nothing
            self.never(about if about == "create.on-existing" else nothing, sent)

    def unauthorised(self, endpoint: str, sent: Mapping[str, Any] | None) -> None:
        """A write without a valid token; `sent` is its body, None when it has none."""
        changes_nothing = f"{endpoint}.auth-changes-nothing"
        if sent is None:
            self._remover = changes_nothing
        else:
            self._maker = changes_nothing
            self.never(changes_nothing, sent)

    def never(
        self, requirement: str | None, values: Mapping[str, Any], *, stood: bool = False
    ) -> None:
        """Remember values that no read may show, and the requirement that forbids it."""
        if requirement is not None and requirement in self._requirements:
            self.mistakes = (*self.mistakes, Mistake(requirement, values, stood))[-REMEMBERED:]
