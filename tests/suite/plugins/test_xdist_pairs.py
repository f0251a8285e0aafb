"""Several processes on one live service: no Leaf user is ever worked on by two of them."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from subprocess import CompletedProcess
from typing import TYPE_CHECKING, Any

import pytest

from contracts.plugins.xdist_pairs import pair_of
from contracts.service.app import Service
from contracts.service.http_server import serve
from contracts.session.settings import Unusable, read_settings
from contracts.spec.load import load

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

CONTRACT = load()
TOKEN = "a-shared-token-6d2f91"
TESTS = [f"tests/contract/test_{name}.py::test[{number}]" for name in "abc" for number in range(40)]


class ByUser:
    """A service that notes for whom it is asked, and from which port: a process keeps its own."""

    def __init__(self) -> None:
        self.service = Service(token=TOKEN)
        self.base_path = self.service.base_path
        self.users = [self.service.add_leaf_user() for _ in range(4)]
        self.asked: dict[str, list[str]] = defaultdict(list)
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        for user in self.users:
            if user in environ["PATH_INFO"]:
                with self._lock:
                    self.asked[user].append(environ["REMOTE_PORT"])
        return self.service(environ, start_response)


@pytest.fixture
def app() -> ByUser:
    return ByUser()


@pytest.fixture
def run(app: ByUser, python: Any) -> Callable[..., CompletedProcess[str]]:
    def run(users: list[str], others: list[str], *options: str) -> CompletedProcess[str]:
        env = {
            "LEAF_TOKEN": TOKEN,
            "LEAF_USER_ID": ",".join(users),
            "LEAF_OTHER_USER_ID": ",".join(others),
        }
        with serve(app) as server:
            done: CompletedProcess[str] = python(
                "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", "--allow-writes",
                "--base-url", server.url, *options, env=env,
            )  # fmt: skip
        return done

    return run


def test_each_test_belongs_to_one_pair_and_each_pair_has_some() -> None:
    pairs = [pair_of(test, 3) for test in TESTS]
    assert pairs == [pair_of(test, 3) for test in TESTS]
    assert set(pairs) == {0, 1, 2}
    assert {pair_of(test, 1) for test in TESTS} == {0}


def test_with_a_pair_for_each_process_both_work_and_leave_nothing(app: ByUser, run: Any) -> None:
    done = run(app.users[:2], app.users[2:])
    assert done.returncode == 0, done.stdout + done.stderr
    assert [user for user in app.users if app.service.credentials(user)] == []
    for mine, neighbour in ((0, 2), (1, 3)):
        ports = {*app.asked[app.users[mine]], *app.asked[app.users[neighbour]]}
        elsewhere = {*app.asked[app.users[1 - mine]], *app.asked[app.users[5 - neighbour]]}
        # A process keeps its connection; the first look is the main process's.
        first = app.asked[app.users[mine]][0]
        assert ports & elsewhere <= {first}
        assert len(app.asked[app.users[mine]]) > 20


def test_with_fewer_pairs_than_processes_one_process_does_the_work(app: ByUser, run: Any) -> None:
    done = run(app.users[:1], app.users[2:3])
    assert done.returncode == 0, done.stdout + done.stderr
    assert app.asked.keys() == {app.users[0], app.users[2]}
    assert [user for user in app.users if app.service.credentials(user)] == []


def test_credentials_of_any_pair_that_are_there_already_are_not_touched(
    app: ByUser, run: Any
) -> None:
    theirs = app.service.make.record(CONTRACT.endpoints["read"].answers.fields, {})  # type: ignore[union-attr]
    app.service.store.put(app.users[1], theirs)
    done = run(app.users[:2], app.users[2:])
    assert done.returncode == 4, done.stdout + done.stderr
    assert f"Leaf user {app.users[1]} already has credentials" in done.stderr
    assert app.service.store.get(app.users[1]) is theirs


@pytest.mark.parametrize("option", ["-x", "--maxfail=2"])
def test_a_run_that_ends_with_the_first_failures_was_not_interrupted(
    option: str, python: Any, tmp_path: Path
) -> None:
    """pytest-xdist ends it with 2, and only 1 says that a requirement does not hold."""
    done = python(
        "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", option, "--behave=read-truncated",
        f"--report-dir={tmp_path}", "tests/contract/test_answers.py",
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "stopping after" in done.stdout
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["run"]["exit_status"] == 1


@pytest.mark.parametrize(
    ("users", "others", "words"),
    [(2, 1, "equally many"), (1, 2, "equally many"), ("same", 1, "twice")],
    ids=["too-few-others", "too-few", "twice"],
)
def test_a_pool_that_makes_no_sense_is_unusable(users: Any, others: int, words: str) -> None:
    ids = [f"00000000-0000-4000-8000-00000000000{n}" for n in range(6)]
    mine = [ids[0]] if users == "same" else ids[:users]
    theirs = [ids[0]] if users == "same" else ids[3 : 3 + others]
    variables = {
        "LEAF_TOKEN": TOKEN,
        "LEAF_USER_ID": ",".join(mine),
        "LEAF_OTHER_USER_ID": " , ".join(theirs),
    }
    with pytest.raises(Unusable, match=words):
        read_settings(CONTRACT, base_url="http://127.0.0.1/", environment=variables)


def test_a_pool_without_others_is_one() -> None:
    ids = [f"00000000-0000-4000-8000-00000000000{n}" for n in range(2)]
    variables = {"LEAF_TOKEN": TOKEN, "LEAF_USER_ID": ", ".join(ids)}
    settings = read_settings(CONTRACT, base_url="http://127.0.0.1/", environment=variables)
    assert settings.pairs == ((ids[0], None), (ids[1], None))
