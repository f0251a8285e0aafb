"""A caller of the embedded service, for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx

from contracts.service.app import DEFAULT_TOKEN, Service
from contracts.service.hooks import Behaviour
from contracts.service.store import known_leaf_users
from contracts.spec.load import load
from contracts.spec.types import Choice, Timestamp

CONTRACT = load()
READ, CREATE = CONTRACT.endpoints["read"], CONTRACT.endpoints["create"]
EVENTS, ONE_CLICK = CONTRACT.endpoints["events"], CONTRACT.endpoints["one-click"]
assert CREATE.takes
assert CREATE.answers
assert EVENTS.answers
assert READ.answers
assert ONE_CLICK.takes
TAKEN, ONE_CLICK_TAKEN = CREATE.takes, ONE_CLICK.takes
KEPT = [name for name in TAKEN.fields if name in CREATE.answers.fields]
(CHOICE,) = (name for name, kind in TAKEN.fields.items() if isinstance(kind, Choice))
(CREATED,) = (n for n, kind in READ.answers.fields.items() if isinstance(kind, Timestamp))
(SECRET,) = CONTRACT.secrets_never_answered
TEXT = next(name for name in KEPT if name != CHOICE)
MADE_TOKEN = next(
    name
    for name in READ.answers.fields
    if name in CONTRACT.secret_fields and name not in CONTRACT.sendable_fields
)
FIRST, SECOND = known_leaf_users(CONTRACT)
NOBODY = "00000000-0000-4000-8000-00000000ffff"
BEARER = {"Authorization": f"Bearer {DEFAULT_TOKEN}"}


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 15, 9, 30, 0, 123456, UTC)

    def __call__(self) -> datetime:
        return self.now


class User:
    """One Leaf user of one service, seen over HTTP."""

    def __init__(self, service: Service, user: str = FIRST, **headers: str) -> None:
        self.service, self.user = service, user
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app=service),
            base_url="http://embedded" + service.base_path,
            headers={**BEARER, **headers},
        )

    def send(self, endpoint: str, body: Any = None, **options: Any) -> httpx.Response:
        known = CONTRACT.endpoints[endpoint]
        (name,) = CONTRACT.path_parameters
        path = known.path.replace(f"{{{name}}}", self.user)
        if body is not None:
            options["json"] = body
        return self.http.request(known.method, path, **options)


def valid(**changes: Any) -> dict[str, Any]:
    example = CONTRACT.example(TAKEN)
    assert isinstance(example, dict)
    return {**example, **changes}


def one_click_body() -> dict[str, Any]:
    example = CONTRACT.example(ONE_CLICK_TAKEN)
    assert isinstance(example, dict)
    return example


def misbehaving(*behaviours: Behaviour) -> User:
    return User(Service(behaviours=behaviours))
