"""The judge on an answer's form: each field, value, instant and secret goes red by itself."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.derived.strategies import (
    WRONG_TIMESTAMPS,
    near_misses,
    wrong_timestamps,
    wrong_types,
)
from contracts.spec.model import CREATE, READ, Endpoint
from contracts.spec.types import Choice, Timestamp
from tests.helpers.judge_helpers import (
    ANSWERING,
    CONTRACT,
    CREATED,
    ENDPOINTS,
    FIELDS,
    JSON,
    NEVER,
    NOW,
    PASSWORD,
    TIMES,
    TOKEN,
    accused,
    body_with,
    exchange,
    for_each,
    for_each_field,
    form_of,
    judge,
    lawful,
    lawful_value,
)

# Where what stands is not found, storing it is what is broken.
STORES = f"{CONTRACT.the(CREATE).id}.stores"
CHOICES = [(e, n) for e, n in FIELDS if e.answers and isinstance(e.answers.fields[n], Choice)]
LISTS = [endpoint for endpoint in ANSWERING if form_of(endpoint).is_list]


# ------------------------------------------------------------- label, JSON and shape


@pytest.mark.parametrize("status", [301, 302, 400, 404, 409, 415, 422, 429, 500, 502, 503])
@for_each(ENDPOINTS)
def test_a_documented_request_that_does_not_succeed(endpoint: Endpoint, status: int) -> None:
    found = accused(exchange(endpoint, status=status, missing=STORES))
    is_missing = endpoint.role == READ and status == 404
    assert found == [STORES if is_missing else f"{endpoint.id}.succeeds"]


@for_each(ENDPOINTS)
def test_a_request_that_need_not_succeed_may_be_refused_but_must_not_fail(
    endpoint: Endpoint,
) -> None:
    name = f"{endpoint.id}.no-server-error"
    for status in (400, 401, 404, 409, 422):
        assert accused(exchange(endpoint, status=status, valid=False)) == []
    for status in (500, 501, 502, 503, 504):
        assert accused(exchange(endpoint, status=status, valid=False)) == [name]
    about = "create.unknown-field"
    assert accused(exchange(endpoint, status=500, valid=False, about=about)) == [about]


@pytest.mark.parametrize(
    "headers",
    [(), (("Content-Type", "text/html"),), (("Content-Type", "text/json"),),
     (("Content-Type", "application/xml"),), (("Content-Type", ""),),
     (("Content-Type", "application/json; charset=iso-8859-1"),),
     (("Content-Type", "application/json;charset=utf-16"),), (("Content-Type", "json"),)],
    ids=["none", "html", "text/json", "xml", "empty", "latin-1", "utf-16", "half"],
)  # fmt: skip
@for_each(ANSWERING)
def test_a_wrong_label(endpoint: Endpoint, headers: tuple[tuple[str, str], ...]) -> None:
    mislabelled = lawful(endpoint, *(headers or (("X-None", "1"),)))
    assert accused(mislabelled) == [f"{endpoint.id}.media-type"]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda good: b"", id="nothing"),
        pytest.param(lambda good: good[:-1], id="cut"),
        pytest.param(lambda good: good + b"x", id="more"),
        pytest.param(lambda good: good + good, id="twice"),
        pytest.param(lambda good: b"\xef\xbb\xbf" + good, id="byte order mark"),
        pytest.param(lambda good: good.decode().encode("utf-16"), id="utf-16"),
        pytest.param(lambda good: good.replace(b'"', b"'"), id="single quotes"),
        pytest.param(lambda good: good[:-1] + b"," + good[-1:], id="trailing comma"),
        pytest.param(lambda good: good.replace(b":", b': NaN, "x":', 1), id="NaN"),
        pytest.param(lambda good: good.replace(b"{", b'{"id": "1", ', 1), id="a name twice"),
        pytest.param(lambda good: good.replace(b": ", b": \xff", 1), id="no UTF-8"),
        pytest.param(lambda good: b"<html>down for maintenance</html>", id="html"),
        pytest.param(lambda good: b"[" * 200_000, id="deep"),
    ],
)
@for_each(ANSWERING)
def test_what_is_no_json(endpoint: Endpoint, spoil: Any) -> None:
    content = spoil(json.dumps(lawful_value(endpoint)).encode())
    is_missing = endpoint.role == READ and not content
    expected = STORES if is_missing else f"{endpoint.id}.json"
    assert accused(exchange(endpoint, content=content, missing=STORES)) == [expected]


@pytest.mark.parametrize("value", ["text", 5, True, [], [[]], {"data": {}}, [{"data": 1}, 5]])
@for_each(ANSWERING)
def test_a_wrong_shape(endpoint: Endpoint, value: Any) -> None:
    found = accused(exchange(endpoint, value, missing=STORES))
    if value == [] and form_of(endpoint).is_list:
        assert found == []
    elif value == [] and endpoint.role == READ:
        assert found == [STORES]
    else:
        assert found == [f"{endpoint.id}.shape"]


@for_each(ANSWERING)
def test_a_list_for_an_object_and_an_object_for_a_list(endpoint: Endpoint) -> None:
    value = lawful_value(endpoint)
    other = value[0] if form_of(endpoint).is_list else [value]
    assert accused(exchange(endpoint, other)) == [f"{endpoint.id}.shape"]
    wrapped = {"content": value}
    assert accused(exchange(endpoint, wrapped)) == [f"{endpoint.id}.shape"]


# ------------------------------------------------------------- each field by itself


@for_each_field(FIELDS)
def test_a_field_that_is_missing_null_or_of_another_type(endpoint: Endpoint, name: str) -> None:
    kind = form_of(endpoint).fields[name]
    wrong = [..., None, *(value for _, value in wrong_types(kind))]
    for value in wrong:
        found = exchange(endpoint, body_with(endpoint, **{name: value}))
        assert accused(found) == [f"{endpoint.id}.response.{name}"], value
        others = {f"{endpoint.id}.response.{n}" for n in form_of(endpoint).fields if n != name}
        assert others <= judge(found).proved


@for_each_field(FIELDS)
def test_a_field_under_another_name_is_named_as_a_hint(endpoint: Endpoint, name: str) -> None:
    renamed = body_with(endpoint, **{name: ..., f"{name}_": 1})
    (finding,) = judge(exchange(endpoint, renamed)).findings
    assert finding.actual.startswith(f"no `{name}` (undocumented: {name}_)")


@for_each_field(CHOICES)
def test_a_value_outside_the_enum(endpoint: Endpoint, name: str) -> None:
    choice = form_of(endpoint).fields[name]
    assert isinstance(choice, Choice)
    for _, value in near_misses(choice):
        found = exchange(endpoint, body_with(endpoint, **{name: value}))
        assert accused(found) == [f"{endpoint.id}.response.{name}"], value
    for right in choice.values:
        assert accused(exchange(endpoint, body_with(endpoint, **{name: right}))) == []


@pytest.mark.parametrize("mutation", WRONG_TIMESTAMPS)
@for_each_field(TIMES)
def test_a_wrong_timestamp(endpoint: Endpoint, name: str, mutation: str) -> None:
    kind = form_of(endpoint).fields[name]
    assert isinstance(kind, Timestamp)
    value = WRONG_TIMESTAMPS[mutation](kind.pattern, CREATED)
    found = exchange(endpoint, body_with(endpoint, **{name: value}))
    assert accused(found) == [f"{endpoint.id}.response.{name}"]


@for_each_field(TIMES)
@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_a_wrong_timestamp_of_any_moment(
    data: st.DataObject, endpoint: Endpoint, name: str
) -> None:
    kind = form_of(endpoint).fields[name]
    assert isinstance(kind, Timestamp)
    _, value = data.draw(wrong_timestamps(kind.pattern))
    found = exchange(endpoint, body_with(endpoint, **{name: value}))
    assert accused(found) == [f"{endpoint.id}.response.{name}"]


def test_one_bad_entry_among_good_ones_is_found() -> None:
    for endpoint in LISTS:
        good = lawful_value(endpoint)[0]
        (name, *_) = CONTRACT.identifiers
        entries = [{**good, name: str(number)} for number in range(5)]
        assert accused(exchange(endpoint, entries)) == []
        del entries[3]["body"]
        assert accused(exchange(endpoint, entries)) == [f"{endpoint.id}.response.body"]


# ------------------------------------------------------------- instants


def at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@for_each_field(TIMES)
def test_an_instant_that_cannot_be_right(endpoint: Endpoint, name: str) -> None:
    skew = timedelta(seconds=CONTRACT.tolerances["clock_skew"])
    created = {"present": False} if endpoint.takes else {}
    for moment in (NOW, CREATED, NOW + skew / 2, CREATED - skew / 2):
        right = exchange(endpoint, body_with(endpoint, **{name: at(moment)}), **created)
        assert accused(right) == [], moment
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    for moment in (NOW + 2 * skew, CREATED - 2 * skew, NOW + timedelta(hours=2), epoch):
        wrong = exchange(endpoint, body_with(endpoint, **{name: at(moment)}), **created)
        found = [r for r in accused(wrong) if not r.endswith(".retention")]
        assert found == [f"{endpoint.id}.instant.{name}"], moment


def test_a_log_entry_that_is_too_old() -> None:
    slack = timedelta(seconds=CONTRACT.tolerances["retention_slack"])
    kept = timedelta(days=30)
    for age, expected in (
        (kept - slack, []),
        (kept + slack / 2, []),  # a purge that runs now and then is lawful
        (kept + 2 * slack, ["events.retention"]),
        (timedelta(days=365), ["events.retention"]),
    ):
        value = body_with(CONTRACT.endpoints["events"], createdDate=at(NOW - age))
        assert accused(exchange("events", value, since=None)) == expected, age


def test_log_entries_with_one_id() -> None:
    (entry,) = lawful_value(CONTRACT.endpoints["events"])
    assert accused(exchange("events", [entry, entry])) == ["events.unique-ids"]
    other = {**entry, "id": "another"}
    assert "events.unique-ids" in judge(exchange("events", [entry, other])).proved
    assert "events.unique-ids" not in judge(exchange("events", [entry])).proved


# ------------------------------------------------------------- secrets


def spellings(secret: str) -> dict[str, str]:
    encoded = base64.b64encode(f"user:{secret}".encode()).decode()
    return {
        "plain": secret,
        "within": f"the password is {secret}.",
        "quoted": quote(secret, safe=""),
        "base64": base64.b64encode(secret.encode()).decode(),
        "basic": f"Basic {encoded}",
        "url-base64": base64.urlsafe_b64encode(secret.encode()).decode(),
    }


@pytest.mark.parametrize("spelling", spellings(PASSWORD))
@for_each(ENDPOINTS)
def test_the_password_by_value_in_the_body(endpoint: Endpoint, spelling: str) -> None:
    shown = spellings(PASSWORD)[spelling]
    value = body_with(endpoint, note=shown) if endpoint.answers else {"note": shown}
    assert accused(exchange(endpoint, value)) == [f"{endpoint.id}.hides.{NEVER}"]


@pytest.mark.parametrize("spelling", spellings(PASSWORD))
@for_each(ENDPOINTS)
def test_the_password_by_value_in_a_header(endpoint: Endpoint, spelling: str) -> None:
    shown = lawful(endpoint, JSON, ("X-Debug", spellings(PASSWORD)[spelling]))
    assert accused(shown) == [f"{endpoint.id}.hides.{NEVER}"]


@pytest.mark.parametrize("label", [NEVER, NEVER.upper(), f"{NEVER[:4]}_{NEVER[4:]}"])
@for_each(ENDPOINTS)
def test_the_password_by_name(endpoint: Endpoint, label: str) -> None:
    further = {"details": {label: "hunter2"}}
    value = body_with(endpoint, **further) if endpoint.answers else further
    assert accused(exchange(endpoint, value)) == [f"{endpoint.id}.hides.{NEVER}"]


@pytest.mark.parametrize("secret", [PASSWORD, TOKEN], ids=["password", "token"])
@pytest.mark.parametrize("status", [400, 401, 404, 422, 500])
@for_each(ENDPOINTS)
def test_a_secret_in_an_error(endpoint: Endpoint, status: int, secret: str) -> None:
    name = f"{endpoint.id}.errors-hide-secrets"
    quiet = exchange(endpoint, {"title": "no"}, status, valid=False)
    assert name in judge(quiet).proved
    for shown in spellings(secret).values():
        in_body = exchange(endpoint, {"message": shown}, status, valid=False)
        in_header = exchange(endpoint, None, status, ("X-Debug", shown), valid=False)
        for leak in (in_body, in_header):
            assert [n for n in accused(leak) if not n.endswith("server-error")] == [name]


@pytest.mark.parametrize("spelling", spellings(TOKEN))
def test_a_token_in_a_log_entry(spelling: str) -> None:
    value = body_with(CONTRACT.endpoints["events"], headers=spellings(TOKEN)[spelling])
    assert accused(exchange("events", value)) == ["events.hides-tokens"]


def test_a_password_that_is_also_what_may_be_shown_is_no_leak() -> None:
    read = CONTRACT.endpoints["read"]
    shown = exchange(read, body_with(read, username=PASSWORD), kept={"username": PASSWORD})
    assert accused(shown) == []


def test_what_a_handshake_was_sent_may_be_shown_even_if_it_was_a_password_once() -> None:
    reads = CONTRACT.the(READ)
    name = next(n for n in form_of(reads).fields if n in CONTRACT.sendable_fields)
    given = {"present": None, "valid": False}
    shown = body_with(reads, **{name: PASSWORD})
    assert accused(exchange(reads, shown, **given)) == [f"{reads.id}.hides.{NEVER}"]
    assert accused(exchange(reads, shown, **given, started={name: PASSWORD})) == []
