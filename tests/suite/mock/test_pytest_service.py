"""The fixture `panorama_service` in somebody else's project: a conftest and tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from contracts.mock.request_audit import KEPT
from contracts.pytest_service import PanoramaService
from tests.helpers.serving_helpers import caller

CONFTEST = 'pytest_plugins = ["contracts.pytest_service"]\n'
CLIENT = """
import json
import urllib.request

def ask(service, method, body=None, token=None):
    request = urllib.request.Request(
        f"{service.base_url}/users/{service.leaf_user}/panorama-credentials",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"} if body else {},
    )
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, None

BODY = {"clientId": "c", "username": "u", "password": "p", "organizationCode": "o",
        "refreshToken": "r", "clientEnvironment": "STAGE"}
"""
PASSING = """
from datetime import timedelta
from client import BODY, ask

def test_credentials_are_created_and_read(panorama_service):
    token = panorama_service.token
    status, created = ask(panorama_service, "POST", BODY, token)
    assert status == 201
    assert ask(panorama_service, "GET", token=token) == (200, created)
    assert panorama_service.violations() == []
    assert panorama_service.notices() == []

def test_nothing_is_left_of_the_test_before(panorama_service):
    assert ask(panorama_service, "GET", token=panorama_service.token) == (404, None)

def test_violations_are_told(panorama_service):
    ask(panorama_service, "GET")
    (violation,) = panorama_service.violations()
    assert violation.rule == "authorization.missing"
    assert violation.endpoint == "read"
    panorama_service.reset()
    panorama_service.assert_no_violations()

def test_the_service_misbehaves_on_demand(panorama_service):
    panorama_service.behave("lawful-create-200")
    assert ask(panorama_service, "POST", BODY, panorama_service.token)[0] == 200

def test_and_no_longer_in_the_next_test(panorama_service):
    assert ask(panorama_service, "POST", BODY, panorama_service.token)[0] == 201

def test_time_goes_by_and_credentials_turn_invalid(panorama_service):
    ask(panorama_service, "POST", BODY, panorama_service.token)
    panorama_service.invalidate()
    assert ask(panorama_service, "GET", token=panorama_service.token)[1]["status"] == "INVALID"
    panorama_service.advance(timedelta(days=31))
    assert panorama_service.other_leaf_user != panorama_service.leaf_user
"""
FAILING = """
from client import BODY, ask

def test_a_client_that_forgets_its_token(panorama_service):
    ask(panorama_service, "POST", {**BODY, "clientEnvironment": "stage"})
    panorama_service.assert_no_violations()
"""


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Somebody's project, far from this one."""
    folder = tmp_path / "client-project"
    folder.mkdir()
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (folder / "client.py").write_text(CLIENT, encoding="utf-8")
    return folder


@pytest.fixture
def run(
    root: Path, elsewhere: Path, python: Callable[..., CompletedProcess[str]]
) -> Callable[..., CompletedProcess[str]]:
    """Runs pytest on a test file there, as strictly as pytest can, as if this were installed."""

    def run(test: str, *options: str) -> CompletedProcess[str]:
        (elsewhere / "test_client.py").write_text(test, encoding="utf-8")
        path = os.pathsep.join([str(root), str(elsewhere)])
        strict = ("-W", "error", "--strict-markers", "--strict-config", "-p", "no:cacheprovider")
        env = {"PYTHONPATH": path}
        return python("pytest", *strict, *options, folder=elsewhere, env=env)

    return run


def test_a_project_needs_one_line(run: Callable[..., CompletedProcess[str]]) -> None:
    done = run(PASSING, "-q")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 passed" in done.stdout


def test_workers_each_have_a_server_of_their_own(run: Callable[..., CompletedProcess[str]]) -> None:
    done = run(PASSING, "-q", "-n", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 passed" in done.stdout


def test_a_violation_that_fails_a_test_says_what_is_wrong(
    run: Callable[..., CompletedProcess[str]],
) -> None:
    done = run(FAILING)
    assert done.returncode == 1
    for word in ("authorization.missing", "field.value", "stage came", "STAGE, PRODUCTION"):
        assert word in done.stdout
    assert "contract-test-token" not in done.stdout


def test_violations_that_are_no_longer_kept_are_counted() -> None:
    client = caller()
    service = PanoramaService(client.served, "http://embedded/api")
    for _ in range(KEPT + 2):
        client.ask("read", headers={})
    with pytest.raises(pytest.fail.Exception) as failed:
        service.assert_no_violations()
    first, *others = str(failed.value).splitlines()
    assert (first, len(others)) == ("2 earlier violations are no longer kept", KEPT)


def test_the_fixtures_are_listed_with_a_sentence(
    run: Callable[..., CompletedProcess[str]],
) -> None:
    done = run(PASSING, "--fixtures")
    assert "panorama_service -- " in done.stdout
    assert "fresh for each test" in done.stdout


def test_the_plugin_brings_nothing_else_into_a_run(
    run: Callable[..., CompletedProcess[str]],
) -> None:
    """No option, no header, no summary of the contract suite."""
    done = run("def test_nothing():\n    pass\n")
    assert done.returncode == 0
    assert "panorama" not in done.stdout.lower().replace("client-project", "")
