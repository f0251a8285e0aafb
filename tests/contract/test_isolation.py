"""What is done for one Leaf user leaves the other one alone."""

from __future__ import annotations

import uuid

import pytest

from contracts.judging import expect


@pytest.mark.requirement("read.isolated")
def test_each_leaf_user_reads_their_own(about, account, other):
    account.present(confirmed=True)
    other.present(confirmed=True)
    expect.sound(about, account.ask("read"))
    expect.sound(about, other.ask("read"))


@pytest.mark.requirement("create.isolated")
def test_creating_leaves_the_other_leaf_user_alone(about, account, other):
    account.absent()
    other.present(confirmed=True)
    other.ask("events")
    expect.accepted(account.create())
    expect.shown(about, other.ask("read", suspect=about.id))
    other.ask("events", suspect=about.id)


@pytest.mark.requirement("delete.isolated")
def test_deleting_leaves_the_other_leaf_user_alone(about, account, other):
    account.present(confirmed=True)
    other.present(fresh=True)  # with a log that nobody has touched yet
    other.ask("events")
    expect.accepted(account.ask("delete"))
    expect.shown(about, other.ask("read", suspect=about.id))
    other.ask("events", suspect=about.id)


@pytest.mark.requirement("one-click.isolated")
def test_one_click_leaves_the_other_leaf_user_alone(about, perform, other):
    other.absent()
    expect.accepted(perform("one-click"))
    expect.shown(about, other.ask("read", suspect=about.id))


@pytest.mark.requirement("events.own")
def test_log_entries_are_of_the_leaf_user_only(about, account, other):
    other.absent()
    account.present()
    mine = account.ask("events")
    expect.shown(about, other.ask("events", suspect=about.id))
    other.present()
    theirs = other.ask("events")
    if mine.json:
        expect.no_entry_of(about, mine, among=theirs)
        expect.no_entry_of(about, theirs, among=account.ask("events"))


@pytest.mark.requirement("{endpoint}.unknown-user")
def test_an_unknown_leaf_user_has_nothing(about, account, endpoint):
    account.ready()
    stranger = account.of_leaf_user(str(uuid.uuid4()))
    expect.shown(about, stranger.ask(endpoint, about=about.id, suspect=about.id))
