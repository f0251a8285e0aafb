"""Fixed scenarios, replayed from `cassettes/` without a network and judged like live answers.

`pytest --record-mode=rewrite` records them anew: from the embedded service over a socket, or from
a live one with `--base-url … --allow-writes`.
"""

from __future__ import annotations

import pytest

from contracts.judging import expect
from contracts.leaf_user.request_bodies import without

pytestmark = [pytest.mark.recorded, pytest.mark.vcr]


@pytest.mark.requirement("{read}.no-server-error", "{log}.no-server-error")
def test_nothing_there(scenario):
    expect.no_violation(scenario.ask("read"))
    expect.no_violation(scenario.ask("events"))


@pytest.mark.requirement("{create}.stores", "{endpoint}.value.{field}.{value}", together=True)
@pytest.mark.parametrize("index", [0, 1], ids=["first-value", "second-value"])
def test_life_with(scenario, index):
    (field, values), *_ = scenario.form("create").choices.items()
    expect.no_violation(scenario.create(**{field: values[index]}))
    expect.no_violation(scenario.ask("read"))
    expect.no_violation(scenario.ask("events"))
    expect.no_violation(scenario.ask("delete"))
    expect.no_violation(scenario.ask("read"))
    expect.no_violation(scenario.ask("events"))


@pytest.mark.requirement("{read}.keeps.{field}", together=True)
def test_status_may_change(scenario):
    expect.no_violation(scenario.create())
    for _ in range(4):
        expect.no_violation(scenario.ask("read"))
    expect.no_violation(scenario.ask("events"))


@pytest.mark.requirement("{create}.again", "{create}.on-existing")
def test_created_again(scenario):
    expect.no_violation(scenario.create())
    expect.no_violation(scenario.create())
    expect.no_violation(scenario.ask("read"))
    expect.no_violation(scenario.ask("delete"))
    expect.no_violation(scenario.create())
    expect.no_violation(scenario.ask("read"))


@pytest.mark.requirement("{handshake}.keeps.{field}", "{handshake}.succeeds", together=True)
def test_one_click(scenario):
    started = scenario.send("one-click", scenario.bodies.ordinary(scenario.form("one-click")))
    expect.succeeded(started)
    expect.no_violation(started)
    expect.no_violation(scenario.ask("read"))
    expect.no_violation(scenario.ask("events"))


@pytest.mark.requirement("{delete}.twice")
def test_deleted_twice(scenario):
    expect.no_violation(scenario.create())
    expect.no_violation(scenario.ask("delete"))
    expect.no_violation(scenario.ask("delete"))


@pytest.mark.requirement("*.auth.missing", together=True)
def test_without_a_token(scenario, contract):
    for endpoint in contract.endpoints:
        exchange = scenario.unauthorised(endpoint, [], f"{endpoint}.auth.missing")
        expect.no_violation(exchange)
    expect.no_violation(scenario.ask("read"))


@pytest.mark.requirement("{create}.requires.{field}", together=True)
def test_fields_missing(scenario):
    for field in (body := scenario.bodies.ordinary(scenario.form("create"))):
        exchange = scenario.send("create", without(body, field))
        expect.was_refused(exchange)
        expect.no_violation(exchange)
    expect.no_violation(scenario.ask("read"))
