"""What is done for one Leaf user leaves the other one alone, who has credentials of their own.

The other Leaf user's credentials have the same values as far as the service takes them: what a
service mixes up, it mixes up there.
"""

from __future__ import annotations

import uuid

import pytest

from contracts.http.outcomes import NotChecked
from contracts.judging import expect


@pytest.mark.requirement("{read}.isolated")
def test_each_leaf_user_reads_their_own(account, other, evidence_from):
    def read_both():
        account.present(confirmed=True)
        other.present(confirmed=True)
        for user in (account, other, account):  # the last one, with nothing written in between
            user.read()
        return other.read()

    evidence_from(read_both, strong=True)


@pytest.mark.requirement("{read}.own-id")
def test_each_leaf_user_has_an_id_of_their_own(account, other, evidence_from):
    def read_beside_the_other():
        account.present()
        other.present()
        return account.read()

    evidence_from(read_beside_the_other)


@pytest.mark.requirement("{create}.isolated")
def test_creating_leaves_the_other_leaf_user_alone(account, other, evidence_from):
    def create_beside_the_other():
        account.absent()
        other.present(confirmed=True)
        other.log()
        expect.succeeded(account.create_like(other))
        read = other.read()
        other.log()
        return read

    evidence_from(create_beside_the_other, strong=True)


@pytest.mark.requirement("{delete}.isolated")
def test_deleting_leaves_the_other_leaf_user_alone(account, other, evidence_from):
    def delete_beside_the_other():
        account.present(confirmed=True)
        other.present(fresh=True, like=account)  # with a log that nobody has touched yet
        other.log()
        expect.succeeded(account.delete())
        read = other.read()
        other.log()
        return read

    evidence_from(delete_beside_the_other, strong=True)


@pytest.mark.requirement("{handshake}.isolated")
def test_one_click_leaves_the_other_leaf_user_alone(
    endpoint, perform, account, other, evidence_from
):
    def start_beside_the_other():
        other.present(confirmed=True)
        expect.succeeded(perform(endpoint))
        account.look()  # what was started is given its time
        return other.read()

    evidence_from(start_beside_the_other, strong=True)


@pytest.mark.requirement("{log}.own")
def test_log_entries_are_of_the_leaf_user_only(account, other, evidence_from):
    def read_both_logs():
        account.present()
        if not account.log().json:
            raise NotChecked("the service showed no log entry that could turn up elsewhere")
        other.present()
        other.log()
        return account.log()

    evidence_from(read_both_logs, strong=True)


@pytest.mark.requirement("{endpoint}.unknown-user")
def test_an_unknown_leaf_user_has_nothing(about, account, endpoint):
    account.ready()
    stranger = account.of_leaf_user(str(uuid.uuid4()))
    expect.evidence(about, stranger.ask(endpoint, about=about.id))
