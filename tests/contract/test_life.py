"""The life of credentials: none, created, read, replaced or refused, deleted, created again."""

from __future__ import annotations

import pytest

from contracts.judging import expect


@pytest.fixture
def other_choices(account):
    """Other values of enums than ordinary bodies have, of those that were seen to be accepted."""
    return {
        name: value
        for name, value in account.bodies.other_choices(account.form("create")).items()
        if f"create.value.{name}.{value}" in account.client.proved
    }


@pytest.mark.requirement("delete.removes")
def test_deleted_credentials_cannot_be_read(about, account):
    account.present()
    expect.accepted(account.ask("delete"))
    expect.shown(about, account.ask("read"))


@pytest.mark.requirement("delete.ends-events")
def test_deleted_credentials_have_no_log_entries(about, account):
    account.present()
    account.ask("events")
    expect.accepted(account.ask("delete"))
    expect.shown(about, account.ask("events"))


@pytest.mark.requirement("create.again")
def test_credentials_can_be_created_again_after_deletion(about, account):
    account.present()
    before = account.ask("events")
    account.absent()
    expect.shown(about, account.create(about=about.id))
    expect.sound(about, account.ask("read"))
    if before.json:
        expect.no_entry_of(about, before, among=account.ask("events"))


@pytest.mark.requirement("create.on-existing")
def test_creating_twice_replaces_or_is_refused(about, account, other_choices):
    account.present()
    expect.answered(about, account.create(about=about.id, **other_choices))
    expect.sound(about, account.ask("read"))


@pytest.mark.requirement("one-click.creates")
def test_one_click_creates_credentials(about, account, perform):
    expect.accepted(perform("one-click"))
    expect.shown(about, account.ask("read"))


@pytest.mark.requirement("delete.twice")
def test_a_second_deletion_is_answered(about, account):
    account.present()
    expect.accepted(account.ask("delete"))
    expect.answered(about, account.ask("delete", about=about.id))
