"""What is observed where the page is silent: named, the same for the same service, no secret."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from contracts.faults import behaviours
from contracts.http.exchange import Request
from contracts.leaf_user.request_bodies import OTHER_MEDIA_TYPES
from contracts.report.observer import ASPECTS, CIRCUMSTANCES, FINDINGS, HEADER_KINDS, Observer
from contracts.report.value_shapes import body_shape, name_shape, ordered, spoken, text_shape
from contracts.spec.load import load
from tests.helpers.report_helpers import STARTED, USER, Watched, a_short_life, exchange, watched

CONTRACT = load()
EXAMPLE: Any = CONTRACT.example(CONTRACT.forms["credentials-read"])


@pytest.fixture
def seen() -> Iterator[Watched]:
    with watched() as found:
        yield found


def values(seen: Watched, name: str) -> tuple[str, ...]:
    return seen.observed()[name]


def test_a_short_life_shows_what_the_page_leaves_open(seen: Watched) -> None:
    a_short_life(seen.account)
    observed = seen.observed()
    for name, value in {
        "create.documented.status": "201",
        "create.on-existing.status": "201",
        "create.malformed.status": "400",
        "read.documented.status": "200",
        "read.absent.status": "404",
        "read.auth.status": "401",
        "events.absent.status": "404",
        "delete.documented.status": "204",
        "delete.documented.body": "nothing",
        "delete.repeated.status": "404",
        "delete.absent.status": "404",
        "delete.repeated.media-type": "application/problem+json",
        "events.delay": "within 1 s",
        "read.id-shape": "UUID",
        "read.values.status": "ACTIVE",
    }.items():
        assert observed[name] == (value,), name
    assert observed["read.further-fields"] == observed["service.security-headers"] == ()
    changed = set(observed["create.on-existing.effect"])
    fields = set(EXAMPLE)
    assert changed < fields
    assert changed & set(CONTRACT.identifiers)
    volatile = {f.name for f in CONTRACT.fields.values() if f.volatile or f.secret}
    assert not changed & volatile
    assert observed["delete.repeated.body"] == observed["read.absent.body"]


def test_an_observation_is_named_typed_and_a_sentence(seen: Watched) -> None:
    a_short_life(seen.account)
    found = seen.observer.observations()
    assert len({o.id for o in found}) == len(found) > 30
    kinds = {*ASPECTS, *FINDINGS, *(f"{kind}-headers" for kind in HEADER_KINDS)}
    for each in found:
        assert each.type in kinds
        assert each.circumstance in {"", *CIRCUMSTANCES}
        assert each.sentence.endswith(".")
        assert each.endpoint is None or CONTRACT.endpoints[each.endpoint].request in each.sentence
        assert list(each.values) == sorted(set(each.values))


def test_the_same_service_gives_the_same_observations() -> None:
    found = []
    for _ in range(2):
        with watched() as seen:
            a_short_life(seen.account)
            found.append(seen.observer.observations())
    assert found[0] == found[1]


def test_observing_sends_nothing(seen: Watched) -> None:
    seen.see(exchange(valid=True, present=True, body=EXAMPLE))
    assert seen.observed()
    assert seen.run.target.client.requests == 0


@pytest.mark.parametrize(
    ("lawful", "observation", "expected"),
    [
        ("create-200", "create.documented.status", {"200"}),
        ("delete-json", "delete.documented.body", {"an object with message"}),
        ("delete-none-410", "delete.repeated.status", {"410"}),
        ("read-none-object", "read.absent.body", {"{}"}),
        ("events-none-200", "events.absent.body", {"[]"}),
        ("charset", "read.documented.media-type", {"application/json;charset=UTF-8"}),
        ("errors-empty", "read.absent.body", {"nothing"}),
        ("errors-html", "read.auth.body", {"HTML"}),
        ("errors-422", "create.malformed.status", {"422"}),
        ("numeric-ids", "read.id-shape", {"digits"}),
        ("create-on-existing-409", "create.on-existing.status", {"409"}),
        ("create-on-existing-409", "create.on-existing.effect", set()),
        ("gzip", "service.encoding-headers", {"content-encoding: gzip"}),
    ],
)
def test_what_a_lawful_service_chooses_is_seen(
    lawful: str, observation: str, expected: set[str]
) -> None:
    with watched(*behaviours([f"lawful-{lawful}"], CONTRACT)) as seen:
        a_short_life(seen.account)
        assert set(values(seen, observation)) == expected


@pytest.mark.parametrize("label", OTHER_MEDIA_TYPES)
@pytest.mark.parametrize("endpoint", ["create", "one-click"])
def test_each_label_of_a_body_is_a_circumstance_of_its_own(
    seen: Watched, endpoint: str, label: str
) -> None:
    about = f"{endpoint}.other-media-type"
    seen.account.send(endpoint, {}, media_type=OTHER_MEDIA_TYPES[label], about=about)
    statuses = [name for name in seen.observed() if name.startswith(about)]
    assert statuses == [f"{about}.{label}.{kind}" for kind in ("status", "media-type", "body")]
    first = seen.observer.observations()[0]
    assert (first.circumstance, first.type) == (f"other-media-type.{label}", "status")
    assert (OTHER_MEDIA_TYPES[label] or "an empty Content-Type") in first.sentence


def test_a_label_that_is_not_known_is_no_circumstance(seen: Watched) -> None:
    seen.account.send("create", {}, media_type="text/csv", about="create.other-media-type")
    assert not [name for name in seen.observed() if name.startswith("create.")]


def test_what_was_looked_for_and_not_found_is_said(seen: Watched) -> None:
    seen.see(exchange("delete", status=204, valid=True, present=True, headers=[]))
    assert values(seen, "delete.documented.media-type") == ("none",)
    found = {o.id: o for o in seen.observer.observations()}
    for kind in HEADER_KINDS:
        looked_for = found[f"service.{kind}-headers"]
        assert looked_for.values == ()
        assert looked_for.sentence == f"Headers about {kind} in answers: none."


def test_what_varied_is_all_values_sorted(seen: Watched) -> None:
    for status in (201, 200, 201):
        seen.see(exchange("create", status=status, valid=True, present=False, body=EXAMPLE))
    assert values(seen, "create.documented.status") == ("200", "201")


def test_the_same_body_under_another_label_is_seen(seen: Watched) -> None:
    for label in ("text/plain", "text/html", "text/plain"):
        seen.see(exchange(status=404, present=False, headers=[("Content-Type", label)], body=b"x"))
    assert values(seen, "read.absent.media-type") == ("text/html", "text/plain")


def test_only_the_suites_own_requests_are_told_apart(seen: Watched) -> None:
    own = exchange(status=404, present=False)
    generated = Request("GET", own.request.url, [*own.request.headers, ("Accept", "*/*")])
    elsewhere = Request("GET", own.request.url + "?x=1", own.request.headers)
    for request in (generated, elsewhere):
        seen.see(exchange(status=500, present=False, request=request))
    assert "read.absent.status" not in seen.observed()
    seen.see(own)
    assert values(seen, "read.absent.status") == ("404",)


def test_headers_are_named_and_only_telling_values_are_shown(seen: Watched) -> None:
    headers = [
        ("Cache-Control", "no-store"),
        ("ETag", '"5d8c"'),
        ("X-RateLimit-Remaining", "17"),
        ("Strict-Transport-Security", "max-age=1"),
        ("X-Request-Id", "f00"),
    ]
    seen.see(exchange(headers=headers))
    assert values(seen, "service.caching-headers") == ("cache-control: no-store", "etag")
    assert values(seen, "service.rate-limit-headers") == ("x-ratelimit-remaining",)
    assert values(seen, "service.security-headers") == ("strict-transport-security: max-age=1",)
    assert values(seen, "service.encoding-headers") == ()


def test_further_fields_are_named_unless_their_names_are_values(seen: Watched) -> None:
    body = {**EXAMPLE, "owner": 1, "3f2a9c71b04d": 2, "x" * 60: 3}
    seen.see(exchange(valid=True, present=True, body=body))
    assert values(seen, "read.further-fields") == ("(a name of its own)", "owner")


def test_the_order_of_entries_and_their_delay_are_seen(seen: Watched) -> None:
    entry: Any = CONTRACT.example(CONTRACT.forms["credentials-events"])
    (time,) = (name for name in entry[0] if name.startswith("created"))
    entries = [{**entry[0], time: f"2026-01-15T09:30:0{n}.000000Z"} for n in (3, 2, 1)]
    since = STARTED - timedelta(seconds=30)
    seen.see(exchange("events", valid=True, present=True, since=since, body=entries))
    assert values(seen, "events.order") == ("newest first",)
    assert values(seen, "events.delay") == ("within 60 s",)
    since = STARTED - timedelta(seconds=5)
    seen.see(exchange("events", valid=True, present=True, since=since, body=entries[::-1]))
    assert values(seen, "events.order") == ("newest first", "oldest first")
    assert values(seen, "events.delay") == ("within 10 s",)


def test_no_secret_is_observed(seen: Watched) -> None:
    secret = secrets.token_urlsafe(24)
    seen.run.target.secrets.keep(secret, "token")
    seen.see(
        exchange(
            status=404,
            present=False,
            headers=[("Content-Type", f"text/{secret}"), ("Cache-Control", secret)],
            body={secret: 1, "status": secret},
        ),
        exchange(valid=True, present=True, body={**EXAMPLE, secret: 1, "status": secret}),
    )
    shown = f"{seen.observer.observations()} {seen.observer.as_json()}"
    assert secret not in shown
    assert "***" in shown


def test_a_random_status_is_no_value(seen: Watched) -> None:
    for _ in range(30):
        body = {**EXAMPLE, "status": secrets.token_hex(16)}
        seen.see(exchange(valid=True, present=True, body=body))
    assert values(seen, "read.values.status") == ("32 hexadecimal digits",)


def test_what_workers_saw_is_merged(seen: Watched) -> None:
    seen.see(exchange(status=404, present=False))
    other = Observer(CONTRACT, seen.run.target.secrets)
    other(exchange(status=410, present=False))
    seen.observer.merge(other.as_json())
    assert values(seen, "read.absent.status") == ("404", "410")


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        (USER, "UUID"),
        ("507f1f77bcf86cd799439011", "24 hexadecimal digits"),
        ("12345", "digits"),
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "ULID"),
        ("abc123", "letters and digits"),
        ("a-b", "letters, digits and dashes"),
        ("a b!", "text"),
        ("", "empty text"),
    ],
)
def test_a_texts_shape_is_the_same_for_all_of_its_kind(text: str, shape: str) -> None:
    assert text_shape(text) == shape


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        (None, "nothing"),
        (b" \n", "blanks"),
        ({"b": 1, "a": 2}, "an object with a, b"),
        ({}, "{}"),
        ([], "[]"),
        ([1], "a list"),
        (b"null", "null"),
        ("text", "a JSON text"),
        (5, "a JSON number or boolean"),
        (b"<!DOCTYPE html><p>", "HTML"),
        (b"oops", "text"),
    ],
)
def test_a_bodys_shape_shows_none_of_its_values(body: Any, shape: str) -> None:
    assert body_shape(exchange(status=404, body=body)) == shape


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        ("status", [], "none"),
        ("status", ["201"], "201"),
        ("status", ["200", "201", "415"], "200, 201 or 415"),
        ("body", ["an object with a, b", "nothing"], "an object with a, b; or nothing"),
        ("further-fields", ["owner", "tenant"], "`owner`, `tenant`"),
        ("caching-headers", ["cache-control: no-cache, no-store", "etag"],
         "`cache-control: no-cache, no-store`, `etag`"),
    ],
)  # fmt: skip
def test_several_values_are_told_apart_in_a_sentence(
    kind: str, values: list[str], words: str
) -> None:
    assert spoken(kind, values) == words


def test_an_order_needs_two_different_values() -> None:
    assert ordered(["a"]) is ordered(["a", "a"]) is None
    assert ordered(["a", "c", "b"]) == "in no order"


def test_a_long_name_is_not_shown() -> None:
    assert name_shape("errorKey") == "errorKey"
    assert name_shape("a" * 41) != "a" * 41
