"""`--create-leaf-user`: the run's own Leaf users are gone in the end, however it ended.

Nothing else is ever deleted: not a Leaf user that was there, nor anybody's credentials.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from contracts.faults.entry import Hooks
from contracts.http.leaf_api import NAME
from contracts.service.app import DEFAULT_TOKEN, Service
from contracts.service.hooks import Call
from contracts.service.http_server import serve
from tests.helpers.service_helpers import FIRST, SECOND, User, valid

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

ROOT = Path(__file__).parents[3]
WITHIN = 60  # seconds
SUITE = ("tests/contract/test_life.py", "tests/contract/test_isolation.py")


class Watched:
    """A service on which others have credentials; `reached` is set by its Nth request."""

    def __init__(self, nth: int = 0, *behaviours: Any) -> None:
        self.service = Service(behaviours=behaviours)
        self.base_path = self.service.base_path
        for leaf_user in (FIRST, SECOND, self.service.add_leaf_user()):
            assert User(self.service, leaf_user).send("create", valid()).status_code == 201
        self.before = self.everything()
        self.reached = threading.Event()
        self.most = 0  # Leaf users at any moment
        self._left = nth

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = self.service(environ, start_response)
        self.most = max(self.most, len(self.service.store.users))
        self._left -= 1
        if self._left == 0:
            self.reached.set()
        return answer

    def everything(self) -> dict[str, Any]:
        """Leaf user → credentials."""
        return {user: self.service.credentials(user) for user in self.service.store.users}


def begin(url: str, environment: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *SUITE,
         f"--base-url={url}", "--allow-writes", "--create-leaf-user"],
        cwd=ROOT, env=environment({"LEAF_TOKEN": DEFAULT_TOKEN}),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def test_a_run_that_comes_to_its_end_deletes_its_leaf_users_and_no_other(environment: Any) -> None:
    app = Watched()
    with serve(app) as server:
        output, _ = (run := begin(server.url, environment)).communicate(timeout=WITHIN)
    assert run.returncode == 0, output
    assert app.most == len(app.before) + 2
    assert app.everything() == app.before


@pytest.mark.parametrize("nth", [1, 2, 3, 30])
@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_run_that_is_ended_deletes_its_leaf_users_and_no_other(
    way: signal.Signals, nth: int, environment: Any
) -> None:
    app = Watched(nth)
    with serve(app) as server:
        run = begin(server.url, environment)
        assert app.reached.wait(WITHIN)
        run.send_signal(way)
        output, _ = run.communicate(timeout=WITHIN)
    assert run.returncode != 0, output
    assert app.most > len(app.before)
    assert app.everything() == app.before


def test_what_a_killed_run_left_says_whose_it_is_and_the_next_run_harms_nobody(
    environment: Any,
) -> None:
    app = Watched(20)
    with serve(app) as server:
        run = begin(server.url, environment)
        assert app.reached.wait(WITHIN)
        run.kill()
        run.communicate(timeout=WITHIN)
        left = app.everything()
        output, _ = (after := begin(server.url, environment)).communicate(timeout=WITHIN)
    assert after.returncode == 0, output
    # No documented request lists Leaf users: only their name can tell where they come from.
    assert app.everything() == left
    assert app.before.items() <= left.items()
    for leaf_user in left.keys() - app.before.keys():
        assert NAME in (app.service.store.profile(leaf_user) or {}).values()


def test_a_leaf_user_that_cannot_be_deleted_is_named(environment: Any) -> None:
    def refuse(call: Call, answer: Any) -> Any:
        if call.endpoint == "delete-leaf-user":
            answer.status = 500
        return answer

    app = Watched(0, Hooks(answer=refuse))
    with serve(app) as server:
        output, _ = (run := begin(server.url, environment)).communicate(timeout=WITHIN)
    assert run.returncode == 1, output
    before, _, verdict = output.rstrip().rpartition("\n")
    assert before.count("could not delete") == verdict.count("could not delete") == 2
