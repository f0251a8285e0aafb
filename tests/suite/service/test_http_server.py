"""The server gives a WSGI application a socket, and gives the socket back."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from contracts.service.app import DEFAULT_TOKEN, Service
from contracts.service.http_server import Server, serve
from contracts.service.store import known_leaf_users
from contracts.spec.load import load

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

CONTRACT = load()
BEARER = {"Authorization": f"Bearer {DEFAULT_TOKEN}"}
PROGRAM = """
from contracts.service.http_server import run_forever
from contracts.service.app import Service
run_forever(Service(), ready=lambda url: print(url, flush=True))
"""


def credentials_path() -> str:
    (name,) = CONTRACT.path_parameters
    path = CONTRACT.endpoints["read"].path
    return path.replace(f"{{{name}}}", known_leaf_users(CONTRACT)[0])


def client(url: str) -> httpx.Client:
    # Nothing here is HTTPS, and reading the certificates takes longer than the test.
    return httpx.Client(base_url=url, headers=BEARER, timeout=10, verify=False, trust_env=False)


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Service()) as running:
        yield running


def test_a_free_port_is_found_and_told(server: Server) -> None:
    assert server.port > 0
    assert server.url == f"http://127.0.0.1:{server.port}{urlsplit(CONTRACT.base_url).path}"


def test_what_is_written_can_be_read_over_one_connection(server: Server) -> None:
    takes = CONTRACT.endpoints["create"].takes
    assert takes
    with client(server.url) as http:
        created = http.post(credentials_path(), json=CONTRACT.example(takes))
        read = http.get(credentials_path())
        streams = {answer.extensions["network_stream"] for answer in (created, read)}
        deleted = http.delete(credentials_path())
    assert (created.status_code, read.status_code, deleted.status_code) == (201, 200, 204)
    assert created.http_version == "HTTP/1.1"
    assert read.json() == created.json()
    assert len(streams) == 1


def test_no_answer_names_the_server_software(server: Server) -> None:
    malformed = b"GET / HTTP/9.9\r\nContent-Length: x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        raw.sendall(malformed)
        refused = raw.recv(65536)
    with client(server.url) as http:
        answer = http.get("/nowhere")
    assert "server" not in answer.headers
    assert refused.startswith(b"HTTP/1.0 400")
    assert b"waitress" not in refused.lower()


def test_two_servers_at_once(server: Server) -> None:
    with serve(Service(token="another")) as other:
        assert other.port != server.port
        with client(other.url) as http:
            assert http.get(credentials_path()).status_code == 401
    with client(server.url) as http:
        assert http.get(credentials_path()).status_code == 404


def test_many_connections_at_once(caplog: pytest.LogCaptureFixture, server: Server) -> None:
    number = 64
    gate = threading.Barrier(number)

    def ask(_: int) -> int:
        with client(server.url) as http:
            first = http.get(credentials_path()).status_code
            gate.wait(10)  # until here all of them are open
            assert http.get(credentials_path()).status_code == first
            return first

    with ThreadPoolExecutor(number) as pool:
        assert set(pool.map(ask, range(number))) == {404}
    assert not [record for record in caplog.records if record.name.startswith("waitress")]


def test_closing_frees_the_port_and_ends_all_threads() -> None:
    before = set(threading.enumerate())
    server = serve(Service())
    idle = socket.create_connection(("127.0.0.1", server.port))
    with client(server.url) as http:
        http.get(credentials_path())
        server.close()
        server.close()
    assert set(threading.enumerate()) <= before
    idle.settimeout(5)
    assert idle.recv(1) == b""
    idle.close()
    with serve(Service(), port=server.port) as again:
        assert again.port == server.port


def test_closing_lets_a_request_finish() -> None:
    started = threading.Event()

    def slow(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started.set()
        time.sleep(0.3)
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    server = serve(slow)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(httpx.get, server.url)
        assert started.wait(5)
        server.close()
        assert answer.result().text == "ok"


def test_a_port_that_is_taken_is_an_error_and_leaves_nothing_behind(server: Server) -> None:
    before = threading.active_count()
    with pytest.raises(OSError, match="in use"):
        serve(Service(), port=server.port)
    assert threading.active_count() == before


def test_a_loop_that_wakes_up_while_it_is_closed_is_no_error() -> None:
    """A request that ends at that moment wakes it; it must not close what is still to be pulled."""
    server = serve(Service())
    trigger = server._server.trigger
    pull = trigger._physical_pull

    def slowly() -> None:
        pull()
        time.sleep(0.2)
        pull()

    trigger._physical_pull = slowly
    server.close()
    assert not server._loop.is_alive()


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_ipv6(host: str) -> None:
    try:
        server = serve(Service(), host=host)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with server, client(server.url) as http:
        assert server.url.startswith("http://[::1]:")
        assert http.get(credentials_path()).status_code == 404


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_command_and_frees_the_port(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            with client(url) as http:
                assert http.get(credentials_path()).status_code == 404
                process.send_signal(number)
                output = process.communicate(timeout=5)
        finally:
            process.kill()
    assert (process.returncode, *output) == (0, "", "")
    port = urlsplit(url).port
    assert port
    with serve(Service(), port=port) as again:
        assert again.port == port
