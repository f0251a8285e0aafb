"""What is tested: a service with a client for it, and the Leaf users to work on."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

import httpx

from contracts.expected_state.stored import UNKNOWN
from contracts.http import leaf_api
from contracts.http.client import Client
from contracts.http.link import Lost, Unreachable
from contracts.http.outcomes import NotChecked
from contracts.http.transport import Deadline, SocketTransport
from contracts.http.waiting import Patience
from contracts.judging.judge import Judge
from contracts.leaf_user.account import Account
from contracts.leaf_user.pending import AT_ONCE, pauses
from contracts.leaf_user.request_bodies import Bodies
from contracts.masking.masking import Secrets
from contracts.service.app import DEFAULT_TOKEN, Service
from contracts.service.background import BackgroundProcessing
from contracts.service.hooks import Behaviour
from contracts.session import first_look
from contracts.session.settings import (
    LIVE,
    NO_WAY_TO_WRITE,
    NO_WRITES,
    PASSWORD,
    TOKEN,
    USER_ID,
    USERNAME,
    Settings,
    Unusable,
)
from contracts.spec.model import CREATE, DELETE, READ, Contract

# Where nothing happens between two requests, waiting is of no use.
IN_PROCESS = Patience(sleep=lambda _: None, times=1_000_000)
# Where `python -m contracts serve --port 8900` would be; nothing is sent there by an embedded run.
EMBEDDED_URL = "http://localhost:8900"


class Target:
    """A service under test with a client for it. Accounts are made here.

    Embedded: a service in this process, and a fresh Leaf user for each account. Live: the Leaf
    users that were configured, the same accounts for the whole run.
    """

    def __init__(
        self, contract: Contract, settings: Settings, service: Service | None = None
    ) -> None:
        self.contract = contract
        self.settings = settings
        self.secrets = Secrets(contract.secret_fields)
        self.bodies = Bodies(contract, settings.real)
        self.service = None if settings.base_url else service or Service(contract)
        self.refusal = None if settings.allow_writes or self.service else NO_WRITES
        # What belongs to somebody is looked at first, and cleaned up.
        needed = (CREATE,) if self.service else (CREATE, READ, DELETE)
        if not all(map(contract.having, needed)):
            self.refusal = NO_WAY_TO_WRITE
        self.client = self._client()
        self.notes: list[str] = []
        self.behave: tuple[str, ...] = ()  # names of what the embedded service does otherwise
        self.pair = 0  # which of the pairs of Leaf users is worked on
        self._live: dict[str, Account] = {}
        self._looked: set[str] = set()
        self._own_leaf_users: list[str] = []
        self._served: dict[str, str] = {}
        self._keep_secrets()

    @property
    def kind(self) -> str:
        return self.settings.kind

    @property
    def thrifty(self) -> bool:
        """Whether few requests are sent, rather than all that are known to tell something."""
        return self.service is None and not self.settings.thorough

    @property
    def origin(self) -> str:
        """Where the exchanges come from, in words that follow a number of them."""
        return f"with {self.client.base_url}"

    def accounts(self) -> tuple[Account, Account | None]:
        """The account to work on, and its neighbour (None: no second Leaf user is configured)."""
        one: Account | None
        other: Account | None
        if self.service is not None:
            one, other = (self._account(self.service.add_leaf_user()) for _ in range(2))
            known = self.service.store.users
            self._served.update(zip((one.leaf_user, other.leaf_user), known, strict=False))
        else:
            pairs = self.settings.pairs
            one, other = map(self._live_account, pairs[self.pair % len(pairs)])
        if one is None:
            raise Unusable(f"{USER_ID} is missing")
        if other is not None:
            one.neighbours, other.neighbours = [other], [one]
        for account in filter(None, (one, other)) if self.service is None else ():
            if account.leaf_user not in self._looked:
                self._looked.add(account.leaf_user)
                self._look(account)
        return one, other

    def served_url(self, url: str) -> str:
        """The URL with a Leaf user in it that `serve` knows in place of one of this process."""
        for user in set(url.split("/")) & self._served.keys():
            url = url.replace(user, self._served[user])
        return url

    def prepare(self, pairs: int = 1, *, create: bool = True) -> None:
        """Begin a live run: get a token, reach the service, and look before anything is written.

        So many `pairs` of Leaf users are looked at now, others before they are worked on. Leaf
        users that the settings ask for are created, unless others do that.

        Raises `Unusable` when the service cannot be reached, refuses the token, or when writing
        would overwrite credentials that nobody could restore.
        """
        if self.service is not None:
            return
        try:
            if self.settings.token is None:
                self._log_in()
            if self.settings.create_leaf_user:
                if not create:
                    return
                self._create_leaf_users()
            for pair in reversed(range(min(pairs, len(self.settings.pairs)))):
                self.pair = pair
                self.accounts()
        except (Unreachable, NotChecked) as error:
            hint = "; SSL_CERT_FILE can name a private authority's" if "CERT" in str(error) else ""
            message = f"{self.settings.base_url} cannot be tested: {error}{hint}"
            raise Unusable(message) from error
        except Lost as error:
            raise Unusable(str(error)) from error

    def last_look(self) -> None:
        """Look once more where something was started, or must have changed nothing."""
        for account in self._live.values():
            with suppress(NotChecked, Unreachable, Lost):
                account.last_look()

    def clean_up(self) -> str | None:
        """Delete what a live run created; answers a line about whatever could not be deleted.

        It takes a few minutes at most, however the service behaves.
        """
        self.client.begin_clean_up()
        left = [account.clean_up() for account in self._live.values()]
        for leaf_user in self._own_leaf_users:
            if not leaf_api.delete_leaf_user(self.client, leaf_user):
                left.append(f"this run created the Leaf user {leaf_user} and could not delete it")
        return "; ".join(filter(None, left)) or None

    def close(self) -> None:
        self.client.close()

    def _client(self) -> Client:
        deadline = Deadline()
        transport: httpx.BaseTransport
        if self.service is not None:
            transport = httpx.WSGITransport(app=self.service)
        else:
            transport = SocketTransport(deadline)
        return Client(
            self.contract,
            transport,
            base_url=self.settings.base_url or EMBEDDED_URL + urlsplit(self.contract.base_url).path,
            token=DEFAULT_TOKEN if self.service else self.settings.token or "",
            timeout=self.settings.timeout,
            judge=Judge(self.contract, self.secrets),
            secrets=self.secrets,
            deadline=deadline,
            patience=IN_PROCESS if self.service is not None else None,
            watchful=self.service is None,
            rate=self.settings.rate_limit,
            minutes=self.settings.max_minutes if self.service is None else None,
        )

    def _keep_secrets(self) -> None:
        """Mask whatever secret is configured, whether this run needs it or not."""
        self.secrets.keep(self.client.token, "token")
        for value, name in self.settings.secrets.items():
            self.secrets.keep(value, name)

    def _account(self, leaf_user: str) -> Account:
        is_live = self.service is None
        return Account(
            self.client,
            leaf_user,
            self.bodies,
            refusal=self.refusal,
            stands=UNKNOWN if is_live or not self.contract.having(CREATE) else None,
            is_live=is_live,
            thrifty=self.thrifty,
            looks=pauses(self.settings.patience) if is_live else AT_ONCE,
        )

    def _live_account(self, leaf_user: str | None) -> Account | None:
        if leaf_user is None:
            return None
        if leaf_user not in self._live:
            self._live[leaf_user] = self._account(leaf_user)
        return self._live[leaf_user]

    def _look(self, account: Account) -> None:
        exchange = account.look()
        if exchange is None:
            return  # nothing is written, either
        problem = first_look.problem_of(account, exchange)
        if problem is not None:
            raise Unusable(problem)
        if account.refusal:
            return
        said = exchange.succeeded or exchange.says_nothing_is_there
        if exchange.problem or not said:
            # Nobody knows whether credentials stand there that a write would destroy.
            account.refusal = (
                f"reading the Leaf user's credentials first was answered {exchange.status}"
            )
        elif exchange.shows_nothing:
            if not account.dirty:
                account.believe(None)
        elif self.bodies.is_made_up(account.form(self.contract.the(CREATE).id), exchange.json):
            # A run that was killed could not clean up; nobody else makes such credentials.
            account.take_over(exchange)
            self.notes.append(f"Leaf user {account.leaf_user} had credentials of an earlier run")
        else:
            raise Unusable(
                f"Leaf user {account.leaf_user} already has credentials, and a password can't be "
                "read back to restore them: delete them, or use another Leaf user"
            )

    def _create_leaf_users(self) -> None:
        for _ in range(2):
            leaf_user = leaf_api.create_leaf_user(self.client)
            if leaf_user is None:
                raise Unusable("the service creates no Leaf user for --create-leaf-user")
            self._own_leaf_users.append(leaf_user)
        one, other = self._own_leaf_users
        self.settings = replace(self.settings, leaf_user=one, other_leaf_user=other)

    def _log_in(self) -> None:
        if self.settings.login is None:
            raise Unusable(f"no token: set {TOKEN}")
        token = leaf_api.log_in(self.client, *self.settings.login)
        if token is None:
            raise Unusable(f"{USERNAME} and {PASSWORD} are refused")
        self.secrets.keep(token, "token")

    @property
    def shakes_hands(self) -> bool:
        """Whether the provider has no reason to refuse a handshake (`Endpoint.handshake`)."""
        needed = {
            name
            for endpoint in self.contract.endpoints.values()
            if endpoint.handshake and endpoint.takes
            for name in endpoint.takes.fields
        }
        return self.service is not None or needed <= self.settings.real.keys()


def embedded(contract: Contract, settings: Settings, names: list[str]) -> Service | None:
    """The service in this process, with the behaviours that were asked for; None for a live one."""
    if settings.kind == LIVE:
        if names:
            raise Unusable("--behave is about the embedded service: leave out --base-url")
        return None
    behaviours: list[Behaviour] = [BackgroundProcessing()]
    if names:
        from contracts import faults

        try:
            behaviours += faults.behaviours(names, contract)
        except ValueError as error:
            raise Unusable(str(error)) from None
    return Service(contract, behaviours=behaviours)
