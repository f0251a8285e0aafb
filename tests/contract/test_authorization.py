"""A request without a valid token is refused, shows nothing and changes nothing."""

from __future__ import annotations

import secrets

import pytest

from contracts.http.outcomes import NotChecked
from contracts.judging import expect

TOKENS = {
    "missing": lambda token: [],
    "made-up": lambda token: [f"Bearer {secrets.token_urlsafe(len(token))}"],
    "truncated": lambda token: [f"Bearer {token[:-4]}"],
    "other-scheme": lambda token: [f"Basic {token}"],
    "no-scheme": lambda token: [token],
    "scheme-only": lambda token: ["Bearer"],
    "two-tokens": lambda token: [f"Bearer {token} {token}"],
    "extended": lambda token: [f"Bearer {token}wxyz"],
    "other-case": lambda token: [f"Bearer {token.swapcase()}"],
}


@pytest.fixture
def unauthorised(account):
    """Ask an endpoint with a token that is not valid, in one of the ways of TOKENS."""

    def unauthorised(endpoint, token, about=None):
        values = TOKENS[token](account.client.token)
        if values == [f"Bearer {account.client.token}"]:
            raise NotChecked("the token has only one case")
        headers = [("Authorization", value) for value in values]
        return account.unauthorised(endpoint, headers, about)

    return unauthorised


@pytest.mark.requirement("{endpoint}.auth.{token}")
def test_an_invalid_token_is_refused(about, endpoint, token, account, unauthorised, contract):
    account.ready()
    exchange = unauthorised(endpoint, token, about.id)
    if contract.endpoints[endpoint].writes and not account.thrifty:
        account.look()
    expect.evidence(about, exchange)


@pytest.mark.requirement("{endpoint}.auth-required")
def test_an_invalid_token_never_succeeds(endpoint, account, unauthorised, evidence_from):
    account.ready()
    evidence_from(lambda: unauthorised(endpoint, "extended"))


@pytest.mark.requirement("{endpoint}.auth-shows-nothing")
def test_a_refusal_shows_nothing(account, endpoint, unauthorised, evidence_from):
    account.present()
    evidence_from(lambda: unauthorised(endpoint, "made-up"))


@pytest.mark.requirement("{endpoint}.auth-changes-nothing")
def test_a_refusal_changes_nothing(about, account, endpoint, unauthorised, pick, contract):
    reads = []
    states = [account.present]
    if contract.endpoints[endpoint].creates:
        # Where nothing stands, nothing may appear; where something stands, nothing may change it.
        states = [account.present] if account.thrifty else account.in_either_state()
    for arrange in states:
        arrange()
        for token in pick(["missing", "made-up", "truncated"], live=1):
            unauthorised(endpoint, token)
        reads.append(account.read())
    expect.evidence(about, *reads)
