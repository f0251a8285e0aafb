"""Any body that keeps to the form: taken and shown exactly as it was sent, or refused."""

from __future__ import annotations

import pytest
from hypothesis import example, given

from contracts.derived import strategies
from contracts.http.outcomes import NotChecked
from contracts.judging import expect


@pytest.fixture
def safe(account, create):
    """The body as it may be sent: with a mark on a live service, and with telling secrets."""
    form = account.form(create.id)

    def safe(body):
        # What a killed run leaves behind must be recognised.
        marked = account.bodies.marked(form, body) if account.is_live else body
        return account.bodies.telling(marked)

    return safe


@pytest.fixture
def bodies(account, create, safe):
    """Bodies that keep to the form of `create`, with any text."""
    return strategies.valid(account.form(create.id).type).map(safe)


@pytest.fixture
def digits(account, create, safe):
    """A body with texts that look like numbers."""
    return safe(account.bodies.numeric(account.form(create.id)))


@pytest.mark.requirement("{create}.keeps.{field}", "{read}.keeps.{field}", together=True)
@pytest.mark.needs("create", "read")
def test_any_text_is_kept_exactly(account, create, bodies, digits, examples):
    """Draws one body at a time: creates, reads, deletes; every answer is judged on all values."""
    taken = []

    # One of the few bodies that a live service gets is not drawn.
    @examples(1 / 3 if account.thrifty else 1)
    @example(body=digits)
    @given(body=bodies)
    def create_and_read(body):
        account.absent()
        created = account.send(create.id, body)
        if created.succeeded:
            expect.no_violation(created)
            expect.no_violation(account.read())
            taken.append(body)

    create_and_read()
    if not taken:
        raise NotChecked("the service refused every generated body")
