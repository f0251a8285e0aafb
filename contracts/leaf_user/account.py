"""One Leaf user under test: what tests ask for, and what has to be cleaned up.

Requests are sent by `Sender`; here is what brings about that credentials stand, or that none do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contracts.expected_state.sent_values import read_values
from contracts.expected_state.stored import UNKNOWN, Stored
from contracts.http.exchange import Exchange, Finding, Intent
from contracts.http.link import Unreachable
from contracts.http.outcomes import NotChecked, Violation
from contracts.http.wording import describe_answer
from contracts.judging.expect import SUCCESS
from contracts.leaf_user.sending import Sender
from contracts.spec.model import CREATE, DELETE, READ, Endpoint, Form

CLEAN_UP_PAUSES = (0.0, 2.0, 15.0)  # seconds before each try to delete what was created
ENOUGH = 2  # deletions in vain; another one would do no more
LAST_LOOK = 2.0  # seconds for what a handshake has started and nobody has seen yet


class Account(Sender):
    """A Leaf user whose credentials can be arranged.

    `is_live`: on a service that belongs to somebody. A `thrifty` account sends few requests; it
    looks after arranging only the first time whether what it arranged is so.
    """

    def __init__(
        self, *given: Any, is_live: bool = False, thrifty: bool = False, **options: Any
    ) -> None:
        super().__init__(*given, **options)
        self.is_live = is_live
        self.thrifty = thrifty
        self._verified: set[str] = set()
        self._in_vain = 0  # deletions that credentials outlived

    # ------------------------------------------------------------ arranging

    def present(
        self, *, fresh: bool = False, confirmed: bool = False, like: Account | None = None
    ) -> Stored:
        """Make sure that ordinary credentials stand, made by this suite if it may write.

        `fresh` ones are newly made; `confirmed` ones are looked at before they are relied upon.
        `like` another Leaf user's: with the same values, as far as the service takes them.
        Raises `NotChecked` when that cannot be brought about.
        """
        if confirmed and self._can_read and self.is_present and self._probe(READ).found_nothing:
            self.believe(UNKNOWN)
        stands = self.stored is not None and self.stored.ordinary and not fresh
        if stands and like is not None:
            stands = self.has_values_of(like)
        if not stands:
            if self.refusal:
                return self._found()
            self.absent()
            self.create_like(like)
        if (stored := self.stored) is None:
            raise NotChecked("no credentials could be created", because=self._about(CREATE))
        if self._can_read and self._is_unverified("present") and (self.thrifty or not stands):
            if self.read().found_nothing:
                because = self.contract.about(CREATE, "stores")
                raise NotChecked("created credentials are not found", because=because)
            self._verified.add("present")
        return self.stored or stored

    def ready(self) -> None:
        """Make credentials stand where this suite may; elsewhere make do with what there is."""
        if self.refusal is None:
            self.present()
        elif self._can_read and self.history.stands is UNKNOWN:
            self.find(self.read())

    def find(self, read: Exchange) -> None:
        """Take the credentials that a read shows for those that stand."""
        if read.shows_nothing:
            self.believe(None)
            return
        shown = read.json if isinstance(read.json, dict) else {}
        self.believe(Stored(kept=read_values(self.contract, shown), seen=True))

    def absent(self) -> None:
        """Make sure that no credentials stand; `NotChecked` when that cannot be brought about."""
        if self._can_read and self.history.stands is UNKNOWN and self.read().says_nothing_is_there:
            if self.owed:  # perhaps it is only not shown
                self.client.ask_again(*self._deletion())
            # A DELETE that finds nothing may fail, and that is another matter.
            self.believe(None)
            self.owed = False
        if self.history.stands is None or not self.contract.having(DELETE):
            return
        removes = self.contract.about(DELETE, "removes")
        if self.thrifty and self._in_vain >= ENOUGH:
            raise NotChecked("deleted credentials are still there", because=removes)
        # Not what a test is about, and perhaps somebody else has deleted them: need not succeed.
        deleted = self._exchange(*self._deletion())
        if not deleted.succeeded and not deleted.found_nothing:
            finding = Finding(self._about(DELETE), SUCCESS, describe_answer(deleted))
            raise Violation(finding, [deleted])
        if self.history.stands is not None:
            raise NotChecked("credentials could not be deleted", because=self._about(DELETE))
        if self._can_read and self._is_unverified("absent"):
            if not self.read().shows_nothing:
                self._in_vain += 1
                raise NotChecked("deleted credentials are still there", because=removes)
            self._verified.add("absent")

    def in_either_state(self) -> list[Callable[[], object]]:
        """What brings about that credentials stand, and that none do; what is so already, first."""
        arranging: list[Callable[[], object]] = [self.absent, self.present]
        return arranging if self.is_present is False else arranging[::-1]

    def create(self, *, about: str | None = None, **fixed: Any) -> Exchange:
        """Send an ordinary body to create; it must succeed where no credentials stand."""
        endpoint = self.contract.the(CREATE)
        form = self.form(endpoint.id)
        body = self.bodies.ordinary(form, **fixed)
        # A provider may let its credentials be those of one Leaf user only.
        taken = any(neighbour.is_present is not False for neighbour in self.neighbours)
        shared = taken and (bool(self.bodies.real) or bool(fixed.keys() - form.choices.keys()))
        ordinary = self.bodies.is_ordinary(form, body) and not shared
        valid = self.is_present is False and ordinary
        return self.send(endpoint.id, body, valid=valid, about=about)

    def create_like(self, like: Sender | None, **fixed: Any) -> Exchange:
        """Create with the values of another Leaf user's credentials, if the service takes them."""
        theirs = like.stored.sent if like and like.stored and not self.bodies.real else None
        if theirs:
            names = self.bodies.markable(self.create_form)
            same = {name: theirs[name] for name in names if name in theirs}
            created = self.create(**{**same, **fixed})
            if not created.refused:
                return created
        return self.create(**fixed)

    def all_but_one_as_they_stand(self) -> dict[str, Any]:
        """The values of the credentials that stand, but for one."""
        sent = dict(self.stored.sent or {}) if self.stored else {}
        names = [name for name in self.bodies.markable(self.create_form) if name in sent]
        return {name: value for name, value in sent.items() if name not in names[-1:]}

    def delete(self, *, about: str | None = None) -> Exchange:
        """Delete the credentials."""
        return self.ask(self.contract.the(DELETE).id, about=about)

    @property
    def create_form(self) -> Form:
        """The form that create takes."""
        return self.form(self.contract.the(CREATE).id)

    def _may_write(self, endpoint: Endpoint) -> None:
        # On the embedded service a write without a role can do no damage.
        if self.is_live or endpoint.role:
            super()._may_write(endpoint)

    def take_over(self, read: Exchange) -> None:
        """Treat credentials that an earlier run left behind as this run's own."""
        shown = read.json if isinstance(read.json, dict) else {}
        self.believe(Stored(kept=read_values(self.contract, shown), ordinary=False))
        self.dirty = True

    def of_leaf_user(self, leaf_user: str) -> Account:
        """An account of another Leaf user, who has no credentials; "" for nobody in particular."""
        stands = None if leaf_user or self.contract.having(CREATE) else UNKNOWN
        return Account(self.client, leaf_user, self.bodies, refusal=self.refusal, stands=stands)

    def form(self, endpoint: str) -> Form:
        """The form that an endpoint takes."""
        if (takes := self.contract.endpoints[endpoint].takes) is None:
            raise ValueError(f"{endpoint} takes no body")
        return takes

    # ------------------------------------------------------------ the end

    def last_look(self) -> None:
        """Read once more, where something was started or must have changed nothing."""
        history = self.history
        if self._can_read and (history.started or history.suspects or self._pending.unseen):
            self.read()

    def clean_up(self) -> str | None:
        """Delete what the suite created; answers a sentence when that did not succeed."""
        if not self.dirty or not self.contract.having(DELETE):
            return None
        if self.history.started or self.owed:
            # What is finished late may appear at any moment.
            self.client.pause(LAST_LOOK if self.is_live else 0.0)
        elif self.history.stands is None and not self._still_there():
            return None
        for pause in CLEAN_UP_PAUSES:
            self.client.pause(pause)
            try:
                if self._pending.is_gone(self._probe(DELETE), self._still_there):
                    self.believe(None)
                    self.dirty = False
                    return None
            except (NotChecked, Unreachable):
                continue
        return f"this run created credentials for {self.leaf_user} and could not delete them"

    # ------------------------------------------------------------ inside

    def has_values_of(self, like: Account) -> bool:
        """Whether the credentials have the same values as another Leaf user's."""
        if self.stored is None or like.stored is None:
            return False
        mine, theirs = self.stored.sent or {}, like.stored.sent or {}
        names = self.bodies.markable(self.create_form)
        return all(mine.get(name) == theirs.get(name) for name in names)

    def _about(self, role: str) -> str:
        return f"{self.contract.the(role).id}.succeeds"

    def _deletion(self) -> tuple[str, Any]:
        delete = self.contract.the(DELETE).id
        return delete, self.client.request(delete, self.leaf_user)

    def _probe(self, role: str) -> Exchange:
        name = self.contract.the(role).id
        return self.client.send(name, self.client.request(name, self.leaf_user), Intent())

    def _still_there(self) -> bool:
        try:
            exchange = self._probe(READ)
        except (NotChecked, Unreachable):
            return True
        return not exchange.says_nothing_is_there

    def _found(self) -> Stored:
        """Without leave to write: what is there already."""
        self.ready()
        if self.stored is None:
            raise NotChecked(f"the Leaf user has no credentials, and {self.refusal}")
        return self.stored

    @property
    def _can_read(self) -> bool:
        return bool(self.contract.having(READ))

    def _is_unverified(self, arranged: str) -> bool:
        return not self.thrifty or arranged not in self._verified
