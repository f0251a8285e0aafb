"""What was asked for: settings from options and environment.

Everything that makes a run impossible is an `Unusable`, one plain sentence.
"""

from __future__ import annotations

import difflib
import os
import random
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from urllib.parse import urlsplit

from contracts.leaf_user.request_bodies import environment_name
from contracts.spec.model import Contract

EMBEDDED, LIVE = "embedded", "live"
TOKEN, USERNAME, PASSWORD = "LEAF_TOKEN", "LEAF_USERNAME", "LEAF_PASSWORD"
USER_ID, OTHER_USER_ID = "LEAF_USER_ID", "LEAF_OTHER_USER_ID"
SENT_AS_THEY_ARE = (TOKEN, USERNAME, PASSWORD)
LEAF_VARIABLES = (TOKEN, USERNAME, PASSWORD, USER_ID, OTHER_USER_ID)
NO_WRITES = "--allow-writes is not given"
NO_WAY_TO_WRITE = "the contract has no requests that show credentials, make them and remove them"
PREFIXES = ("LEAF_", "PANORAMA_")


class Unusable(Exception):
    """The target or the options cannot be used; one plain sentence."""


@dataclass(frozen=True)
class Settings:
    """What was asked for. `real` are provider credentials by field name; empty for made-up ones.

    `further` are Leaf users, each with its neighbour, for further processes. `secrets` are values
    that must not be shown, each with the field that it is for.
    """

    base_url: str | None = None
    allow_writes: bool = False
    timeout: float = 10.0
    token: str | None = field(default=None, repr=False)
    login: tuple[str, str] | None = field(default=None, repr=False)
    create_leaf_user: bool = False
    leaf_user: str | None = None
    other_leaf_user: str | None = None
    further: tuple[tuple[str, str | None], ...] = ()
    real: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    thorough: bool = False
    patience: float = 30.0
    max_minutes: float = 10.0
    rate_limit: float | None = None
    accept_unchecked: bool = False
    seed: int = 0

    @property
    def pairs(self) -> tuple[tuple[str | None, str | None], ...]:
        """Leaf users to work on, each with its neighbour."""
        return (self.leaf_user, self.other_leaf_user), *self.further

    @property
    def kind(self) -> str:
        return LIVE if self.base_url else EMBEDDED


def provider_variables(contract: Contract) -> dict[str, str]:
    """Environment variable → field, for everything that a request form takes."""
    return {environment_name(name): name for name in sorted(contract.sendable_fields)}


def secrets_of(contract: Contract, environment: Mapping[str, str]) -> dict[str, str]:
    """The secret values that stand in the environment → the field that each is for."""
    fields = {TOKEN: "token", PASSWORD: "password"} | {
        variable: name
        for variable, name in provider_variables(contract).items()
        if name in contract.secret_fields
    }
    values = {variable: environment.get(variable, "") for variable in fields}
    # A line break at the end is not sent.
    return {
        text: fields[variable]
        for variable, value in values.items()
        for text in (value, value.rstrip("\r\n"))
        if text
    }


def token_of(environment: Mapping[str, str]) -> str | None:
    """The token that stands in the environment, as it can be sent; raises `Unusable`."""
    return _given({TOKEN: environment.get(TOKEN, "")}).get(TOKEN)


def read_settings(
    contract: Contract,
    *,
    base_url: str | None = None,
    allow_writes: bool = False,
    create_leaf_user: bool = False,
    timeout: str | float = 10.0,
    thorough: bool = False,
    seed: str | int | None = None,
    patience: str | float = 30.0,
    max_minutes: str | float = 10.0,
    rate_limit: str | None = None,
    accept_unchecked: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Settings from options and environment; raises `Unusable` when they make no sense."""
    variables = os.environ if environment is None else environment
    given = _given(variables)
    if (allow_writes or create_leaf_user) and not base_url:
        option = "--allow-writes" if allow_writes else "--create-leaf-user"
        raise Unusable(f"{option} is about a live service: give --base-url too")
    if create_leaf_user and not allow_writes:
        raise Unusable("--create-leaf-user writes: give --allow-writes too")
    (leaf_user, other_leaf_user), *further = _pairs(given)
    settings = Settings(
        base_url=None if base_url is None else _checked_url(base_url),
        allow_writes=allow_writes,
        create_leaf_user=create_leaf_user,
        timeout=_number("--request-timeout", timeout, "seconds", 600),
        thorough=thorough,
        seed=_seed(seed),
        patience=_number("--patience", patience, "seconds", 600),
        max_minutes=_number("--max-minutes", max_minutes, "minutes", 1440),
        rate_limit=None if rate_limit is None else _rate(rate_limit),
        accept_unchecked=accept_unchecked,
        token=given.get(TOKEN),
        login=_login(given),
        leaf_user=leaf_user,
        other_leaf_user=other_leaf_user,
        further=tuple((one, other) for one, other in further if one is not None),
        real=_real(contract, given),
        secrets=secrets_of(contract, variables),
    )
    if settings.kind == LIVE:
        _check_spelling(contract, variables)
        _check_live(settings)
    return settings


def _given(variables: Mapping[str, str]) -> dict[str, str]:
    """The settings among the variables, as they can be sent.

    A line break at the end, which is the file's that a value came from, is left out.
    """
    given = {}
    for name, value in variables.items():
        text = value.rstrip("\r\n")
        if not text or not name.startswith(PREFIXES):
            continue
        if any("\ud800" <= char <= "\udfff" for char in text):
            raise Unusable(f"{name} is no text in UTF-8")
        if name in SENT_AS_THEY_ARE and any(unicodedata.category(char) == "Cc" for char in text):
            raise Unusable(f"{name} holds a line break or another control character")
        given[name] = text
    _check_token(given.get(TOKEN, ""))
    return given


def _check_token(token: str) -> None:
    if any(char.isspace() for char in token):
        raise Unusable(f"{TOKEN} holds a blank: it must be the token alone, without its scheme")
    if any(char > "\xff" for char in token):
        raise Unusable(f"{TOKEN} holds a letter that no header can carry")


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        (host or "").encode("idna")
    except ValueError as error:
        # What is wrong with it would show a part of it, perhaps of a password in it.
        raise Unusable("--base-url is no URL: its host or its port can't be read") from error
    if parts.scheme not in ("http", "https") or not host:
        raise Unusable("--base-url must be an http or https URL with a host")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise Unusable("--base-url must have no user, query or fragment")
    return url.rstrip("/")


def _number(option: str, value: str | float, unit: str, most: int) -> float:
    try:
        number = float(value)
    except ValueError as error:
        raise Unusable(f"{option} must be a number of {unit}, not {value!r}") from error
    if not 0 < number <= most:
        raise Unusable(f"{option} must be between 0 and {most} {unit}, not {value}")
    return number


def _seed(value: str | int | None) -> int:
    if value is None:
        return random.SystemRandom().randrange(10**6)
    try:
        return int(value)
    except ValueError as error:
        raise Unusable(f"--seed must be a whole number, not {value!r}") from error


def _rate(value: str) -> float:
    """Requests a second, from `10/s` or `60/min`."""
    number, _, unit = value.partition("/")
    seconds = {"s": 1, "min": 60, "m": 60}.get(unit.strip())
    try:
        rate = float(number) / seconds if seconds else 0.0
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 10_000:
        raise Unusable(f"--rate-limit must be like 10/s or 60/min, not {value!r}")
    return rate


def _login(given: Mapping[str, str]) -> tuple[str, str] | None:
    if TOKEN in given:
        return None
    if (USERNAME in given) != (PASSWORD in given):
        missing = PASSWORD if USERNAME in given else USERNAME
        raise Unusable(f"{missing} is missing: {USERNAME} and {PASSWORD} go together")
    return (given[USERNAME], given[PASSWORD]) if USERNAME in given else None


def _pairs(given: Mapping[str, str]) -> list[tuple[str | None, str | None]]:
    """Leaf users with their neighbours; several are separated by commas."""
    users, others = _checked_ids(given, USER_ID), _checked_ids(given, OTHER_USER_ID)
    if others and users and len(others) != len(users):
        raise Unusable(f"{USER_ID} and {OTHER_USER_ID} must name equally many Leaf users")
    if len({*users, *others}) < len(users) + len(others):
        raise Unusable(f"{USER_ID} and {OTHER_USER_ID} must not name a Leaf user twice")
    return list(zip_longest(users, others)) or [(None, None)]


def _checked_ids(given: Mapping[str, str], variable: str) -> list[str]:
    try:
        return [
            str(uuid.UUID(value.strip())) for value in given.get(variable, "").split(",") if value
        ]
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
    for name, value in found.items():
        for endpoint in contract.endpoints.values():
            values = endpoint.takes.choices.get(name, ()) if endpoint.takes else ()
            if values and value not in values:
                raise Unusable(f"{environment_name(name)} must be {' or '.join(values)}")
    return found


def _check_spelling(contract: Contract, variables: Mapping[str, str]) -> None:
    known = {*LEAF_VARIABLES, *provider_variables(contract)}
    for name in sorted(variables):
        if name in known or not name.startswith(PREFIXES):
            continue
        meant = difflib.get_close_matches(name, known - variables.keys(), n=1, cutoff=0.85)
        if meant:
            raise Unusable(f"{name} means nothing here: is {meant[0]} meant?")


def _check_live(settings: Settings) -> None:
    if settings.token is None and settings.login is None:
        raise Unusable(f"no token: set {TOKEN}, or {USERNAME} and {PASSWORD}")
    if settings.create_leaf_user:
        if settings.leaf_user or settings.other_leaf_user:
            raise Unusable(f"--create-leaf-user makes Leaf users of its own: leave out {USER_ID}")
    elif settings.leaf_user is None:
        raise Unusable(f"{USER_ID} is missing: set it to the id of the Leaf user to work on")
