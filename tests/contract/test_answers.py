"""What every answer must be like: status, media type, JSON, form, instants, and no secrets."""

from __future__ import annotations

import pytest

from contracts.judging import expect


@pytest.mark.requirement("{endpoint}.succeeds")
def test_a_documented_request_succeeds(about, endpoint, perform):
    expect.shown(about, perform(endpoint))


@pytest.mark.requirement(
    "{endpoint}.media-type",
    "{endpoint}.json",
    "{endpoint}.shape",
    "{endpoint}.response.{field}",
    "{endpoint}.hides.{field}",
    "{endpoint}.instant.{field}",
)
def test_the_answer_keeps_to_its_form(endpoint, perform, witness):
    witness(lambda: perform(endpoint))


@pytest.mark.requirement("{endpoint}.no-server-error")
def test_an_impossible_request_is_answered_without_failing(endpoint, provoke, witness):
    witness(lambda: provoke(endpoint))


@pytest.mark.requirement("{endpoint}.errors-hide-secrets")
def test_an_error_shows_no_secret(account, endpoint, witness):
    account.ready()
    witness(lambda: account.unauthorised(endpoint, [], None))


@pytest.mark.requirement("events.retention")
def test_log_entries_are_not_too_old(perform, witness):
    witness(lambda: perform("events"))


@pytest.mark.requirement("events.hides-tokens")
def test_log_entries_show_no_token(perform, witness):
    witness(lambda: perform("events"))


@pytest.mark.requirement("events.unique-ids")
def test_log_entries_have_ids_of_their_own(account, perform, witness):
    def several():
        account.present()
        for _ in range(3):  # background processing leaves log entries, too
            account.ask("read")
        return perform("events")

    witness(several)


@pytest.mark.requirement("events.stays")
def test_log_entries_stay(account, perform, witness, pick):
    account.present()
    account.ask("events")
    account.ask("events")
    for _ in pick(range(3), live=1):
        account.ask("read")
    witness(lambda: perform("events"))
