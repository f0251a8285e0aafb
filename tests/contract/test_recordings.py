"""Fixed scenarios, replayed from `cassettes/` without a network and judged like live answers.

`pytest --record-mode=rewrite` records them anew: from the embedded service over a socket, or from
a live one with `--base-url … --allow-writes`. What a contract has no endpoint or no enum for is not
collected.
"""

from __future__ import annotations

import pytest

from contracts.derived.strategies import near_misses
from contracts.judging import expect
from contracts.leaf_user.request_bodies import without
from contracts.plugins.state import RUN
from contracts.spec.model import CREATE, HANDSHAKE

pytestmark = [pytest.mark.recorded, pytest.mark.vcr]
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


def pytest_generate_tests(metafunc):
    """`choices` are values of a role's enums: all first values, all second ones, and so on."""
    for name, role in (("created_with", CREATE), ("started_with", HANDSHAKE)):
        if name in metafunc.fixturenames:
            cases = choices(metafunc.config.stash[RUN].contract, role)
            ids = [f"{ordinal}-value" for ordinal in ORDINALS]
            metafunc.parametrize(name, cases, ids=ids[: len(cases)])


def choices(contract, role):
    """Bodies' fixed fields such that each value of each enum occurs; one, empty, without enum."""
    enums = [e.takes.choices for e in contract.having(role) if e.takes]
    longest = max((len(values) for enum in enums for values in enum.values()), default=1)
    return [
        {name: values[min(n, len(values) - 1)] for name, values in enum.items()}
        for enum in enums
        for n in range(longest)
    ]


@pytest.fixture
def look(scenario):
    """Read the credentials and their log, as often as is said; nothing of it is a violation."""

    def look(reads=1):
        for _ in range(reads):
            expect.no_violation(scenario.read())
        log = scenario.log()
        if log is not None:
            expect.no_violation(log)

    return look


@pytest.mark.requirement("{read}.no-server-error", "{log}.no-server-error")
def test_nothing_there(look):
    look()


@pytest.mark.requirement("{create}.stores", "{create}.value.{field}.{value}", together=True)
def test_life_with(scenario, look, created_with):
    expect.no_violation(scenario.create(**created_with))
    look()
    expect.no_violation(scenario.delete())
    look()


@pytest.mark.requirement("{read}.keeps.{field}", together=True)
def test_status_may_change(scenario, look):
    expect.no_violation(scenario.create())
    look(reads=4)


@pytest.mark.requirement("{create}.again", "{create}.on-existing")
def test_created_again(scenario):
    expect.no_violation(scenario.create())
    expect.no_violation(scenario.create())
    expect.no_violation(scenario.read())
    expect.no_violation(scenario.delete())
    expect.no_violation(scenario.create())
    expect.no_violation(scenario.read())


@pytest.mark.requirement("{handshake}.keeps.{field}", "{handshake}.succeeds", together=True)
def test_one_click(scenario, look, contract):
    start(scenario, contract)
    look()


@pytest.mark.requirement("{handshake}.value.{field}.{value}", together=True)
def test_handshake_with(scenario, look, contract, started_with):
    start(scenario, contract, **started_with)
    look()


def start(scenario, contract, **fixed):
    """Start a handshake; the provider may have it completed, or not."""
    (endpoint,) = contract.having(HANDSHAKE)
    body = scenario.bodies.ordinary(scenario.form(endpoint.id), **fixed)
    started = scenario.send(endpoint.id, body)
    expect.succeeded(started)
    expect.no_violation(started)


@pytest.mark.requirement("{endpoint}.refuses-others.{field}", together=True)
def test_other_values(scenario, contract):
    for endpoint in (*contract.having(CREATE), *contract.having(HANDSHAKE)):
        form = scenario.form(endpoint.id)
        for field in form.choices:
            (_, value), *_ = near_misses(form.fields[field])
            exchange = scenario.send(endpoint.id, scenario.bodies.ordinary(form, **{field: value}))
            expect.was_refused(exchange)
            expect.no_violation(exchange)
    expect.no_violation(scenario.read())


@pytest.mark.requirement("{delete}.twice")
def test_deleted_twice(scenario):
    expect.no_violation(scenario.create())
    expect.no_violation(scenario.delete())
    expect.no_violation(scenario.delete())


@pytest.mark.requirement("*.auth.missing", together=True)
def test_without_a_token(scenario, contract):
    for endpoint in contract.endpoints:
        exchange = scenario.unauthorised(endpoint, [], f"{endpoint}.auth.missing")
        expect.no_violation(exchange)
    expect.no_violation(scenario.read())


@pytest.mark.requirement("{create}.requires.{field}", together=True)
def test_fields_missing(scenario, contract):
    create = contract.the(CREATE).id
    for field in (body := scenario.bodies.ordinary(scenario.form(create))):
        exchange = scenario.send(create, without(body, field))
        expect.was_refused(exchange)
        expect.no_violation(exchange)
    expect.no_violation(scenario.read())
