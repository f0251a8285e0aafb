"""What is tested: settings from options and environment, and the target that they describe.

Everything that makes a run impossible is an `Unusable`, one plain sentence.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from contracts.account import UNKNOWN, Account
from contracts.bodies import Bodies, environment_name
from contracts.client import Client, Unreachable
from contracts.judge import Judge
from contracts.model import Contract
from contracts.secrecy import Secrets
from contracts.service import DEFAULT_TOKEN, Service
from contracts.verdicts import NotChecked
from contracts.wire import Deadline, SocketTransport

EMBEDDED, LIVE = "embedded", "live"
TOKEN, USERNAME, PASSWORD = "LEAF_TOKEN", "LEAF_USERNAME", "LEAF_PASSWORD"
USER_ID, OTHER_USER_ID = "LEAF_USER_ID", "LEAF_OTHER_USER_ID"
LEAF_VARIABLES = (TOKEN, USERNAME, PASSWORD, USER_ID, OTHER_USER_ID)
# Where `python -m contracts serve --port 8900` would be; nothing is sent there by an embedded run.
EMBEDDED_URL = "http://localhost:8900"
NO_WRITES = "--allow-writes is not given"


class Unusable(Exception):
    """The target or the options cannot be used; one plain sentence."""


@dataclass(frozen=True)
class Settings:
    """What was asked for. `real` are provider credentials by field name; empty for made-up ones."""

    base_url: str | None = None
    allow_writes: bool = False
    timeout: float = 10.0
    token: str | None = field(default=None, repr=False)
    login: tuple[str, str] | None = field(default=None, repr=False)
    leaf_user: str | None = None
    other_leaf_user: str | None = None
    real: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def kind(self) -> str:
        return LIVE if self.base_url else EMBEDDED


def provider_variables(contract: Contract) -> dict[str, str]:
    """Environment variable → field, for everything that a request form takes."""
    return {environment_name(name): name for name in sorted(contract.sendable_fields)}


def read_settings(
    contract: Contract,
    *,
    base_url: str | None = None,
    allow_writes: bool = False,
    timeout: str | float = 10.0,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Settings from options and environment; raises `Unusable` when they make no sense."""
    given = {k: v for k, v in (environment or os.environ).items() if v}
    if allow_writes and not base_url:
        raise Unusable("--allow-writes is about a live service: give --base-url too")
    settings = Settings(
        base_url=_checked_url(base_url) if base_url else None,
        allow_writes=allow_writes,
        timeout=_seconds(timeout),
        token=given.get(TOKEN),
        login=_login(given),
        leaf_user=_checked_id(given, USER_ID),
        other_leaf_user=_checked_id(given, OTHER_USER_ID),
        real=_real(contract, given),
    )
    if settings.kind == LIVE:
        _check_live(settings)
    return settings


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise Unusable(f"--base-url is no URL: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise Unusable("--base-url must be an http or https URL with a host")
    if parts.username or parts.query or parts.fragment:
        raise Unusable("--base-url must have no user, query or fragment")
    return url.rstrip("/")


def _seconds(value: str | float) -> float:
    try:
        seconds = float(value)
    except ValueError as error:
        raise Unusable(f"--request-timeout must be a number of seconds, not {value!r}") from error
    if not 0 < seconds <= 600:
        raise Unusable(f"--request-timeout must be between 0 and 600 seconds, not {value}")
    return seconds


def _login(given: Mapping[str, str]) -> tuple[str, str] | None:
    if TOKEN in given:
        return None
    if (USERNAME in given) != (PASSWORD in given):
        missing = PASSWORD if USERNAME in given else USERNAME
        raise Unusable(f"{missing} is missing: {USERNAME} and {PASSWORD} go together")
    return (given[USERNAME], given[PASSWORD]) if USERNAME in given else None


def _checked_id(given: Mapping[str, str], variable: str) -> str | None:
    value = given.get(variable)
    if value is None:
        return None
    try:
        return str(uuid.UUID(value))
    except ValueError as error:
        raise Unusable(f"{variable} is no UUID, as the ids of Leaf users are") from error


def _real(contract: Contract, given: Mapping[str, str]) -> dict[str, str]:
    """The provider's credentials: all that `create` takes, or none; others are optional."""
    known = provider_variables(contract)
    found = {known[name]: value for name, value in given.items() if name in known}
    needed = {
        name: variable
        for variable, name in known.items()
        if contract.endpoints["create"].takes and name in contract.endpoints["create"].takes.fields
    }
    missing = sorted(variable for name, variable in needed.items() if name not in found)
    if found and missing:
        raise Unusable(f"{', '.join(missing)} missing: the provider's credentials go together")
    return found


def _check_live(settings: Settings) -> None:
    if settings.token is None and settings.login is None:
        raise Unusable(f"no token: set {TOKEN}, or {USERNAME} and {PASSWORD}")
    if settings.leaf_user is None:
        raise Unusable(f"{USER_ID} is missing: set it to the id of the Leaf user to work on")
    if settings.leaf_user == settings.other_leaf_user:
        raise Unusable(f"{USER_ID} and {OTHER_USER_ID} must be two Leaf users")


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
        self.client = self._client()
        self._live: dict[str, Account] = {}
        self._keep_secrets()

    @property
    def kind(self) -> str:
        return self.settings.kind

    @property
    def origin(self) -> str:
        """Where the exchanges come from, in words that follow a number of them."""
        return f"with {self.client.base_url}"

    def accounts(self) -> tuple[Account, Account | None]:
        """The account to work on, and its neighbour (None: no second Leaf user is configured)."""
        one: Account | None
        other: Account | None
        if self.service is not None:
            one, other = (self._account(self.service.add_leaf_user(), None) for _ in range(2))
        else:
            one = self._live_account(self.settings.leaf_user)
            other = self._live_account(self.settings.other_leaf_user)
        if one is None:
            raise Unusable(f"{USER_ID} is missing")
        if other is not None:
            one.neighbours, other.neighbours = [other], [one]
        return one, other

    def prepare(self) -> None:
        """Begin a live run: get a token, reach the service, and look before anything is written.

        Raises `Unusable` when the service cannot be reached, refuses the token, or when writing
        would overwrite credentials that nobody could restore.
        """
        if self.service is not None:
            return
        try:
            if self.settings.token is None:
                self._log_in()
            for account in filter(None, self.accounts()):
                self._look(account)
        except (Unreachable, NotChecked) as error:
            raise Unusable(f"{self.settings.base_url} cannot be tested: {error}") from error

    def clean_up(self) -> Iterator[str]:
        """Delete what a live run created; yields a sentence for whatever could not be deleted."""
        for account in self._live.values():
            try:
                complaint = account.clean_up()
            except Unreachable as error:
                complaint = f"Leaf user {account.leaf_user} could not be cleaned up: {error}"
            if complaint:
                yield complaint

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
            deadline=deadline,
        )

    def _keep_secrets(self) -> None:
        settings = self.settings
        self.secrets.keep(self.client.token, "token")
        self.secrets.keep(settings.login[1] if settings.login else None, "password")
        for name, value in settings.real.items():
            if name in self.contract.secret_fields:
                self.secrets.keep(value, name)

    def _account(self, leaf_user: str, stored: object) -> Account:
        return Account(
            self.client,
            leaf_user,
            self.bodies,
            refusal=self.refusal,
            stored=stored,
            thrifty=self.service is None,
        )

    def _live_account(self, leaf_user: str | None) -> Account | None:
        if leaf_user is None:
            return None
        if leaf_user not in self._live:
            self._live[leaf_user] = self._account(leaf_user, UNKNOWN)
        return self._live[leaf_user]

    def _look(self, account: Account) -> None:
        exchange = account.ask("read")
        if exchange.answer is None:
            raise Unusable(f"{self.client.base_url} does not answer: {exchange.problem}")
        if exchange.status == 401:
            raise Unusable("the token is refused (401): it is missing, expired or invalid")
        if account.refusal:
            return
        if exchange.failed:
            # Nobody knows whether credentials stand there that a write would destroy.
            account.refusal = (
                f"reading the Leaf user's credentials first was answered {exchange.status}"
            )
        elif exchange.shows_nothing:
            account.stored = None
        else:
            raise Unusable(
                f"Leaf user {account.leaf_user} already has credentials, and a password can't be read "
                "back to restore them: delete them, or use another Leaf user"
            )

    def _log_in(self) -> None:
        if self.settings.login is None or self.settings.base_url is None:
            raise Unusable(f"no token: set {TOKEN}")
        parts = urlsplit(self.settings.base_url)
        token = self.client.log_in(f"{parts.scheme}://{parts.netloc}", *self.settings.login)
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
