"""Bodies with something wrong: refused or taken as they are, never half stored, never a failure."""

from __future__ import annotations

import json

import pytest

from contracts import expect
from contracts.bodies import MALFORMED, UNUSUAL_TEXTS, without
from contracts.strategies import near_misses, wrong_types

OTHER_MEDIA_TYPES = {
    "form": "application/x-www-form-urlencoded",
    "text": "text/plain",
    "xml": "application/xml",
    "none": "",
    "nonsense": "/;=",
}


@pytest.fixture
def ordinary(account):
    """An ordinary body for an endpoint, with some fields as given."""
    return lambda endpoint="create", **fixed: account.bodies.ordinary(
        account.form(endpoint), **fixed
    )


@pytest.fixture
def attempt(account, about):
    """Send a body where no credentials stand, and see what stands afterwards."""

    def attempt(body=None, **options):
        account.absent()
        exchange = account.send(about.endpoint, body, about=about.id, **options)
        if exchange.succeeded or not account.thrifty:
            account.ask("read")
        return exchange

    return attempt


@pytest.mark.requirement("create.requires.{field}")
def test_a_body_without_a_field_is_refused(about, field, ordinary, attempt):
    expect.refused(about, attempt(without(ordinary(), field)))


@pytest.mark.requirement("create.null.{field}")
def test_a_null_is_refused(about, field, ordinary, attempt):
    expect.refused(about, attempt(ordinary(**{field: None})))


@pytest.mark.requirement("create.type.{field}")
def test_another_type_is_answered(about, field, account, ordinary, attempt, pick):
    for _, value in pick(wrong_types(account.form("create").fields[field]), live=1):
        expect.answered(about, attempt(ordinary(**{field: value})))


@pytest.mark.requirement("create.refuses-others.{field}")
def test_what_is_no_value_of_an_enum_is_refused(about, field, account, ordinary, attempt, pick):
    for _, value in pick(near_misses(account.form("create").fields[field]), live=4):
        expect.refused(about, attempt(ordinary(**{field: value})))


@pytest.mark.requirement("create.text.{field}")
def test_an_unusual_text_is_answered(about, field, ordinary, attempt, pick):
    for text in pick(UNUSUAL_TEXTS.values(), live=1):
        expect.answered(about, attempt(ordinary(**{field: text})))


@pytest.mark.requirement("{endpoint}.malformed")
def test_what_is_no_object_is_refused(about, endpoint, ordinary, attempt, pick):
    for spoil in pick(MALFORMED.values(), live=2):
        body = json.dumps(ordinary(endpoint)).encode()
        expect.refused(about, attempt(content=spoil(body)))


@pytest.mark.requirement("create.other-media-type")
def test_another_media_type_is_answered(about, ordinary, attempt, pick):
    for media_type in pick(OTHER_MEDIA_TYPES.values(), live=2):
        expect.answered(about, attempt(ordinary(), media_type=media_type))


@pytest.mark.requirement("create.unknown-field")
def test_an_unknown_field_is_answered(about, ordinary, attempt, pick):
    for value in pick(["text", 5, None, {"deep": [1]}], live=1):
        expect.answered(about, attempt({**ordinary(), "undocumentedField": value}))


@pytest.mark.requirement("create.refused-stores-nothing")
def test_a_refused_body_is_not_stored(about, account, ordinary, pick):
    reads = []
    for arrange in (account.absent, account.present):
        arrange()
        for field in pick(ordinary(), live=1):
            expect.turned_down(account.send("create", without(ordinary(), field)))
            reads.append(account.ask("read"))
    expect.shown(about, *reads)
