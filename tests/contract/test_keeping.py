"""What was created is what is shown, field by field and value by value."""

from __future__ import annotations

import pytest

from contracts import expect


@pytest.mark.requirement("create.stores")
def test_created_credentials_can_be_read_at_once(about, account):
    account.absent()
    created = account.create()
    expect.accepted(created)
    expect.shown(about, account.ask("read"))


@pytest.mark.requirement("create.keeps.{field}")
def test_the_answer_shows_what_was_sent(perform, witness):
    witness(lambda: perform("create"))


@pytest.mark.requirement("read.keeps.{field}")
def test_every_read_shows_what_was_created(perform, witness):
    witness(lambda: perform("read"))


@pytest.mark.requirement("create.value.{field}.{value}")
def test_each_value_of_an_enum_is_accepted(about, account, field, value):
    account.absent()
    expect.shown(about, account.create(about=about.id, **{field: value}))
    expect.accepted(account.ask("read"))
