"""What was asked for: settings from options and environment.

Everything that makes a run impossible is an `Unusable`, one plain sentence.
"""

from __future__ import annotations

import difflib
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from contracts.bodies import environment_name
from contracts.model import Contract

EMBEDDED, LIVE = "embedded", "live"
TOKEN, USERNAME, PASSWORD = "LEAF_TOKEN", "LEAF_USERNAME", "LEAF_PASSWORD"
USER_ID, OTHER_USER_ID = "LEAF_USER_ID", "LEAF_OTHER_USER_ID"
LEAF_VARIABLES = (TOKEN, USERNAME, PASSWORD, USER_ID, OTHER_USER_ID)
NO_WRITES = "--allow-writes is not given"
PREFIXES = ("LEAF_", "PANORAMA_")


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
    create_leaf_user: bool = False
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
    create_leaf_user: bool = False,
    timeout: str | float = 10.0,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Settings from options and environment; raises `Unusable` when they make no sense."""
    variables = os.environ if environment is None else environment
    given = {name: value for name, value in variables.items() if value}
    if (allow_writes or create_leaf_user) and not base_url:
        option = "--allow-writes" if allow_writes else "--create-leaf-user"
        raise Unusable(f"{option} is about a live service: give --base-url too")
    if create_leaf_user and not allow_writes:
        raise Unusable("--create-leaf-user writes: give --allow-writes too")
    settings = Settings(
        base_url=None if base_url is None else _checked_url(base_url),
        allow_writes=allow_writes,
        create_leaf_user=create_leaf_user,
        timeout=_seconds(timeout),
        token=given.get(TOKEN),
        login=_login(given),
        leaf_user=_checked_id(given, USER_ID),
        other_leaf_user=_checked_id(given, OTHER_USER_ID),
        real=_real(contract, given),
    )
    if settings.kind == LIVE:
        _check_spelling(contract, variables)
        _check_live(settings)
    return settings


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        (host or "").encode("idna")
    except ValueError as error:
        raise Unusable(f"--base-url is no URL: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise Unusable("--base-url must be an http or https URL with a host")
    if parts.username or parts.password or parts.query or parts.fragment:
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
    elif settings.leaf_user == settings.other_leaf_user:
        raise Unusable(f"{USER_ID} and {OTHER_USER_ID} must be two Leaf users")
