"""Live runs, as a user starts them, against a service on a socket: safe, frugal, plain-spoken."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from contracts.service.app import Service
from contracts.service.hooks import Answer, Behaviour, Call
from contracts.service.http_server import Server, serve
from contracts.service.store import known_leaf_users
from contracts.session.settings import Unusable, read_settings
from contracts.spec.load import load

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

CONTRACT = load()
ROOT = Path(__file__).parents[3]
FIRST, SECOND = known_leaf_users(CONTRACT)
TOKEN = "a-live-token-2f6b81c0d4"
BUDGET = 250  # requests
LIVE = {"LEAF_TOKEN": TOKEN, "LEAF_USER_ID": FIRST, "LEAF_OTHER_USER_ID": SECOND}
PYTEST = ("pytest", "-q", "-p", "no:cacheprovider")
WRITES = "--allow-writes"

Run = Callable[..., CompletedProcess[str]]


class Watched:
    """A service whose requests are noted; what a live run sees of it is the service itself."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.base_path = service.base_path
        self.seen: list[str] = []
        self.pause = 0.0  # seconds before each answer
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._lock:
            self.seen.append(environ["REQUEST_METHOD"])
        time.sleep(self.pause)
        return self.service(environ, start_response)

    @property
    def left_behind(self) -> list[str]:
        return [user for user in (FIRST, SECOND) if self.service.credentials(user)]


@pytest.fixture
def app() -> Watched:
    return Watched(Service(token=TOKEN))


@pytest.fixture
def server(app: Watched) -> Iterator[Server]:
    with serve(app) as running:
        yield running


@pytest.fixture
def live(server: Server, python: Any) -> Run:
    """A live run of the suite to its end; `env` replaces settings, None takes one away."""

    def live(*options: str, url: str | None = None, **env: str | None) -> CompletedProcess[str]:
        settings = {k: v for k, v in {**LIVE, **env}.items() if v is not None}
        process: CompletedProcess[str] = python(
            *PYTEST, "--base-url", server.url if url is None else url, *options, env=settings
        )
        return process

    return live


def shown(process: CompletedProcess[str]) -> str:
    return process.stdout + process.stderr


def create(url: str, user: str = FIRST) -> None:
    endpoint = CONTRACT.endpoints["create"]
    assert endpoint.takes
    path = endpoint.path.replace("{leafUserId}", user)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = httpx.post(url + path, json=CONTRACT.example(endpoint.takes), headers=headers)
    answer.raise_for_status()


# ------------------------------------------------------------- runs that come to their end


def test_a_full_run_holds_within_its_budget_and_leaves_nothing_behind(
    app: Watched, live: Run
) -> None:
    process = live(WRITES)
    assert process.returncode == 0, shown(process)
    (judged,) = re.findall(r"^(\d+) judged exchanges", process.stdout, re.MULTILINE)
    assert 100 < int(judged) < BUDGET
    assert len(app.seen) < BUDGET
    assert app.left_behind == []
    assert TOKEN not in shown(process)
    assert not re.search(r"^(create|read|delete) never once", process.stdout, re.MULTILINE)


@pytest.mark.parametrize("before", ["", "test_an_invalid_token_is_refused or "])
def test_what_a_refusal_changes_is_seen_whatever_was_tested_before(before: str, live: Run) -> None:
    """In any order: with nothing and with credentials there when it begins."""
    process = live(WRITES, "-k", f"{before}test_a_refusal_changes_nothing")
    assert process.returncode == 0, shown(process)
    assert " skipped" not in process.stdout, shown(process)


def test_a_run_that_only_reads_sends_no_request_that_writes(
    app: Watched, server: Server, live: Run
) -> None:
    create(server.url)
    before = app.service.credentials(FIRST)
    app.seen.clear()
    process = live()
    assert process.returncode == 0, shown(process)
    assert set(app.seen) == {"GET"}
    assert app.service.credentials(FIRST) == before
    assert app.service.credentials(SECOND) is None
    assert "--allow-writes is not given" in process.stdout
    assert TOKEN not in shown(process)


def test_a_login_is_as_good_as_a_token(app: Watched, server: Server, live: Run) -> None:
    create(server.url)
    app.seen.clear()
    process = live(LEAF_TOKEN=None, LEAF_USERNAME="someone", LEAF_PASSWORD="a-planted-password-91")
    assert process.returncode == 0, shown(process)
    assert app.seen.count("POST") == 1  # the login
    assert set(app.seen) == {"GET", "POST"}
    assert TOKEN not in shown(process)
    assert "a-planted-password-91" not in shown(process)


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "termination"])
def test_a_run_that_is_interrupted_leaves_nothing_behind(
    way: signal.Signals, app: Watched, server: Server, begin: Any
) -> None:
    app.pause = 0.03  # so that the signal comes long before the end
    process = begin(*PYTEST, "--base-url", server.url, WRITES, env=LIVE)
    until(lambda: len(app.seen) > 20 and bool(app.left_behind) and process.poll() is None)
    process.send_signal(way)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 2, output
    assert app.left_behind == []
    assert len(app.seen) < BUDGET / 2  # it really was interrupted
    assert TOKEN not in output


class Forgetful(Behaviour):
    """A service with a fault: no answer to a creation shows the id."""

    def answer(self, call: Call, answer: Answer) -> Answer:
        if call.endpoint == "create" and isinstance(answer.content, dict):
            answer.content.pop("id", None)
        return answer


def test_a_run_that_finds_a_fault_leaves_nothing_behind_and_shows_no_secret(python: Any) -> None:
    app = Watched(Service(token=TOKEN, behaviours=[Forgetful()]))
    with serve(app) as server:
        process = python(*PYTEST, "--base-url", server.url, WRITES, env=LIVE)
    assert process.returncode == 1, shown(process)
    assert app.left_behind == []
    for words in (
        "create.response.id (documented)",
        "Expected  `id`",
        "no `id`",
        "curl -i -X POST",
    ):
        assert words in process.stdout
    assert "$LEAF_TOKEN" in process.stdout
    assert TOKEN not in shown(process)
    assert re.findall(r"^FAILED .*$", process.stdout, re.MULTILINE)
    assert not re.search(r"an-example-password-[0-9a-f]{8}", shown(process))


def until(fulfilled: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not fulfilled():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.002)


# ------------------------------------------------------------- runs that cannot begin


def unusable(process: CompletedProcess[str], *words: str) -> None:
    """Exit status 4, one plain sentence, no traceback, no test, no token."""
    assert process.returncode == 4, shown(process)
    lines = [line for line in process.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, lines
    for word in words:
        assert word in lines[0]
    assert "Traceback" not in shown(process)
    assert "passed" not in process.stdout
    assert TOKEN not in shown(process)


SETTINGS = {
    "no Leaf user": ({"LEAF_USER_ID": None}, "LEAF_USER_ID is missing"),
    "a Leaf user that is no UUID": ({"LEAF_USER_ID": "me"}, "LEAF_USER_ID is no UUID"),
    "one Leaf user twice": ({"LEAF_OTHER_USER_ID": FIRST}, "must not name a Leaf user twice"),
    "no token": ({"LEAF_TOKEN": None}, "LEAF_TOKEN"),
    "a refused token": ({"LEAF_TOKEN": "another-token-55"}, "the token is refused (401)"),
    "half a login": ({"LEAF_TOKEN": None, "LEAF_USERNAME": "someone"}, "LEAF_PASSWORD is missing"),
    "a refused login": (
        {"LEAF_TOKEN": None, "LEAF_USERNAME": "someone", "LEAF_PASSWORD": "wrong"},
        "are refused",
    ),
    "half of the provider's": ({"PANORAMA_USERNAME": "grower"}, "PANORAMA_PASSWORD"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_that_cannot_be_used_end_the_run_in_a_sentence(
    name: str, app: Watched, live: Run
) -> None:
    env, words = SETTINGS[name]
    unusable(live(WRITES, **env), words)
    assert app.left_behind == []
    assert "DELETE" not in app.seen


def test_a_url_that_is_none_ends_the_run_in_a_sentence(live: Run) -> None:
    unusable(live(url="nonsense"), "--base-url")


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "/services/usermanagement/api",
        "ftp://127.0.0.1/",
        "http://",
        "http://[half",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:x/",
        "http://127.0.0.1/?y=z",
        "http://127.0.0.1/#part",
        "http://user:password@127.0.0.1/",
        "http://:password@127.0.0.1/",
        "http://\xe4..b/",
    ],
)
def test_a_url_that_is_none_is_unusable(url: str) -> None:
    with pytest.raises(Unusable, match="--base-url"):
        read_settings(CONTRACT, base_url=url, environment=LIVE)


def test_a_service_that_cannot_be_reached_ends_the_run_in_a_sentence(live: Run) -> None:
    with serve(Service()) as gone:
        pass
    unusable(live(url=gone.url), gone.url, "cannot be tested")


def test_a_wrong_path_is_pointed_out(server: Server, live: Run) -> None:
    process = live(WRITES, url=f"{server.url}/v2")
    unusable(process, "has no such address: is it the service's endpoint?")


def nothing_here(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("404 Not Found", [("Content-Length", "0")])
    return [b""]


def test_a_server_of_something_else_ends_the_run_in_a_sentence(live: Run) -> None:
    with serve(nothing_here) as other:
        unusable(live(WRITES, url=other.url), "answers 404 to every request")


@pytest.mark.parametrize("user", [FIRST, SECOND], ids=["first", "second"])
def test_credentials_that_are_there_already_are_not_touched(
    user: str, app: Watched, server: Server, live: Run
) -> None:
    create(server.url, user)
    before = app.service.credentials(user)
    app.seen.clear()
    unusable(live(WRITES), f"Leaf user {user} already has credentials", "a password can't be read")
    assert set(app.seen) == {"GET"}
    assert app.service.credentials(user) == before


UNSENDABLE = {
    "a line break": ("LEAF_TOKEN", f"{TOKEN}\nx", "LEAF_TOKEN holds a line break"),
    "an emoji": ("LEAF_TOKEN", f"{TOKEN}🌾", "LEAF_TOKEN holds a letter that no header can carry"),
    "a scheme": ("LEAF_TOKEN", f"Bearer {TOKEN}", "LEAF_TOKEN holds a blank"),
}


@pytest.mark.parametrize("name", UNSENDABLE)
def test_a_token_that_no_header_can_carry_is_named_and_not_shown(name: str, live: Run) -> None:
    variable, value, words = UNSENDABLE[name]
    unusable(live(**{variable: value}), words)


def test_the_settings_of_this_process_do_not_reach_the_runs(environment: Any) -> None:
    assert not [name for name in environment() if name.startswith(("LEAF_", "PANORAMA_"))]
    assert environment({"LEAF_TOKEN": "x"})["LEAF_TOKEN"] == "x"
    assert environment()["PATH"] == os.environ["PATH"]
