"""Sending requests for one Leaf user: each with what its answer must show, by its history."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from contracts.expected_state.expectations import expectations
from contracts.expected_state.history import History
from contracts.expected_state.kinds import FOUND, LOST, MAYBE, NOTHING, SHOWN, STAYS, UNCHANGED
from contracts.expected_state.sent_values import accepted_values, innocent, json_object
from contracts.expected_state.stored import UNKNOWN, Stored, Unknown
from contracts.http.client import Client
from contracts.http.exchange import GATEWAY, Exchange, Expectation, Headers, Intent, Request
from contracts.http.link import JSON
from contracts.http.outcomes import NotChecked
from contracts.judging.instants import parsed
from contracts.leaf_user.pending import AT_ONCE, Pending
from contracts.leaf_user.request_bodies import Bodies
from contracts.spec.model import CREATE, DELETE, LOG, READ, Contract, Endpoint
from contracts.spec.types import Timestamp

# Where this requirement is broken, success can't be demanded of an endpoint with that role: what
# was not deleted is in the way of what is created, and what was not stored can't be deleted.
IN_THE_WAY = {CREATE: (DELETE, "removes"), DELETE: (CREATE, "stores")}
GATEWAY_TRIES = 2


class Sender:
    """Sends requests for a Leaf user and remembers what happened.

    `refusal` is None when writing is allowed, else why it is not. `dirty`: something may be
    stored that was not before this run. `owed`: something may have been made since the last DELETE.
    """

    def __init__(
        self,
        client: Client,
        leaf_user: str,
        bodies: Bodies,
        *,
        refusal: str | None = None,
        stands: Stored | Unknown | None = None,
        looks: tuple[float, ...] = AT_ONCE,
    ) -> None:
        self.client = client
        self.leaf_user = leaf_user
        self.bodies = bodies
        self.refusal = refusal
        self.neighbours: list[Sender] = []
        self.history = History(client.contract, stands)
        self.dirty = self.owed = False
        self._pending = Pending(client, looks)

    @property
    def contract(self) -> Contract:
        return self.client.contract

    @property
    def stored(self) -> Stored | None:
        """The credentials that are known to stand."""
        return self.history.stored

    @property
    def is_present(self) -> bool | None:
        """Whether credentials stand; None when that is not known."""
        return self.history.is_present

    def believe(self, stands: Stored | Unknown | None) -> None:
        """Take for granted what stands, which something else than a judged exchange has told."""
        last = self.history.stored or self.history.last if stands is UNKNOWN else None
        self.history = replace(self.history, stands=stands, last=last)

    # ------------------------------------------------------------ what can be asked

    def ask(self, endpoint: str, *, about: str | None = None) -> Exchange:
        """Ask an endpoint that takes no body; valid when credentials are known to stand.

        `about` is the requirement that a failure breaks.
        """
        request = self.client.request(endpoint, self.leaf_user)
        return self._exchange(endpoint, request, valid=self.is_present is True, about=about)

    def read(self) -> Exchange:
        """Read the credentials."""
        return self.ask(self.contract.the(READ).id)

    def look(self) -> Exchange | None:
        """Read the credentials, so that it is judged; None where no request does."""
        return self.read() if self.contract.having(READ) else None

    def log(self) -> Exchange | None:
        """Read the log of the credentials; None where the contract has none."""
        endpoints = self.contract.having(LOG)
        return self.ask(endpoints[0].id) if endpoints else None

    def send(
        self,
        endpoint: str,
        body: Any = None,
        *,
        content: bytes | None = None,
        media_type: str = JSON,
        valid: bool = False,
        about: str | None = None,
        covers: Iterable[str] = (),
    ) -> Exchange:
        """Send `body` as JSON, or `content` as it is. `valid`: a conforming service accepts it.

        `covers` are requirements that hold if it does.
        """
        content = json.dumps(body).encode() if content is None else content
        request = self.client.request(endpoint, self.leaf_user, content, media_type)
        return self._exchange(endpoint, request, valid=valid, about=about, covers=covers)

    def forward(self, endpoint: str, request: Request) -> Exchange:
        """Send a request that something else has made, on behalf of this Leaf user."""
        return self._exchange(endpoint, request)

    def repeat(self, endpoint: str, request: Request, intent: Intent) -> Exchange:
        """Send a request as it was sent before, and meant to be what it was then."""
        if not intent.authorised:
            return self._unauthorised(endpoint, request, intent.about)
        return self._exchange(
            endpoint, request, valid=intent.valid, about=intent.about, covers=intent.covers
        )

    def unauthorised(self, endpoint: str, headers: Headers, about: str | None) -> Exchange:
        """Ask with another Authorization header, and an ordinary body where one is taken."""
        takes = self.contract.endpoints[endpoint].takes
        content = json.dumps(self.bodies.ordinary(takes)).encode() if takes else None
        for _, value in headers:
            self.client.keep_if_near(value.rpartition(" ")[2])
        request = self.client.request(endpoint, self.leaf_user, content, authorization=headers)
        return self._unauthorised(endpoint, request, about)

    # ------------------------------------------------------------ inside

    def _exchange(
        self,
        name: str,
        request: Request,
        *,
        valid: bool = False,
        about: str | None = None,
        covers: Iterable[str] = (),
    ) -> Exchange:
        endpoint = self.contract.endpoints[name]
        if endpoint.writes:
            self._may_write(endpoint)
        if endpoint.role != READ and (self._pending.unseen or self._unseen(endpoint)):
            self.look()
        sent = json_object(request.content) if endpoint.takes else {}
        if endpoint.takes is None:
            valid = valid and self.is_present is True  # what was read just now may say otherwise
        valid = valid and not self._is_in_the_way(endpoint)
        intent = Intent(
            valid=valid,
            present=self.is_present,
            since=self.stored.since if self.stored else None,
            about=about,
            covers=(*covers, *accepted_values(endpoint, sent)),
            innocent=innocent(self.contract, sent),
            expected=self._expected(endpoint, sent, about),
            old=self._is_old(),
        )
        before = self.history
        if endpoint.writes:
            # Whatever happens from here on, something may have changed.
            self.believe(UNKNOWN)
            self.dirty = True
        exchange = self.client.send(name, request, intent, self._doubt(endpoint, before))
        takes = endpoint.takes
        ordinary = takes is not None and (
            sent.keys() >= takes.fields.keys() and (valid or self.bodies.is_real(takes, sent))
        )
        self.history = before.after(exchange, ordinary=ordinary)
        if endpoint.writes:
            self._has_written(endpoint, exchange)
        return exchange

    def _has_written(self, endpoint: Endpoint, exchange: Exchange) -> None:
        if endpoint.creates:
            self.owed = self.owed or not exchange.refused
        elif endpoint.role == DELETE:
            self.owed = self.owed and exchange.failed
        if exchange.succeeded:
            self._pending.note(exchange, handshake=endpoint.handshake)
        for neighbour in self.neighbours:
            neighbour.history = neighbour.history.after_neighbour(exchange)

    def _unauthorised(self, name: str, request: Request, about: str | None) -> Exchange:
        endpoint = self.contract.endpoints[name]
        if endpoint.writes:
            self._may_write(endpoint)
            self.dirty = True
        intent = Intent(
            authorised=False,
            present=self.is_present,
            about=about,
            expected=tuple(
                e
                for read in self.contract.having(READ)
                for e in expectations(self.history, read, {})
            ),
            same_token=self._has_right_token(request),
        )
        exchange = self.client.send(name, request, intent, self._gateway(endpoint, self.history))
        self.history = self.history.after(exchange)
        self.owed = self.owed or (endpoint.creates and exchange.succeeded)
        return exchange

    def _has_right_token(self, request: Request) -> bool:
        """Whether the right token is sent by itself, under whatever scheme."""
        values = [value.split() for name, value in request.headers if name == "Authorization"]
        return [words[-1:] for words in values if len(words) <= 2] == [[self.client.token]]

    def _expected(
        self, endpoint: Endpoint, sent: dict[str, Any], about: str | None
    ) -> tuple[Expectation, ...]:
        others = [neighbour.history for neighbour in self.neighbours]
        found = tuple(map(self._of_reading, expectations(self.history, endpoint, sent, others)))
        found = self._likeliest_last(found)
        if about is None or endpoint.writes:
            return found
        # A test that asks where nothing is says which requirement that is about.
        return tuple(
            replace(e, requirement=about, weak=False) if e.kind == NOTHING else e for e in found
        )

    def _likeliest_last(self, found: tuple[Expectation, ...]) -> tuple[Expectation, ...]:
        """Of equal causes the last one is chosen: let it be one that was seen at work before."""
        broken = self.client.broken
        if any(e.kind == FOUND and e.requirement in broken for e in found):
            # What comes and goes by itself says nothing of other requests.
            found = tuple(e for e in found if e.kind != UNCHANGED)
        stays = [e.requirement for e in found if e.kind == STAYS]
        if not {*stays} <= self.client.proved - broken:
            # Only where entries stay by themselves, another request can have taken them away.
            found = tuple(e for e in found if LOST not in e.explains)
        return tuple(sorted(found, key=lambda e: e.kind == UNCHANGED and e.requirement in broken))

    def _of_reading(self, expectation: Expectation) -> Expectation:
        """Blame no handshake for values that reading is known to show wrongly."""
        if expectation.kind not in (SHOWN, MAYBE):
            return expectation
        if not expectation.since or not self._is_handshake(expectation.since):
            return expectation
        keeps = f"{self.contract.the(READ).id}.keeps.{{field}}"
        known = {keeps.format(field=name) for name in expectation.values}
        return (
            replace(expectation, requirement=keeps) if known & self.client.broken else expectation
        )

    def _is_handshake(self, exchange: Exchange) -> bool:
        return self.contract.endpoints[exchange.endpoint].handshake

    def _unseen(self, endpoint: Endpoint) -> bool:
        """Whether this request would hide what an earlier one may have changed in vain."""
        return endpoint.writes and not endpoint.creates and bool(self.history.suspects)

    def _is_old(self) -> bool:
        """Whether the credentials have stood longer than log entries are kept."""
        moment, stored = self.client.moment, self.stored
        if moment is None or stored is None:
            return False
        kept = self.contract.tolerances["retention"]
        reads = [e.answers for e in self.contract.having(READ) if e.answers]
        instants = [
            parsed(kind.pattern, stored.kept[name])
            for form in reads
            for name, kind in form.fields.items()
            if isinstance(kind, Timestamp) and name in stored.kept
        ]
        return any((moment - instant).total_seconds() > kept for instant in instants)

    def _is_in_the_way(self, endpoint: Endpoint) -> bool:
        name = IN_THE_WAY.get(CREATE if endpoint.creates else endpoint.role or "")
        return name is not None and self.contract.about(*name) in self.client.broken

    def _may_write(self, endpoint: Endpoint) -> None:
        if self.refusal:
            raise NotChecked(f"{endpoint.id} writes, and {self.refusal}")

    # ------------------------------------------------------------ doubts, before judging

    def _doubt(self, endpoint: Endpoint, before: History) -> Callable[[Exchange], Exchange]:
        """How an answer is doubted before it is judged: by another look, perhaps after a while."""
        if endpoint.writes:
            return self._gateway(endpoint, before)

        def doubt(exchange: Exchange) -> Exchange:
            exchange = self._pending.look(exchange, exchange.request, self._is_done(before))
            return self._intermittent(exchange)

        return doubt

    def _is_done(self, before: History) -> Callable[[Exchange], bool]:
        def is_done(answer: Exchange) -> bool:
            if before.started and not before.stored:
                return not answer.shows_nothing
            if before.stored is None:
                return answer.shows_nothing or before.stands is UNKNOWN
            findings = self.client.judge(answer).findings
            rested = {e.requirement for e in answer.intent.expected}
            return not answer.found_nothing and not any(f.requirement in rested for f in findings)

        return is_done

    def _intermittent(self, exchange: Exchange) -> Exchange:
        """Suspect no other request where the same answer comes and goes by itself."""
        suspects = exchange.intent.expecting(UNCHANGED)
        if not suspects or not self._accuses(exchange, suspects):
            return exchange
        again = self.client.ask_again(exchange.endpoint, exchange.request)
        again = replace(again, intent=exchange.intent)
        if again.failed or self._accuses(again, suspects):
            return exchange
        others = tuple(e for e in exchange.intent.expected if e.kind != UNCHANGED)
        return replace(exchange, intent=replace(exchange.intent, expected=others))

    def _accuses(self, exchange: Exchange, suspects: tuple[Expectation, ...]) -> bool:
        requirements = {suspect.requirement for suspect in suspects}
        return any(f.requirement in requirements for f in self.client.judge(exchange).findings)

    def _gateway(self, endpoint: Endpoint, before: History) -> Callable[[Exchange], Exchange]:
        """Send a write again that a gateway has answered (502, 504): perhaps it did not arrive."""

        def doubt(exchange: Exchange) -> Exchange:
            if not endpoint.writes:
                return exchange  # the client has repeated it
            for _ in range(GATEWAY_TRIES):
                if exchange.status not in GATEWAY:
                    break
                self.client.pause(1.0)
                if exchange.intent.valid:
                    self._restore(endpoint, before)
                again = self.client.ask_again(endpoint.id, exchange.request)
                exchange = replace(again, intent=exchange.intent)
            return exchange

        return doubt

    def _restore(self, endpoint: Endpoint, before: History) -> None:
        """Bring about what stood before a write that may or may not have been carried out."""
        shown = self.client.ask_again(
            self.contract.the(READ).id,
            self.client.request(self.contract.the(READ).id, self.leaf_user),
        )
        if endpoint.creates and before.stands is None and not shown.shows_nothing:
            for delete in self.contract.having(DELETE):
                self.client.ask_again(delete.id, self.client.request(delete.id, self.leaf_user))
        made = before.stored.created if before.stored else None
        if endpoint.role == DELETE and made is not None and shown.found_nothing:
            self.client.ask_again(made.endpoint, made.request)
