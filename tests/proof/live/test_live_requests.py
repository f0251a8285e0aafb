"""A live run sends fewer requests than was promised, whatever the service does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helpers.live_prover import LiveProver

PROMISED = 250
# Those that cost the most; a request that a busy service puts off is repeated, and counts twice.
LAWFUL = ("create-on-existing-409", "refuses-non-ascii", "no-content-without-events", "frugal")


@pytest.fixture(scope="module")
def prover() -> Iterator[LiveProver]:
    with LiveProver() as prover:
        yield prover


@pytest.mark.parametrize("name", [f"lawful-{name}" for name in LAWFUL])
def test_a_lawful_service_is_not_asked_for_more(prover: LiveProver, name: str) -> None:
    proof = prover.prove(name)
    assert (proof.status, proof.broken) == (0, [])
    assert 100 < proof.requests < PROMISED


@pytest.mark.parametrize("name", ["delete-removes-nothing", "delete-soft"])
def test_what_cannot_be_deleted_is_not_deleted_over_and_over(prover: LiveProver, name: str) -> None:
    proof = prover.prove(name)
    assert "delete.removes" in proof.broken
    assert proof.requests < PROMISED
