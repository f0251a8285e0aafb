"""`python -m contracts …`: what it does, and what it says when it cannot."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import httpx
import pytest

from contracts.__main__ import main
from contracts.cli import schema_files
from contracts.service.app import DEFAULT_TOKEN, Service
from contracts.service.http_server import serve
from contracts.service.store import known_leaf_users
from contracts.spec.load import load
from tests.helpers.serving_helpers import serving

CONTRACT = load()
ROOT = Path(__file__).parents[3]
FIRST, _ = known_leaf_users(CONTRACT)
PATIENCE = 20  # seconds


def status(url: str, token: str) -> int:
    path = CONTRACT.endpoints["read"].path.replace("{leafUserId}", FIRST)
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(url + path, headers=headers, timeout=PATIENCE).status_code


@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_serve_says_when_it_is_ready_and_stops_when_it_is_told(
    way: signal.Signals, environment: Any
) -> None:
    with serving(environment()) as running:
        process, url = running.process, running.url
        assert url.endswith("/services/usermanagement/api")
        assert status(url, DEFAULT_TOKEN) == 404
        assert status(url, "another") == 401
        process.send_signal(way)
        rest, complaints = process.communicate(timeout=PATIENCE)
        assert (process.returncode, rest) == (0, "")
        # The access log, and nothing else.
        assert [line.split()[2] for line in complaints.splitlines()] == ["404", "401"]


def test_serve_takes_the_token_of_the_environment(environment: Any) -> None:
    with serving(environment({"LEAF_TOKEN": "a-token-of-mine"})) as running:
        assert status(running.url, "a-token-of-mine") == 404
        assert status(running.url, DEFAULT_TOKEN) == 401


def test_serve_stops_although_a_connection_is_open(environment: Any) -> None:
    with serving(environment()) as running:
        process, url = running.process, running.url
        port = httpx.URL(url).port
        with socket.create_connection(("127.0.0.1", port or 0)):
            time.sleep(0.1)
            process.terminate()
            process.wait(timeout=PATIENCE)
        assert process.returncode == 0


def unusable(process: CompletedProcess[str], *words: str) -> None:
    """Exit status 4 and one plain sentence, without a traceback."""
    assert process.returncode == 4, process.stdout + process.stderr
    (line,) = process.stderr.splitlines()
    assert line.startswith("error: ")
    for word in words:
        assert word in line
    assert process.stdout == ""


def test_a_port_that_is_taken_is_named(python: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        unusable(python("contracts", "serve", "--port", port), f"127.0.0.1:{port}", "cannot listen")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["nonsense"], "nonsense"),
        ([], "COMMAND"),
        (["serve", "--port", "many"], "many"),
        (["serve", "--nonsense"], "--nonsense"),
        (["schemas", "--to"], "--to"),
        (["serve", "--behave", "nonsense"], "'nonsense'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_that_makes_no_sense_ends_with_the_status_for_it(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = main(arguments)
    except SystemExit as end:
        status = int(end.code or 0)
    assert status == 4
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith("error: ")
    assert word in line


@pytest.mark.parametrize(
    ("option", "value"), [("--port", "-1"), ("--host", "203.0.113.1"), ("--host", "no host")]
)
def test_an_address_that_does_not_exist_is_named(option: str, value: str, python: Any) -> None:
    process = python("contracts", "serve", "--port", "0", option, value)
    unusable(process, "cannot listen on", value)


@pytest.mark.parametrize("port", [65536, 65536 * 2])
def test_a_port_beyond_the_last_one_is_not_served(port: int) -> None:
    with pytest.raises((OSError, OverflowError, ValueError)):
        serve(Service(CONTRACT), port=port).close()


def test_an_unknown_command_has_the_same_status_in_a_process_of_its_own(python: Any) -> None:
    unusable(python("contracts", "nonsense"), "nonsense")


def test_schemas_are_written_where_one_wants_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "deep" / "schemas"
    assert main(["schemas", "--to", str(folder)]) == 0
    assert schema_files.stale(CONTRACT, folder) == []
    written = sorted(path.name for path in folder.iterdir())
    assert written == sorted(path.name for path in schema_files.SCHEMAS.glob("*.json"))
    assert sorted(Path(line).name for line in capsys.readouterr().out.splitlines()) == written


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert main(["schemas", "--to", str(tmp_path / "file")]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: cannot write the schemas: ")


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["schemas", "--help"]])
def test_help_is_no_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 0
    assert "python -m contracts" in capsys.readouterr().out


def test_faults_are_listed_by_name_and_can_be_used(
    capsys: pytest.CaptureFixture[str], environment: Any
) -> None:
    assert main(["faults"]) == 0
    names = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert len(names) > 10
    assert len(set(names)) == len(names)
    with serving(environment(), "--behave", names[0]) as running:
        assert status(running.url, "another") == 401


def test_faults_can_be_looked_for_by_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["faults", "--contract", "lindsay", "delete-removes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all("delete-removes" in line for line in lines)
    assert main(["faults", "no-such-word"]) == 4
    assert "no fault and no variant has 'no-such-word'" in capsys.readouterr().err


def test_no_command_needs_a_setting_of_this_machine(environment: Any) -> None:
    assert "LEAF_TOKEN" not in environment()
    assert os.environ.get("PYTHONPATH", "") == environment().get("PYTHONPATH", "")


def test_a_reader_that_has_seen_enough_is_no_reason_for_a_traceback(environment: Any) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "contracts", "faults"],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline()
    process.stdout.close()
    _, words = process.communicate(timeout=60)
    assert words == ""
    assert process.returncode == 141
