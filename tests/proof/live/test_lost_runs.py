"""Live runs whose token expires or whose service dies in the middle, as a user sees them."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from contracts.service.app import DEFAULT_TOKEN, Service
from contracts.service.http_server import Server, serve
from contracts.service.store import known_leaf_users
from contracts.session.signals import SIGNALS, TWICE, Interrupts
from contracts.spec.load import load

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

ROOT = Path(__file__).parents[3]
FIRST, SECOND = known_leaf_users(load())
LIVE = {"LEAF_TOKEN": DEFAULT_TOKEN, "LEAF_USER_ID": FIRST, "LEAF_OTHER_USER_ID": SECOND}
COMMAND = ("pytest", "-q", "-p", "no:cacheprovider", "tests/contract/test_life.py",
           "tests/contract/test_isolation.py", "tests/contract/test_answers.py",
           "--allow-writes")  # fmt: skip


class App:
    """A service that is used so often, and then does something else."""

    def __init__(self, nth: int, then: Callable[[App], None]) -> None:
        self.service = Service()
        self.base_path = self.service.base_path
        self.asked = 0
        self.deleted = threading.Event()
        self.slow = self.pause = 0.0
        self.expired = False
        self._nth, self._then = nth, then

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.asked += 1
        if self.asked == self._nth:
            self._then(self)
        time.sleep(self.pause)
        if environ["REQUEST_METHOD"] == "DELETE" and self.slow:
            self.deleted.set()
            time.sleep(self.slow)
        if self.expired:
            environ["HTTP_AUTHORIZATION"] = "Bearer expired"
        return self.service(environ, start_response)

    @property
    def left_behind(self) -> list[str]:
        return [user for user in (FIRST, SECOND) if self.service.credentials(user)]


def expire(app: App) -> None:
    app.expired = True


def ended(process: subprocess.CompletedProcess[str], sentence: str) -> None:
    """Exit status 4, one sentence, no traceback, nobody accused."""
    output = process.stdout + process.stderr
    assert process.returncode == 4, output
    before, _, verdict = output.rstrip().rpartition("\n")
    assert len(re.findall(sentence, before)) == 1, output
    assert verdict.startswith("ended early: ")
    for word in ("Traceback", "FAILED", "ERROR", "broken", "never once", "judged exchanges"):
        assert word not in output, output
    assert DEFAULT_TOKEN not in output


def test_a_token_that_expires_ends_the_run_with_one_sentence(python: Any) -> None:
    app = App(30, expire)
    with serve(app) as server:
        process = python(*COMMAND, "--base-url", server.url, env=LIVE)
    ended(process, "the token is no longer accepted: ")
    assert app.asked < 60
    # What was made can't be deleted without a token; whatever is left is said.
    for user in app.left_behind:
        assert f"created credentials for {user} and could not delete them" in process.stdout


def test_a_service_that_dies_ends_the_run_with_one_sentence(python: Any) -> None:
    running: list[Server] = []

    def die(app: App) -> None:
        app.pause = 0.05  # so that the run does not end before
        threading.Thread(target=running[0].close).start()

    app = App(30, die)
    with serve(app) as server:
        running.append(server)
        process = python(*COMMAND, "--base-url", server.url, env=LIVE)
    ended(process, "has answered and can no longer be reached: ")
    for user in app.left_behind:
        assert f"created credentials for {user} and could not delete them" in process.stdout


@pytest.fixture
def restarting() -> Iterator[tuple[App, str]]:
    """A service that restarts on the same port after so many requests."""
    running: list[Server] = []
    restarts: list[threading.Thread] = []

    def restart(app: App) -> None:
        def again() -> None:
            port = running[0].port
            running.pop().close()
            time.sleep(0.5)
            for _ in range(100):
                with suppress(OSError):
                    running.append(serve(app, port=port))
                    return
                time.sleep(0.05)

        app.pause = 0.05  # so that the run does not end before
        restarts.append(threading.Thread(target=again))
        restarts[0].start()

    app = App(30, restart)
    running.append(serve(app))
    yield app, running[0].url
    for thread in restarts:
        thread.join()
    for server in running:
        server.close()


def test_a_service_that_restarts_is_waited_for_and_counted(
    restarting: tuple[App, str], python: Any
) -> None:
    app, url = restarting
    process = python(*COMMAND, "--base-url", url, env=LIVE)
    assert process.returncode == 0, process.stdout + process.stderr
    assert re.search(r"the service took no connection and was tried again \d times", process.stdout)
    assert app.left_behind == []


@pytest.mark.parametrize("again", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "termination"])
def test_a_second_signal_does_not_cut_the_clean_up_short(again: signal.Signals, begin: Any) -> None:
    def slow_down(app: App) -> None:
        app.slow = 0.5

    app = App(25, slow_down)
    with serve(app) as server:
        process = begin(*COMMAND, "--base-url", server.url, env=LIVE)
        assert app.deleted.wait(60)
        app.deleted.clear()
        app.slow = TWICE + 1
        process.send_signal(signal.SIGINT)
        assert app.deleted.wait(60), "nothing was cleaned up"
        app.slow = 0
        for pause in (0.1, TWICE):
            time.sleep(pause)
            process.send_signal(again)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 2, output
    assert app.left_behind == []


# ------------------------------------------------------------- signals


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    before = [signal.getsignal(sig) for sig in SIGNALS]
    interrupts = Interrupts()
    interrupts.catch()
    yield interrupts
    interrupts.restore()
    assert [signal.getsignal(sig) for sig in SIGNALS] == before


@pytest.mark.parametrize("sig", SIGNALS)
def test_the_first_signal_ends_the_run_and_a_second_one_at_once_adds_nothing(
    sig: signal.Signals, interrupts: Interrupts
) -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(sig)
    signal.raise_signal(sig)
    interrupts.hold_off()
    signal.raise_signal(sig)


def test_a_signal_that_a_library_swallowed_ends_the_run_at_the_next_request(
    interrupts: Interrupts,
) -> None:
    interrupts.check()
    with suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        interrupts.check()
    interrupts.hold_off()
    interrupts.check()  # cleaning up sends requests, too


def test_a_signal_that_was_lost_can_be_repeated(
    interrupts: Interrupts, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    later = time.monotonic() + TWICE
    monkeypatch.setattr("contracts.session.signals.time.monotonic", lambda: later)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


# ------------------------------------------------------------- several processes


def test_a_process_that_crashes_makes_the_run_red_in_a_sentence(
    project_copy: Path, python: Any
) -> None:
    test = project_copy / "tests" / "contract" / "test_crash.py"
    test.write_text("import os\n\n\ndef test_crash():\n    os._exit(3)\n", encoding="utf-8")
    process = python(
        "pytest", "-q", "-p", "no:cacheprovider", str(test), "-n", "1", folder=project_copy
    )
    output = process.stdout + process.stderr
    assert process.returncode == 1, output
    assert "a process of pytest-xdist ended without telling what it had seen" in output
    assert "INTERNALERROR" not in output
