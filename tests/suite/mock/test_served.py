"""The served service: its controls, its clock, its pace, and how it starts afresh."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from jsonschema import validate

from contracts.derived.json_schema import form_schema
from contracts.mock.delays import RateLimit
from contracts.mock.durations import Clock, length, rate
from contracts.mock.served import Options, Served
from contracts.service.app import DEFAULT_TOKEN, Service
from contracts.service.background import INVALID
from tests.helpers.service_helpers import (
    BEARER,
    CONTRACT,
    CREATED,
    FIRST,
    MADE_TOKEN,
    NOBODY,
    READ,
    SECOND,
    SECRET,
    TEXT,
    User,
    valid,
)
from tests.helpers.serving_helpers import Caller, caller

DAY = 86400


@pytest.fixture
def client() -> Caller:
    return caller(seed=1)


# ------------------------------------------------------------- lengths of time, rates, clocks


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0.15", 0.15), ("150ms", 0.15), ("0", 0), ("2", 2), ("30s", 30), ("5m", 300), ("24h", DAY),
     ("31d", 31 * DAY), ("1.5h", 5400)],
)  # fmt: skip
def test_a_length_of_time_has_a_unit_or_is_in_seconds(text: str, seconds: float) -> None:
    assert length(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "fast", "1 s", "1e3", "nan", "inf", "1S", "5w", ".5", "１s", "1s\n"]
)
def test_what_is_no_length_of_time_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is no length of time such as"):
        length(text)


def test_a_rate() -> None:
    assert (rate("10/s"), rate("90/m"), rate("0.5/s"), rate("1800/h")) == (10, 1.5, 0.5, 0.5)


@pytest.mark.parametrize("text", ["", "10", "0/s", "-1/s", "10/d", "10 /s", "x/s", "10/ms"])
def test_what_is_no_rate_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is no rate such as"):
        rate(text)


def about(clock: Clock, then: datetime) -> bool:
    return abs(clock() - then) < timedelta(seconds=30)


def test_a_clock_is_right_or_ahead_or_behind_or_starts_somewhere() -> None:
    now = datetime.now(UTC)
    assert about(Clock(), now)
    assert about(Clock("+31d"), now + timedelta(days=31))
    assert about(Clock("-2h"), now - timedelta(hours=2))
    assert about(Clock("2026-01-15T09:30:00Z"), datetime(2026, 1, 15, 9, 30, tzinfo=UTC))
    assert about(Clock("2026-01-15T11:30:00+02:00"), datetime(2026, 1, 15, 9, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("setting", "word"),
    [
        ("31d", "neither"), ("tomorrow", "neither"), ("2026-02-30T00:00:00Z", "neither"),
        ("2026-01-15T09:30:00", "time zone"), ("+x", "no length"), ("+", "no length"),
        ("+9999999d", "years"), ("+999999999999d", "too long"), ("-99999d", "years"),
        ("1900-01-01T00:00:00Z", "years"), ("0001-01-01T00:00:00+14:00", "years"),
    ],
)  # fmt: skip
def test_a_clock_that_makes_no_sense_is_told(setting: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        Clock(setting)


# ------------------------------------------------------------- the service


def test_what_is_served_is_the_contract(client: Caller) -> None:
    created = client.ask("create", json=valid())
    assert created.status_code == 201
    assert READ.answers
    for _ in range(5):
        assert client.ask("read").json() == created.json()
    validate(created.json(), form_schema(CONTRACT, READ.answers))
    assert len(client.ask("events").json()) == 1


def test_every_answer_of_a_credentials_endpoint_can_be_read_as_json(client: Caller) -> None:
    """The page's own examples do so, also after DELETE."""
    client.ask("create", json=valid())
    deleted = client.ask("delete")
    assert (deleted.status_code, deleted.json()) == (200, {})
    assert client.ask("delete").json()["status"] == 404


def test_leaf_users_come_and_go(client: Caller) -> None:
    (name, *_) = CONTRACT.support["create-leaf-user"].takes.fields  # type: ignore[union-attr]
    body = CONTRACT.example(CONTRACT.support["create-leaf-user"].takes)  # type: ignore[arg-type]
    made = client.ask("create-leaf-user", json=body)
    user = made.json()["id"]
    read = client.raw("GET", f"/users/{user}")
    assert read.json()[name] == made.json()[name]
    assert client.ask("create", user, json=valid()).status_code == 201
    assert client.ask("delete-leaf-user", user).is_success
    assert client.ask("read", user).status_code == 404


def test_the_same_seed_makes_the_same_ids_and_tokens() -> None:
    start = "2026-01-15T09:30:00Z"
    one, same, other = (caller(seed=seed, clock=start) for seed in (7, 7, 8))
    answers = [c.ask("create", json=valid()).json() for c in (one, same, other)]
    made = [(a["id"], a[MADE_TOKEN]) for a in answers]
    assert made[0] == made[1] != made[2]
    one.control("DELETE")
    again = one.ask("create", json=valid()).json()
    assert (again["id"], again[MADE_TOKEN]) == made[0]


def test_the_login_answers_the_token_that_opens_the_service() -> None:
    client = caller(token="a-token-of-mine")
    body = CONTRACT.example(CONTRACT.support["login"].takes)  # type: ignore[arg-type]
    (token,) = client.ask("login", json=body, headers={}).json().values()
    assert token == "a-token-of-mine"
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.ask("read", headers=bearer).status_code == 404
    assert client.ask("read").status_code == 401


# ------------------------------------------------------------- time


def test_log_entries_age_when_the_clock_is_moved_on(client: Caller) -> None:
    client.ask("create", json=valid())
    assert len(client.ask("events").json()) == 1
    moved = client.control("POST", "/clock", json={"advance": "29d"})
    ahead = datetime.fromisoformat(moved.json()["now"]) - datetime.now(UTC)
    assert timedelta(days=28) < ahead < timedelta(days=30)
    assert len(client.ask("events").json()) == 1
    client.control("POST", "/clock", json={"advance": "2d"})
    assert client.ask("events").json() == []
    assert client.ask("read").is_success
    assert client.state()["clock_ahead_by_seconds"] == 31 * DAY


def test_what_is_created_later_is_later(client: Caller) -> None:
    first = client.ask("create", json=valid()).json()[CREATED]
    client.served.advance(timedelta(days=400))
    assert client.ask("create", SECOND, json=valid()).json()[CREATED][:4] > first[:4]


def test_credentials_turn_invalid_at_their_age() -> None:
    client = caller(invalid_after=7 * DAY)
    before = client.ask("create", json=valid()).json()
    client.served.advance(timedelta(days=6))
    assert client.ask("read").json() == before
    client.served.advance(timedelta(days=2))
    after = client.ask("read").json()
    assert (after["status"], before["status"]) == (INVALID, "ACTIVE")
    assert after[MADE_TOKEN] != before[MADE_TOKEN]
    assert len(client.ask("events").json()) == 2
    assert client.ask("read").json() == after
    assert client.ask("create", json=valid()).json()["status"] == "ACTIVE"
    assert client.ask("read").json()["status"] == "ACTIVE"


def test_credentials_turn_invalid_when_told(client: Caller) -> None:
    client.ask("create", json=valid())
    client.ask("create", SECOND, json=valid())
    assert client.control("POST", f"/invalid/{FIRST.upper()}").status_code == 204
    assert client.ask("read").json()["status"] == INVALID
    assert client.ask("read", SECOND).json()["status"] == "ACTIVE"
    assert client.control("POST", f"/invalid/{NOBODY}").status_code == 404


def test_latency_delays_every_answer() -> None:
    client = caller(latency=0.05)
    began = datetime.now(UTC)
    client.ask("read")
    client.ask("read", headers={})
    assert datetime.now(UTC) - began >= timedelta(seconds=0.1)


def test_more_requests_than_the_limit_are_asked_to_wait() -> None:
    client = caller(rate_limit=2.0)
    answers = [client.ask("read") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [404, 404, 429, 429, 429]
    assert {a.headers["Retry-After"] for a in answers[2:]} == {"1"}
    assert client.control("GET", "/health").is_success
    assert client.rules() == []


def test_the_answer_that_asks_to_wait_is_delayed_like_others() -> None:
    client = caller(latency=0.05, rate_limit=1.0)
    began = datetime.now(UTC)
    assert [client.ask("read").status_code for _ in range(3)] == [404, 429, 429]
    assert datetime.now(UTC) - began >= timedelta(seconds=0.15)


def test_another_behaviour_changes_neither_the_rate_limit_nor_what_has_aged() -> None:
    client = caller(rate_limit=2.0, invalid_after=DAY)
    client.ask("create", json=valid())
    client.served.advance(timedelta(days=2))
    invalid = client.ask("read").json()
    client.served.behave(["lawful-create-200"])
    assert client.ask("read").status_code == 429
    time.sleep(1)
    assert client.ask("read").json() == invalid
    assert len(client.ask("events").json()) == 2


def test_there_is_room_again_when_retry_after_is_over() -> None:
    now = [0.0]
    served = Served(Options(), CONTRACT)
    served.service.behaviours = (RateLimit(0.25, clock=lambda: now[0]),)
    client = Caller(served)
    assert client.ask("read").status_code == 404
    refused = client.ask("read")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "4")
    now[0] = 1.5
    assert client.ask("read").headers["Retry-After"] == "3"
    now[0] = 3.9
    assert client.ask("read").headers["Retry-After"] == "1"
    now[0] = 4.0
    assert client.ask("read").status_code == 404


def test_behaviours_can_be_chosen_at_the_start_and_later() -> None:
    client = caller(behave=["lawful-create-200"])
    assert client.state()["behaviours"] == ["lawful-create-200"]
    assert client.ask("create", json=valid()).status_code == 200
    chosen = client.control("PUT", "/behaviours", json=["lawful-no-events", "lawful-gzip"])
    assert chosen.json() == {"behaviours": ["lawful-no-events", "lawful-gzip"]}
    assert client.ask("create", json=valid()).status_code == 201
    assert client.ask("events").json() == []
    assert client.ask("read").headers["Content-Encoding"] == "gzip"
    client.control("PUT", "/behaviours", json=[])
    assert len(client.ask("events").json()) == 1


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize(
    ("taken", "packed"),
    [("identity", False), ("", False), ("br, {};q=0", False), ("br;q=0.5, {}", True), ("*", True)],
)
def test_a_client_that_takes_nothing_compressed_gets_nothing_compressed(
    coding: str, taken: str, packed: bool
) -> None:
    client = caller(behave=[f"lawful-{coding}"])
    answer = client.ask("read", headers={**BEARER, "Accept-Encoding": taken.format(coding)})
    assert answer.headers.get("Content-Encoding") == (coding if packed else None)
    assert answer.json()["status"] == 404


def test_an_unknown_behaviour_is_an_error_at_once() -> None:
    with pytest.raises(ValueError, match="'nonsense'"):
        Served(Options(behave=["nonsense"]))


# ------------------------------------------------------------- /__contract


def test_the_state_says_what_stands_and_shows_no_secret(client: Caller) -> None:
    body = valid(**{SECRET: "a-password-to-look-for"})
    created = client.ask("create", json=body)
    state = client.state()
    first, second = state["leaf_users"]
    assert (first["id"], second) == (FIRST, {"id": SECOND, "credentials": None})
    assert first["credentials"]["status"] == created.json()["status"]
    assert first["credentials"]["log_entries"] == 1
    assert state["requests"] == {"create": 1}
    assert (state["violations"], state["notices"]) == ([], [])
    stored = client.served.service.credentials(FIRST)
    assert stored
    secrets = [stored[name] for name in CONTRACT.secret_fields if name in stored]
    assert len(secrets) >= 3
    assert not [s for s in (*secrets, DEFAULT_TOKEN) if s in json.dumps(state)]


def test_the_controls_ask_for_no_token_and_are_not_judged(client: Caller) -> None:
    for method, path in [("GET", ""), ("GET", "/health"), ("GET", "/nothing"), ("DELETE", "")]:
        client.control(method, path)
    state = client.state()
    assert (state["requests"], state["violations"], state["notices"]) == ({}, [], [])


def test_health(client: Caller) -> None:
    answer = client.control("GET", "/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_starting_afresh_forgets_everything_and_goes_back_to_the_options() -> None:
    client = caller(behave=["lawful-create-200"], seed=3)
    made = client.served.service.add_leaf_user()
    client.ask("create", json=valid(**{TEXT: 5}))
    client.ask("create", json=valid())
    client.control("POST", "/clock", json={"advance": "40d"})
    client.control("PUT", "/behaviours", json=["lawful-gzip"])
    assert client.control("DELETE").status_code == 204
    state = client.state()
    assert [user["credentials"] for user in state["leaf_users"]] == [None, None]
    assert made not in json.dumps(state)
    assert (state["requests"], state["violations"]) == ({}, [])
    assert (state["clock_ahead_by_seconds"], state["behaviours"]) == (0, ["lawful-create-200"])
    assert client.ask("create", json=valid()).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "word"),
    [
        ("POST", "/clock", b"", 400, "no JSON"), ("POST", "/clock", b"[]", 400, "advance"),
        ("POST", "/clock", b'{"advance": 5}', 400, "advance"),
        ("POST", "/clock", b'{"advance": "-1d"}', 400, "no length"),
        ("POST", "/clock", b'{"advance": "0"}', 400, "longer than none"),
        ("POST", "/clock", b'{"advance": "9999999d"}', 400, "years"),
        ("POST", "/clock", b'{"advance": "999999999999d"}', 400, ""),
        ("PUT", "/behaviours", b'"gzip"', 400, "list of names"),
        ("PUT", "/behaviours", b'["nonsense"]', 400, "nonsense"),
        ("PUT", "/behaviours", b" " * 70_000, 413, "larger"),
        ("PUT", "", b"", 405, "GET /__contract"), ("GET", "/", b"", 404, "GET /__contract"),
        ("GET", "/nothing", b"", 404, "GET /__contract"),
        ("POST", f"/invalid/{FIRST}", b"", 404, "no credentials"),
    ],
)  # fmt: skip
def test_a_control_that_makes_no_sense_is_one_sentence_and_changes_nothing(
    client: Caller, method: str, path: str, content: bytes, status: int, word: str
) -> None:
    answer = client.control(method, path, content=content)
    assert answer.status_code == status
    (sentence,) = answer.json().values()
    assert word in sentence
    assert "\n" not in sentence
    state = client.state()
    assert (state["clock_ahead_by_seconds"], state["behaviours"]) == (0, [])


def test_many_callers_at_once_are_all_counted(client: Caller) -> None:
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: client.ask("read", headers={}), range(200)))
    remarks = client.served.remarks()
    assert sorted(remark.number for remark in remarks) == list(range(1, 201))


def test_the_service_in_this_process_has_neither_controls_nor_an_audit() -> None:
    """So that a run of the suite costs nothing more, and finds what the contract documents."""
    service = Service()
    assert service.behaviours == ()
    assert User(service).http.get("http://embedded/__contract/health").status_code == 404
