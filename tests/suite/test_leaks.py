"""No secret leaves the process, however the suite fails: not on a screen, not in any file.

Secrets are made up afresh for each run and given as a user gives them. The suite is then made to
fail, by every kind of fault of the catalogue and by breaking the suite itself, as noisily as pytest
can, and every byte of all that was shown or written is searched.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from contracts import faults
from contracts.bodies import environment_name
from contracts.contract import load
from contracts.faults import Fault
from contracts.faults.leaks import WAYS
from tests.suite.leak_harness import ROOT, Leaky, command
from tests.suite.leak_sabotage import PLANTED, SABOTAGE
from tests.suite.leak_search import Search, planted, shortly

CONTRACT = load()
FAULTS = [entry for entry in faults.catalogue(CONTRACT).values() if entry.breaks]
# Groups that are made by rule, of whose members one is like the other.
BY_RULE = {"form", "field", "timestamp", "instant", "enum", "status", "text", "authorization",
           "bad input"}  # fmt: skip
EVERY = 30  # of them is tried
VERBOSE = ("-vv", "--showlocals", "--tb=long", "--durations=0")
TRACED = ("-rA", "--debug=trace", "-olog_cli=true", "--log-level=DEBUG", "--log-file=records",
          "--setup-show", "--full-trace")  # fmt: skip
TALKATIVE = ("-s", "--hypothesis-verbosity=debug", "--hypothesis-profile=live")
ENOUGH = 0.9  # of the faults must show in the few tests that are run for each
PATIENCE = 120  # seconds


def _sample() -> list[Fault]:
    """All faults about secrets, a ninth of those thought of one by one, a few of those by rule."""
    share = {"secrets": 1, **dict.fromkeys(BY_RULE, EVERY)}
    groups = groupby(FAULTS, key=lambda entry: entry.group)
    return [entry for name, entries in groups for entry in [*entries][:: share.get(name, 9)]]


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
    """A fresh secret for each variable that may hold one."""
    fields = sorted(CONTRACT.sendable_fields & CONTRACT.secret_fields)
    return {
        # What a header can carry, and what only a body can.
        "LEAF_TOKEN": planted("token").encode("ascii", "ignore").decode().replace(" ", ""),
        **{environment_name(name): planted(name) for name in fields},
    }


@pytest.fixture
def settings(secrets: Mapping[str, str], environment: Any) -> dict[str, str]:
    """The environment of a run that is given these secrets, and all that belongs to them."""
    forms = (e.takes for e in CONTRACT.endpoints.values() if e.takes)
    plain = {
        environment_name(name): (*form.choices.get(name, ()), f"own-{name}-of-acme")[0]
        for form in forms
        for name in form.fields
    }
    found: dict[str, str] = environment({**plain, **secrets, PLANTED: " ".join(secrets)})
    return found


def assert_silent(folder: Path, known: Iterable[str]) -> None:
    """No secret stands in any file below a folder."""
    found = Search(known).found_below(folder)
    places = {
        name: [shortly((folder / name).read_bytes(), secret) for secret in hits]
        for name, hits in found.items()
    }
    assert not places, places


# ------------------------------------------------------------- services that misbehave


def test_no_fault_of_the_catalogue_makes_a_secret_show(
    tmp_path: Path, secrets: dict[str, str], settings: dict[str, str]
) -> None:
    made: set[str] = set()
    unseen = []
    entries = _sample()
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


def run(
    folder: Path, settings: Mapping[str, str], *options: str, **env: str
) -> subprocess.CompletedProcess[bytes]:
    """A run of the suite on the embedded service, whose output is kept with what it writes."""
    done = subprocess.run(
        [*command(folder, "-p", "tests.suite.leak_sabotage", *options)],
        cwd=folder,
        env={**settings, "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        timeout=PATIENCE,
    )
    (folder / "stdout").write_bytes(done.stdout)
    (folder / "stderr").write_bytes(done.stderr)
    return done


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
