"""The proof: each fault is noticed, by the requirement that it breaks and no unrelated one; and no
lawful variant is accused.

A fault is run against the tests that can notice it (see `proof_harness`), a sample of them against
the whole suite.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from contracts.faults import FAULT, Fault, behaviours, catalogue
from contracts.faults.variants.conforming import COMBINATIONS
from contracts.spec.load import load
from tests.helpers.proof_harness import FULL, PLAIN, ROOT, Proof, Prover

CONTRACT = load()
CATALOGUE = catalogue(CONTRACT)
FAULTS = [entry for entry in CATALOGUE.values() if entry.kind == FAULT]
LAWFUL = [entry for entry in CATALOGUE.values() if entry.kind != FAULT]
# Lawful variants that look at what is sent meet every body that the suite can send.
CHOOSY = ("lawful-refuses-", "lawful-coerces-", "lawful-errors-", "lawful-refresh-")
COMBINED = {f"lawful-{name}" for name in COMBINATIONS}


def _entries(entries: list[Fault]) -> list[Any]:
    """Parameters for tests, by their names."""
    return [pytest.param(entry, id=entry.name) for entry in entries]


def _sample() -> list[Fault]:
    """The middle fault of each group."""
    groups: dict[str, list[Fault]] = {}
    for entry in FAULTS:
        groups.setdefault(entry.group, []).append(entry)
    return [entries[len(entries) // 2] for entries in groups.values()]


@pytest.fixture(scope="session")
def prover() -> Iterator[Prover]:
    """One process for all behaviours that this worker proves."""
    with Prover() as prover:
        yield prover


@pytest.fixture(scope="session")
def whole() -> Iterator[Prover]:
    """The same with the tests that draw their cases, of which they draw few."""
    with Prover(drawn=True, options=["--hypothesis-profile=live"]) as prover:
        yield prover


def _check_noticed(entry: Fault, proof: Proof) -> None:
    assert entry.breaks in proof.broken, proof
    assert set(proof.broken) <= {entry.breaks, *entry.also}, proof.actual
    assert proof.status == 1, proof


# ------------------------------------------------------------- the proof


@pytest.mark.parametrize("entry", _entries(FAULTS))
def test_a_fault_is_noticed(prover: Prover, entry: Fault) -> None:
    # What is documented must fail the run without --strict, what is advice with it.
    _check_noticed(entry, prover.prove(entry.name, strict=entry.level == "advisory"))


@pytest.mark.parametrize("entry", _entries(LAWFUL))
def test_a_lawful_variant_is_passed(prover: Prover, entry: Fault) -> None:
    scope = FULL if entry.name.startswith(CHOOSY) or entry.name in COMBINED else PLAIN
    proof = prover.prove(entry.name, scope=scope)
    assert proof.broken == [], proof.actual
    assert proof.failed == []
    assert proof.status == 0


@pytest.mark.parametrize("entry", _entries(_sample()))
def test_a_fault_is_noticed_by_the_whole_suite_too(whole: Prover, entry: Fault) -> None:
    _check_noticed(entry, whole.prove(entry.name, scope=FULL))


@pytest.mark.parametrize("name", sorted(COMBINED)[::3])
def test_lawful_variants_together_are_passed_by_the_whole_suite_too(
    whole: Prover, name: str
) -> None:
    proof = whole.prove(name, scope=FULL)
    assert proof.broken == [], proof.actual
    assert proof.failed == []
    assert proof.status == 0


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (["read-client-id-missing"], 1),
        (["events-listed-twice"], 0),
        (["lawful-charset", "lawful-delete-200"], 0),
        (["no-such-fault"], 4),
    ],
    ids=["documented", "advisory", "lawful", "unknown"],
)
def test_the_command_line_behaves_likewise(names: list[str], status: int) -> None:
    options = [f"--behave={name}" for name in names]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "tests/contract/test_answers.py",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [*command, *options], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == status, done.stdout
    assert "Traceback" not in done.stderr


# ------------------------------------------------------------- the catalogue


def test_the_catalogue_is_as_large_as_was_promised() -> None:
    assert len(FAULTS) >= 120
    assert len(LAWFUL) >= 30


def test_every_requirement_has_a_fault_that_breaks_it() -> None:
    broken = {entry.breaks for entry in FAULTS}
    assert [name for name in CONTRACT.requirements if name not in broken] == []


def test_what_goes_red_with_a_fault_is_known_and_has_a_reason() -> None:
    for entry in FAULTS:
        assert {*entry.also} <= CONTRACT.requirements.keys(), entry.name
        assert entry.because or not entry.also, entry.name
        assert entry.breaks not in entry.also, entry.name


def test_behaviours_are_made_afresh() -> None:
    name = FAULTS[0].name
    first, second = (behaviours([name], CONTRACT) for _ in range(2))
    assert len(first) == len(second) == 1
    assert first[0] is not second[0]


@pytest.mark.parametrize(
    ("name", "near"),
    [("read-truncatd", "read-truncated"), ("lawful-gzp", "lawful-gzip"), ("???", "")],
)
def test_an_unknown_name_is_answered_with_those_near_it(name: str, near: str) -> None:
    with pytest.raises(ValueError, match="there is no fault or lawful variant") as caught:
        behaviours([name], CONTRACT)
    assert near in str(caught.value)
    assert "\n" not in str(caught.value)
