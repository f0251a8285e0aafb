"""One Leaf user under test: what is known to be stored for it, and what has to be cleaned up.

Every request of the suite for a Leaf user is made here, so that its intent (must it succeed? are
there credentials?) is always told from what went before, and nothing that was created is forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from contracts.http.client import JSON, Client, Unreachable
from contracts.http.exchange import Exchange, Finding, Headers, Intent, Mistake, Request
from contracts.http.outcomes import NotChecked, Violation
from contracts.http.wording import describe_answer
from contracts.leaf_user.attribution import LOST, MADE_BY, Blame, excuse
from contracts.leaf_user.expected_state import (
    UNKNOWN,
    Stored,
    accepted_values,
    echo,
    innocent,
    json_object,
    kept,
)
from contracts.leaf_user.pending import ACCEPTED, PAUSES, Later
from contracts.leaf_user.request_bodies import Bodies
from contracts.spec.model import Form

CLEAN_UP_PAUSES = (0.0, 2.0, 15.0)  # seconds before each try to delete what was created
ENOUGH = 2  # deletions in vain; another one would do no more


class Account:
    """A Leaf user. `refusal` is None when writing is allowed, else why it is not.

    `stored` is what stands: a `Stored`, None for no credentials, or UNKNOWN. A `thrifty` account
    looks after arranging only the first time whether what it arranged is so.
    """

    def __init__(
        self,
        client: Client,
        leaf_user: str,
        bodies: Bodies,
        *,
        refusal: str | None = None,
        stored: Stored | object | None = None,
        thrifty: bool = False,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self.client = client
        self.leaf_user = leaf_user
        self.bodies = bodies
        self.refusal = refusal
        self.stored = stored
        self.thrifty = thrifty
        self.neighbours: list[Account] = []
        self._logged: tuple[Mapping[str, Any], ...] = ()
        self._meddled = LOST  # what is broken when entries of the log are lost
        self._verified: set[str] = set()
        self._in_vain = 0  # deletions that credentials outlived
        self._later = Later(client, pauses)
        self.dirty = self._owed = False  # may anything be changed? made since the last DELETE?
        self._contract = client.contract
        self._endpoints = self._contract.endpoints
        self._blame = Blame(self._contract.requirements)

    # ------------------------------------------------------------ what can be asked

    def ask(
        self, endpoint: str, *, about: str | None = None, suspect: str | None = None
    ) -> Exchange:
        """Ask an endpoint that reads or deletes; valid when credentials are known to stand.

        `about` is the requirement to blame for a failure, `suspect` for other credentials than
        those that must stand.
        """
        request = self.client.request(endpoint, self.leaf_user)
        valid = self.is_present is True
        return self._exchange(endpoint, request, valid=valid, about=about, suspect=suspect)

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
        """Send `body` as JSON, or `content` as it is. `valid`: a lawful service accepts it.

        `covers` are requirements that hold if it does.
        """
        content = json.dumps(body).encode() if content is None else content
        request = self.client.request(endpoint, self.leaf_user, content, media_type)
        return self._exchange(endpoint, request, valid=valid, about=about, covers=covers)

    def forward(self, endpoint: str, request: Request, *, authorised: bool) -> Exchange:
        """Send a request that something else has made, on behalf of this Leaf user."""
        if not authorised:
            return self._unauthorised(endpoint, request, None)
        return self._exchange(endpoint, request)

    def _exchange(
        self,
        endpoint: str,
        request: Request,
        *,
        valid: bool = False,
        about: str | None = None,
        suspect: str | None = None,
        covers: Iterable[str] = (),
    ) -> Exchange:
        known = self._endpoints[endpoint]
        if known.writes:
            self._may_write(endpoint)
        if self._later.awaited and endpoint != "read":
            self.ask("read")
        sent = json_object(request.content) if known.takes else {}
        valid = valid and excuse(known) not in self.client.broken
        intent = replace(
            self._intent(endpoint, valid=valid, about=about, suspect=suspect, sent=sent),
            covers=(*covers, *accepted_values(self._contract, endpoint, sent)),
        )
        before = self.stored
        if known.writes:
            # Whatever happens from here on, something may have changed.
            self.stored, self.dirty = UNKNOWN, True
            for neighbour in self.neighbours:
                neighbour.meddled_with(f"{endpoint}.isolated")
        exchange = self.client.send(endpoint, request, intent, self._doubting(endpoint, request))
        if not known.writes:
            self._reconcile(endpoint, exchange)
            return exchange
        takes = known.takes is not None
        self._owed = (takes and not exchange.refused) or (self._owed and (takes or exchange.failed))
        if exchange.refused and not (exchange.found_nothing and not known.takes):
            self.stored = before
            self._blame.refused(endpoint, about, echo(self._contract, "read", sent))
        elif known.takes is None and (exchange.succeeded or exchange.found_nothing):
            self.stored = before
            self._put(None)
            self._later.note(exchange)
        elif exchange.succeeded and sent:
            self.stored = before
            self._put(
                Stored(
                    sent,
                    exchange,
                    kept(self._contract, exchange, sent),
                    ordinary=valid and sent.keys() >= self.form(endpoint).fields.keys(),
                    settled=not (known.handshake and exchange.status == ACCEPTED),
                )
            )
            self._later.note(exchange)
        return exchange

    def unauthorised(self, endpoint: str, headers: Headers, about: str | None) -> Exchange:
        """Ask with another Authorization header; what is stored is not known to have changed."""
        known = self._endpoints[endpoint]
        body = self.bodies.ordinary(known.takes) if known.takes else None
        content = json.dumps(body).encode() if body else None
        for _, value in headers:
            self.client.keep_if_near(value.rpartition(" ")[2])
        request = self.client.request(endpoint, self.leaf_user, content, authorization=headers)
        return self._unauthorised(endpoint, request, about)

    def _unauthorised(self, endpoint: str, request: Request, about: str | None) -> Exchange:
        if self._endpoints[endpoint].writes:
            self._may_write(endpoint)
            self.dirty = True
            takes = self._endpoints[endpoint].takes is not None
            sent = echo(self._contract, "read", json_object(request.content)) if takes else None
            self._blame.unauthorised(endpoint, sent)
        shown = self.stored.kept if isinstance(self.stored, Stored) else {}
        intent = Intent(authorised=False, present=self.is_present, kept=shown, about=about)
        return self.client.send(endpoint, request, intent)

    # ------------------------------------------------------------ arranging

    def present(self, *, fresh: bool = False, confirmed: bool = False) -> Stored:
        """Make sure that ordinary credentials stand, made by this suite if it may write.

        `fresh` ones are newly made; `confirmed` ones are looked at before they are relied upon.
        Raises `NotChecked` when that cannot be brought about.
        """
        if confirmed and self.is_present and self._probe("read").found_nothing:
            self.stored = UNKNOWN
        stands = isinstance(self.stored, Stored) and self.stored.ordinary and not fresh
        if not stands:
            if self.refusal:
                return self._found()
            self.absent()
            self.create()
        if not isinstance(stored := self.stored, Stored):
            raise NotChecked("no credentials could be created", because="create.succeeds")
        if self._unverified("present") and (self.thrifty or not stands):
            if self.ask("read").found_nothing:
                raise NotChecked("created credentials are not found", because="create.stores")
            self._verified.add("present")
        return stored

    def ready(self) -> None:
        """Make credentials stand where this suite may; elsewhere make do with what there is."""
        if self.refusal is None:
            self.present()
        elif self.stored is UNKNOWN:
            exchange = self.ask("read")
            there = Stored(kept=kept(self._contract, exchange, {}))
            self.stored = None if exchange.shows_nothing else there

    def absent(self) -> None:
        """Make sure that no credentials stand; `NotChecked` when that cannot be brought about."""
        if self.stored is UNKNOWN and self.ask("read").says_nothing_is_there:
            if self._owed:  # perhaps it is only not shown
                self.client.ask_again("delete", self.client.request("delete", self.leaf_user))
            # A DELETE that finds nothing may fail, and that is another matter.
            self.stored, self._owed = None, False
        if self.stored is None:
            return
        if self.thrifty and self._in_vain >= ENOUGH:
            raise NotChecked("deleted credentials are still there", because="delete.removes")
        # Not what a test is about, and perhaps somebody else has deleted them: need not succeed.
        deleted = self._exchange("delete", self.client.request("delete", self.leaf_user))
        if not deleted.succeeded and not deleted.found_nothing:
            finding = Finding("delete.succeeds", "a 2xx answer", describe_answer(deleted))
            raise Violation(finding, [deleted])
        if self.stored is not None:
            raise NotChecked("credentials could not be deleted", because="delete.succeeds")
        if self._unverified("absent"):
            if not self.ask("read").shows_nothing:
                self._in_vain += 1
                raise NotChecked("deleted credentials are still there", because="delete.removes")
            self._verified.add("absent")

    def in_either_state(self) -> list[Callable[[], object]]:
        """What brings about that credentials stand, and that none do; what is so already, first."""
        arranging: list[Callable[[], object]] = [self.absent, self.present]
        return arranging if self.stored is None else arranging[::-1]

    def create(self, *, about: str | None = None, **fixed: Any) -> Exchange:
        """Send an ordinary body to `create`; it must succeed where no credentials stand."""
        form = self.form("create")
        body = self.bodies.ordinary(form, **fixed)
        # A provider may let its credentials be those of one Leaf user only.
        shared = bool(self.bodies.real) and any(n.stored is not None for n in self.neighbours)
        ordinary = self.bodies.is_ordinary(form, body) and not shared
        valid = self.is_present is False and ordinary
        return self.send("create", body, valid=valid, about=about)

    def take_over(self, read: Exchange) -> None:
        """Treat credentials that an earlier run left behind as this run's own."""
        self.stored = Stored(kept=kept(self._contract, read, {}), ordinary=False)
        self.dirty = True

    def of_leaf_user(self, leaf_user: str) -> Account:
        """An account of another Leaf user, who has no credentials."""
        return Account(self.client, leaf_user, self.bodies, refusal=self.refusal)

    @property
    def is_present(self) -> bool | None:
        """Whether credentials stand; None when that is not known."""
        if isinstance(self.stored, Stored):
            return True if self.stored.settled else None
        return None if self.stored is UNKNOWN else False

    def form(self, endpoint: str) -> Form:
        """The form that an endpoint takes."""
        if (takes := self._endpoints[endpoint].takes) is None:
            raise ValueError(f"{endpoint} takes no body")
        return takes

    def clean_up(self) -> str | None:
        """Delete what the suite created; answers a sentence when that did not succeed."""
        if not self.dirty or (self.stored is None and not self._still_there()):
            return None
        for pause in CLEAN_UP_PAUSES:
            self.client.pause(pause)
            try:
                if self._later.is_gone(self._probe("delete"), self._still_there):
                    self.stored, self.dirty = None, False
                    return None
            except (NotChecked, Unreachable):
                continue
        return f"this run created credentials for {self.leaf_user} and could not delete them"

    def meddled_with(self, requirement: str) -> None:
        """A neighbour has written; what that changes here breaks this requirement."""
        if requirement in self._contract.requirements:
            self._meddled = requirement

    # ------------------------------------------------------------ inside

    def _probe(self, endpoint: str) -> Exchange:
        return self.client.send(endpoint, self.client.request(endpoint, self.leaf_user), Intent())

    def _still_there(self) -> bool:
        try:
            exchange = self._probe("read")
        except (NotChecked, Unreachable):
            return True
        return not exchange.says_nothing_is_there

    def _found(self) -> Stored:
        """Without leave to write: what is there already."""
        self.ready()
        if not isinstance(self.stored, Stored):
            raise NotChecked(f"the Leaf user has no credentials, and {self.refusal}")
        return self.stored

    def _may_write(self, endpoint: str) -> None:
        if self.refusal:
            raise NotChecked(f"{endpoint} writes, and {self.refusal}")

    def _intent(
        self,
        endpoint: str,
        *,
        valid: bool,
        about: str | None,
        suspect: str | None,
        sent: Mapping[str, Any],
    ) -> Intent:
        stored = self.stored if isinstance(self.stored, Stored) else None
        made_by = stored.made_by if stored else ""
        reads = endpoint == "read"
        shown = echo(self._contract, endpoint, sent)
        return Intent(
            valid=valid,
            present=self.is_present,
            since=stored.since if stored else None,
            kept=stored.kept if stored and made_by and reads else shown,
            kept_by=self._kept_by(made_by) if reads else None,
            elsewhere=suspect or f"{endpoint}.isolated",
            mistakes=(
                *self._of_neighbours(suspect or f"{endpoint}.isolated"),
                *self._blame.mistakes,
            ),
            innocent=innocent(self._contract, sent),
            about=about,
            missing=self._blame.for_missing(made_by, suspect) if reads else None,
            gone=self._blame.for_showing(endpoint, suspect) if self.stored is None else None,
            by_nothing=self._blame.by_nothing if reads else (),
            logged=self._logged if stored else (),
            # Only where entries stay by themselves, somebody can have taken them away.
            lost=self._meddled if LOST in self.client.proved - self.client.broken else LOST,
        )

    def _kept_by(self, made_by: str) -> str | None:
        """What is broken when a read shows otherwise what was sent, if it is not the reading."""
        if not made_by or not self._endpoints[made_by].handshake:
            return None
        shown = self._endpoints["read"].answers
        taken = self.form(made_by).fields.keys() & (shown.fields if shown else {})
        keeps = {f"read.keeps.{name}" for name in taken}
        return MADE_BY[made_by] if keeps <= self.client.proved - self.client.broken else None

    def _doubting(self, endpoint: str, request: Request) -> Callable[[Exchange], Exchange] | None:
        """How an answer is doubted before it is judged: by another look, perhaps after a while."""

        def doubt(exchange: Exchange) -> Exchange:
            exchange = self._later.look(exchange, self.stored, request)
            intent = exchange.intent
            if not exchange.found_nothing or not intent.valid or intent.missing in MADE_BY.values():
                return exchange
            again = self.client.ask_again(endpoint, request)
            if again.failed or again.shows_nothing or not isinstance(self.stored, Stored):
                return exchange
            missing = MADE_BY.get(self.stored.made_by)
            return replace(exchange, intent=replace(intent, missing=missing))

        return doubt if endpoint == "read" and (self.is_present or self._later.awaited) else None

    def _unverified(self, arranged: str) -> bool:
        return not self.thrifty or arranged not in self._verified

    def _reconcile(self, endpoint: str, exchange: Exchange) -> None:
        """When a read contradicts what was believed, believe the read."""
        if endpoint == "events" and isinstance(exchange.json, list):
            self._logged = tuple(entry for entry in exchange.json if isinstance(entry, dict))
            self._meddled = LOST
        if endpoint != "read" or exchange.failed:
            return
        if self.is_present and exchange.found_nothing:
            self.stored = UNKNOWN  # it may come and go
        elif isinstance(self.stored, Stored) and not exchange.shows_nothing:
            self.stored = replace(self.stored, settled=True)
        elif self.stored is None and not exchange.shows_nothing:
            self.stored = UNKNOWN

    def _put(self, stored: Stored | None) -> None:
        """Note what stands now, and what would be a mistake to show from now on."""
        before = self.stored.kept if isinstance(self.stored, Stored) else None
        self._blame.standing(stored is not None, before)
        self.stored, self._logged = stored, ()

    def _of_neighbours(self, requirement: str) -> Iterator[Mistake]:
        for neighbour in self.neighbours:
            if isinstance(neighbour.stored, Stored) and requirement in self._contract.requirements:
                yield Mistake(requirement, neighbour.stored.kept)
