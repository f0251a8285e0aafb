"""What the steps of the embedded service hand on, and the hooks that make it differ."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, Protocol, runtime_checkable

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request

from contracts.service.store import Entry, Maker, Record, Store
from contracts.spec.model import Contract, Endpoint

MAX_BODY = 1024 * 1024  # bytes

_ENCODER = json.JSONEncoder(ensure_ascii=False)


@dataclass
class Answer:
    """An answer to be sent. `content` is None (no body), bytes as they are, or a JSON value."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    content: Any = None

    def body(self) -> bytes:
        """The content as it goes over the wire."""
        if self.content is None:
            return b""
        if isinstance(self.content, bytes):
            return self.content
        return _ENCODER.encode(self.content).encode()


class Stop(Exception):
    """Ends a call with `answer`; any step and any hook but `answer` may raise it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Refusal(NamedTuple):
    """Why a body is not accepted: the status that says so, and a sentence without its values."""

    status: int
    sentence: str


class Serving(Protocol):
    """What a behaviour may use of the service that it belongs to."""

    contract: Contract
    endpoints: Mapping[str, Endpoint]
    token: str

    def clock(self) -> datetime: ...

    lock: threading.RLock
    store: Store
    make: Maker

    def process(self, leaf_user: str, *, status: str | None = None) -> None: ...

    def problem(self, call: Call, status: int, sentence: str = "") -> Answer: ...

    def unauthorized(self, call: Call) -> Answer: ...


@dataclass
class Call:
    """One request on its way through the service; hooks may change what it says.

    `endpoint` is an id of the contract's endpoints or support endpoints, `read-leaf-user`, or
    empty when nothing is there; `leaf_user` is the one in the path, in lower case. `body` is the
    JSON value that was sent, None until it has been read and when it is no JSON. `scratch` is for
    hooks that want to tell a later hook something; a behaviour itself makes a good key.
    """

    service: Serving
    request: Request
    endpoint: str = ""
    leaf_user: str | None = None
    allowed_methods: tuple[str, ...] = ()
    body: Any = None
    scratch: dict[object, Any] = field(default_factory=dict)

    @property
    def role(self) -> str | None:
        """What the endpoint does for credentials; None where it does nothing for them."""
        endpoint = self.service.endpoints.get(self.endpoint)
        return endpoint.role if endpoint else None

    @property
    def headers(self) -> Headers:
        return self.request.headers

    @cached_property
    def raw(self) -> bytes:
        """The body as sent, cut off one byte after `MAX_BODY`."""
        environ = self.request.environ
        length = environ.get("CONTENT_LENGTH") or ""
        if length.isascii() and length.isdecimal():
            # Python refuses to read a number of thousands of digits.
            limit = min(int(length[:10]), MAX_BODY + 1)
        elif environ.get("wsgi.input_terminated") or "HTTP_TRANSFER_ENCODING" in environ:
            limit = MAX_BODY + 1
        else:
            return b""
        return bytes(environ["wsgi.input"].read(limit))


@runtime_checkable
class Confirmable(Protocol):
    """A behaviour in which a handshake waits until somebody confirms it."""

    def confirm(self, service: Serving, leaf_user: str) -> bool:
        """Bring the Leaf user's handshake to its end; whether one was waiting."""
        ...


class Behaviour:
    """What a service does otherwise. Each hook answers what it was given, or something else.

    Behaviours are asked in order, each with what the one before it answered. `find`, `store`,
    `remove` and `entries` run under `call.service.lock`, the others don't: only those may wait.
    Any hook but `answer` may raise `Stop`.
    """

    def on_request(self, call: Call) -> None:
        """Before anything is looked at, the token included."""

    def authorize(self, call: Call, allowed: bool) -> bool:
        """Whether the token is good. Not asked at the login."""
        return allowed

    def accept(self, call: Call, refusals: list[Refusal]) -> list[Refusal]:
        """Why the body is refused; when nothing remains, what can be used of it is used."""
        return refusals

    def store(self, call: Call, record: Record | None) -> Record | None:
        """What is stored by POST; None stores nothing. The answer shows what it would have been."""
        return record

    def find(self, call: Call, record: Record | None) -> Record | None:
        """The credentials that GET, events and DELETE look up; None: there are none."""
        return record

    def remove(self, call: Call, removing: bool) -> bool:
        """Whether DELETE removes the credentials that it found."""
        return removing

    def entries(self, call: Call, entries: list[Entry]) -> list[Entry]:
        """The log entries to be shown, newest first; none when there are no credentials."""
        return entries

    def answer(self, call: Call, answer: Answer) -> Answer:
        """What is sent, whichever step it comes from."""
        return answer
