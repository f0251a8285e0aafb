"""A service that checks credentials with the provider is lawful: live runs, with what it knows.

The real values are made up for each test, and only the service and the run's environment have them.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

import pytest

from contracts.faults.entry import sent
from contracts.leaf_user.request_bodies import environment_name
from contracts.service.hooks import Behaviour, Call, Refusal, Stop
from contracts.spec.load import load
from tests.helpers.live_prover import LiveProver

CONTRACT = load()
TAKING = {name: known.takes for name, known in CONTRACT.endpoints.items() if known.takes}
(HANDSHAKE,) = (name for name in TAKING if CONTRACT.endpoints[name].handshake)
(CREATE,) = TAKING.keys() - {HANDSHAKE}
FIELDS = list(TAKING[CREATE].fields)
ONLY_THERE = list(TAKING[HANDSHAKE].fields.keys() - TAKING[CREATE].fields.keys())

PROMISED = 250  # requests of a whole live run


class ProviderCheck(Behaviour):
    """Refuses bodies in which one of these fields has another value than the real one."""

    def __init__(
        self, real: Mapping[str, str], status: int, fields: Collection[str], *endpoints: str
    ) -> None:
        self.taken: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._real, self._status = real, status
        self._fields, self._endpoints = fields, endpoints

    def accept(self, call: Call, refusals: list[Refusal]) -> list[Refusal]:
        body = sent(call)
        checked = TAKING[call.endpoint].fields.keys() & self._fields
        if call.endpoint in self._endpoints and any(
            body.get(name) != self._real[name] for name in checked
        ):
            self.refused[call.endpoint] += 1
            raise Stop(call.service.problem(call, self._status))
        if not refusals:
            self.taken[call.endpoint] += 1
        return refusals


@pytest.fixture(scope="module")
def real() -> dict[str, str]:
    """Values that the provider knows, for every field that can be sent."""
    values = {name: f"real-{name}-{secrets.token_hex(6)}" for name in CONTRACT.sendable_fields}
    for form in TAKING.values():
        for name, choices in form.choices.items():
            values[name] = secrets.choice(choices)
    return values


def environment(real: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    return {environment_name(name): real[name] for name in names}


@pytest.fixture(scope="module")
def knowing_all(real: dict[str, str]) -> Iterator[LiveProver]:
    """Runs that know every real value."""
    with LiveProver(environment(real, [*FIELDS, *ONLY_THERE])) as prover:
        yield prover


@pytest.fixture(scope="module")
def knowing_credentials(real: dict[str, str]) -> Iterator[LiveProver]:
    """Runs that know what `create` takes, and not what only the handshake does."""
    with LiveProver(environment(real, FIELDS)) as prover:
        yield prover


def check_passed(prover: LiveProver, check: ProviderCheck) -> None:
    proof = prover.prove(more=[check])
    assert proof.broken == [], proof.actual
    assert proof.failed == []
    assert proof.status == 0
    assert proof.requests < PROMISED
    assert check.taken[CREATE]
    assert check.refused[CREATE]


@pytest.mark.parametrize("status", [400, 422])
def test_a_service_that_takes_only_what_the_provider_knows_is_passed(
    knowing_all: LiveProver, real: dict[str, str], status: int
) -> None:
    check = ProviderCheck(real, status, real.keys(), *TAKING)
    check_passed(knowing_all, check)
    assert check.taken[HANDSHAKE]
    assert check.refused[HANDSHAKE]


def test_a_handshake_that_cannot_succeed_is_no_failure(
    knowing_credentials: LiveProver, real: dict[str, str]
) -> None:
    check = ProviderCheck(real, 400, real.keys(), *TAKING)
    check_passed(knowing_credentials, check)
    assert not check.taken[HANDSHAKE]
    assert check.refused[HANDSHAKE]


@pytest.mark.parametrize("field", FIELDS)
def test_a_service_that_checks_one_field_is_passed(
    knowing_credentials: LiveProver, real: dict[str, str], field: str
) -> None:
    check_passed(knowing_credentials, ProviderCheck(real, 400, [field], CREATE))


@pytest.mark.parametrize("field", ONLY_THERE)
def test_a_handshake_that_checks_only_what_nothing_else_takes_is_passed(
    knowing_all: LiveProver, knowing_credentials: LiveProver, real: dict[str, str], field: str
) -> None:
    for prover in (knowing_all, knowing_credentials):
        check = ProviderCheck(real, 403, [field], HANDSHAKE)
        assert prover.prove(more=[check]).status == 0
        assert check.refused[HANDSHAKE]


def test_a_fault_is_noticed_behind_the_check_too(
    knowing_all: LiveProver, real: dict[str, str]
) -> None:
    check = ProviderCheck(real, 400, real.keys(), *TAKING)
    proof = knowing_all.prove("delete-removes-nothing", more=[check])
    assert proof.status == 1
    assert "delete.removes" in proof.broken
