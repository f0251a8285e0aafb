"""Whatever schemathesis makes of the OpenAPI document, sent by our client and judged by us."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis.stateful import run_state_machine_as_test

from contracts.http.outcomes import NotChecked
from contracts.judging import expect


@pytest.fixture
def generated(contract):
    # It takes a while to import, and only these tests need it.
    from contracts.leaf_user.schemathesis_cases import Generated

    return Generated(contract)


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.requirement("{endpoint}.no-server-error")
def test_generated_requests_do_not_make_it_fail(
    about, endpoint, mode, account, contract, generated, examples, evidence_from, perform
):
    known = contract.endpoints[endpoint]
    if known.writes and account.refusal:
        raise NotChecked(f"{endpoint} writes, and {account.refusal}")
    positive = mode == "positive"
    if positive and not known.takes and account.thrifty:
        # Without a body, what is as documented is the request that other tests send.
        evidence_from(lambda: perform(endpoint))
        return

    @examples(0.1)
    @given(case=generated.cases(known, positive=positive))
    def ask(case):
        if positive and not known.takes and account.refusal is None:
            account.present()
        exchange = generated.forward(account, case, elsewhere=not positive)
        expect.no_failure(about, exchange)

    ask()


@pytest.mark.requirement("{create}.stores", "{delete}.removes")
def test_the_documented_links_lead_on(account, contract, generated, examples):
    """schemathesis follows the links of the document; a link that is never followed is a hole."""
    create = contract.the("create")
    if account.refusal:
        raise NotChecked(f"{create.id} writes, and {account.refusal}")
    followed = set()

    def call(case):
        exchange = generated.forward(account, case)
        followed.add(exchange.endpoint)
        return exchange

    links = generated.following_links(call, account.absent)
    run_state_machine_as_test(links, settings=examples(0.1, stateful_step_count=4))
    linked = {e.id for e in contract.endpoints.values() if not e.takes}
    missed = linked - followed
    if missed and (not account.thrifty or missed == linked):
        raise NotChecked(f"schemathesis did not follow the links to {', '.join(sorted(missed))}")
