"""The suite on services that share no code with it: `make services`.

Each runs as a process on a loopback port, and the suite runs on it as a user would run it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.services.cases import Mistake, Variant, mistakes
from tests.services.running import HERE, SERVICES, Outcome, Service, run_suite, served

MOST_REQUESTS = 250


def started(name: str, gateway: str = "") -> Service:
    service = SERVICES[name]
    missing = service.missing() or (Service("nginx", (), ("nginx",)).missing() if gateway else None)
    if missing:
        pytest.skip(missing)
    return service


def told(outcome: Outcome) -> str:
    return f"exit status {outcome.status}\n{outcome.output[-4000:]}"


def test_a_conforming_service_is_green(variant: Variant, folder: Path, figures: list[str]) -> None:
    service = started(variant.service, variant.gateway)
    name = "" if variant.gateway else variant.name
    with served(service, folder, variant=name, gateway=variant.gateway) as base_url:
        outcome = run_suite(base_url, folder / "report", variant=name)
    figures.append(
        f"{variant.id}: {outcome.requests} requests, {outcome.seconds:.0f} s, "
        f"{len(outcome.not_checked)} not checked"
    )
    assert outcome.status == 0, told(outcome)
    assert not outcome.red
    if not variant.gateway:
        assert outcome.requests < MOST_REQUESTS


def test_a_mistake_is_noticed(mistake: Mistake, folder: Path, figures: list[str]) -> None:
    service = started(mistake.service)
    with served(service, folder, variant=mistake.variant, mistake=mistake.name) as base_url:
        outcome = run_suite(base_url, folder / "report")
    more = mistake.more(outcome.red)
    figures.append(
        f"{mistake.id}: {len(outcome.red)} red, {len(more)} more than belongs {' '.join(more)}"
    )
    assert outcome.status == 1, told(outcome)
    assert not mistake.unnoticed(outcome.red), told(outcome)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_at_least_ten_mistakes(name: str) -> None:
    assert len([m for m in mistakes() if m.service == name]) >= 10


@pytest.mark.parametrize("mistake_case", mistakes(), ids=lambda case: case.id)
def test_a_mistake_is_written_in_its_service(mistake_case: Mistake) -> None:
    (source,) = (HERE / mistake_case.service).glob("[sS]ervice.*")
    assert re.search(rf"""['"]{mistake_case.name}['"]""", source.read_text())


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_shares_no_code_with_the_suite(name: str) -> None:
    (source,) = (HERE / name).glob("[sS]ervice.*")
    assert not re.search(r"\b(import|from|require)\b.*\bcontracts\b", source.read_text())
