"""Any body that keeps to the form: taken and shown exactly as it was sent, or refused."""

from __future__ import annotations

import pytest
from hypothesis import given

from contracts import expect, strategies
from contracts.verdicts import NotChecked


@pytest.fixture
def bodies(account):
    """Bodies that keep to the form of `create`, with any text."""
    form = account.form("create")
    valid = strategies.valid(form.type)
    if account.thrifty:  # a live service: what a killed run leaves must be recognised
        valid = valid.map(lambda body: account.bodies.marked(form, body))
    return valid.map(account.bodies.telling)


@pytest.mark.requirement("create.keeps.{field}", "read.keeps.{field}", together=True)
def test_any_text_is_kept_exactly(account, bodies, examples):
    """Draws one body at a time: creates, reads, deletes; every answer is judged on all values."""
    taken = []

    @examples()
    @given(body=bodies)
    def create_and_read(body):
        account.absent()
        created = account.send("create", body)
        if created.succeeded:
            expect.unbroken(created)
            expect.unbroken(account.ask("read"))
            taken.append(body)

    create_and_read()
    if not taken:
        raise NotChecked("the service refused every generated body")
