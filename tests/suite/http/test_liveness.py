"""A token that expires and a service that dies in mid-run, as the client sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from contracts.http.client import Client
from contracts.http.exchange import Exchange
from contracts.http.link import CLEAN_UP_PATIENCE, Lost, Unreachable
from contracts.http.outcomes import NotChecked
from contracts.http.waiting import Patience
from contracts.judging.judge import Judge
from contracts.leaf_user.account import Account
from contracts.leaf_user.request_bodies import Bodies
from contracts.masking.masking import Secrets
from contracts.spec.load import load
from tests.helpers.intents import intent as intent_of

CONTRACT = load()
USER, OTHER = (f"00000000-0000-4000-8000-00000000000{n}" for n in (1, 2))

Answers = Callable[[httpx.Request], int]


class Service:
    """Answers as `answers` says, by status; 0 takes no connection, -1 hangs up, -2 is silent."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        status = self.answers(request)
        if status == 0:
            raise httpx.ConnectError("refused", request=request)
        self.asked.append(f"{request.method} {request.url.path.rpartition('/')[2]}")
        if status == -1:
            raise httpx.RemoteProtocolError("disconnected", request=request)
        if status == -2:
            raise httpx.ReadTimeout("silence", request=request)
        headers = {"Retry-After": "20"} if status == 503 else {}
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(b"{}"))


def steps(*statuses: int) -> Answers:
    """One status a request; the last one stays."""
    left = list(statuses)
    return lambda request: left.pop(0) if len(left) > 1 else left[0]


class Tool:
    """A client of such a service, with what it told and how long it slept."""

    def __init__(self, answers: Answers, *, watchful: bool = True) -> None:
        self.service = Service(answers)
        self.slept: list[float] = []
        self.told: list[Exchange] = []
        secrets = Secrets(CONTRACT.secret_fields)
        self.client = Client(
            CONTRACT,
            httpx.MockTransport(self.service),
            base_url=CONTRACT.base_url,
            token="a-token-of-the-test-4711",
            timeout=1,
            judge=Judge(CONTRACT, secrets),
            secrets=secrets,
            patience=Patience(in_all=120, sleep=self.slept.append),
            watchful=watchful,
        )
        self.client.listeners.append(self.told.append)

    def ask(self, endpoint: str = "read", user: str = USER, **more: Any) -> Exchange:
        return self.client.send(
            endpoint, self.client.request(endpoint, user), intent_of(endpoint, **more)
        )


# ------------------------------------------------------------- the token


def test_a_token_that_was_accepted_and_no_longer_is_ends_everything() -> None:
    tool = Tool(steps(200, 200, 401))
    tool.ask("read")
    tool.ask("events")
    with pytest.raises(Lost, match="the token is no longer accepted: delete answers 401") as lost:
        tool.ask("delete")
    assert "events and read" in str(lost.value)
    assert tool.service.asked[2:] == [
        "DELETE panorama-credentials", "GET events", "GET panorama-credentials",
    ]  # fmt: skip
    assert [exchange.status for exchange in tool.told] == [200, 200], "nobody is accused"


def test_what_is_lost_is_not_asked_again() -> None:
    tool = Tool(steps(200, 401))
    tool.ask()
    for _ in range(3):
        with pytest.raises(Lost):
            tool.ask()
    assert len(tool.service.asked) == 3


def test_one_endpoint_that_refuses_the_token_is_at_fault_itself() -> None:
    tool = Tool(lambda request: 401 if request.url.path.endswith("events") else 200)
    tool.ask("read", valid=True, present=True)
    for _ in range(3):
        exchange = tool.ask("events", valid=True, present=True)
        assert [f.requirement for f in exchange.judgement.findings] == ["events.succeeds"]
    assert len(tool.service.asked) == 5, "the doubt is settled once"
    assert len(tool.told) == 4, "what settles it is no exchange of the run"


def test_a_service_that_has_an_off_moment_has_not_lost_the_token() -> None:
    tool = Tool(steps(200, 401, 200, 200))
    tool.ask()
    assert tool.ask().status == 401
    assert tool.ask().status == 200


def test_a_witness_that_fails_settles_nothing() -> None:
    tool = Tool(steps(200, 401, 500, 401))
    tool.ask()
    assert tool.ask().status == 401
    with pytest.raises(Lost):
        tool.ask()


def test_an_answer_that_there_is_nothing_is_a_witness_where_there_is_no_better_one() -> None:
    tool = Tool(steps(404, 401))
    tool.ask()
    with pytest.raises(Lost):
        tool.ask()
    better = Tool(lambda r: 404 if OTHER in r.url.path else (200, 401)[len(better.told) > 1])
    better.ask()
    better.ask(user=OTHER)
    with pytest.raises(Lost):
        better.ask("events")


def test_a_token_that_was_never_accepted_is_not_lost() -> None:
    tool = Tool(lambda request: 401)
    assert [tool.ask().status for _ in range(3)] == [401] * 3
    assert len(tool.service.asked) == 3


def test_another_token_that_is_refused_raises_no_doubt() -> None:
    tool = Tool(steps(200, 401))
    tool.ask()
    assert tool.ask(authorised=False).status == 401
    assert len(tool.service.asked) == 2


def test_a_service_in_order_is_asked_nothing_more() -> None:
    tool = Tool(steps(404, 200, 201, 200, 404, 409, 500, 200))
    for endpoint in ("read", "create", "read", "events", "events", "delete", "read", "read"):
        tool.ask(endpoint)
    assert len(tool.service.asked) == len(tool.told) == 8


# ------------------------------------------------------------- the service


def test_a_service_that_was_never_there_is_not_waited_for() -> None:
    tool = Tool(lambda request: 0)
    with pytest.raises(Unreachable, match="refused"):
        tool.ask()
    assert tool.slept == []


@pytest.mark.parametrize("refusals", [1, 2])
def test_a_service_that_restarts_is_tried_again(refusals: int) -> None:
    tool = Tool(steps(200, *[0] * refusals, 200))
    tool.ask()
    assert tool.ask().status == 200
    assert tool.slept == [1.0, 3.0][:refusals]
    assert tool.client.reconnects == refusals
    assert len(tool.told) == 2


def test_a_service_that_does_not_come_back_is_lost() -> None:
    tool = Tool(steps(200, 0))
    tool.ask()
    with pytest.raises(Lost, match="can no longer be reached: refused"):
        tool.ask()
    assert tool.slept == [1.0, 3.0]
    assert len(tool.told) == 1


def test_a_service_that_restarts_for_ever_is_lost() -> None:
    tool = Tool(steps(*[200, 0] * 50))
    for _ in range(Patience().reconnects + 1):
        assert tool.ask().status == 200
    with pytest.raises(Lost):
        tool.ask()
    assert len(tool.slept) == Patience().reconnects


def test_a_service_that_hangs_up_and_is_gone_is_lost_before_anybody_is_accused() -> None:
    tool = Tool(steps(200, -1, 0))
    tool.ask()
    with pytest.raises(Lost, match="no longer be reached"):
        tool.ask("delete")
    assert len(tool.told) == 1


def test_a_request_that_a_restart_cut_off_accuses_nobody() -> None:
    tool = Tool(steps(200, -1, 0, 200))
    tool.ask()
    assert tool.ask().status == 200
    assert [exchange.status for exchange in tool.told] == [200, 200]
    writing = Tool(steps(200, -1, 0, 200))
    writing.ask()
    with pytest.raises(NotChecked, match="the service restarted while create was asked"):
        writing.ask("create")
    assert writing.service.asked.count("POST panorama-credentials") == 1


def test_a_service_that_only_hangs_up_is_at_fault() -> None:
    tool = Tool(lambda request: 200 if request.method == "GET" else -1)
    tool.ask()
    exchange = tool.ask("delete", valid=True, present=True)
    assert [f.requirement for f in exchange.judgement.findings] == ["delete.succeeds"]
    tool.ask("delete")
    assert tool.service.asked.count("GET panorama-credentials") == 2


def test_no_library_takes_it_for_a_failure() -> None:
    assert not issubclass(Lost, Exception)


# ------------------------------------------------------------- cleaning up


def test_cleaning_up_has_a_patience_of_its_own() -> None:
    tool = Tool(steps(200, *[503] * 7, 503, 200, 200))
    tool.ask()
    with pytest.raises(NotChecked, match="after 120 s of waiting in this run"):
        tool.ask()
    tool.client.begin_clean_up()
    tool.slept.clear()
    tool.ask()
    tool.ask()
    assert tool.slept == [20.0]
    assert tool.client.waits == 7, "all of them are counted"


def test_an_endpoint_that_hung_is_asked_again_in_order_to_clean_up() -> None:
    tool = Tool(steps(-2, -2, 200))
    tool.ask()
    tool.ask()
    with pytest.raises(NotChecked, match="is not asked any more"):
        tool.ask()
    tool.client.begin_clean_up()
    assert tool.ask().status == 200


def test_what_is_lost_is_tried_again_in_order_to_clean_up() -> None:
    tool = Tool(steps(200, 0))
    tool.ask()
    with pytest.raises(Lost):
        tool.ask()
    tool.client.begin_clean_up()
    tool.slept.clear()
    for _ in range(4):
        with pytest.raises(Unreachable):
            tool.ask()
    assert len(tool.slept) == CLEAN_UP_PATIENCE.reconnects


def test_cleaning_up_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    tool = Tool(steps(200))
    tool.client.begin_clean_up()
    now = tool.client.timeout + 3600
    monkeypatch.setattr("contracts.http.link.time.monotonic", lambda: now * 1e6)
    with pytest.raises(NotChecked, match="the time for cleaning up is over"):
        tool.ask()
    assert tool.service.asked == []


def test_what_could_not_be_deleted_is_said_after_the_end_too() -> None:
    tool = Tool(steps(404, 201, 500))
    account = Account(tool.client, USER, Bodies(CONTRACT, {}))
    account.create()
    tool.client.close()
    assert "could not delete" in str(account.clean_up())
