"""What was created is what is shown, field by field and value by value."""

from __future__ import annotations

import pytest

from contracts.http.outcomes import NotChecked
from contracts.judging import expect
from contracts.leaf_user.request_bodies import ENDS, LENGTHS


@pytest.mark.requirement("{create}.stores")
def test_created_credentials_can_be_read_at_once(about, account):
    account.absent()
    created = account.create()
    expect.succeeded(created)
    expect.evidence(about, account.read())


@pytest.mark.requirement("{create}.keeps.{field}")
def test_the_answer_shows_what_was_sent(perform, endpoint, evidence_from):
    evidence_from(lambda: perform(endpoint))


@pytest.mark.requirement("{read}.keeps.{field}")
def test_every_read_shows_what_was_created(perform, endpoint, evidence_from):
    evidence_from(lambda: perform(endpoint))


@pytest.mark.requirement("{create}.keeps.{field}", "{read}.keeps.{field}", together=True)
@pytest.mark.needs("create", "read")
def test_white_space_and_length_are_kept(account, create, pick):
    """Texts as services trim, cut and refuse them: the ends and the length of each one matter."""
    bodies, form = account.bodies, account.form(create.id)
    shaped = [
        *(bodies.with_ends(form, number) for number in pick(range(len(ENDS)), live=1)),
        *(bodies.of_length(form, number) for number in pick(range(len(LENGTHS)), live=1)),
    ]
    answers = []
    for body in shaped:
        account.absent()
        created = account.send(create.id, body)
        if created.succeeded:
            answers += [created, account.read()]
    for answer in answers:
        expect.no_violation(answer)
    if not answers:
        raise NotChecked("the service refused every text of this kind")


@pytest.mark.requirement("{handshake}.keeps.{field}")
def test_what_appears_after_a_handshake_is_what_was_sent(perform, endpoint, account, evidence_from):
    def start_and_read():
        expect.succeeded(perform(endpoint))
        read = account.read()
        if read.shows_nothing:
            raise NotChecked("the handshake was started, and no credentials have appeared yet")
        account.log()
        return read

    evidence_from(start_and_read)


@pytest.mark.requirement("{endpoint}.value.{field}.{value}")
def test_each_value_of_an_enum_is_accepted(
    about, endpoint, account, field, value, values, ordinary, run, evidence_from
):
    form = account.form(endpoint)
    demanding = not run.contract.endpoints[endpoint].handshake or run.target.shakes_hands

    def send(value, about=None):
        account.absent()
        body = ordinary(endpoint, **{field: value})
        valid = about is not None and demanding and account.bodies.is_ordinary(form, body)
        return account.send(endpoint, body, valid=valid, about=about)

    def send_and_read():
        others = [other for other in values if other != value]
        if not run.ledger.successes[endpoint] and not any(send(o).succeeded for o in others):
            raise NotChecked("no value is accepted", because=f"{endpoint}.succeeds")
        exchange = send(value, about.id)
        read = account.look() if exchange.succeeded else None
        if read is not None and not read.shows_nothing:
            account.log()
        return exchange

    evidence_from(send_and_read)
