"""How runs are started: selected, shuffled, repeated, in parallel; and how they end."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from contracts.session.folders import ROOT

NO_CACHE = ("-p", "no:cacheprovider")
QUICK = ("-q", "--hypothesis-profile=live")
FAULT = "--behave=read-truncated"
# An id is made of requirements' ids and of words: no address, nothing that is drawn.
IDS = re.compile(r"tests/contract/test_\w+\.py::test_\w+(\[[a-zA-Z0-9_.*-]+\])?")
SHUFFLED = """
import random

def pytest_collection_modifyitems(items):
    random.Random(20).shuffle(items)
"""
FAILS_INSIDE = "def pytest_runtest_logstart():\n    raise RuntimeError('inside')\n"


def shown(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


def failed(done: subprocess.CompletedProcess[str]) -> list[str]:
    return sorted(re.findall(r"^FAILED (\S+)", done.stdout, re.MULTILINE))


def test_ids_are_the_same_in_each_run_and_name_no_address(python: Any) -> None:
    listed = [python("pytest", "--collect-only", "-q", *NO_CACHE).stdout for _ in range(2)]
    ids = [line for line in listed[0].splitlines() if "::" in line]
    assert len(ids) == len(set(ids)) > 100
    assert [line for line in ids if not IDS.fullmatch(line)] == []
    assert [line for line in listed[1].splitlines() if "::" in line] == ids


def test_the_order_of_the_tests_does_not_matter(python: Any, tmp_path: Path) -> None:
    (tmp_path / "shuffled.py").write_text(SHUFFLED, encoding="utf-8")
    path = {"PYTHONPATH": str(tmp_path)}
    done = python("pytest", *QUICK, *NO_CACHE, "-p", "shuffled", env=path)
    assert done.returncode == 0, shown(done)


def test_two_processes_find_what_one_finds(python: Any) -> None:
    done = python("pytest", *QUICK, *NO_CACHE, "-n", "2")
    assert done.returncode == 0, shown(done)
    few = (*QUICK, *NO_CACHE, "-k", "test_answers and read", FAULT)
    alone, together = python("pytest", *few), python("pytest", *few, "-n", "2")
    assert alone.returncode == together.returncode == 1, shown(together)
    assert broken(alone) == broken(together)
    assert "read.json" in broken(alone)


def broken(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The requirements that failures are headed with."""
    return sorted(set(re.findall(r"^(\S+) \(documented\)$", done.stdout, re.MULTILINE)))


def test_the_last_failures_can_be_run_again(python: Any, tmp_path: Path) -> None:
    cached = ("-q", "-o", f"cache_dir={tmp_path / 'cache'}", FAULT)
    first = python("pytest", *cached, "-k", "test_answers and read or nothing_there")
    assert first.returncode == 1, shown(first)
    again = python("pytest", *cached, "--lf")
    assert again.returncode == 1, shown(again)
    assert failed(again) == failed(first) != []
    assert " passed" not in again.stdout


def test_a_run_can_end_with_the_first_failure(python: Any) -> None:
    done = python("pytest", "-q", "-x", FAULT, *NO_CACHE)
    assert done.returncode == 1, shown(done)
    assert len(failed(done)) == 1
    assert "stopping after 1 failures" in done.stdout


def test_a_seed_repeats_a_run(python: Any) -> None:
    options = (*QUICK, *NO_CACHE, "--hypothesis-seed=7", "-k", "properties", FAULT)
    one, other = (exchanges(python("pytest", *options)) for _ in range(2))
    assert one == other
    assert len(one) > 0


@pytest.mark.parametrize("pipeline", ["", "true"], ids=["at-a-desk", "in-a-pipeline"])
def test_an_example_that_failed_is_kept_and_tried_first(
    python: Any, tmp_path: Path, pipeline: str
) -> None:
    kept = {"HYPOTHESIS_STORAGE_DIRECTORY": str(tmp_path), "CI": pipeline}
    # Not the first text that is drawn shows this fault, and the smallest is searched for long.
    options = ("-q", *NO_CACHE, "-k", "test_any_text", "--behave=create-text-mojibake")
    first, second = (python("pytest", *options, env=kept) for _ in range(2))
    assert first.returncode == second.returncode == 1, shown(second)
    assert any(path.is_file() for path in (tmp_path / "examples").rglob("*"))
    counts = [
        int(re.findall(r"^(\d+) judged", done.stdout, re.MULTILINE)[0]) for done in (first, second)
    ]
    assert 0 < counts[1] < counts[0] / 10


def exchanges(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What is said of the exchanges, without what is drawn for each run: ids and times."""
    counts = r"^(?:read|create|delete|events|one-click) .*|^\d+ judged exchanges"
    return re.findall(counts, done.stdout, re.MULTILINE)


def test_junit_is_readable_and_names_each_test(python: Any, tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    done = python(
        "pytest", *QUICK, *NO_CACHE, "-k", "test_answers and read", FAULT, f"--junit-xml={path}"
    )
    assert done.returncode == 1, shown(done)
    (suite,) = ElementTree.parse(path).getroot().iter("testsuite")
    cases = list(suite.iter("testcase"))
    assert len(cases) == int(suite.get("tests", 0))
    assert {case.get("classname") for case in cases} == {"tests.contract.test_answers"}
    failures = [case for case in cases if case.find("failure") is not None]
    assert len(failures) == int(suite.get("failures", 0)) == len(failed(done)) > 0


@pytest.mark.parametrize(
    ("status", "options"),
    [
        (0, ("-k", "nothing_there")),
        (1, ("-k", "test_answers and read", FAULT)),
        (4, ("--behave", "no-such-fault")),
        (5, ("-k", "no_such_test")),
    ],
    ids=["holds", "broken", "unusable", "nothing-selected"],
)
def test_the_exit_status_says_how_it_went(
    status: int, options: tuple[str, ...], python: Any
) -> None:
    done = python("pytest", *QUICK, *NO_CACHE, *options)
    assert done.returncode == status, shown(done)
    assert f"| {status} |" in (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")


def test_an_error_of_a_plugin_is_no_verdict(python: Any, tmp_path: Path) -> None:
    (tmp_path / "fails_inside.py").write_text(FAILS_INSIDE, encoding="utf-8")
    path = {"PYTHONPATH": str(tmp_path)}
    done = python("pytest", *QUICK, *NO_CACHE, "-p", "fails_inside", env=path)
    assert done.returncode == 3, shown(done)


SWALLOWS = """
import contextlib, os, signal

def pytest_runtest_logstart(nodeid):
    if "test_answers" in nodeid:
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
"""


def test_a_signal_that_something_swallows_ends_the_run(python: Any, tmp_path: Path) -> None:
    (tmp_path / "swallows.py").write_text(SWALLOWS, encoding="utf-8")
    done = python("pytest", *QUICK, *NO_CACHE, "-p", "swallows", "tests/contract/test_answers.py",
                  env={"PYTHONPATH": str(tmp_path)})  # fmt: skip
    assert done.returncode == 2, shown(done)
    assert done.stdout.splitlines()[-1].startswith("interrupted: ")


def test_a_run_that_is_interrupted_says_so(environment: Any) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", "-v", *NO_CACHE],
        cwd=ROOT,
        env=environment({"PYTHONUNBUFFERED": "1"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        next(line for line in process.stdout if "PASSED" in line)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        process.stdout.read()
    assert process.returncode == 2


@pytest.mark.parametrize("plugin", ["base_url", "playwright"])
def test_a_plugin_with_the_same_option_is_left_out(
    python: Any, tmp_path: Path, plugin: str
) -> None:
    (tmp_path / "same_option.py").write_text(
        'def pytest_addoption(parser):\n    parser.addoption("--base-url")\n'
    )
    described = tmp_path / "same_option-1.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: same-option\nVersion: 1\n")
    (described / "entry_points.txt").write_text(f"[pytest11]\n{plugin} = same_option\n")
    done = python(
        "pytest", *NO_CACHE, "-q", "-k", "nothing_there", env={"PYTHONPATH": str(tmp_path)}
    )
    assert done.returncode == 0, shown(done)


def test_ids_of_tests_are_the_same_in_every_collection(python: Any) -> None:
    collected = []
    for seed in "12":  # of hashes, which order sets; some time passes in between, too
        done = python(
            "pytest", "tests", "--collect-only", "-q", *NO_CACHE, env={"PYTHONHASHSEED": seed}
        )
        assert done.returncode == 0, shown(done)
        collected.append([line for line in done.stdout.splitlines() if "::" in line])
    assert len(collected[0]) > 1000
    assert collected[0] == collected[1]
