"""How long a busy service is waited for: as it asks, within bounds, by dates that make sense."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from contracts.http.exchange import Exchange, Intent
from contracts.http.outcomes import NotChecked
from contracts.http.waiting import Pace, Patience
from tests.helpers.client_helpers import (
    CONTRACT,
    OK,
    USER,
    Asleep,
    Handler,
    ask,
    mocked,
    respond,
)


def busy(times: int, status: int = 503, **headers: str) -> Handler:
    """A service that asks to wait so many times."""
    left = [times]

    def handler(request: httpx.Request) -> httpx.Response:
        left[0] -= 1
        if left[0] >= 0:
            return respond(status, headers={k.replace("_", "-"): v for k, v in headers.items()})
        return respond(200, OK)

    return handler


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_is_waited_for_as_long_as_it_asks(status: int) -> None:
    sleep = Asleep()
    client = mocked(busy(2, status, Retry_After="7"), patience=Patience(sleep=sleep))
    told: list[Exchange] = []
    client.listeners.append(told.append)
    assert ask(client).status == 200
    assert sleep.slept == [7, 7]
    assert (client.waits, client.waited, client.requests) == (2, 14, 3)
    assert [exchange.status for exchange in told] == [200]


def test_a_date_to_wait_for_is_read_by_the_services_own_clock() -> None:
    sleep, theirs = Asleep(), datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    later = format_datetime(theirs + timedelta(seconds=9), usegmt=True)
    handler = busy(1, Retry_After=later, Date=format_datetime(theirs, usegmt=True))
    assert ask(mocked(handler, patience=Patience(sleep=sleep))).status == 200
    assert sleep.slept == [9]


@pytest.mark.parametrize("value", ["soon", "-5", "1.5", "", "Tue"])
def test_a_wait_that_cannot_be_read_is_no_wait(value: str) -> None:
    sleep = Asleep()
    exchange = ask(mocked(busy(1, Retry_After=value), patience=Patience(sleep=sleep)))
    # It is busy, and says no time.
    assert (exchange.status, sleep.slept[0]) == (200, Patience().unsaid[0])


@pytest.mark.parametrize("headers", [{}, {"Retry_After": "soon"}])
def test_a_rate_limit_that_says_no_time_is_waited_for_longer_and_longer(
    headers: dict[str, str],
) -> None:
    sleep = Asleep()
    client = mocked(busy(3, 429, **headers), patience=Patience(sleep=sleep))
    assert ask(client).status == 200
    assert [seconds for seconds in sleep.slept if seconds >= 0.5] == [*Patience().unsaid[:3]]


def test_a_rate_limit_without_a_time_and_an_end_is_given_up() -> None:
    sleep = Asleep()
    with pytest.raises(NotChecked, match="answers 429 and asks to wait 8 s, after 10 waits"):
        ask(mocked(busy(1000, 429), patience=Patience(sleep=sleep)))
    assert sum(sleep.slept) < Patience().in_all


def test_what_stays_unavailable_is_broken_and_waited_for_once() -> None:
    sleep = Asleep()
    client = mocked(busy(1000, 503), patience=Patience(sleep=sleep))
    assert ask(client).status == 503
    waited = sum(sleep.slept)
    assert waited >= sum(Patience().unsaid)
    assert ask(client).status == 503
    assert sum(sleep.slept) < waited + 5


def test_a_busy_service_is_asked_more_slowly_from_then_on() -> None:
    sleep = Asleep()
    client = mocked(busy(1, 503), patience=Patience(sleep=sleep))
    ask(client)
    ask(client)
    assert 0 < sleep.slept[-1] <= 2 * Pace.FIRST_GAP


def test_the_pace_keeps_to_a_rate() -> None:
    moments = iter([0.0, 0.0, 0.05, 0.05])
    pace = Pace(10, now=lambda: next(moments))
    assert pace.pause() == 0.0
    assert pace.pause() == pytest.approx(0.05)


@pytest.mark.parametrize("status", [502, 504])
def test_what_a_gateway_answers_is_asked_for_again(status: int) -> None:
    sleep = Asleep()
    assert ask(mocked(busy(1, status), patience=Patience(sleep=sleep))).status == 200
    assert sleep.slept == [Patience().gateway[0]]
    assert ask(mocked(busy(9, status), patience=Patience(sleep=sleep))).status == status


@pytest.mark.parametrize("seconds", ["66", "86400", "9" * 400])
def test_nobody_waits_for_longer_than_the_bound(seconds: str) -> None:
    sleep = Asleep()
    client = mocked(busy(1, Retry_After=seconds), patience=Patience(sleep=sleep))
    with pytest.raises(NotChecked, match="asks to wait"):
        ask(client)
    assert sleep.slept == []


def test_the_waiting_of_a_whole_run_is_bounded() -> None:
    sleep = Asleep()
    client = mocked(busy(1000, Retry_After="25"), patience=Patience(30, 120, sleep))
    with pytest.raises(NotChecked, match="after 100 s of waiting"):
        ask(client)
    assert sleep.slept == [25] * 4


@pytest.mark.parametrize("value", ["0", "Mon, 01 Jan 2001 00:00:00 GMT"])
def test_a_service_that_always_asks_to_wait_for_nothing_is_not_asked_for_ever(value: str) -> None:
    asked = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        assert len(asked) < 500, "asked for ever"
        return respond(503, headers={"Retry-After": value})

    with pytest.raises(NotChecked):
        ask(mocked(handler, patience=Patience(sleep=Asleep())))


# ------------------------------------------------------------- dates that leave the calendar

DATES = (
    "Mon, 01 Jan 99999 00:00:00 GMT",
    "Mon, 01 Jan 9999 00:00:00 GMT",
    f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT",
    f"Mon, 01 Jan 2026 00:00:00 +{'9' * 30}",
    "Mon, 01 Jan 2026 00:00:00 +99999999",
    "Mon, 01 Jan 2026 00:00:00 -9999",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Mon, 99 Jan 2026 00:00:00 GMT",
    "9" * 5000,
    "",
)


@pytest.mark.parametrize("value", DATES)
def test_a_date_that_leaves_the_calendar_is_none(value: str) -> None:
    sleep = Asleep()
    content = json.dumps(CONTRACT.example(CONTRACT.forms["credentials-read"])).encode()
    client = mocked(lambda request: respond(200, content, {"Date": value}))
    before = datetime.now(UTC)
    request = client.request("read", USER)
    exchange = client.send("read", request, Intent(valid=True, present=True, since=before))
    assert abs(exchange.moment - before) < timedelta(minutes=1)
    waiting = mocked(busy(1, Retry_After=value), patience=Patience(sleep=sleep))
    if value.isdecimal():
        with pytest.raises(NotChecked, match="asks to wait"):
            ask(waiting)
    else:
        assert ask(waiting).status == 200
        assert sleep.slept[0] == Patience().unsaid[0]


def test_a_wait_without_end_is_said() -> None:
    client = mocked(busy(1, Retry_After="9" * 20), patience=Patience(sleep=Asleep()))
    with pytest.raises(NotChecked, match="asks to wait 1e\\+20 s, longer than the 65 s"):
        ask(client)


@pytest.mark.parametrize(
    ("patience", "words"),
    [
        (Patience(in_a_row=3), "after 3 waits for this one request"),
        (Patience(in_a_row=100, times=5), "after 5 waits in this run"),
    ],
)
def test_how_often_a_service_is_waited_for_is_bounded_and_said(
    patience: Patience, words: str
) -> None:
    client = mocked(busy(1000, Retry_After="0"), patience=patience)
    with pytest.raises(NotChecked, match=words):
        ask(client)
    assert client.requests < 10


def test_waiting_keeps_to_the_budget_of_a_live_run() -> None:
    assert Patience().in_a_row <= 10
    assert Patience().times <= 150
