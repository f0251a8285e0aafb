"""The judge accuses what breaks the contract, of exactly that, and nothing that is lawful."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.http.exchange import OF_THE_MOMENT, Judgement
from contracts.spec.model import Endpoint, Requirement
from contracts.spec.types import Choice
from tests.helpers.judge_helpers import (
    ANSWERING,
    CONTRACT,
    CREATED,
    ENDPOINTS,
    JSON,
    NEVER,
    TIMES,
    accused,
    body_with,
    exchange,
    for_each,
    form_of,
    judge,
    lawful,
    lawful_value,
)

# ------------------------------------------------------------- a lawful answer


@for_each(ENDPOINTS)
def test_a_lawful_answer_proves_everything_that_it_can_show(endpoint: Endpoint) -> None:
    judgement = judge(lawful(endpoint))
    assert judgement.findings == ()
    families = {"succeeds", *(["hides." + NEVER])}
    if endpoint.answers:
        families |= {"media-type", "json", "shape"}
        families |= {f"response.{name}" for name in endpoint.answers.fields}
        families |= {f"instant.{n}" for e, n in TIMES if e == endpoint}
    assert {f"{endpoint.id}.{family}" for family in families} <= judgement.proved


def test_every_finding_and_every_proof_is_a_requirement() -> None:
    broken = exchange("read", [5], 200, ("Content-Type", "text/html"))
    judgement = judge(broken)
    assert {f.requirement for f in judgement.findings} == {"read.media-type", "read.shape"}
    for name in (*accused(broken), *judgement.proved):
        assert isinstance(CONTRACT.requirements[name], Requirement)


@pytest.mark.parametrize("status", [200, 201, 202, 203])
@for_each(ENDPOINTS)
def test_any_2xx_means_success(endpoint: Endpoint, status: int) -> None:
    value = lawful_value(endpoint) if endpoint.answers else None
    assert accused(exchange(endpoint, value, status)) == []


@pytest.mark.parametrize(
    "media_type",
    ["application/json; charset=utf-8", "application/json;charset=UTF-8", "APPLICATION/JSON",
     'application/json; charset="utf-8"', "application/hal+json", "application/json; profile=x",
     "application/vnd.leaf.v1+json;charset=utf-8", "application/json ; charset=us-ascii"],
)  # fmt: skip
@for_each(ANSWERING)
def test_other_labels_of_json_are_lawful(endpoint: Endpoint, media_type: str) -> None:
    assert accused(lawful(endpoint, ("content-type", media_type))) == []


@pytest.mark.parametrize(
    "further",
    [{"undocumented": "text"}, {"undocumented": None}, {"lastModified": "2026-01-15"},
     {NEVER: None}, {NEVER: "********"}, {NEVER: "••••"}, {NEVER: ""}, {"deep": {NEVER: None}},
     {"passwordExpires": True}, {"_links": {"self": {"href": "https://example.com"}}}],
    ids=lambda further: json.dumps(further, ensure_ascii=True)[:40],
)  # fmt: skip
@for_each(ANSWERING)
def test_further_fields_are_lawful(endpoint: Endpoint, further: dict[str, Any]) -> None:
    assert accused(exchange(endpoint, body_with(endpoint, **further))) == []


def test_a_compressed_answer_is_judged_by_what_is_in_it() -> None:
    """The client undoes the content coding; what remains of it is a header."""
    packed = lawful("read", JSON, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
    assert accused(packed) == []
    raw = gzip.compress(b"{}")
    assert "read.json" in accused(exchange("read", content=raw))


def test_no_events_yet_is_lawful() -> None:
    judgement = judge(exchange("events", []))
    assert judgement.findings == ()
    assert "events.succeeds" in judgement.proved
    assert "events.response.id" not in judgement.proved
    assert "events.instant.createdDate" not in judgement.proved


NOTHING = {
    "404": (404, b'{"title": "Not Found"}'),
    "404 without body": (404, b""),
    "400": (400, b'{"title": "Bad Request"}'),
    "410": (410, b""),
    "204": (204, b""),
    "200 and null": (200, b"null"),
    "200 and an empty object": (200, b"{}"),
    "200 and an empty list": (200, b"[]"),
    "200 and nothing": (200, b""),
}


@pytest.mark.parametrize("way", NOTHING)
@pytest.mark.parametrize(
    ("endpoint", "gone"), [("read", "delete.removes"), ("events", "delete.ends-events")]
)
def test_any_sane_way_to_say_that_nothing_is_there_is_lawful(
    endpoint: str, gone: str, way: str
) -> None:
    status, content = NOTHING[way]
    judgement = judge(
        exchange(endpoint, status=status, content=content, valid=False, present=False, gone=gone)
    )
    assert judgement.findings == ()
    assert gone in judgement.proved


@pytest.mark.parametrize("status", [302, 401, 403, 405, 429])
def test_an_answer_about_something_else_is_no_proof_of_deletion(status: int) -> None:
    judgement = judge(
        exchange("read", status=status, valid=False, present=False, gone="delete.removes")
    )
    assert "delete.removes" not in judgement.proved


@pytest.mark.parametrize("gone", ["delete.removes", "create.stores"])
def test_a_body_that_could_not_be_read_shows_neither_presence_nor_absence(gone: str) -> None:
    intent = (
        {"valid": False, "present": False, "gone": gone}
        if gone == "delete.removes"
        else {"missing": gone}
    )
    unreadable = replace(exchange("read", **intent), problem="the gzip body ends too early")
    assert gone not in {*accused(unreadable), *judge(unreadable).proved}


# ------------------------------------------------------------- what is kept, and for whom

STORED = {name: f"{name}-of-mine" for name in ("clientId", "username", "organizationCode")}
OTHERS = {name: f"{name}-of-theirs" for name in STORED}


def test_what_was_sent_must_be_shown() -> None:
    for endpoint in ("create", "read"):
        known = CONTRACT.endpoints[endpoint]
        right = judge(exchange(known, body_with(known, **STORED), kept=STORED))
        assert right.findings == ()
        assert {f"{endpoint}.keeps.{name}" for name in STORED} <= right.proved
        for name in STORED:
            value = body_with(known, **{**STORED, name: STORED[name] + " "})
            assert accused(exchange(known, value, kept=STORED)) == [f"{endpoint}.keeps.{name}"]


def test_an_enum_that_is_swapped_is_seen() -> None:
    kept = {"clientEnvironment": "PRODUCTION"}
    for endpoint in ("create", "read"):
        value = body_with(CONTRACT.endpoints[endpoint], clientEnvironment="STAGE")
        name = f"{endpoint}.keeps.clientEnvironment"
        assert accused(exchange(endpoint, value, kept=kept)) == [name]


@pytest.mark.parametrize("micros", [-1, 0, 1, 1000])
def test_a_creation_that_was_rounded_is_the_same(micros: int) -> None:
    read = CONTRACT.endpoints["read"]
    kept = {"createdTime": lawful_value(read)["createdTime"]}
    shown = (CREATED + timedelta(microseconds=micros)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert accused(exchange(read, body_with(read, createdTime=shown), kept=kept)) == []


@pytest.mark.parametrize("seconds", [-60, -1, 1, 60])
def test_a_creation_that_moves_is_seen(seconds: int) -> None:
    read = CONTRACT.endpoints["read"]
    kept = {"createdTime": lawful_value(read)["createdTime"]}
    shown = (CREATED + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    moved = exchange(read, body_with(read, createdTime=shown), kept=kept)
    assert accused(moved) == ["read.keeps.createdTime"]


def test_a_token_that_was_rotated_is_lawful_and_one_that_was_damaged_is_not() -> None:
    read, kept = CONTRACT.endpoints["read"], {"refreshToken": "Refresh-Token-5e2b1"}
    for shown in ("another-token-8d1f", "Refresh-Token-5e2b1"):
        assert accused(exchange(read, body_with(read, refreshToken=shown), kept=kept)) == []
    for shown in ("Refresh-Token-5e2b", "refresh-token-5e2b1", " Refresh-Token-5e2b1"):
        altered = exchange(read, body_with(read, refreshToken=shown), kept=kept)
        assert accused(altered) == ["read.keeps.refreshToken"]


def test_the_answer_to_a_creation_may_show_an_exchanged_token_and_no_damaged_one() -> None:
    create, kept = CONTRACT.endpoints["create"], {"refreshToken": "Refresh-Token-5e2b1"}
    exchanged = body_with(create, refreshToken="another-token-8d1f")
    assert accused(exchange(create, exchanged, kept=kept)) == []
    assert "create.keeps.refreshToken" not in judge(exchange(create, exchanged, kept=kept)).proved
    cut = body_with(create, refreshToken="Refresh-Token-5e2")
    assert accused(exchange(create, cut, kept=kept)) == ["create.keeps.refreshToken"]


@pytest.mark.parametrize(
    "requirement", ["read.isolated", "create.again", "create.on-existing", "delete.isolated"]
)
def test_the_values_of_other_credentials_are_blamed_on_what_mixed_them_up(requirement: str) -> None:
    read = CONTRACT.endpoints["read"]
    never = ((requirement, OTHERS),)
    mixed = exchange(read, body_with(read, **OTHERS), kept=STORED, never=never)
    assert accused(mixed) == [requirement]
    partly = {**STORED, "username": OTHERS["username"]}
    mixed = exchange(read, body_with(read, **partly), kept=STORED, never=never)
    assert accused(mixed) == [requirement]
    right = exchange(read, body_with(read, **STORED), kept=STORED, never=never)
    assert accused(right) == []


def test_an_enum_value_that_two_users_share_is_no_mix_up() -> None:
    read = CONTRACT.endpoints["read"]
    choice = next(n for n, k in form_of(read).fields.items() if isinstance(k, Choice))
    never = (("read.isolated", {choice: "STAGE"}),)
    wrong = exchange(read, kept={choice: "PRODUCTION"}, never=never,
                     value=body_with(read, **{choice: "STAGE"}))  # fmt: skip
    assert accused(wrong) == [f"read.keeps.{choice}"]


@pytest.mark.parametrize(
    "status",
    [
        404,
        410,
        204,
    ],
)
def test_credentials_that_are_not_found_are_blamed_on_what_made_them(status: int) -> None:
    for missing in ("create.stores", "delete.isolated"):
        assert accused(exchange("read", status=status, missing=missing)) == [missing]
        assert missing in judge(lawful("read", missing=missing)).proved


@pytest.mark.parametrize("gone", ["delete.removes", "read.isolated", "create.auth-changes-nothing"])
def test_what_is_shown_though_nothing_stands_is_blamed(gone: str) -> None:
    there = lawful("read", valid=False, present=False, gone=gone)
    assert accused(there) == [gone]
    assert gone not in judge(there).proved


# ------------------------------------------------------------- authorization

AUTH = [r for r in CONTRACT.requirements.values() if ".auth." in r.id]


@pytest.mark.parametrize("about", AUTH, ids=lambda about: about.id)
def test_a_refused_token_is_answered_with_the_documented_status(about: Requirement) -> None:
    def refusing(status: int) -> Judgement:
        refusal = exchange(about.endpoint, status=status, about=about.id, authorised=False)
        return judge(refusal)

    accepted = {401} if about.level == "documented" else {400, 401, 403}
    for status in (200, 201, 204, 302, 400, 401, 403, 404, 405, 422, 500, 501):
        judgement = refusing(status)
        expected = [] if status in accepted else [about.id]
        if about.advisory and 200 <= status < 300:  # which is documented to be refused
            expected.append(f"{about.endpoint}.auth-required")
        assert [f.requirement for f in judgement.findings] == expected, status
        assert (about.id in judgement.proved) == (status in accepted), status
    for status in OF_THE_MOMENT:
        # A limit or a gateway has not looked at the token.
        assert refusing(status).findings == ()
        assert about.id not in refusing(status).proved


@for_each(ENDPOINTS)
def test_a_refusal_shows_nothing_of_the_credentials(endpoint: Endpoint) -> None:
    name = f"{endpoint.id}.auth-shows-nothing"
    kept: Mapping[str, str] = {"username": "contract-suite-17@example.com"}
    silent = exchange(endpoint, {"title": "no"}, 401, authorised=False, kept=kept)
    assert name in judge(silent).proved
    telling = exchange(endpoint, {"user": kept["username"]}, 401, authorised=False, kept=kept)
    assert accused(telling) == [name]
    nothing_known = exchange(endpoint, {"title": "no"}, 401, authorised=False)
    assert name not in judge(nothing_known).proved


@pytest.mark.parametrize("problem", ["no answer within 10 s", "no readable answer"])
@for_each(ENDPOINTS)
def test_no_answer_at_all_is_a_failure(endpoint: Endpoint, problem: str) -> None:
    silent = replace(lawful(endpoint), answer=None, problem=problem)
    (finding,) = judge(silent).findings
    assert (finding.requirement, finding.actual) == (f"{endpoint.id}.succeeds", problem)
