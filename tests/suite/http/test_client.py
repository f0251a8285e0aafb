"""The one client: patient within bounds, never hung, and never telling the token elsewhere."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from collections.abc import Iterator

import httpx
import pytest

from contracts.http.exchange import Exchange, Intent
from contracts.http.leaf_api import log_in
from contracts.http.outcomes import NotChecked
from contracts.http.transport import MAX_ANSWER
from tests.helpers.client_helpers import (
    CONTRACT,
    OK,
    TOKEN,
    USER,
    ask,
    mocked,
    respond,
)

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
    # What gzip packs has the time in it, which is no part of a test's id.
    ids=["gzip", "deflate", "upper-case", "identity", "deflate-in-gzip", "nothing"],
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


def test_gzip_of_very_many_members_does_not_take_for_ever() -> None:
    packed = gzip.compress(b"") * 40_000
    started = time.monotonic()
    headers = {"Content-Encoding": "gzip"}
    ask(mocked(lambda request: respond(200, packed, headers)))
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("coding", "packed", "problem"),
    [
        ("gzip", b"this is no gzip", "the body is no valid gzip"),
        ("gzip", gzip.compress(OK)[:-4], "the gzip body ends too early"),
        ("gzip", gzip.compress(OK)[:9], "the gzip body ends too early"),
        ("br", b"x", "the content coding 'br' was not asked for"),
        ("gzip", gzip.compress(bytes(MAX_ANSWER + 1)), "the unpacked answer is larger than 16 MiB"),
        ("gzip, gzip", gzip.compress(gzip.compress(bytes(MAX_ANSWER * 8))), "larger than 16 MiB"),
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
    assert exchange.problem == "the answer is larger than 16 MiB"
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


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_login_that_is_refused_gives_no_token(status: int) -> None:
    client = mocked(lambda request: respond(status, b'{"id_token": "x"}'))
    assert log_in(client, "me", "a-password") is None
    assert client.token == TOKEN


@pytest.mark.parametrize(
    ("status", "content"),
    [(200, b"{}"), (200, b"[]"), (200, b""), (200, b'{"id_token": 5}'), (500, b"{}"), (404, b"")],
)
def test_a_login_that_is_answered_otherwise_is_no_refusal(status: int, content: bytes) -> None:
    client = mocked(lambda request: respond(status, content))
    with pytest.raises(NotChecked, match=f"the login is answered {status}"):
        log_in(client, "me", "a-password")
    assert client.token == TOKEN
