"""The life of credentials: none, created, read, replaced or refused, deleted, created again."""

from __future__ import annotations

import pytest

from contracts.http.outcomes import NotChecked
from contracts.judging import expect


@pytest.fixture
def other_choices(account, create):
    """Other values of enums than ordinary bodies have, of those that were seen to be accepted."""
    return {
        name: value
        for name, value in account.bodies.other_choices(account.form(create.id)).items()
        if f"{create.id}.value.{name}.{value}" in account.client.proved
    }


@pytest.mark.requirement("{delete}.removes")
def test_deleted_credentials_cannot_be_read(account, evidence_from):
    def read_after_deletion():
        account.present()
        expect.succeeded(account.delete())
        return account.read()

    evidence_from(read_after_deletion, strong=True)


@pytest.mark.requirement("{delete}.ends-{log}")
def test_deleted_credentials_have_no_log_entries(about, account):
    account.present()
    if not account.log().json:
        raise NotChecked("the service showed no log entry that could be left")
    expect.succeeded(account.delete())
    expect.evidence(about, account.log())


@pytest.mark.requirement("{create}.again")
def test_credentials_can_be_created_again_after_deletion(about, account):
    account.present()
    account.log()
    account.absent()
    expect.evidence(about, account.create(about=about.id))
    expect.conforms(about, account.read())
    account.log()


@pytest.mark.requirement("{create}.on-existing")
def test_creating_twice_replaces_or_is_refused(about, account, other_choices, pick):
    reads = []
    for fixed in pick([other_choices, account.all_but_one_as_they_stand], live=2):
        account.present()
        values = fixed() if callable(fixed) else fixed
        expect.no_failure(about, account.create(about=about.id, **values))
        reads.append(account.read())
    expect.evidence(about, *reads)


@pytest.mark.requirement("{delete}.twice")
def test_a_second_deletion_is_answered(about, account):
    account.present()
    expect.succeeded(account.delete())
    expect.no_failure(about, account.delete(about=about.id))
