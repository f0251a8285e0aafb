"""A live run that is ended at any moment harms nobody: what it made is deleted, by it or the next.

The runs are real ones, against a served service, ended when the service gets its Nth request.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.service.app import DEFAULT_TOKEN, Service
from contracts.service.http_server import Server
from contracts.service.store import known_leaf_users
from contracts.spec.load import load
from tests.helpers.service_helpers import User, valid

ROOT = Path(__file__).parents[3]
WITHIN = 60  # seconds
LAST = 90  # requests that the run below makes at least
KILLS = 52
RANDOM = random.Random(20261123)
MOMENTS = [
    (RANDOM.randrange(2, LAST), sig)
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGKILL)
    for _ in range(KILLS // 4)
]


class Watched:
    """A service that tells when it gets its Nth request."""

    def __init__(self, service: Service, nth: int) -> None:
        self.service = service
        self.base_path = service.base_path
        self.reached = threading.Event()
        self._left = nth

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self._left -= 1
        if self._left <= 0:
            self.reached.set()
        return self.service(environ, start_response)


def begin(url: str, *arguments: str) -> subprocess.Popen[str]:
    leaf_user, other = known_leaf_users(load())
    environment = {
        **os.environ,
        "LEAF_TOKEN": DEFAULT_TOKEN,
        "LEAF_USER_ID": leaf_user,
        "LEAF_OTHER_USER_ID": other,
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return subprocess.Popen(
        [*command, "--base-url", url, "--allow-writes", *arguments],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@pytest.fixture
def service() -> Iterator[Service]:
    """A service on which somebody else has credentials, who must keep them."""
    service = Service()
    bystander = service.add_leaf_user()
    assert User(service, bystander).send("create", valid()).status_code == 201
    theirs, everybody = service.credentials(bystander), service.store.users
    yield service
    leaf_users = known_leaf_users(load())
    assert [service.credentials(leaf_user) for leaf_user in leaf_users] == [None, None]
    assert service.credentials(bystander) == theirs
    assert service.store.users == everybody


@pytest.mark.parametrize(
    ("nth", "sig"),
    MOMENTS,
    ids=[f"{n}-{sig.name}-at-{nth}" for n, (nth, sig) in enumerate(MOMENTS)],
)
def test_a_run_that_is_ended_leaves_nothing_behind(
    service: Service, nth: int, sig: signal.Signals
) -> None:
    watched = Watched(service, nth)
    with Server(watched) as server:
        run = begin(server.url, "tests/contract/test_isolation.py", "tests/contract/test_life.py",
                    "tests/contract/test_bad_input.py")  # fmt: skip
        assert watched.reached.wait(WITHIN)
        run.send_signal(sig)
        output, _ = run.communicate(timeout=WITHIN)
        assert run.returncode != 0, output
        if sig == signal.SIGKILL:
            after = begin(
                server.url, "tests/contract/test_life.py", "-k", "test_deleted_credentials"
            )
            output, _ = after.communicate(timeout=WITHIN)
            assert after.returncode == 0, output


def test_credentials_of_somebody_else_are_not_taken_for_leftovers() -> None:
    service, contract = Service(), load()
    leaf_user, _ = known_leaf_users(contract)
    form = contract.endpoints["create"].takes
    assert form is not None
    body = contract.example(form)
    with Server(service) as server:
        import httpx

        created = httpx.post(
            f"{server.url}{contract.endpoints['create'].path.replace('{leafUserId}', leaf_user)}",
            json=body,
            headers={"Authorization": f"Bearer {DEFAULT_TOKEN}"},
        )
        assert created.status_code == 201
        before = service.credentials(leaf_user)
        output, _ = (run := begin(server.url)).communicate(timeout=WITHIN)
    assert run.returncode == 4
    assert "already has credentials" in output
    assert service.credentials(leaf_user) == before
