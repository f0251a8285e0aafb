"""What the answer to the next request must show for a Leaf user, by its history.

`expectations` is a pure function of the history, the request, and the neighbours' histories. Each
expectation names the requirement that it breaks to contradict it, and the exchange it rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.expected_state.history import History
from contracts.expected_state.kinds import (
    FOUND,
    GONE,
    ISOLATED,
    MAYBE,
    NEVER,
    NOTHING,
    OWN,
    PRESENT,
    SHOWN,
    STAYS,
)
from contracts.expected_state.sent_values import echo, json_object, read_values
from contracts.expected_state.stored import DELETED, Past, Stored
from contracts.http.exchange import Exchange, Expectation
from contracts.spec.model import CREATE, DELETE, LOG, READ, Endpoint


def expectations(
    history: History,
    endpoint: Endpoint,
    sent: Mapping[str, Any],
    neighbours: Iterable[History] = (),
) -> tuple[Expectation, ...]:
    """What the answer to a request must show, and must not show; `sent` is the body's object."""
    return _Expected(history, tuple(neighbours)).of(endpoint, sent)


@dataclass(frozen=True)
class _Expected:
    history: History
    neighbours: tuple[History, ...]

    def of(self, endpoint: Endpoint, sent: Mapping[str, Any]) -> tuple[Expectation, ...]:
        """What the answer to the next request must show, and must not show."""
        if endpoint.role == READ:
            # Of equal causes the last one is chosen: what happened here, rather than elsewhere.
            found = (*self._of_others(endpoint), *self._of_reading(endpoint))
        elif endpoint.role == LOG:
            found = (*self._of_log(endpoint), *self._of_other_logs(endpoint))
        elif endpoint.creates and endpoint.answers:
            found = (*self._of_creating(endpoint, sent), *self._of_others(endpoint))
        else:
            return ()
        known = self.history.contract.requirements
        return tuple(e for e in found if e.requirement in known or "{" in e.requirement)

    def _of_reading(self, endpoint: Endpoint) -> Iterator[Expectation]:
        yield from self._earlier()
        yield from self.history.suspects
        if self.history.started:
            yield Expectation(ISOLATED, f"{endpoint.id}.isolated", since=self.history.started[-1])
        last = self.history.last
        if last is not None and last.created is not None:
            yield Expectation(
                MAYBE, f"{endpoint.id}.keeps.{{field}}", values=last.kept, since=last.created,
                why="created before, and perhaps there still",
            )  # fmt: skip
        for start in self.history.started:
            values = echo(endpoint, json_object(start.request.content))
            made_by = self.history.contract.endpoints[start.endpoint]
            keeps = made_by if made_by.handshake else endpoint
            yield Expectation(
                MAYBE, f"{keeps.id}.keeps.{{field}}", values=values, since=start,
                why="a request that may be carried out, or was",
            )  # fmt: skip
        if self.history.stored is not None and self.history.stored.created is not None:
            yield from self._of_stored(endpoint, self.history.stored, self.history.stored.created)
        elif self.history.stands is None:
            requirement = (
                self.history.contract.about(DELETE, "removes") if self.history.removed else None
            )
            deleted = [past for past in self.history.past if past.by is self.history.removed]
            yield Expectation(
                NOTHING,
                requirement or f"{endpoint.id}.isolated",
                explains=(PRESENT,),
                since=self.history.removed,
                before=deleted[-1].story if deleted else (),
                why="deleted before" if self.history.removed else "never created",
                weak=not deleted,  # where nothing stood, nothing was removed
            )

    def _of_stored(
        self, endpoint: Endpoint, stored: Stored, created: Exchange
    ) -> Iterator[Expectation]:
        made_by = self.history.contract.endpoints[created.endpoint]
        keeps = made_by if made_by.handshake else endpoint
        if not made_by.handshake:
            # What a handshake has made may be taken away by the provider.
            yield Expectation(FOUND, f"{made_by.id}.stores", since=created, why="created before")
        yield Expectation(ISOLATED, f"{endpoint.id}.isolated", since=created, why="created before")
        yield Expectation(
            SHOWN, f"{keeps.id}.keeps.{{field}}", values=stored.kept, since=created,
            why="created before",
        )  # fmt: skip

    def _of_creating(self, endpoint: Endpoint, sent: Mapping[str, Any]) -> Iterator[Expectation]:
        yield from self._earlier()
        yield Expectation(ISOLATED, f"{endpoint.id}.isolated", why="sent now")
        yield Expectation(
            SHOWN, f"{endpoint.id}.keeps.{{field}}", values=echo(endpoint, sent),
            why="sent now",
        )  # fmt: skip

    def _earlier(self) -> Iterator[Expectation]:
        """Values that must not be shown at all, or any more.

        Of equal values the last ones are preferred: those that stood once.
        """
        yield from self.history.never
        for past in self.history.past:
            yield Expectation(
                NEVER, self._ended(past), values=past.values, since=past.by, before=past.story,
                why=f"credentials that were {past.ended}",
            )  # fmt: skip

    def _ended(self, past: Past) -> str:
        """The requirement that values break which stood once."""
        if self.history.stands is None:
            return self.history.contract.about(DELETE, "removes") or ""
        name = "again" if past.ended == DELETED else "on-existing"
        return self.history.contract.about(CREATE, name) or ""

    def _of_others(self, endpoint: Endpoint) -> Iterator[Expectation]:
        for neighbour in self.neighbours:
            for start in neighbour.started:
                values = read_values(self.history.contract, json_object(start.request.content))
                yield Expectation(
                    NEVER, f"{start.endpoint}.isolated", values=values, since=start,
                    why="a handshake of another Leaf user", weak=True,
                )  # fmt: skip
            stored = neighbour.stored
            if stored is None:
                continue
            known = self.history.stored or self.history.last
            mine = known.kept if known else {}
            own = stored.own_values(self.history.contract)
            values = {n: v for n, v in own.items() if mine.get(n) != v}
            why = "the credentials of another Leaf user"
            since = stored.created
            written_since = any(
                suspect.since and since and suspect.since.request is since.request
                for suspect in self.history.suspects
            )
            by = since.endpoint if since and written_since else endpoint.id
            yield Expectation(
                NEVER, f"{by}.isolated", values=values, since=since, why=why, weak=written_since
            )
            ids = {n: v for n, v in stored.kept.items() if n in self.history.contract.identifiers}
            if ids and self.history.stored is not None:
                yield Expectation(OWN, f"{endpoint.id}.own-id", values=ids, since=since, why=why)

    def _of_log(self, endpoint: Endpoint) -> Iterator[Expectation]:
        if self.history.stored is not None and self.history.log:
            yield from self.history.log_suspects
            yield Expectation(
                STAYS, f"{endpoint.id}.stays", entries=self.history.log,
                since=self.history.log_shown, why="shown before",
            )  # fmt: skip
        ends = self.history.contract.about(DELETE, f"ends-{endpoint.id}")
        if self.history.stands is None:
            yield Expectation(
                NOTHING,
                (ends if self.history.removed else None) or f"{endpoint.id}.own",
                explains=(PRESENT,),
                since=self.history.removed,
                why="deleted before" if self.history.removed else "never created",
                weak=not self.history.ended,
            )
        if self.history.ended:
            again = self.history.contract.about(CREATE, "again")
            requirement = ends if self.history.stands is None else again
            yield Expectation(
                GONE, requirement or "", entries=self.history.ended, since=self.history.removed,
                why="the log entries of deleted credentials",
            )  # fmt: skip

    def _of_other_logs(self, endpoint: Endpoint) -> Iterator[Expectation]:
        for neighbour in self.neighbours:
            entries = neighbour.log or neighbour.ended
            if entries:
                yield Expectation(
                    GONE, f"{endpoint.id}.own", entries=entries, since=neighbour.log_shown,
                    why="the log entries of another Leaf user",
                )  # fmt: skip
