"""A client of a service that is a function, for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx

from contracts.http.client import Client
from contracts.http.exchange import Exchange, Intent
from contracts.judging.judge import Judge
from contracts.masking.masking import Secrets
from contracts.spec.load import load

CONTRACT = load()
USER = "00000000-0000-4000-8000-000000000001"
TOKEN = "a-token-of-the-test-4711"
TIMEOUT = 0.3
OK = b'{"a": 1}'

Handler = Callable[[httpx.Request], httpx.Response]


class Asleep:
    """A sleep that takes no time and remembers what was asked of it."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


def client_of(transport: httpx.BaseTransport, base_url: str = "", **options: Any) -> Client:
    options = {"timeout": TIMEOUT, "token": TOKEN, **options}
    secrets = Secrets(CONTRACT.secret_fields)
    judge = Judge(CONTRACT, secrets)
    url = base_url or CONTRACT.base_url
    return Client(CONTRACT, transport, base_url=url, judge=judge, secrets=secrets, **options)


def mocked(handler: Handler, **options: Any) -> Client:
    return client_of(httpx.MockTransport(handler), **options)


class Raw(httpx.SyncByteStream):
    """A body that has not been read yet, as a socket has it."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self.content


def respond(status: int, content: bytes = b"", headers: Any = None) -> httpx.Response:
    return httpx.Response(status, headers=headers, stream=Raw(content))


def ask(client: Client, endpoint: str = "read", content: bytes | None = None) -> Exchange:
    return client.send(endpoint, client.request(endpoint, USER, content), Intent())
