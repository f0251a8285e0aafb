"""`panorama-contracts` from any folder, whatever lies there."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from contracts.cli.anywhere import SUBCOMMANDS
from contracts.session.folders import ROOT

FEW = ("-q", "-k", "nothing_there")
Command = Callable[..., CompletedProcess[str]]


@pytest.fixture
def command(environment: Any, tmp_path: Path) -> Command:
    """Runs `panorama-contracts` in a folder until it ends."""
    code = "import sys; from contracts.cli.anywhere import main; sys.exit(main())"

    def command(*arguments: str, folder: Path = tmp_path, **env: str) -> CompletedProcess[str]:
        # Without the current folder in front of sys.path, as an installed script is started.
        return subprocess.run(
            [sys.executable, "-P", "-c", code, *arguments],
            cwd=folder,
            env=environment({"PYTHONPATH": str(ROOT), **env}),
            capture_output=True,
            text=True,
            timeout=120,
        )

    return command


def shown(done: CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


def test_all_tests_are_found_from_an_empty_folder_and_named_as_in_the_checkout(
    command: Command, python: Any
) -> None:
    done, usual = (run("--collect-only", "-q") for run in (command, pytest_of(python)))
    assert done.returncode == usual.returncode == 0, shown(done)
    tests = [line for line in usual.stdout.splitlines() if "::" in line]
    assert len(tests) > 100
    assert [line for line in done.stdout.splitlines() if "::" in line] == tests


def pytest_of(python: Any) -> Command:
    return lambda *arguments: python("pytest", *arguments)


def test_the_subcommands_are_those_of_the_module(python: Any) -> None:
    usage = python("contracts", "--help").stdout
    listed = re.findall(r"(?m)^    ([a-z]+) ", usage)
    assert sorted(SUBCOMMANDS) == sorted(listed)


def test_a_subcommand_and_run_are_taken(command: Command) -> None:
    faults = command("faults", "delete-removes-nothing")
    assert (faults.returncode, faults.stderr) == (0, "")
    assert "delete-removes-nothing: " in faults.stdout
    wrong = command("report", "nothing-there.json")
    assert (wrong.returncode, wrong.stderr.startswith("error: ")) == (4, True)
    assert command("run", *FEW).returncode == command(*FEW).returncode


def test_caches_are_kept_in_the_current_folder(command: Command, tmp_path: Path) -> None:
    assert command(*FEW).returncode == 0
    assert (tmp_path / ".pytest_cache").is_dir()
    assert {path.name for path in tmp_path.iterdir()} <= {".hypothesis", ".pytest_cache"}


def test_nothing_in_the_current_folder_takes_part(command: Command, tmp_path: Path) -> None:
    for folder in ("tests", "contracts", "out"):
        (tmp_path / folder).mkdir()
    for name in ("conftest.py", "out/conftest.py", "tests/conftest.py", "contracts/__init__.py"):
        (tmp_path / name).write_text("raise RuntimeError('in the way')\n", encoding="utf-8")
    (tmp_path / "tests/test_nothing_there.py").write_text("def test_it(): assert 0\n", "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --nonsense\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[tool.pytest", encoding="utf-8")
    # A folder that exists could be taken for a place with tests while options are not yet known.
    done = command(*FEW, "--junit-xml", "out/junit.xml", "--base-url", "out")
    assert done.returncode == 4, shown(done)
    assert done.stderr.startswith("ERROR: --base-url must be")
    done = command(*FEW, "--junit-xml", "out/junit.xml")
    assert done.returncode == 0, shown(done)
    assert "in the way" not in shown(done)
    assert (tmp_path / "out/junit.xml").is_file()


def test_a_test_is_named_as_it_was_shown(command: Command) -> None:
    done = command("-v", "tests/contract/test_recordings.py::test_one_click")
    assert done.returncode == 0, shown(done)
    assert "\ntests/contract/test_recordings.py::test_one_click PASSED" in done.stdout


def test_it_works_without_a_cache_too(command: Command, tmp_path: Path) -> None:
    done = command(*FEW, "-p", "no:cacheprovider")
    assert done.returncode == 0, shown(done)
    assert not (tmp_path / ".pytest_cache").exists()


def test_what_is_written_in_the_end_is_written_to_the_current_folder(
    command: Command, tmp_path: Path
) -> None:
    done = command(*FEW, "--report-dir=out")
    assert done.returncode == 0, shown(done)
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"report.json", "junit.xml"}
    assert not (ROOT / "out").exists()


def test_workers_find_the_suite_too(command: Command) -> None:
    done = command("-q", "-n", "2", "tests/contract/test_recordings.py::test_one_click")
    assert done.returncode == 0, shown(done)
    assert "1 passed" in done.stdout


# Not even root can write there.
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder that nobody can write")
def test_a_folder_that_cannot_be_written_is_good_enough(command: Command) -> None:
    before = set(Path(tempfile.gettempdir()).glob("tmp*/.pytest_cache"))
    done = command(*FEW, folder=Path("/proc"))
    assert done.returncode == 0, shown(done)
    assert "1 passed" in done.stdout
    assert set(Path(tempfile.gettempdir()).glob("tmp*/.pytest_cache")) == before


def test_help_starts_with_what_the_command_is_for(command: Command) -> None:
    done = command("--help")
    assert done.returncode == 0
    intro, usage, _, own, *_ = done.stdout.replace("\n\n", "\0", 1).split("\n\n")
    assert "Exit status: 0 all holds" in intro
    assert usage.startswith("usage: panorama-contracts [options]")
    assert own.startswith("panorama-contracts:\n  --contract=CONTRACT")


@pytest.mark.parametrize(
    ("arguments", "status", "word"),
    [
        (("-k", "no-such-test"), 5, "deselected"),
        (("tests/contract/no_such_file.py",), 4, "not found"),
        (("--no-such-option",), 4, "panorama-contracts: error: unrecognized arguments"),
        (("--base-url", "http://127.0.0.1:9", "-q"), 4, "LEAF_TOKEN"),
    ],
    ids=["nothing-selected", "no-such-file", "no-such-option", "no-token"],
)
def test_the_exit_status_is_that_of_pytest(
    arguments: tuple[str, ...], status: int, word: str, command: Command
) -> None:
    done = command(*arguments)
    assert done.returncode == status, shown(done)
    assert word in shown(done)
    assert "Traceback" not in shown(done)


def test_a_reader_that_goes_away_is_no_reason_for_a_traceback(
    environment: Any, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "contracts.cli.anywhere", "--help"],
        cwd=tmp_path,
        env=environment({"PYTHONPATH": str(ROOT)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()
