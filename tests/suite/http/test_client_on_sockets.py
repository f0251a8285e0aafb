"""The client on a real socket: a hostile wire costs one deadline, never a hang."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from contracts.http.client import Client
from contracts.http.exchange import Exchange, Intent
from contracts.http.leaf_api import log_in
from contracts.http.link import Unreachable
from contracts.http.outcomes import NotChecked
from contracts.http.transport import Deadline, SocketTransport
from contracts.judging.judge import Judge
from contracts.masking.masking import Secrets
from contracts.spec.load import load

CONTRACT = load()
USER = "00000000-0000-4000-8000-000000000001"
TIMEOUT = 0.3
SOON = 2.0  # seconds; far more than the timeout, far less than a hang
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
OK = HEAD + b"Content-Length: 8\r\n\r\n" + b'{"a": 1}'

Behave = Callable[[socket.socket, threading.Event], None]


@contextmanager
def listening(behave: Behave) -> Iterator[tuple[int, list[bytes]]]:
    """A server that reads what comes and then behaves so, for each connection; all threads end."""
    over, received = threading.Event(), []
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)

    def accept() -> None:
        while not over.is_set():
            with suppress(TimeoutError):
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    connection.settimeout(2)
                    received.append(connection.recv(65536))
                    behave(connection, over)

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listener.getsockname()[1], received
    finally:
        over.set()
        thread.join(5)
        listener.close()
    assert not thread.is_alive()


@contextmanager
def client_of(port: int, timeout: float = TIMEOUT) -> Iterator[Client]:
    deadline = Deadline()
    secrets = Secrets(CONTRACT.secret_fields)
    client = Client(
        CONTRACT,
        SocketTransport(deadline),
        base_url=f"http://127.0.0.1:{port}",
        token="a-token-of-the-test",
        timeout=timeout,
        judge=Judge(CONTRACT, secrets),
        secrets=secrets,
        deadline=deadline,
    )
    try:
        yield client
    finally:
        client.close()


def ask(client: Client, endpoint: str = "read", content: bytes | None = None) -> Exchange:
    return client.send(endpoint, client.request(endpoint, USER, content), Intent())


def timed(behave: Behave) -> tuple[Exchange, float]:
    with listening(behave) as (port, _), client_of(port) as client:
        started = time.monotonic()
        return ask(client), time.monotonic() - started


def drip(text: bytes) -> Behave:
    """A byte every 50 ms: each one comes in time, all of them never."""

    def behave(connection: socket.socket, over: threading.Event) -> None:
        for at in range(len(text)):
            connection.sendall(text[at : at + 1])
            if over.wait(0.05):
                return

    return behave


def after(head: bytes, then: Behave) -> Behave:
    def behave(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(head)
        then(connection, over)

    return behave


def hang(connection: socket.socket, over: threading.Event) -> None:
    over.wait(5)


def close(connection: socket.socket, over: threading.Event) -> None:
    """Say no more."""


def test_an_answer_over_a_socket() -> None:
    exchange, _ = timed(after(OK, close))
    assert (exchange.status, exchange.json, exchange.problem) == (200, {"a": 1}, None)


def test_a_request_over_a_socket_has_no_headers_beyond_those_that_were_meant() -> None:
    with listening(after(OK, close)) as (port, received), client_of(port) as client:
        ask(client)
    head, *headers = received[0].split(b"\r\n\r\n")[0].split(b"\r\n")
    assert head == f"GET /users/{USER}/panorama-credentials HTTP/1.1".encode()
    names = sorted(header.split(b":")[0].lower() for header in headers)
    assert names == [b"accept", b"accept-encoding", b"authorization", b"host", b"user-agent"]


@pytest.mark.parametrize(
    ("behave", "status"),
    [
        pytest.param(hang, 0, id="silence"),
        pytest.param(drip(OK + b" " * 500), 0, id="a header that drips"),
        pytest.param(after(HEAD, hang), 0, id="half a header"),
        pytest.param(
            after(HEAD + b"Content-Length: 500\r\n\r\n", drip(b" " * 500)), 200, id="a slow body"
        ),
        pytest.param(after(HEAD + b"Content-Length: 9\r\n\r\n1", hang), 200, id="half a body"),
        pytest.param(
            after(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", drip(b"1\r\n \r\n" * 100)), 200,
            id="chunks that drip",
        ),
        pytest.param(drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 50), 0, id="100 Continue for ever"),
    ],
)  # fmt: skip
def test_one_deadline_covers_the_whole_exchange(behave: Behave, status: int) -> None:
    exchange, seconds = timed(behave)
    assert exchange.status == status
    assert f"within {TIMEOUT:g} s" in str(exchange.problem)
    assert TIMEOUT * 0.9 <= seconds < SOON


def test_an_endless_body_is_read_up_to_a_size() -> None:
    def flood(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
        while not over.is_set():
            connection.sendall(chunk)

    with listening(flood) as (port, _), client_of(port, timeout=10) as client:
        exchange = ask(client)
    assert exchange.problem == "the answer is larger than 16 MiB"


def test_a_small_body_that_unpacks_to_a_huge_one_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    head = HEAD + f"Content-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    with listening(after(head + bomb, close)) as (port, _), client_of(port, timeout=10) as client:
        exchange = ask(client)
    assert exchange.problem == "the unpacked answer is larger than 16 MiB"


@pytest.mark.parametrize(
    ("behave", "status", "problem"),
    [
        pytest.param(close, 0, "no readable answer", id="closed at once"),
        pytest.param(after(HEAD, close), 0, "no readable answer", id="closed in the header"),
        pytest.param(
            after(HEAD + b"Content-Length: 9\r\n\r\n1234", close), 200, "the body breaks off",
            id="closed in the body",
        ),
        pytest.param(after(b"no HTTP\r\n\r\n", close), 0, "no readable answer", id="no HTTP"),
        pytest.param(
            after(HEAD + b"Content-Length: x\r\n\r\n", close), 0, "no readable answer", id="length"
        ),
        pytest.param(
            after(HEAD + b"X: " + b"x" * 200_000 + b"\r\n\r\n", close), 0, "no readable answer",
            id="a huge header",
        ),
    ],
)  # fmt: skip
def test_a_connection_that_breaks_off(behave: Behave, status: int, problem: str) -> None:
    exchange, seconds = timed(behave)
    assert exchange.status == status
    assert problem in str(exchange.problem)
    assert seconds < SOON


def test_an_endpoint_that_hung_twice_is_not_asked_again() -> None:
    with listening(hang_briefly) as (port, received), client_of(port, timeout=0.15) as client:
        for _ in range(2):
            assert ask(client).answer is None
        asked = client.requests
        with pytest.raises(NotChecked, match="read failed slowly 2 times") as caught:
            ask(client)
        assert caught.value.because == "read.succeeds"
        assert client.requests == asked == 2
        assert ask(client, "events").answer is None  # another endpoint is another matter
    assert len(received) <= 3


def hang_briefly(connection: socket.socket, over: threading.Event) -> None:
    over.wait(0.2)


def test_a_closed_port_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with client_of(port) as client, pytest.raises(Unreachable, match="refused"):
        ask(client)


def test_a_login_that_hangs_is_unreachable() -> None:
    with (
        listening(hang) as (port, _),
        client_of(port) as client,
        pytest.raises(Unreachable, match="no answer within"),
    ):
        log_in(client, "me", "a-password")


def test_a_redirect_to_another_server_takes_no_token_there() -> None:
    with listening(after(OK, close)) as (elsewhere, received):
        location = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{elsewhere}/\r\n"
        answer = location.encode() + b"Content-Length: 0\r\n\r\n"
        with listening(after(answer, close)) as (port, _), client_of(port) as client:
            assert ask(client).status == 302
    assert received == []


def test_a_broken_connection_is_no_obstacle_to_the_next_request() -> None:
    answers = iter([after(HEAD, close), after(OK, close)])

    def behave(connection: socket.socket, over: threading.Event) -> None:
        next(answers)(connection, over)

    with listening(behave) as (port, _), client_of(port) as client:
        assert ask(client).answer is None
        assert ask(client).json == {"a": 1}


def once_more(answers: int) -> Behave:
    """Answers the first request of a connection, and closes it when another one comes.

    After so many `answers` in all, no connection is answered any longer.
    """
    left = [answers]

    def behave(connection: socket.socket, over: threading.Event) -> None:
        left[0] -= 1
        if left[0] >= 0:
            connection.sendall(OK)
            connection.recv(65536)

    return behave


@pytest.mark.parametrize(("endpoint", "content"), [("read", None), ("create", b"{}")])
def test_an_idle_connection_may_close_as_the_next_request_comes(
    endpoint: str, content: bytes | None
) -> None:
    with listening(once_more(3)) as (port, received), client_of(port) as client:
        for _ in range(3):
            assert ask(client, endpoint, content).json == {"a": 1}
    # One connection for each request, and none twice.
    assert len(received) == 3


def test_a_service_that_goes_on_tearing_connections_is_noticed() -> None:
    with listening(once_more(2)) as (port, _), client_of(port) as client:
        assert [ask(client).status for _ in range(3)] == [200, 200, 0]
