"""Bad input to the suite itself: one plain sentence, exit status 4, never a green run."""

from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from contracts.service.store import known_leaf_users
from tests.helpers.service_helpers import CONTRACT

FIRST, SECOND = known_leaf_users(CONTRACT)
LIVE = {"LEAF_TOKEN": "a-token-for-nobody-77", "LEAF_USER_ID": FIRST, "LEAF_OTHER_USER_ID": SECOND}
PYTEST = ("pytest", "-q", "-p", "no:cacheprovider", "-k", "read.succeeds")


def assert_unusable(process: CompletedProcess[str], *words: str) -> None:
    assert process.returncode == 4, process.stdout + process.stderr
    (line,) = (line for line in process.stderr.splitlines() if line.strip())
    for word in words:
        assert word in line
    assert "Traceback" not in process.stdout + process.stderr
    assert "passed" not in process.stdout


KNOWN_FAILURES = {
    "not there": (None, "cannot be read"),
    "no text": (b"\xff\xfe\x00", "cannot be read"),
    "no YAML": (b"a: [", ""),
    "empty": (b"", "empty"),
    "a list": (b"- read.succeeds\n", "mapping"),
    "an unknown id": (b"read.suceeds: known\n", "read.suceeds"),
    "no reason": (b"read.succeeds: ''\n", "reason"),
}


@pytest.mark.parametrize("name", KNOWN_FAILURES)
def test_a_file_of_known_failures_that_is_none(name: str, tmp_path: Path, python: Any) -> None:
    content, word = KNOWN_FAILURES[name]
    path = tmp_path / "known.yaml"
    if content is not None:
        path.write_bytes(content)
    assert_unusable(python(*PYTEST, f"--known-failures={path}"), "known.yaml", word)


def test_a_folder_for_a_file_of_known_failures(tmp_path: Path, python: Any) -> None:
    assert_unusable(python(*PYTEST, f"--known-failures={tmp_path}"), "cannot be read")


def test_a_host_that_does_not_resolve(python: Any) -> None:
    url = "http://no-such-host.invalid/api"
    assert_unusable(python(*PYTEST, "--base-url", url, env=LIVE), url)


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan", "inf", "1e9"])
def test_a_timeout_that_is_none(value: str, python: Any) -> None:
    assert_unusable(python(*PYTEST, f"--request-timeout={value}"), "--request-timeout")


def test_a_contract_with_a_mistake(project_copy: Path, python: Any) -> None:
    path = project_copy / "contracts" / "panorama.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("role: read", "role: reed", 1), encoding="utf-8")
    assert_unusable(python(*PYTEST, folder=project_copy), "panorama.yaml:", "reed")


CASSETTES = {
    "nonsense": "][",
    "a text": "nonsense",
    "other things": "interactions: [1, 2]",
    "halves": "interactions: [{request: {method: GET}}]",
    "a number for a list": "interactions: 5",
}


@pytest.mark.parametrize("name", CASSETTES)
def test_a_cassette_that_was_edited_into_nonsense(
    name: str, project_copy: Path, python: Any
) -> None:
    path = project_copy / "cassettes" / "one_click.yaml"
    path.write_text(CASSETTES[name], encoding="utf-8")
    process = python("pytest", "-q", "-p", "no:cacheprovider", "-k", "one_click",
                     "tests/contract/test_recordings.py", folder=project_copy)  # fmt: skip
    assert_unusable(process, "one_click.yaml")
