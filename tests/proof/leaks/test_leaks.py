"""No secret leaves the process, however the suite fails: not on a screen, not in any file.

Secrets are made up afresh for each run and given as a user gives them. The suite is then made to
fail, by every kind of fault of the catalogue and by breaking the suite itself, as noisily as pytest
can, and every byte of all that was shown or written is searched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from contracts import faults
from contracts.faults import Fault
from contracts.faults.answers.leaks import WAYS
from contracts.spec.load import load
from tests.helpers.leak_harness import ROOT, Leaky
from tests.helpers.leak_runs import assert_silent, planted_secrets, run, settings_with
from tests.helpers.leak_sabotage import SABOTAGE

CONTRACT = load()
FAULTS = [entry for entry in faults.catalogue(CONTRACT).values() if entry.breaks]
VERBOSE = ("-vv", "--showlocals", "--tb=long", "--durations=0")
TRACED = ("-rA", "--debug=trace", "-olog_cli=true", "--log-level=DEBUG", "--log-file=records",
          "--setup-show", "--full-trace")  # fmt: skip
TALKATIVE = ("-s", "--hypothesis-verbosity=debug", "--hypothesis-profile=live")
ENOUGH = 0.9  # of the faults must show in the few tests that are run for each
SHARES = 4  # of the catalogue, so that several processes can take one each


def _a_few() -> list[Fault]:
    groups = groupby(FAULTS, key=lambda entry: entry.group)
    return [next(entries) for _, entries in groups][::2]


def _leaks(ways: Iterable[str] = WAYS) -> list[str]:
    """A service that shows the password in every odd way, one at each endpoint in turn."""
    known, endpoints = faults.catalogue(CONTRACT), [*CONTRACT.endpoints]
    names = [f"{endpoints[n % len(endpoints)]}-shows-{way}" for n, way in enumerate(ways)]
    assert {*names} <= known.keys()
    return names


@pytest.fixture
def secrets() -> dict[str, str]:
    return planted_secrets()


@pytest.fixture
def settings(secrets: Mapping[str, str], environment: Any) -> dict[str, str]:
    return settings_with(secrets, environment)


# ------------------------------------------------------------- services that misbehave


@pytest.mark.parametrize("share", range(SHARES))
def test_no_fault_of_the_catalogue_makes_a_secret_show(
    share: int, tmp_path: Path, secrets: dict[str, str], settings: dict[str, str]
) -> None:
    made: set[str] = set()
    unseen = []
    entries = FAULTS[share::SHARES]
    with Leaky(tmp_path, settings, *VERBOSE) as suite:
        for entry in entries:
            shown = suite.show(entry.name)
            made.update(shown.made)
            unseen += [] if shown.broken else [entry.name]
    assert len(unseen) < len(entries) * (1 - ENOUGH), unseen
    assert len(made) > len(entries) / 2, "the service made hardly any secret"
    assert_silent(tmp_path, {*secrets.values(), *made})


def test_neither_a_trace_nor_log_records_show_a_secret(
    tmp_path: Path, secrets: dict[str, str], settings: dict[str, str]
) -> None:
    made: set[str] = set()
    with Leaky(tmp_path, settings, *VERBOSE, *TRACED) as suite:
        for entry in _a_few():
            made.update(suite.show(entry.name).made)
        made.update(suite.show(*_leaks()).made)
        made.update(suite.show(_leaks()[0], sabotage="judge").made)
    written = {path.name for path in tmp_path.iterdir()}
    assert {"trace", "records", "junit.xml", "output"} <= written
    assert b"cannot judge" in (tmp_path / "trace").read_bytes()
    assert b"HTTP Request" in (tmp_path / "records").read_bytes()
    assert_silent(tmp_path, {*secrets.values(), *made})


def test_falsifying_examples_show_no_secret(
    tmp_path: Path, secrets: dict[str, str], settings: dict[str, str]
) -> None:
    with Leaky(tmp_path, settings, *VERBOSE, *TALKATIVE, drawn=True) as suite:
        made = suite.show("create-shows-password-nested").made
        made += suite.show("read-client-id-missing", sabotage="judge").made
    assert b"Failing test case" in suite.output.read_bytes()
    assert (tmp_path / ".hypothesis").exists()
    assert_silent(tmp_path, {*secrets.values(), *made})


# ------------------------------------------------------------- a suite that fails by itself


FEW = (str(ROOT / "tests/contract/test_life.py"), str(ROOT / "tests/contract/test_isolation.py"))
ONE = (*FEW, "-k", "test_a_second_deletion")
NOISES = {
    "captured": (),
    "not captured": ("-s",),
    "shown as it comes": ("--capture=tee-sys", "-olog_cli=true", "--log-file=records"),
    "in a worker": ("-n1", "-s"),
}


@pytest.mark.parametrize("noise", NOISES)
def test_what_a_broken_suite_says_shows_no_secret(
    noise: str, tmp_path: Path, secrets: dict[str, str], settings: dict[str, str]
) -> None:
    options = (*VERBOSE, *NOISES[noise], "-Wdefault", *FEW)
    done = run(tmp_path, settings, *options, **{SABOTAGE: "call"})
    assert done.returncode == 1, done.stdout.decode()
    assert b"RuntimeError" in done.stdout
    assert_silent(tmp_path, secrets.values())


MOMENTS = {
    "collect": 2,
    "setup teardown": 1,
    "internal": 3,
    "interrupt": 2,
    "exit": 2,
    "usage": 4,
    "configure": 3,
    "unconfigure": 1,
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_suite_that_breaks_at_any_moment_shows_no_secret(
    moment: str, tmp_path: Path, secrets: dict[str, str], settings: dict[str, str]
) -> None:
    done = run(tmp_path, settings, *VERBOSE, "--full-trace", *ONE, **{SABOTAGE: moment})
    assert done.returncode == MOMENTS[moment], done.stdout.decode() + done.stderr.decode()
    assert b"***" in done.stdout + done.stderr, "nothing was shown that had to be masked"
    assert_silent(tmp_path, secrets.values())


def test_an_internal_error_in_a_worker_shows_no_secret(
    tmp_path: Path, secrets: dict[str, str], settings: dict[str, str]
) -> None:
    done = run(tmp_path, settings, *VERBOSE, "-n1", *ONE, **{SABOTAGE: "internal"})
    assert done.returncode == 3, done.stdout.decode()
    assert b"***" in done.stdout + done.stderr
    assert_silent(tmp_path, secrets.values())
