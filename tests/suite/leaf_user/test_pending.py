"""What a service has only accepted, and what it does not show: waited for, and cleaned up."""

from __future__ import annotations

import httpx
import pytest

from contracts.faults import behaviours
from contracts.faults.entry import hooks
from contracts.http.outcomes import NotChecked
from contracts.http.waiting import Patience
from contracts.leaf_user.account import Account
from contracts.leaf_user.pending import FIRST_PAUSES, pauses
from contracts.leaf_user.request_bodies import Bodies
from contracts.service.app import Service
from contracts.service.hooks import Behaviour
from tests.helpers.client_helpers import CONTRACT, TOKEN, USER, Asleep, client_of

LOOKS = pauses(30.0)


class Tool:
    """An account at an embedded service that behaves like this, and how long it slept."""

    def __init__(self, *names: str, behaviour: Behaviour | None = None) -> None:
        asleep = Asleep()
        self.slept = asleep.slept
        more = [behaviour] if behaviour else []
        known = behaviours(names, CONTRACT) if names else []
        self.service = Service(CONTRACT, token=TOKEN, behaviours=[*known, *more])
        self.client = client_of(
            httpx.WSGITransport(app=self.service), patience=Patience(sleep=asleep), timeout=5
        )
        self.account = Account(self.client, USER, Bodies(CONTRACT, {}), looks=LOOKS)


def hides() -> Behaviour:
    """GET finds nothing, whatever is stored."""
    return hooks(find=lambda call, found: None if call.endpoint == "read" else found)()


def test_what_was_accepted_is_waited_for_and_then_judged() -> None:
    tool = Tool("lawful-create-later")
    tool.account.create()
    read = tool.account.ask("read")
    assert read.judgement.findings == ()
    assert "create.stores" in read.judgement.proved
    assert tool.slept == [FIRST_PAUSES[0]]  # the second look finds it
    token = read.json["accessToken"]
    assert token not in tool.client.secrets.mask(f"a text with {token} in it")


def test_how_long_it_took_is_remembered() -> None:
    tool = Tool("lawful-all-later")
    for _ in range(2):
        tool.account.create()
        tool.account.ask("read")
        tool.slept.append(-1)
        assert tool.account.ask("delete").succeeded
        tool.account.absent()
        tool.slept.append(-2)
    first, second = FIRST_PAUSES[:2]
    assert tool.slept[:6] == [first, second, -1, -2, first, second]  # creating, and deleting
    assert tool.slept[6] == pytest.approx(first + second)  # creating again


@pytest.mark.parametrize("endpoint", ["delete", "events"])
def test_no_other_request_comes_before_it_is_done(endpoint: str) -> None:
    tool = Tool("lawful-create-later")
    tool.account.create()
    exchange = tool.account.ask(endpoint)
    assert exchange.succeeded
    assert exchange.judgement.findings == ()


def test_a_deletion_that_was_accepted_is_waited_for() -> None:
    tool = Tool("lawful-delete-later")
    tool.account.create()
    tool.account.ask("delete")
    assert tool.account.create().succeeded  # 409 until the deletion is done
    assert tool.account.ask("read").judgement.findings == ()


@pytest.mark.parametrize(
    ("name", "endpoint", "broken"),
    [
        ("create-accepted-never-done", "create", "create.stores"),
        ("delete-accepted-never-done", "delete", "delete.removes"),
    ],
)
def test_what_is_never_done_is_waited_for_once(name: str, endpoint: str, broken: str) -> None:
    tool = Tool(name)
    for _ in range(2):
        tool.account.believe(None)
        tool.account.create()
        if endpoint == "delete":
            tool.account.ask("delete")
        assert tool.account.ask("read").judgement.finding(broken)
    assert sum(tool.slept) == pytest.approx(sum(LOOKS))


def test_nothing_is_waited_for_where_writes_are_done_at_once() -> None:
    tool = Tool("lawful-create-202", "lawful-delete-202")
    before = tool.client.requests
    tool.account.create()
    tool.account.ask("read")
    tool.account.ask("delete")
    tool.account.ask("read")
    assert tool.client.requests - before == 4
    assert tool.slept == []


# ------------------------------------------------------------- what is stored and not shown


def test_what_is_not_shown_is_deleted_in_the_end_all_the_same() -> None:
    tool = Tool(behaviour=hides())
    tool.account.create()
    tool.account.ask("read")  # 404: nobody knows what stands
    assert tool.service.credentials(USER)
    assert tool.account.clean_up() is None
    assert tool.service.credentials(USER) is None


def test_what_is_not_shown_is_deleted_before_something_new_is_created() -> None:
    tool = Tool("lawful-create-on-existing-409", behaviour=hides())
    tool.account.create()
    tool.account.ask("read")
    tool.account.absent()
    assert tool.service.credentials(USER) is None
    assert tool.account.create().succeeded


def test_what_comes_and_goes_is_deleted_before_something_new_is_created() -> None:
    tool = Tool("lawful-create-on-existing-409", behaviour=hides())
    tool.account.create()
    with pytest.raises(NotChecked):
        tool.account.present(confirmed=True)
    assert not tool.client.broken - {"create.stores"}


@pytest.mark.parametrize(
    "name", ["delete-removes-nothing-409", "delete-answers-302-and-removes-nothing"]
)
def test_what_was_not_deleted_is_no_fault_of_post(name: str) -> None:
    tool = Tool(name)
    tool.account.thrifty = True
    for _ in range(3):
        tool.account.create()
        tool.account.ask("delete")
        tool.account.ask("read")
    assert tool.client.broken == {"delete.succeeds" if "302" in name else "delete.removes"}


def test_what_was_not_stored_is_no_fault_of_delete() -> None:
    tool = Tool("create-stores-nothing")
    tool.account.create()
    tool.account.ask("read")
    tool.account.create()
    tool.account.ask("delete")
    assert tool.client.broken == {"create.stores"}


def test_where_nothing_was_made_nothing_is_deleted() -> None:
    tool = Tool()
    tool.account.send("create", {})
    before = tool.client.requests
    assert tool.account.clean_up() is None
    assert tool.client.requests - before == 1  # one look
