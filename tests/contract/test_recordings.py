"""Fixed scenarios, replayed from `cassettes/` without a network and judged like live answers.

`pytest --record-mode=rewrite` records them anew: from the embedded service over a socket, or from
a live one with `--base-url … --allow-writes`.
"""

from __future__ import annotations

import pytest

from contracts.judging import expect
from contracts.leaf_user.request_bodies import without

pytestmark = [pytest.mark.recorded, pytest.mark.vcr]


@pytest.mark.requirement("read.no-server-error", "events.no-server-error")
def test_nothing_there(scenario):
    expect.unbroken(scenario.ask("read"))
    expect.unbroken(scenario.ask("events"))


@pytest.mark.requirement("create.stores", "{endpoint}.value.{field}.{value}", together=True)
@pytest.mark.parametrize("index", [0, 1], ids=["first-value", "second-value"])
def test_life_with(scenario, index):
    (field, values), *_ = scenario.form("create").choices.items()
    expect.unbroken(scenario.create(**{field: values[index]}))
    expect.unbroken(scenario.ask("read"))
    expect.unbroken(scenario.ask("events"))
    expect.unbroken(scenario.ask("delete"))
    expect.unbroken(scenario.ask("read"))
    expect.unbroken(scenario.ask("events"))


@pytest.mark.requirement("read.keeps.{field}", together=True)
def test_status_may_change(scenario):
    expect.unbroken(scenario.create())
    for _ in range(4):
        expect.unbroken(scenario.ask("read"))
    expect.unbroken(scenario.ask("events"))


@pytest.mark.requirement("create.again", "create.on-existing")
def test_created_again(scenario):
    expect.unbroken(scenario.create())
    expect.unbroken(scenario.create())
    expect.unbroken(scenario.ask("read"))
    expect.unbroken(scenario.ask("delete"))
    expect.unbroken(scenario.create())
    expect.unbroken(scenario.ask("read"))


@pytest.mark.requirement("one-click.creates", "one-click.succeeds")
def test_one_click(scenario):
    started = scenario.send("one-click", scenario.bodies.ordinary(scenario.form("one-click")))
    expect.accepted(started)
    expect.unbroken(started)
    expect.unbroken(scenario.ask("read"))
    expect.unbroken(scenario.ask("events"))


@pytest.mark.requirement("delete.twice")
def test_deleted_twice(scenario):
    expect.unbroken(scenario.create())
    expect.unbroken(scenario.ask("delete"))
    expect.unbroken(scenario.ask("delete"))


@pytest.mark.requirement("*.auth.missing", together=True)
def test_without_a_token(scenario, contract):
    for endpoint in contract.endpoints:
        exchange = scenario.unauthorised(endpoint, [], f"{endpoint}.auth.missing")
        expect.unbroken(exchange)
    expect.unbroken(scenario.ask("read"))


@pytest.mark.requirement("create.requires.{field}", together=True)
def test_fields_missing(scenario):
    for field in (body := scenario.bodies.ordinary(scenario.form("create"))):
        exchange = scenario.send("create", without(body, field))
        expect.turned_down(exchange)
        expect.unbroken(exchange)
    expect.unbroken(scenario.ask("read"))
