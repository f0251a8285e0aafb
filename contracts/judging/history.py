"""What happened for one Leaf user, and what therefore must stand for it.

A `History` is a value. `after` answers the history after one more exchange, and `expectations`
what the answer to the next request must show. Both are pure functions: no client is needed to
test them. In short:

- What was created stands until it is deleted or replaced. Every read must show it, value by value.
- What was deleted, replaced, refused, or sent without a valid token must never be shown.
- A request that must not change what stands is remembered until a read has shown that it did not.
- A handshake only starts something. What it was sent may be shown some day, or never.
- When a read contradicts this, the read is believed, and the contradiction is a violation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from contracts.http.exchange import Exchange, Expectation
from contracts.judging.expectations import (
    DIFFERENT,
    FOUND,
    GONE,
    ISOLATED,
    LOST,
    MAYBE,
    MISSING,
    NEVER,
    NOTHING,
    OWN,
    PRESENT,
    SHOWN,
    STAYS,
    UNCHANGED,
)
from contracts.judging.sent_values import echo, json_object, lasting_values, read_values
from contracts.spec.model import (
    CHANGE,
    CREATE,
    DELETE,
    HANDSHAKE,
    LOG,
    READ,
    Contract,
    Endpoint,
)

ACCEPTED = 202
REMEMBERED = 12  # sets of values, and requests, that are remembered for a Leaf user
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
        named = {*self.sent, *(contract.identifiers if answered else ())}
        return {name: value for name, value in self.kept.items() if name in named}


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


@dataclass(frozen=True)
class History:
    """One Leaf user's history. `stands` is a `Stored`, None for no credentials, or UNKNOWN.

    `suspects` are the requests since the last read that must have changed nothing. `never` are
    values that were refused, `past` those that stood once. `started` are handshakes that have not
    come to their end yet. `log` are the entries that were shown last, `ended` those of credentials
    that no longer stand.
    """

    contract: Contract
    stands: Stored | Unknown | None = None
    suspects: tuple[Expectation, ...] = ()
    never: tuple[Expectation, ...] = ()
    past: tuple[Past, ...] = ()
    started: tuple[Exchange, ...] = ()
    removed: Exchange | None = None
    log_suspects: tuple[Expectation, ...] = ()
    log: tuple[Mapping[str, Any], ...] = ()
    log_shown: Exchange | None = None
    ended: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_present(self) -> bool | None:
        """Whether credentials stand; None when that is not known."""
        if isinstance(self.stands, Unknown):
            return None
        return self.stands is not None

    @property
    def stored(self) -> Stored | None:
        """The credentials that are known to stand."""
        return self.stands if isinstance(self.stands, Stored) else None

    # ------------------------------------------------------------ what happens

    def after(self, exchange: Exchange, *, ordinary: bool = True) -> History:
        """The history after an exchange for this Leaf user, as its answer tells it.

        `ordinary`: a conforming service takes no offence at what was sent.
        """
        endpoint = self.contract.endpoints[exchange.endpoint]
        if not exchange.intent.authorised:
            return self._after_unauthorised(exchange, endpoint) if endpoint.writes else self
        if endpoint.role == READ:
            return self._after_read(exchange)
        if endpoint.role == LOG:
            return self._after_log(exchange)
        if not endpoint.writes:
            return self
        return self._after_write(exchange, endpoint, ordinary)

    def after_neighbour(self, exchange: Exchange) -> History:
        """The history after a request for another Leaf user, which must change nothing here."""
        endpoint = self.contract.endpoints[exchange.endpoint]
        requirement = f"{endpoint.id}.isolated"
        if not endpoint.writes or requirement not in self.contract.requirements:
            return self
        why = f"{endpoint.request} for another Leaf user"
        # Only credentials that stand can show that nothing happened to them.
        weak = self.stored is None
        history = self._suspecting(requirement, exchange, (PRESENT, *self._damage), why, weak=weak)
        if not self.log:
            return history
        lost = replace(history.suspects[-1], explains=(LOST,))
        return replace(history, log_suspects=(*self.log_suspects, lost)[-REMEMBERED:])

    def _after_write(self, exchange: Exchange, endpoint: Endpoint, ordinary: bool) -> History:
        sent = json_object(exchange.request.content) if endpoint.takes else {}
        nothing_to_delete = endpoint.role == DELETE and exchange.found_nothing
        if exchange.refused and not nothing_to_delete:
            return self._after_refusal(exchange, endpoint, sent)
        if endpoint.role == DELETE and (exchange.succeeded or nothing_to_delete):
            return replace(self._without(DELETED, exchange), removed=exchange)
        if not exchange.succeeded or not sent:
            return replace(self, stands=UNKNOWN)
        if endpoint.role == CREATE:
            return self._made(exchange, sent, ordinary)
        if endpoint.role == HANDSHAKE:
            # It may have made credentials, or will make some, or never will.
            started = (*self.started, exchange)[-REMEMBERED:]
            return replace(self, stands=UNKNOWN, started=started)
        if endpoint.role == CHANGE and isinstance(self.stands, Stored):
            return self._changed(self.stands, exchange, sent)
        return replace(self, stands=UNKNOWN)

    def _made(self, exchange: Exchange, sent: Mapping[str, Any], ordinary: bool) -> History:
        made = Stored(sent, exchange, lasting_values(self.contract, exchange, sent), ordinary)
        return replace(self._without(REPLACED, exchange), stands=made)

    def _changed(self, old: Stored, exchange: Exchange, sent: Mapping[str, Any]) -> History:
        new = {**old.kept, **read_values(self.contract, sent)}
        changed = {name: value for name, value in old.kept.items() if new[name] != value}
        past = (*self.past, Past(changed, REPLACED, exchange, old))[-REMEMBERED:]
        stands = replace(old, kept=new, created=exchange, seen=False)
        return replace(self, stands=stands, past=past)

    def _without(self, ended: str, by: Exchange) -> History:
        """Nothing stands any more; what stood is never to be shown again."""
        past, log = self.past, self.ended
        values = self.stored.own_values(self.contract) if self.stored else {}
        if self.stored and values:
            past = (*past, Past(values, ended, by, self.stored))[-REMEMBERED:]
        if ended == DELETED:
            log = self.log or log
        return replace(
            self, stands=None, suspects=(), past=past, log=(), log_suspects=(), ended=log
        )

    def _after_refusal(
        self, exchange: Exchange, endpoint: Endpoint, sent: Mapping[str, Any]
    ) -> History:
        """A body was refused; what it would have stored must not turn up."""
        requirement = f"{endpoint.id}.refused-stores-nothing"
        if exchange.intent.about and exchange.intent.about.endswith(".on-existing"):
            requirement = exchange.intent.about
        if requirement not in self.contract.requirements:
            return self
        why = f"{endpoint.request} that was refused ({exchange.status})"
        values = read_values(self.contract, sent)
        history = self._suspecting(requirement, exchange, self._effects(values), why)
        return history._never(requirement, values, exchange, why)

    def _after_unauthorised(self, exchange: Exchange, endpoint: Endpoint) -> History:
        requirement = f"{endpoint.id}.auth-changes-nothing"
        if requirement not in self.contract.requirements:
            return self
        why = f"{endpoint.request} without a valid token"
        sent = json_object(exchange.request.content) if endpoint.takes else {}
        values = read_values(self.contract, sent)
        explains = self._effects(values) if endpoint.takes else self._damage
        weak = endpoint.takes is not None and self.stored is None
        history = self._suspecting(requirement, exchange, explains, why, weak=weak)
        return history._never(requirement, values, exchange, why)

    def _effects(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """What a body can bring about; what is stored of its `values` is recognised by them."""
        return self._damage if values else (PRESENT, *self._damage)

    @property
    def _damage(self) -> tuple[str, ...]:
        """What a request can do to the credentials that stand.

        Values that no read has shown yet may have been wrong before.
        """
        if self.stored is None:
            return ()
        return (MISSING, DIFFERENT) if self.stored.seen else (MISSING,)

    def _suspecting(
        self,
        requirement: str,
        exchange: Exchange,
        explains: tuple[str, ...],
        why: str,
        weak: bool = False,
    ) -> History:
        suspect = Expectation(
            UNCHANGED, requirement, explains=explains, since=exchange, why=why, weak=weak
        )
        return replace(self, suspects=(*self.suspects, suspect)[-REMEMBERED:])

    def _never(
        self, requirement: str, values: Mapping[str, Any], since: Exchange, why: str
    ) -> History:
        if not values:
            return self
        never = Expectation(NEVER, requirement, values=values, since=since, why=why)
        return replace(self, never=(*self.never, never)[-REMEMBERED:])

    def _after_read(self, exchange: Exchange) -> History:
        """When a read contradicts what was believed, believe the read."""
        if exchange.failed or exchange.unread:
            return self
        broken = {finding.requirement for finding in exchange.judgement.findings}
        rested = {e.requirement for e in exchange.intent.expecting(UNCHANGED, NEVER, ISOLATED)}
        if self.stored is not None:
            if exchange.found_nothing:
                return replace(self, stands=UNKNOWN, suspects=())
            if broken & rested:
                return replace(self, stands=UNKNOWN, suspects=())
            if exchange.succeeded:
                shown = exchange.intent.expecting(SHOWN)
                kept = {e.requirement.format(field=name) for e in shown for name in e.values}
                stored = replace(self.stored, seen=not broken & kept)
                return self._arrived(exchange, stored)
            return self
        if exchange.shows_nothing:
            return replace(self, suspects=()) if exchange.says_nothing_is_there else self
        if self.stands is None and broken & {e.requirement for e in exchange.intent.expected}:
            return self._not_removed(exchange)
        return self._arrived(exchange, UNKNOWN)

    def _not_removed(self, read: Exchange) -> History:
        """After a read that shows something although nothing should stand.

        Credentials that were not removed still stand.
        """
        shown = read.json if isinstance(read.json, dict) else {}
        stands: Stored | Unknown = UNKNOWN
        for past in self.past:
            if past.by is self.removed and belongs(past.values, shown, {}):
                stands = replace(past.stored, ordinary=False)
        left = tuple(past for past in self.past if past.by is not self.removed)
        return replace(self, stands=stands, suspects=(), past=left, ended=())

    def _arrived(self, read: Exchange, otherwise: Stored | Unknown) -> History:
        """After a read that shows something: perhaps a handshake has come to its end."""
        shown = read.json if isinstance(read.json, dict) else {}
        for start in self.started:
            sent = json_object(start.request.content)
            values = read_values(self.contract, sent)
            if belongs(values, shown, otherwise.kept if isinstance(otherwise, Stored) else {}):
                kept = {n: shown[n] for n in lasting_names(self.contract, read) if n in shown}
                stored = Stored(sent, start, {**kept, **values}, seen=True)
                left = tuple(other for other in self.started if other is not start)
                return replace(self, stands=stored, started=left, suspects=(), log=())
        return replace(self, stands=otherwise, suspects=())

    def _after_log(self, exchange: Exchange) -> History:
        if not exchange.succeeded or not isinstance(exchange.json, list):
            return self
        entries = tuple(entry for entry in exchange.json if isinstance(entry, dict))
        if self.stored is None:
            return self
        return replace(self, log=entries, log_shown=exchange, log_suspects=())

    # ------------------------------------------------------------ what must be shown

    def expectations(
        self, endpoint: Endpoint, sent: Mapping[str, Any], neighbours: Iterable[History] = ()
    ) -> tuple[Expectation, ...]:
        """What the answer to the next request must show, and must not show."""
        neighbours = tuple(neighbours)
        if endpoint.role == READ:
            found = (*self._of_reading(endpoint), *self._of_others(endpoint, neighbours))
        elif endpoint.role == LOG:
            found = (*self._of_log(endpoint), *self._of_other_logs(endpoint, neighbours))
        elif endpoint.creates and endpoint.answers:
            found = (*self._of_creating(endpoint, sent), *self._of_others(endpoint, neighbours))
        else:
            return ()
        known = self.contract.requirements
        return tuple(e for e in found if e.requirement in known or "{" in e.requirement)

    def _of_reading(self, endpoint: Endpoint) -> Iterator[Expectation]:
        yield from self._earlier()
        yield from self.suspects
        if self.started:
            yield Expectation(ISOLATED, f"{endpoint.id}.isolated", since=self.started[-1])
        for start in self.started:
            values = echo(endpoint, json_object(start.request.content))
            yield Expectation(
                MAYBE, f"{start.endpoint}.keeps.{{field}}", values=values, since=start,
                why="a handshake was started",
            )  # fmt: skip
        if self.stored is not None and self.stored.created is not None:
            yield from self._of_stored(endpoint, self.stored, self.stored.created)
        elif self.stands is None:
            requirement = self.contract.about(DELETE, "removes") if self.removed else None
            deleted = [past for past in self.past if past.by is self.removed]
            yield Expectation(
                NOTHING,
                requirement or f"{endpoint.id}.isolated",
                explains=(PRESENT,),
                since=self.removed,
                before=deleted[-1].story if deleted else (),
                why="deleted before" if self.removed else "never created",
                weak=not deleted,  # where nothing stood, nothing was removed
            )

    def _of_stored(
        self, endpoint: Endpoint, stored: Stored, created: Exchange
    ) -> Iterator[Expectation]:
        made_by = self.contract.endpoints[created.endpoint]
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
        yield from self.never
        for past in self.past:
            yield Expectation(
                NEVER, self._ended(past), values=past.values, since=past.by, before=past.story,
                why=f"credentials that were {past.ended}",
            )  # fmt: skip

    def _ended(self, past: Past) -> str:
        """The requirement that values break which stood once."""
        if self.stands is None:
            return self.contract.about(DELETE, "removes") or ""
        name = "again" if past.ended == DELETED else "on-existing"
        return self.contract.about(CREATE, name) or ""

    def _of_others(
        self, endpoint: Endpoint, neighbours: tuple[History, ...]
    ) -> Iterator[Expectation]:
        for neighbour in neighbours:
            for start in neighbour.started:
                values = read_values(self.contract, json_object(start.request.content))
                yield Expectation(
                    NEVER, f"{start.endpoint}.isolated", values=values, since=start,
                    why="a handshake of another Leaf user",
                )  # fmt: skip
            stored = neighbour.stored
            if stored is None:
                continue
            mine = self.stored.kept if self.stored else {}
            own = stored.own_values(self.contract)
            values = {n: v for n, v in own.items() if mine.get(n) != v}
            why = "the credentials of another Leaf user"
            since = stored.created
            written_since = any(suspect.since is since for suspect in self.suspects)
            by = since.endpoint if since and written_since else endpoint.id
            yield Expectation(NEVER, f"{by}.isolated", values=values, since=since, why=why)
            ids = {n: v for n, v in stored.kept.items() if n in self.contract.identifiers}
            if ids and self.stored is not None:
                yield Expectation(OWN, f"{endpoint.id}.own-id", values=ids, since=since, why=why)

    def _of_log(self, endpoint: Endpoint) -> Iterator[Expectation]:
        if self.stored is not None and self.log:
            yield from self.log_suspects
            yield Expectation(
                STAYS, f"{endpoint.id}.stays", entries=self.log, since=self.log_shown,
                why="shown before",
            )  # fmt: skip
        ends = self.contract.about(DELETE, f"ends-{endpoint.id}")
        if self.stands is None:
            yield Expectation(
                NOTHING,
                (ends if self.removed else None) or f"{endpoint.id}.own",
                explains=(PRESENT,),
                since=self.removed,
                why="deleted before" if self.removed else "never created",
                weak=not self.ended,
            )
        if self.ended:
            again = self.contract.about(CREATE, "again")
            yield Expectation(
                GONE, (ends if self.stands is None else again) or "", entries=self.ended,
                since=self.removed, why="the log entries of deleted credentials",
            )  # fmt: skip

    def _of_other_logs(
        self, endpoint: Endpoint, neighbours: tuple[History, ...]
    ) -> Iterator[Expectation]:
        for neighbour in neighbours:
            entries = neighbour.log or neighbour.ended
            if entries:
                yield Expectation(
                    GONE, f"{endpoint.id}.own", entries=entries, since=neighbour.log_shown,
                    why="the log entries of another Leaf user",
                )  # fmt: skip


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
