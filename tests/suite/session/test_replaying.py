"""Replaying as a user does it: on a copy of the project, with cassettes that are not in order."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from contracts.service.app import Service
from contracts.service.http_server import serve
from contracts.session.cassette_files import HEADER, MAX_AGE_DAYS
from contracts.session.recording import replaying_transport

PYTEST = ("pytest", "-q", "-p", "no:cacheprovider", "tests/contract/test_recordings.py")

# ------------------------------------------------------------- cassettes that were tampered with


def edit(folder: Path, name: str, change: Any) -> None:
    path = folder / "cassettes" / f"{name}.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(data["interactions"])
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")


def answer_with(old: str, new: str, number: int) -> Any:
    """Another text in the body of one answer."""

    def change(interactions: list[Any]) -> None:
        body = interactions[number]["response"]["body"]
        assert old in body["string"]
        body["string"] = body["string"].replace(old, new)

    return change


def ask_for(old: str, new: str) -> Any:
    """Another text in the body of the first request."""

    def change(interactions: list[Any]) -> None:
        assert old in interactions[0]["request"]["body"]
        interactions[0]["request"]["body"] = interactions[0]["request"]["body"].replace(old, new)

    return change


# One change in each cassette, and a part of what must then be said about its test.
EDITS = {
    "life_with-first-value": (answer_with('"STAGE"', '"stage"', 1), "read.response.clientEnv"),
    "life_with-second-value": (ask_for('"PRODUCTION"', '"STAGE"'), "no readable answer|Cannot"),
    "created_again": (lambda found: found.pop(2), "Cannot|not played once"),
    "deleted_twice": (lambda found: found.append(found[0]), "not played once"),
    "one_click": (answer_with("Z\"", "+00:00\"", 1), "read.response.createdTime"),
    "status_may_change": (answer_with('"id": "', '"id": "x', 2), "read.keeps.id"),
    "handshake_with-second-value": (
        ask_for('"PRODUCTION"', '"STAGE"'),
        "no readable answer|Cannot",
    ),
    "without_a_token": (
        lambda found: found[0]["response"]["status"].update(code=200),
        "read.auth.missing",
    ),
}  # fmt: skip


def test_a_cassette_that_was_edited_makes_its_test_fail_and_no_other(
    project_copy: Path, python: Any
) -> None:
    for name, (change, _) in EDITS.items():
        edit(project_copy, name, change)
    process = python(*PYTEST, "-rfE", folder=project_copy)
    assert process.returncode == 1, process.stdout + process.stderr
    red = re.findall(r"^(?:FAILED|ERROR) \S+::test_(\S+)", process.stdout, re.MULTILINE)
    named = {name.replace("[", "-").rstrip("]") for name in red}
    assert named == set(EDITS)
    for name, (_, words) in EDITS.items():
        assert re.search(words, process.stdout), name
    assert "fields_missing" not in named


HOSTILE = {
    "missing": (None, "one_click.yaml is missing"),
    "empty": ("interactions: []", "one_click.yaml holds no recorded exchange"),
    "wrong types": ("interactions: [{request: 5, response: [6]}]", "one_click.yaml:1: "),
    "nested deep": ("[" * 30_000, "one_click.yaml:1: this is more than 50 levels deep"),
    "huge": ("#" * 5_000_000, "one_click.yaml: this is larger than"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_cassette_that_cannot_be_replayed_ends_the_run_in_a_sentence(
    name: str, project_copy: Path, python: Any
) -> None:
    content, words = HOSTILE[name]
    path = project_copy / "cassettes" / "one_click.yaml"
    path.unlink()
    if content:
        path.write_text(content, encoding="utf-8")
    process = python(*PYTEST, "-k", "one_click", folder=project_copy)
    assert process.returncode == 4, process.stdout + process.stderr
    (line,) = process.stderr.strip().splitlines()
    assert line.startswith(f"ERROR: {words}")
    assert path.exists() is (content is not None)


def test_an_answer_that_is_nested_deep_breaks_its_requirement_and_no_run(
    project_copy: Path, python: Any
) -> None:
    def nest(interactions: list[Any]) -> None:
        interactions[1]["response"]["body"]["string"] = '{"a":' * 700 + "1" + "}" * 700

    edit(project_copy, "status_may_change", nest)
    process = python(*PYTEST, "-k", "status_may_change", folder=project_copy)
    assert process.returncode == 1, process.stdout + process.stderr
    assert "read.json" in process.stdout
    assert "nested deeper than" in process.stdout
    assert "INTERNALERROR" not in process.stdout + process.stderr


def test_an_old_cassette_is_warned_of_when_it_is_replayed(project_copy: Path, python: Any) -> None:
    path = project_copy / "cassettes" / "one_click.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    data[HEADER]["recorded"] = "2020-02-20"
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    process = python(*PYTEST, "-k", "one_click", folder=project_copy)
    assert process.returncode == 0, process.stdout + process.stderr
    (line,) = (line for line in process.stdout.splitlines() if line.startswith("warning: "))
    age = re.fullmatch(r"warning: one_click.yaml is (\d+) days old: .*rewrite", line)
    assert age
    assert int(age[1]) > MAX_AGE_DAYS


# ------------------------------------------------------------- replays without a network


def test_without_recordings_nothing_is_replayed_and_nothing_is_asked(python: Any) -> None:
    process = python(*PYTEST, "--disable-recording")
    assert process.returncode == 4, process.stdout + process.stderr
    assert "--disable-recording leaves nothing to replay" in process.stderr
    others = python(
        "pytest", "-q", "-p", "no:cacheprovider", "--disable-recording", "-m", "not recorded",
        "tests/contract/test_life.py",
    )  # fmt: skip
    assert others.returncode == 0, others.stdout + others.stderr


def test_a_replay_can_reach_no_network() -> None:
    with serve(Service()) as server, httpx.Client(transport=replaying_transport()) as client:
        assert httpx.get(server.url, trust_env=False).status_code == 401
        with pytest.raises(httpx.ConnectError, match="a replay reaches no network"):
            client.get(server.url)


# ------------------------------------------------------------- cassettes that nobody plays

ORPHAN = "cassettes/life_with-third-value.yaml is played by no test: delete it"


@pytest.fixture
def orphaned(project_copy: Path) -> Path:
    """A copy of the project with a cassette that no test plays, and few tests."""
    cassettes = project_copy / "cassettes"
    shutil.copy(cassettes / "one_click.yaml", cassettes / "life_with-third-value.yaml")
    for path in (project_copy / "tests" / "contract").glob("test_*.py"):
        if path.name not in ("test_recordings.py", "test_keeping.py"):
            path.unlink()
    return project_copy


@pytest.mark.parametrize("options", [(), ("-k", "one_click"), ("-n", "2")], ids=str)
def test_a_cassette_that_no_test_plays_makes_the_run_red_in_a_sentence(
    options: tuple[str, ...], orphaned: Path, python: Any
) -> None:
    process = python("pytest", "-q", "-p", "no:cacheprovider", *options, folder=orphaned)
    assert process.returncode == 1, process.stdout + process.stderr
    before, _, verdict = process.stdout.rstrip().rpartition("\n")
    assert before.count(ORPHAN) == verdict.count(ORPHAN) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("tests/contract/test_recordings.py::test_one_click",),
        ("tests/contract/test_keeping.py",),
        ("--ignore=tests/contract/test_recordings.py",),
    ],
    ids=str,
)
def test_a_part_of_the_tests_says_nothing_of_other_cassettes(
    arguments: tuple[str, ...], orphaned: Path, python: Any
) -> None:
    process = python("pytest", "-q", "-p", "no:cacheprovider", *arguments, folder=orphaned)
    assert process.returncode == 0, process.stdout + process.stderr
    assert "played by no test" not in process.stdout


@pytest.mark.parametrize("options", [("-k", "one_click"), ("--deselect", "tests/contract/x")])
def test_a_selection_is_no_reason_to_call_a_cassette_an_orphan(
    options: tuple[str, ...], orphaned: Path, python: Any
) -> None:
    (orphaned / "cassettes" / "life_with-third-value.yaml").unlink()
    process = python("pytest", "-q", "-p", "no:cacheprovider", *options, folder=orphaned)
    assert process.returncode == 0, process.stdout + process.stderr
