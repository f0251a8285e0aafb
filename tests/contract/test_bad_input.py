"""Bodies with something wrong: refused or taken as they are, never half stored, never a failure."""

from __future__ import annotations

import json

import pytest

from contracts.derived.strategies import near_misses, wrong_types
from contracts.http.outcomes import NotChecked
from contracts.judging import expect
from contracts.leaf_user.request_bodies import (
    MALFORMED,
    OTHER_MEDIA_TYPES,
    UNUSUAL_TEXTS,
    without,
)

TEXTS = list(UNUSUAL_TEXTS.values())
# What a service that refuses control letters and long texts takes all the same.
MILD = [UNUSUAL_TEXTS[name] for name in ("padded", "combining", "quotes", "non-ascii", "astral")]
# The page's own curl examples send theirs under the first of them, so it is always sent.
FORM, *OTHERS = OTHER_MEDIA_TYPES.values()
MILDEST = [UNUSUAL_TEXTS["non-ascii"]]
UNDOCUMENTED = "undocumentedField"


@pytest.fixture
def attempt(account, about, endpoint, takes_ordinary):
    """Send a body where no credentials stand, and see what stands afterwards."""

    def attempt(body=None, **options):
        takes_ordinary(endpoint)
        account.absent()
        exchange = account.send(endpoint, body, **{"about": about.id, **options})
        if exchange.succeeded or not account.thrifty:
            account.look()
        return exchange

    return attempt


@pytest.mark.requirement("{create}.requires.{field}")
def test_a_body_without_a_field_is_refused(about, endpoint, field, ordinary, attempt):
    expect.refused(about, attempt(without(ordinary(endpoint), field)))


@pytest.mark.requirement("{create}.null.{field}")
def test_a_null_is_refused(about, endpoint, field, ordinary, attempt):
    expect.refused(about, attempt(ordinary(endpoint, **{field: None})))


@pytest.mark.requirement("{endpoint}.missing.{field}")
def test_a_body_without_a_field_is_answered(about, endpoint, field, ordinary, attempt, pick):
    body = ordinary(endpoint)
    for incomplete in pick([without(body, field), {**body, field: None}], live=1):
        expect.taken_or_refused(about, attempt(incomplete))


@pytest.mark.requirement("{endpoint}.type.{field}")
def test_another_type_is_answered(about, endpoint, field, account, ordinary, attempt, pick):
    for _, value in pick(wrong_types(account.form(endpoint).fields[field]), live=1):
        expect.taken_or_refused(about, attempt(ordinary(endpoint, **{field: value})))


@pytest.mark.requirement("{endpoint}.refuses-others.{field}")
def test_what_is_no_value_of_an_enum_is_refused(
    about, endpoint, field, account, ordinary, attempt, pick, run
):
    likely, *others = near_misses(account.form(endpoint).fields[field])
    # With real values, requests are scarce: much of what others take is refused one by one.
    scarce = account.bodies.real or run.contract.endpoints[endpoint].handshake
    for _, value in (likely, *pick(others, live=0 if scarce else 1)):
        expect.refused(about, attempt(ordinary(endpoint, **{field: value})))
    account.look()


@pytest.mark.requirement("{endpoint}.text.{field}")
def test_an_unusual_text_is_answered(about, endpoint, field, account, ordinary, attempt, pick, run):
    family = {
        known.parameters["field"]: known.id
        for known in run.contract.named(about.family)
        if known.endpoint == endpoint
    }
    if account.thrifty and run.tested.isdisjoint(family.values()):
        # Unusual texts in many fields at once; when they are taken, none needs its own.
        names, plain = [*family], ordinary(endpoint)
        half = len(names) // 2
        if account.bodies.real:  # perhaps a field or two are checked with the provider
            tries = [(names, TEXTS), (names[:half], TEXTS), (names[half:], TEXTS)]
        else:
            tries = [(names, texts) for texts in (TEXTS, MILD, MILDEST)]
        for fields, texts in tries:
            odd = {name: "".join(texts[:1]) + plain[name] + "".join(texts) for name in fields}
            covers = [family[name] for name in fields]
            tried = attempt(ordinary(endpoint, **odd), about=None, covers=covers)
            if tried.failed or (tried.succeeded and fields == names):
                break
    if account.thrifty and run.ledger.records[about.id].evidence:
        return
    # What failed with all of them is looked for in each.
    failed = account.thrifty and f"{endpoint}.no-server-error" in account.client.broken
    for text in ["".join(TEXTS)] if failed else pick(TEXTS, live=1):
        expect.taken_or_refused(about, attempt(ordinary(endpoint, **{field: text})))


@pytest.mark.requirement("{endpoint}.malformed")
def test_what_is_no_object_is_refused(about, endpoint, ordinary, attempt, pick):
    for spoil in pick(MALFORMED.values(), live=2):
        body = json.dumps(ordinary(endpoint)).encode()
        expect.refused(about, attempt(content=spoil(body)))


@pytest.mark.requirement("{endpoint}.other-media-type")
def test_another_media_type_is_answered(about, endpoint, ordinary, attempt, pick):
    for media_type in [FORM, *pick(OTHERS, live=0)]:
        expect.taken_or_refused(about, attempt(ordinary(endpoint), media_type=media_type))


@pytest.mark.requirement("{endpoint}.unknown-field")
def test_an_unknown_field_is_answered(about, endpoint, ordinary, attempt, pick):
    for value in pick(["text", 5, None, {"deep": [1]}], live=1):
        expect.taken_or_refused(about, attempt({**ordinary(endpoint), UNDOCUMENTED: value}))


@pytest.mark.requirement("{endpoint}.refused-stores-nothing")
def test_a_refused_body_is_not_stored(
    about, endpoint, account, ordinary, takes_ordinary, pick, run
):
    if account.thrifty and run.ledger.records[about.id].evidence:
        return
    takes_ordinary(endpoint)
    reads = []
    for arrange in account.in_either_state():
        refused = False
        for field in pick(ordinary(endpoint), live=1):
            arrange()
            exchange = account.send(endpoint, without(ordinary(endpoint), field))
            refused = refused or (exchange.refused and exchange.is_about_the_request)
        if refused:
            reads.append(account.read())
    if not reads:
        raise NotChecked("no incomplete body was refused")
    expect.evidence(about, *reads)
