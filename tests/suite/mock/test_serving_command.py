"""`python -m contracts serve` as an integrator starts it: options, ready line, access log, end."""

from __future__ import annotations

import io
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from subprocess import CompletedProcess
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from contracts.__main__ import main
from contracts.mock.access_log import AccessLog
from contracts.mock.request_audit import SEEN, Seen
from contracts.mock.served import Options, Served
from tests.helpers.service_helpers import BEARER, CHOICE, CONTRACT, FIRST, SECRET, valid
from tests.helpers.serving_helpers import Caller, serving

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

PATH = CONTRACT.endpoints["read"].path.replace("{leafUserId}", FIRST)
CONTRACT_PATH = urlsplit(CONTRACT.base_url).path
CONNECTIONS = 64


def ask(url: str, method: str = "GET", **options: Any) -> httpx.Response:
    options.setdefault("headers", BEARER)
    return httpx.request(method, url, timeout=20, trust_env=False, verify=False, **options)


# ------------------------------------------------------------- a process of its own


def test_all_options_together(environment: Callable[..., dict[str, str]]) -> None:
    options = ["--behave", "lawful-create-200", "--behave", "lawful-no-events", "--latency", "20ms",
               "--rate-limit", "100/s", "--seed", "7", "--clock", "+31d",
               "--invalid-after", "1d"]  # fmt: skip
    with serving(environment(), *options) as running:
        assert ask(f"{running.root}/__contract/health").json() == {"status": "ready"}
        created = ask(running.url + PATH, "POST", json=valid())
        assert (created.status_code, ask(running.url + PATH + "/events").json()) == (200, [])
        assert created.elapsed.total_seconds() >= 0.02
        ask(f"{running.root}/__contract/clock", "POST", json={"advance": "25h"})
        assert ask(running.url + PATH).json()["status"] == "INVALID"
        state = ask(f"{running.root}/__contract").json()
        assert state["behaviours"] == ["lawful-create-200", "lawful-no-events"]
        assert state["clock_ahead_by_seconds"] == pytest.approx(32 * 86400 + 3600, abs=5)
        status, rest, log = running.stop()
    assert (status, rest) == (0, "")
    lines = log.splitlines()
    shape = r"(GET|POST) /services/usermanagement/api/users/\S+ 200 [0-9]+\.[0-9] ms 0 violations"
    assert [bool(re.fullmatch(shape, line)) for line in lines] == [True] * 3


def test_the_access_log_shows_nothing_of_headers_and_bodies(
    environment: Callable[..., dict[str, str]],
) -> None:
    body = valid(**{SECRET: "hunter2-in-the-body", CHOICE: "stage"})
    planted = "hunter2-in-the-path"
    with serving(environment({"LEAF_TOKEN": "hunter2-token"})) as running:
        bearer = {"Authorization": "Bearer hunter2-token", "X-Other": "hunter2-header"}
        ask(running.url + PATH, "POST", headers=bearer, json=body)
        ask(f"{running.url}/users/{planted}/panorama-credentials", headers=bearer)
        ask(f"{running.url}/{planted}", headers=bearer)
        ask(f"{running.url}{PATH}?token=hunter2-query")
        _, _, log = running.stop()
    assert "hunter2" not in log
    assert [(line.split()[0], line.split()[2]) for line in log.splitlines()] == [
        ("POST", "400"), ("GET", "404"), ("GET", "404"), ("GET", "401"),
    ]  # fmt: skip
    assert [line.split(" ms ")[1] for line in log.splitlines()] == [
        "1 violation", "1 violation", "0 violations", "2 violations",
    ]  # fmt: skip


@pytest.mark.parametrize("signals", ["TERM TERM TERM", "INT INT", "INT TERM"])
def test_whoever_can_not_wait_for_the_end_gets_the_same_end(
    signals: str, environment: Callable[..., dict[str, str]]
) -> None:
    """What is under way is finished, and a second signal is neither an error nor a traceback."""
    with serving(environment(), "--latency", "1s") as running, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask, running.url + PATH)
        time.sleep(0.3)
        for name in signals.split():
            running.process.send_signal(signal.Signals[f"SIG{name}"])
            time.sleep(0.1)
        assert answer.result().status_code == 404
        _, err = running.process.communicate(timeout=20)
    assert (running.process.returncode, err.count("\n")) == (0, 1)


def test_a_token_as_a_file_has_it_can_be_sent(environment: Callable[..., dict[str, str]]) -> None:
    with serving(environment({"LEAF_TOKEN": "a-token-of-mine\n"})) as running:
        bearer = {"Authorization": "Bearer a-token-of-mine"}
        assert ask(running.url + PATH, headers=bearer).status_code == 404


@pytest.mark.parametrize(
    ("token", "words"), [("two words", "holds a blank"), ("\x07", "control"), ("…", "no header")]
)
def test_a_token_that_no_client_could_send_is_one_sentence(
    token: str, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAF_TOKEN", token)
    assert main(["serve", "--port", "0"]) == 4
    said = capsys.readouterr()
    (line,) = said.err.splitlines()
    assert line.startswith("error: LEAF_TOKEN ")
    assert (words in line, token in line, said.out) == (True, False, "")


def test_a_ready_line_that_can_not_be_written(
    environment: Callable[..., dict[str, str]], root: Path
) -> None:
    command = f"exec {sys.executable} -m contracts serve --port 0 >/dev/full"
    done = subprocess.run(
        ["bash", "-c", command], cwd=root, env=environment(), capture_output=True, text=True
    )
    said = "error: cannot say that it is ready: [Errno 28] No space left on device\n"
    assert (done.returncode, done.stderr) == (4, said)


def test_a_closed_output_does_not_matter(
    environment: Callable[..., dict[str, str]], root: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = f"exec {sys.executable} -m contracts serve --port {port} >&-"
    with subprocess.Popen(
        ["bash", "-c", command], cwd=root, env=environment(), stderr=subprocess.PIPE, text=True
    ) as process:
        url = f"http://127.0.0.1:{port}/__contract/health"
        until = time.monotonic() + 60
        while process.poll() is None and not _is_ready(url) and time.monotonic() < until:
            time.sleep(0.1)
        is_ready = _is_ready(url)
        process.terminate()
        _, said = process.communicate(timeout=60)
    assert (is_ready, process.returncode, said.count("Traceback")) == (True, 0, 0)


def _is_ready(url: str) -> bool:
    try:
        return ask(url).status_code == 200
    except httpx.TransportError:
        return False


def test_quiet_writes_no_access_log(environment: Callable[..., dict[str, str]]) -> None:
    with serving(environment(), "--quiet") as running:
        assert ask(running.url + PATH).status_code == 404
        assert running.stop() == (0, "", "")


def test_a_closed_access_log_stops_nothing(environment: Callable[..., dict[str, str]]) -> None:
    with serving(environment()) as running:
        assert running.process.stderr
        running.process.stderr.close()
        assert [ask(running.url + PATH).status_code for _ in range(3)] == [404] * 3
        running.process.terminate()
        assert running.process.wait(timeout=20) == 0


def test_64_connections_at_once_are_held(environment: Callable[..., dict[str, str]]) -> None:
    """All sockets are open before the first request is sent, and none is closed in between."""
    latency = 0.5

    def status(connection: HTTPConnection) -> int:
        connection.request("GET", f"{CONTRACT_PATH}{PATH}", headers=BEARER)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    with serving(environment(), "--latency", str(latency)) as running, ExitStack() as stack:
        host = running.root.removeprefix("http://")
        connections = [HTTPConnection(host, timeout=20) for _ in range(CONNECTIONS)]
        for connection in connections:
            connection.connect()
            stack.callback(connection.close)
        sockets = [connection.sock for connection in connections]
        pool = stack.enter_context(ThreadPoolExecutor(CONNECTIONS))
        for _ in range(2):
            began = time.monotonic()
            assert list(pool.map(status, connections)) == [404] * CONNECTIONS
            # One after the other they would take half a minute.
            assert latency <= time.monotonic() - began < CONNECTIONS * latency / 4
        assert [connection.sock for connection in connections] == sockets
        state = ask(f"{running.root}/__contract").json()
        assert (state["requests"], state["violations"]) == ({"read": 2 * CONNECTIONS}, [])
        assert running.stop()[0] == 0


def test_serving_loads_nothing_that_it_does_not_need(root: Path) -> None:
    """So that it is ready at once: neither the suite's tools nor the catalogue of faults."""
    program = (
        "import sys, contracts.mock.served, contracts.mock.access_log, "
        "contracts.service.http_server; print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    unwanted = {"pytest", "hypothesis", "schemathesis", "httpx", "jsonschema", "contracts.faults"}
    assert unwanted.isdisjoint(done.stdout.split())


# ------------------------------------------------------------- options that make no sense


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--latency", "fast", "150ms"), ("--latency", "-1", "--latency"),
        ("--latency", "2h", "60 seconds"), ("--rate-limit", "10", "10/s"),
        ("--rate-limit", "0/s", "10/s"), ("--seed", "x", "--seed"), ("--seed", "1.5", "--seed"),
        ("--clock", "31d", "+31d"), ("--clock", "+9999999d", "years"),
        ("--clock", "2026-01-15T09:30:00", "time zone"), ("--clock", "", "neither"),
        ("--invalid-after", "soon", "24h"), ("--invalid-after", "999999999999d", "too long"),
        ("--behave", "nonsense", "'nonsense'"), ("--behave", "", "''"),
    ],
)  # fmt: skip
def test_an_option_that_makes_no_sense_is_one_sentence(
    option: str, value: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = main(["serve", "--port", "0", option, value])
    except SystemExit as end:
        status = int(end.code or 0)
    said = capsys.readouterr()
    (line,) = said.err.splitlines()
    assert (status, said.out) == (4, "")
    assert line.startswith("error: ")
    assert words in line


def test_a_bad_option_ends_the_process_with_the_same_status(
    python: Callable[..., CompletedProcess[str]],
) -> None:
    done = python("contracts", "serve", "--port", "0", "--latency", "fast")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (4, "", 1)


# ------------------------------------------------------------- the access log by itself


def test_a_request_whose_application_fails_is_logged_without_a_status() -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[SEEN] = Seen("GET", "/users", 2)
        raise RuntimeError("broken")

    written = io.StringIO()
    with pytest.raises(RuntimeError, match="broken"):
        AccessLog(app, written)({}, lambda *_: lambda _: None)
    assert re.fullmatch(r"GET /users --- [0-9.]+ ms 2 violations\n", written.getvalue())


def test_the_controls_are_not_logged_and_lines_stay_whole() -> None:
    written = io.StringIO()
    served = Served(Options(), CONTRACT)
    client = Caller(served)
    client.http = httpx.Client(
        transport=httpx.WSGITransport(app=AccessLog(served, written)), base_url="http://embedded"
    )
    client.control("GET", "/health")
    threads = [threading.Thread(target=client.ask, args=("read",)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = written.getvalue().splitlines()
    assert len(lines) == 20
    assert all(re.fullmatch(r"GET /\S+ 404 [0-9.]+ ms 0 violations", line) for line in lines)
