"""One Leaf user under test: what is known to be stored for it, and what has to be cleaned up.

Every request of the suite for a Leaf user is made here, so that its intent (must it succeed? are
there credentials?) is always told from what went before, and nothing that was created is forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.bodies import Bodies
from contracts.client import JSON, Client, Unreachable
from contracts.exchange import Exchange, Finding, Headers, Intent, Mistake, Request
from contracts.model import Endpoint, Form, choice_values
from contracts.strict_json import NotJson, loads
from contracts.verdicts import NotChecked, Violation
from contracts.wording import describe_answer


@dataclass(frozen=True)
class Stored:
    """Credentials that stand: what was sent for them and the exchange that made them.

    Both are None for credentials that were there before. `kept` is what every read must show.
    `ordinary`: a lawful service cannot have taken offence at what was sent.
    """

    sent: dict[str, Any] | None = None
    created: Exchange | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)
    ordinary: bool = True

    @property
    def since(self) -> datetime | None:
        """When they were created, by the service's clock."""
        return self.created.sent if self.created else None


UNKNOWN = object()
# The requirement that is broken when a read shows something although nothing is there.
NEVER_CREATED = {"read": "read.isolated", "events": "events.own"}
DELETED = {"read": "delete.removes", "events": "delete.ends-events"}
# The requirement that is broken when what was made here is not found.
MADE_BY = {"create": "create.stores", "one-click": "one-click.creates"}
NEARLY = 8  # letters that a token has in common with the right one
REMEMBERED = 4  # earlier credentials of a Leaf user


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
    ) -> None:
        self.client = client
        self.leaf_user = leaf_user
        self.bodies = bodies
        self.refusal = refusal
        self.stored = stored
        self.dirty = False
        self.thrifty = thrifty
        self.neighbours: list[Account] = []
        self._gone = NEVER_CREATED
        self._earlier: list[Mistake] = []
        # What to blame when credentials are gone, or are there, after a request was refused.
        self._remover: str | None = None
        self._maker: str | None = None
        self._verified: set[str] = set()
        self._endpoints = client.contract.endpoints
        self._requirements = client.contract.requirements

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
    ) -> Exchange:
        """Send `body` as JSON, or `content` as it is. `valid`: a lawful service accepts it."""
        content = json.dumps(body).encode() if content is None else content
        request = self.client.request(endpoint, self.leaf_user, content, media_type)
        return self._exchange(endpoint, request, valid=valid, about=about)

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
    ) -> Exchange:
        known = self._endpoints[endpoint]
        if known.writes:
            self._may_write(endpoint)
        sent = _object(request.content) if known.takes else {}
        intent = self._intent(endpoint, valid=valid, about=about, suspect=suspect, sent=sent)
        before = self.stored
        if known.writes:
            # Whatever happens from here on, something may have changed.
            self.stored, self.dirty = UNKNOWN, True
        exchange = self.client.send(endpoint, request, intent)
        if not known.writes:
            self._reconcile(endpoint, exchange)
            return exchange
        if exchange.refused and not (exchange.found_nothing and not known.takes):
            self.stored = before
            self._refused(endpoint, about, sent)
        elif known.takes is None and not exchange.failed:
            self.stored = before
            self._put(None)
        elif exchange.succeeded and sent:
            self.stored = before
            ordinary = valid and sent.keys() >= self.form(endpoint).fields.keys()
            self._put(Stored(sent, exchange, self._kept(exchange, sent), ordinary))
        return exchange

    def _refused(self, endpoint: str, about: str | None, sent: Mapping[str, Any]) -> None:
        """Note that what was refused must not turn up."""
        nothing = f"{endpoint}.refused-stores-nothing"
        if nothing in self._requirements:
            self._maker = self._remover = nothing
            on_existing = about == "create.on-existing"
            self._never(about if on_existing else nothing, self._echo("read", sent))

    def unauthorised(self, endpoint: str, headers: Headers, about: str | None) -> Exchange:
        """Ask with another Authorization header; what is stored is not known to have changed."""
        known = self._endpoints[endpoint]
        body = self.bodies.ordinary(known.takes) if known.takes else None
        content = json.dumps(body).encode() if body else None
        for _, value in headers:
            self._keep_secret(value.rpartition(" ")[2])
        request = self.client.request(endpoint, self.leaf_user, content, authorization=headers)
        return self._unauthorised(endpoint, request, about)

    def _unauthorised(self, endpoint: str, request: Request, about: str | None) -> Exchange:
        if self._endpoints[endpoint].writes:
            self._may_write(endpoint)
            self.dirty = True
            blamed = f"{endpoint}.auth-changes-nothing"
            if self._endpoints[endpoint].takes:
                self._maker = blamed
                self._never(blamed, self._echo("read", _object(request.content)))
            else:
                self._remover = blamed
        kept = self.stored.kept if isinstance(self.stored, Stored) else {}
        intent = Intent(authorised=False, present=self.is_present, kept=kept, about=about)
        return self.client.send(endpoint, request, intent)

    # ------------------------------------------------------------ arranging

    def present(self, *, fresh: bool = False, confirmed: bool = False) -> Stored:
        """Make sure that ordinary credentials stand, made by this suite if it may write.

        `fresh` ones are newly made; `confirmed` ones are looked at before they are relied upon.
        Raises `NotChecked` when that cannot be brought about.
        """
        if confirmed and self.is_present and self._probe("read").found_nothing:
            self.stored = None
        if isinstance(self.stored, Stored) and self.stored.ordinary and not fresh:
            return self.stored
        if self.refusal:
            return self._found()
        self.absent()
        self.create()
        if not isinstance(self.stored, Stored):
            raise NotChecked("no credentials could be created", because="create.succeeds")
        stored = self.stored
        if self._unverified("present"):
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
            self.stored = None if exchange.shows_nothing else Stored(kept=self._kept(exchange, {}))

    def absent(self) -> None:
        """Make sure that no credentials stand; `NotChecked` when that cannot be brought about."""
        if self.stored is None:
            return
        self._may_write("delete")
        # Not what a test is about, and perhaps somebody else has deleted them: need not succeed.
        deleted = self._exchange("delete", self.client.request("delete", self.leaf_user))
        if not deleted.succeeded and not deleted.found_nothing:
            finding = Finding("delete.succeeds", "a 2xx answer", describe_answer(deleted))
            raise Violation(finding, [deleted])
        if self.stored is not None:
            raise NotChecked("credentials could not be deleted", because="delete.succeeds")
        if self._unverified("absent"):
            if not self.ask("read").shows_nothing:
                raise NotChecked("deleted credentials are still there", because="delete.removes")
            self._verified.add("absent")

    def create(self, *, about: str | None = None, **fixed: Any) -> Exchange:
        """Send an ordinary body to `create`; it must succeed where no credentials stand."""
        form = self.form("create")
        body = self.bodies.ordinary(form, **fixed)
        valid = self.is_present is False and self.bodies.is_ordinary(form, body)
        return self.send("create", body, valid=valid, about=about)

    def take_over(self, read: Exchange) -> None:
        """Treat credentials that an earlier run left behind as this run's own."""
        self.stored = Stored(kept=self._kept(read, {}), ordinary=False)
        self.dirty = True

    def of_leaf_user(self, leaf_user: str) -> Account:
        """An account of another Leaf user, who has no credentials."""
        return Account(self.client, leaf_user, self.bodies, refusal=self.refusal)

    @property
    def is_present(self) -> bool | None:
        """Whether credentials stand; None when that is not known."""
        return None if self.stored is UNKNOWN else self.stored is not None

    def form(self, endpoint: str) -> Form:
        """The form that an endpoint takes."""
        known: Endpoint = self._endpoints[endpoint]
        if known.takes is None:
            raise ValueError(f"{endpoint} takes no body")
        return known.takes

    def clean_up(self) -> str | None:
        """Delete what the suite created; answers a sentence when that did not succeed."""
        if not self.dirty or (self.stored is None and not self._still_there()):
            return None
        for _ in range(2):
            try:
                self._probe("delete")
                if not self._still_there():
                    self.stored, self.dirty = None, False
                    return None
            except (NotChecked, Unreachable):
                continue
        return f"this run created credentials for {self.leaf_user} and could not delete them"

    # ------------------------------------------------------------ inside

    def _keep_secret(self, token: str) -> None:
        """A token that is nearly the right one gives it away."""
        right = self.client.token
        if token[:NEARLY].casefold() == right[:NEARLY].casefold():
            self.client.secrets.keep(token, "token")

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
        made_by = stored.created.endpoint if stored and stored.created else ""
        reads = endpoint == "read"
        return Intent(
            valid=valid,
            present=self.is_present,
            since=stored.since if stored else None,
            kept=stored.kept if made_by and reads and stored else self._echo(endpoint, sent),
            mistakes=(*self._of_neighbours(suspect or f"{endpoint}.isolated"), *self._earlier),
            about=about,
            missing=(suspect or self._remover or MADE_BY.get(made_by)) if reads else None,
            gone=self._gone_blame(endpoint, suspect) if self.stored is None else None,
        )

    def _gone_blame(self, endpoint: str, suspect: str | None) -> str | None:
        blame = self._gone.get(endpoint)
        return (suspect or self._maker or blame) if blame else None

    def _unverified(self, arranged: str) -> bool:
        return not self.thrifty or arranged not in self._verified

    def _reconcile(self, endpoint: str, exchange: Exchange) -> None:
        """When a read contradicts what was believed, believe the read."""
        if endpoint != "read" or exchange.failed:
            return
        if self.is_present and exchange.found_nothing:
            self.stored = None
        elif self.stored is None and not exchange.shows_nothing:
            self.stored = UNKNOWN

    def _put(self, stored: Stored | None) -> None:
        """Note what stands now, and what would be a mistake to show from now on."""
        if isinstance(self.stored, Stored):
            self._never("create.on-existing" if stored else "create.again", self.stored.kept)
        if stored is None:
            self._gone = DELETED
        self.stored, self._maker, self._remover = stored, None, None

    def _never(self, requirement: str | None, values: Mapping[str, Any]) -> None:
        """Remember values that no read may show, and the requirement that forbids it."""
        if requirement is not None and requirement in self._requirements:
            self._earlier = [*self._earlier, Mistake(requirement, values)][-REMEMBERED:]

    def _of_neighbours(self, requirement: str) -> Iterator[Mistake]:
        for neighbour in self.neighbours:
            if isinstance(neighbour.stored, Stored) and requirement in self._requirements:
                yield Mistake(requirement, neighbour.stored.kept)

    def _echo(self, endpoint: str, sent: Mapping[str, Any]) -> dict[str, Any]:
        """What of a body its own answer must show."""
        answers = self._endpoints[endpoint].answers
        shown = answers.fields if answers else {}
        return {
            name: value
            for name, value in sent.items()
            if name in shown
            and isinstance(value, str)
            # What is no value of an enum need not be kept; see its own requirement.
            and value in (choice_values(shown[name]) or (value,))
        }

    def _kept(self, made: Exchange, sent: Mapping[str, Any]) -> dict[str, Any]:
        """What every read must show of credentials: what was sent, and what lasts of the answer."""
        contract = self.client.contract
        broken = {finding.requirement for finding in made.judgement.findings}
        answered = made.json if isinstance(made.json, dict) else {}
        kept = self._echo("read", sent)
        for name in self._echo("read", answered):
            right = f"{made.endpoint}.response.{name}" in made.judgement.proved - broken
            if name not in kept and right and not contract.fields[name].volatile:
                kept[name] = answered[name]
        return kept


def _object(content: bytes) -> dict[str, Any]:
    """The JSON object that was sent; empty for anything else."""
    try:
        value = loads(content)
    except NotJson:
        return {}
    return value if isinstance(value, dict) else {}
