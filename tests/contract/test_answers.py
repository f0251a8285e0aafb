"""What every answer must be like: status, media type, JSON, form, instants, and no secrets."""

from __future__ import annotations

import pytest

from contracts.http.outcomes import NotChecked


@pytest.mark.requirement("{endpoint}.succeeds")
def test_a_documented_request_succeeds(endpoint, perform, evidence_from):
    evidence_from(lambda: perform(endpoint), strong=True)


@pytest.mark.requirement(
    "{endpoint}.media-type",
    "{endpoint}.json",
    "{endpoint}.shape",
    "{endpoint}.response.{field}",
    "{endpoint}.hides.{field}",
    "{endpoint}.instant.{field}",
)
def test_the_answer_keeps_to_its_form(endpoint, perform, evidence_from):
    evidence_from(lambda: perform(endpoint))


@pytest.mark.requirement("{endpoint}.no-server-error")
def test_an_impossible_request_is_answered_without_failing(endpoint, provoke, evidence_from):
    evidence_from(lambda: provoke(endpoint))


@pytest.mark.requirement("{endpoint}.errors-hide-secrets")
def test_an_error_shows_no_secret(account, endpoint, evidence_from):
    account.ready()
    evidence_from(lambda: account.unauthorised(endpoint, [], None))


@pytest.fixture
def wait_for_logs_to_expire(run):
    """Let so much time pass that log entries are no longer kept, where that is possible."""
    service, seconds = run.target.service, run.contract.tolerances["retention"] + 86_400
    if service is None:
        yield lambda: None
        return
    yield lambda: service.pass_time(seconds)
    service.pass_time(-seconds)


@pytest.mark.requirement("{log}.retention")
def test_log_entries_are_not_too_old(account, wait_for_logs_to_expire, evidence_from):
    def log_of_old_credentials():
        account.present()
        wait_for_logs_to_expire()
        account.look()
        entries = account.log()
        if not entries.intent.old:
            raise NotChecked("the credentials are younger than the time for which logs are kept")
        return entries

    evidence_from(log_of_old_credentials)


@pytest.mark.requirement("{log}.hides-tokens")
def test_log_entries_show_no_token(perform, endpoint, evidence_from):
    evidence_from(lambda: perform(endpoint))


@pytest.mark.requirement("{log}.unique-ids")
def test_log_entries_have_ids_of_their_own(account, perform, endpoint, evidence_from):
    def several():
        account.present()
        for _ in range(3):  # background processing leaves log entries, too
            account.look()
        return perform(endpoint)

    evidence_from(several)


@pytest.mark.requirement("{log}.stays")
def test_log_entries_stay(account, perform, endpoint, evidence_from, pick):
    account.present()
    account.log()
    account.log()
    for _ in pick(range(3), live=1):
        account.look()
    evidence_from(lambda: perform(endpoint))
