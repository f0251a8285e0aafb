"""What a live run, which asks little, makes of behaviours that only many requests tell apart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contracts.faults import catalogue
from contracts.spec.load import load
from tests.helpers.live_prover import LiveProver

CATALOGUE = catalogue(load())


@pytest.fixture(scope="module")
def prover() -> Iterator[LiveProver]:
    with LiveProver() as prover:
        yield prover


@pytest.mark.parametrize("name", ["create-non-ascii-500", "one-click-non-ascii-500"])
def test_the_field_that_a_service_fails_at_is_told_from_the_others(
    prover: LiveProver, name: str
) -> None:
    breaks = CATALOGUE[name].breaks
    assert breaks is not None
    proof = prover.prove(name)
    kin = breaks.rpartition(".")[0]
    assert [found for found in proof.broken if found.startswith(kin)] == [breaks], proof.actual


def test_what_is_deleted_later_is_waited_for_in_the_end_too(prover: LiveProver) -> None:
    proof = prover.prove("lawful-delete-later")
    assert (proof.status, proof.broken) == (0, [])
