"""What happened for one Leaf user, and what therefore must stand for it.

A `History` is a value. `after` answers the history after one more exchange, and `expectations`
(the module beside this one) says what the answer to the next request must show. Both are pure: no
client is needed to test them. In short:

- What was created stands until it is deleted or replaced. Every read must show it, value by value.
- What was deleted, replaced, refused, or sent without a valid token must never be shown.
- A request that must not change what stands is remembered until a read has shown that it did not.
- A handshake only starts something. What it was sent may be shown some day, or never.
- When a read contradicts this, the read is believed, and the contradiction is a violation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from contracts.expected_state.kinds import (
    DIFFERENT,
    ISOLATED,
    LOST,
    MISSING,
    NEVER,
    PRESENT,
    SHOWN,
    UNCHANGED,
)
from contracts.expected_state.sent_values import json_object, lasting_values, read_values
from contracts.expected_state.stored import (
    DELETED,
    REPLACED,
    UNKNOWN,
    Past,
    Stored,
    Unknown,
    belongs,
    lasting_names,
)
from contracts.http.exchange import Exchange, Expectation
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

REMEMBERED = 12  # sets of values, and requests, that are remembered for a Leaf user


@dataclass(frozen=True)
class History:
    """One Leaf user's history. `stands` is a `Stored`, None for no credentials, or UNKNOWN.

    `suspects` are the requests since the last read that must have changed nothing. `never` are
    values that were refused, `past` those that stood once; `last` are the credentials that stood
    last, as far as is known, and may still stand where `stands` is UNKNOWN. `started` are
    handshakes that have not come to their end yet. `log` are the entries that were shown last,
    `ended` those of credentials that no longer stand.
    """

    contract: Contract
    stands: Stored | Unknown | None = None
    suspects: tuple[Expectation, ...] = ()
    never: tuple[Expectation, ...] = ()
    past: tuple[Past, ...] = ()
    last: Stored | None = None
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
        if endpoint.writes:
            exchange = exchange.alone  # what is remembered must not remember all that was before
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
        exchange = exchange.alone
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
            # It may have been done all the same.
            started = (*self.started, exchange)[-REMEMBERED:] if sent else self.started
            return replace(self._unknown(), started=started)
        if endpoint.role == CREATE:
            return self._made(exchange, sent, ordinary)
        if endpoint.role == HANDSHAKE:
            # It may have made credentials, or will make some, or never will.
            started = (*self.started, exchange)[-REMEMBERED:]
            return replace(self._unknown(), started=started)
        if endpoint.role == CHANGE and isinstance(self.stands, Stored):
            return self._changed(self.stands, exchange, sent)
        return self._unknown()

    def _unknown(self) -> History:
        """It is not known any more what stands."""
        return replace(self, stands=UNKNOWN, last=self.stored or self.last)

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
            self,
            stands=None,
            last=None,
            suspects=(),
            past=past,
            log=(),
            log_suspects=(),
            ended=log,
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
        # That it was seen to change nothing is evidence, and says more.
        never = Expectation(NEVER, requirement, values=values, since=since, why=why, weak=True)
        return replace(self, never=(*self.never, never)[-REMEMBERED:])

    def _after_read(self, exchange: Exchange) -> History:
        """When a read contradicts what was believed, believe the read."""
        if exchange.failed or exchange.unread:
            return self
        broken = {finding.requirement for finding in exchange.judgement.findings}
        rested = {e.requirement for e in exchange.intent.expecting(UNCHANGED, NEVER, ISOLATED)}
        if self.stored is not None:
            if exchange.found_nothing or broken & rested:
                return replace(self._unknown(), suspects=())
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
        last = otherwise if isinstance(otherwise, Stored) else self.last
        for start in self.started:
            sent = json_object(start.request.content)
            values = read_values(self.contract, sent)
            if belongs(values, shown, last.kept if last else {}):
                # What is shown otherwise than it was sent has been judged now.
                kept = {n: shown[n] for n in lasting_names(self.contract, read) if n in shown}
                stored = Stored(sent, start, kept, seen=True)
                left = tuple(other for other in self.started if other is not start)
                return replace(self, stands=stored, started=left, suspects=(), log=())
        if otherwise is UNKNOWN and last and belongs(last.kept, shown, {}):
            # A handshake with the same values may have made them anew.
            otherwise = replace(last, ordinary=False, kept=self._made_anew(last, shown))
        return replace(self, stands=otherwise, suspects=())

    def _made_anew(self, last: Stored, shown: Mapping[str, Any]) -> Mapping[str, Any]:
        """What stood, with those values that the service makes as they are shown now."""
        if not self.started:
            return last.kept
        made = last.kept.keys() & shown.keys() - self.contract.sendable_fields
        return {**last.kept, **{name: shown[name] for name in made}}

    def _after_log(self, exchange: Exchange) -> History:
        if not exchange.succeeded or not isinstance(exchange.json, list):
            return self
        entries = tuple(entry for entry in exchange.json if isinstance(entry, dict))
        if self.stored is None:
            return self
        return replace(self, log=entries, log_shown=exchange.alone, log_suspects=())
