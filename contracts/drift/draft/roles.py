"""Which role an endpoint of a page has, by its method, its path and its forms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.spec.model import CHANGE, CREATE, DELETE, HANDSHAKE, LOG, READ, SINGLE_ROLES

# What an endpoint is called in a draft; the ids of requirements begin with it.
NAMES = {READ: "read", CREATE: "create", CHANGE: "change", DELETE: "delete", LOG: "events"}
HANDSHAKE_NAME = "one-click"


@dataclass(frozen=True)
class Asked:
    """An endpoint as far as it matters for its role."""

    method: str
    path: str
    takes: bool
    answers_object: bool
    answers_list: bool


def roles(endpoints: Iterable[Asked]) -> list[str | None]:
    """A role for each endpoint, or None; of several that would have a single role, the first one.

    The credentials are what most request lines are about: the path under which something is made,
    or else the one that is asked in most ways.
    """
    endpoints = list(endpoints)
    resource = _resource(endpoints)
    found: list[str | None] = []
    for endpoint in endpoints:
        role = _role(endpoint, resource)
        found.append(None if role in SINGLE_ROLES and role in found else role)
    return found


def _resource(endpoints: list[Asked]) -> str:
    made = [e.path for e in endpoints if e.method == "POST" and e.takes and not _is_start(e.path)]
    paths = [endpoint.path for endpoint in endpoints]
    if made:
        return max(made, key=paths.count)
    return max(paths, key=paths.count) if paths else ""


def _is_start(path: str) -> bool:
    """Whether a path is that of an integration which is started here and completed elsewhere."""
    return any(word in path.lower() for word in ("one-click", "integration", "handshake"))


def _role(endpoint: Asked, resource: str) -> str | None:
    here = endpoint.path == resource
    if "{" not in resource:  # not one of each Leaf user's: nothing is known of what stands
        return CREATE if here and endpoint.method == "POST" and endpoint.takes else None
    if endpoint.method == "GET" and endpoint.answers_list and endpoint.path.startswith(resource):
        return LOG if not here else None
    if endpoint.method == "GET" and here and endpoint.answers_object:
        return READ
    if endpoint.method == "POST" and endpoint.takes:
        return CREATE if here else HANDSHAKE if _is_start(endpoint.path) else None
    if endpoint.method in ("PUT", "PATCH") and here and endpoint.takes:
        return CHANGE
    return DELETE if endpoint.method == "DELETE" and here else None
