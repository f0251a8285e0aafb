"""The one client: patient within bounds, never hung, and never telling the token elsewhere."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from contracts.client import Client, Patience
from contracts.contract import load
from contracts.exchange import Exchange, Intent
from contracts.judge import Judge
from contracts.secrecy import Secrets
from contracts.support import log_in
from contracts.verdicts import NotChecked
from contracts.wire import MAX_ANSWER

CONTRACT = load()
USER = "00000000-0000-4000-8000-000000000001"
TOKEN = "a-token-of-the-test-4711"
TIMEOUT = 0.3
SOON = 2.0  # seconds; far more than the timeout, far less than a hang
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
    judge = Judge(CONTRACT, Secrets(CONTRACT.secret_fields))
    url = base_url or CONTRACT.base_url
    return Client(CONTRACT, transport, base_url=url, judge=judge, **options)


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


# ------------------------------------------------------------- what is sent


def test_a_request_carries_three_headers_and_the_token_and_no_others() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return respond(200, OK)

    client = mocked(handler)
    ask(client)
    ask(client, "create", b"{}")
    read, create = seen
    three = {"accept", "accept-encoding", "user-agent"}
    assert set(read.headers) == {*three, "host", "authorization"}
    assert set(create.headers) == {
        *three,
        "host",
        "authorization",
        "content-type",
        "content-length",
    }
    assert read.headers["authorization"] == f"Bearer {TOKEN}"
    assert str(read.url) == f"{CONTRACT.base_url}/users/{USER}/panorama-credentials"


def test_a_header_that_is_left_out_stays_left_out() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return respond(401)

    client = mocked(handler)
    client.send("read", client.request("read", USER, authorization=[]), Intent(authorised=False))
    own = [("Accept", "text/plain"), ("Authorization", "Basic eDp5")]
    client.send("read", client.request("read", USER, authorization=own), Intent(authorised=False))
    assert "authorization" not in seen[0].headers
    assert seen[1].headers.get_list("accept") == ["text/plain"]
    assert seen[1].headers.get_list("authorization") == ["Basic eDp5"]


def test_a_cookie_is_not_sent_back() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return respond(200, OK, {"Set-Cookie": "session=1; Path=/"})

    client = mocked(handler)
    ask(client)
    ask(client)
    assert [request.headers.get("cookie") for request in seen] == [None, None]


def test_header_values_are_latin_1_both_ways() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return respond(200, OK, [(b"X-Name", "Größe".encode("latin-1"))])

    client = mocked(handler)
    request = client.request("read", USER, authorization=[("Authorization", "Bearer Größe ✓")])
    answer = client.send("read", request, Intent(authorised=False)).answer
    assert answer
    assert answer.header("x-name") == "Größe"
    sent = dict(seen[0].headers.raw)
    assert sent[b"Authorization"] == "Bearer Größe ?".encode("latin-1")


def test_a_redirect_is_not_followed_and_the_token_goes_nowhere_else() -> None:
    seen: list[httpx.URL] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.url)
        return respond(307, headers={"Location": "https://elsewhere.example/steal"})

    for status_content in (None, b"{}"):
        exchange = ask(mocked(handler), "create" if status_content else "read", status_content)
        assert exchange.status == 307
    assert {url.host for url in seen} == {"api.withleaf.io"}
    assert len(seen) == 2


def test_every_exchange_is_judged_counted_and_told() -> None:
    client = mocked(lambda request: respond(500, b"{}"))
    told: list[Exchange] = []
    client.listeners.append(told.append)
    exchange = ask(client)
    assert told == [exchange]
    assert client.requests == 1
    assert [f.requirement for f in exchange.judgement.findings] == ["read.no-server-error"]


# ------------------------------------------------------------- waiting when asked to


def busy(times: int, status: int = 503, **headers: str) -> Handler:
    """A service that asks to wait so many times."""
    left = [times]

    def handler(request: httpx.Request) -> httpx.Response:
        left[0] -= 1
        if left[0] >= 0:
            return respond(status, headers={k.replace("_", "-"): v for k, v in headers.items()})
        return respond(200, OK)

    return handler


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_is_waited_for_as_long_as_it_asks(status: int) -> None:
    sleep = Asleep()
    client = mocked(busy(2, status, Retry_After="7"), patience=Patience(sleep=sleep))
    told: list[Exchange] = []
    client.listeners.append(told.append)
    assert ask(client).status == 200
    assert sleep.slept == [7, 7]
    assert (client.waits, client.waited, client.requests) == (2, 14, 3)
    assert [exchange.status for exchange in told] == [200]


def test_a_date_to_wait_for_is_read_by_the_services_own_clock() -> None:
    sleep, theirs = Asleep(), datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    later = format_datetime(theirs + timedelta(seconds=9), usegmt=True)
    handler = busy(1, Retry_After=later, Date=format_datetime(theirs, usegmt=True))
    assert ask(mocked(handler, patience=Patience(sleep=sleep))).status == 200
    assert sleep.slept == [9]


@pytest.mark.parametrize("value", ["soon", "-5", "1.5", "", "Tue"])
def test_a_wait_that_cannot_be_read_is_no_wait(value: str) -> None:
    sleep = Asleep()
    exchange = ask(mocked(busy(1, Retry_After=value), patience=Patience(sleep=sleep)))
    assert (exchange.status, sleep.slept) == (503, [])


def test_a_refusal_without_retry_after_is_an_answer_like_any_other() -> None:
    exchange = ask(mocked(busy(1, 429)))
    assert exchange.status == 429


@pytest.mark.parametrize("seconds", ["31", "86400", "9" * 400])
def test_nobody_waits_for_longer_than_the_bound(seconds: str) -> None:
    sleep = Asleep()
    client = mocked(busy(1, Retry_After=seconds), patience=Patience(sleep=sleep))
    with pytest.raises(NotChecked, match="asks to wait"):
        ask(client)
    assert sleep.slept == []


def test_the_waiting_of_a_whole_run_is_bounded() -> None:
    sleep = Asleep()
    client = mocked(busy(1000, Retry_After="25"), patience=Patience(30, 120, sleep))
    with pytest.raises(NotChecked, match="after 100 s of waiting"):
        ask(client)
    assert sleep.slept == [25] * 4


@pytest.mark.parametrize("value", ["0", "Mon, 01 Jan 2001 00:00:00 GMT"])
def test_a_service_that_always_asks_to_wait_for_nothing_is_not_asked_for_ever(value: str) -> None:
    asked = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        assert len(asked) < 500, "asked for ever"
        return respond(503, headers={"Retry-After": value})

    with pytest.raises(NotChecked):
        ask(mocked(handler, patience=Patience(sleep=Asleep())))


# ------------------------------------------------------------- what comes back


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(OK)),
        ("deflate", zlib.compress(OK)),
        ("GZIP", gzip.compress(OK)),
        ("identity", OK),
        ("deflate, gzip", gzip.compress(zlib.compress(OK))),
        ("gzip", b""),
    ],
)
def test_a_packed_answer_is_unpacked(coding: str, packed: bytes) -> None:
    headers = {"Content-Encoding": coding}
    exchange = ask(mocked(lambda request: respond(200, packed, headers)))
    assert exchange.answer
    assert exchange.answer.content == (OK if packed else b"")
    assert exchange.problem is None


def test_gzip_of_two_members_is_unpacked_whole() -> None:
    packed = gzip.compress(OK[:4]) + gzip.compress(OK[4:])
    headers = {"Content-Encoding": "gzip"}
    exchange = ask(mocked(lambda request: respond(200, packed, headers)))
    assert exchange.answer
    assert exchange.answer.content == OK


def test_gzip_of_very_many_members_takes_no_time_to_speak_of() -> None:
    packed = gzip.compress(b"") * 40_000
    started = time.monotonic()
    headers = {"Content-Encoding": "gzip"}
    ask(mocked(lambda request: respond(200, packed, headers)))
    assert time.monotonic() - started < 0.5


@pytest.mark.parametrize(
    ("coding", "packed", "problem"),
    [
        ("gzip", b"this is no gzip", "the body is no valid gzip"),
        ("gzip", gzip.compress(OK)[:-4], "the gzip body ends too early"),
        ("gzip", gzip.compress(OK)[:9], "the gzip body ends too early"),
        ("br", b"x", "the content coding 'br' was not asked for"),
        ("gzip", gzip.compress(bytes(MAX_ANSWER + 1)), "the unpacked answer is larger than 8 MiB"),
        ("gzip, gzip", gzip.compress(gzip.compress(bytes(MAX_ANSWER * 8))), "larger than 8 MiB"),
    ],
    ids=["none", "cut", "cut in the header", "unknown", "bomb", "bomb in a bomb"],
)
def test_an_answer_that_cannot_be_unpacked(coding: str, packed: bytes, problem: str) -> None:
    headers = {"Content-Encoding": coding}
    exchange = ask(mocked(lambda request: respond(200, packed, headers)))
    assert exchange.status == 200
    assert problem in str(exchange.problem)
    assert exchange.json is None
    assert exchange.json_problem == exchange.problem


def test_an_answer_is_read_up_to_a_size() -> None:
    produced = [0]

    class Endless(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                produced[0] += 1
                yield bytes(64 * 1024)

    exchange = ask(mocked(lambda request: httpx.Response(200, stream=Endless())))
    assert exchange.problem == "the answer is larger than 8 MiB"
    assert produced[0] <= MAX_ANSWER / (64 * 1024) + 1


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[" * 100_000, b"nul\x00", b'"\\ud800"'])
def test_whatever_the_body_is_there_is_an_exchange(content: bytes) -> None:
    exchange = ask(mocked(lambda request: respond(200, content)))
    assert exchange.json is None
    assert exchange.json_problem


# ------------------------------------------------------------- logging in


def test_a_login_gets_a_token_from_the_hosts_root_and_uses_it() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return respond(200, b'{"id_token": "fresh-token-0815"}')

    client = mocked(handler, token="", base_url="https://host.example/services/api")
    assert log_in(client, "me", "a-password") == "fresh-token-0815"
    ask(client)
    assert str(seen[0].url) == "https://host.example/api/authenticate"
    assert json.loads(seen[0].content) == {
        "username": "me", "password": "a-password", "rememberMe": "true",
    }  # fmt: skip
    assert "authorization" not in seen[0].headers
    assert seen[1].headers["authorization"] == "Bearer fresh-token-0815"


@pytest.mark.parametrize(
    "answer",
    [
        (401, b'{"id_token": "x"}'),
        (200, b"{}"),
        (200, b"[]"),
        (200, b""),
        (200, b'{"id_token": 5}'),
    ],
)
def test_a_login_that_is_refused_gives_no_token(answer: tuple[int, bytes]) -> None:
    client = mocked(lambda request: respond(answer[0], answer[1]))
    assert log_in(client, "me", "a-password") is None
    assert client.token == TOKEN
