"""Whatever schemathesis makes of the OpenAPI document, sent by our client and judged by us."""

from __future__ import annotations

import pytest
import requests
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode

from contracts import expect
from contracts.exchange import Request
from contracts.openapi import document
from contracts.verdicts import NotChecked

MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
KEPT_HEADERS = ("Authorization", "Content-Type", "Accept")


@pytest.fixture
def schema(contract):
    return schemathesis.openapi.from_dict(document(contract))


@pytest.fixture
def forward(account, contract):
    """Send a case of schemathesis for this Leaf user; by its own token if not `authorised`."""

    def forward(case, *, authorised, elsewhere=False):
        endpoint = next(
            e for e in contract.endpoints.values() if (e.method, e.path) == (case.method, case.path)
        )
        if not elsewhere or endpoint.writes:
            # Nothing is ever written for a Leaf user that nobody gave us.
            case.path_parameters = dict.fromkeys(contract.path_parameters, account.leaf_user)
        if account.thrifty and isinstance(case.body, dict):
            # What a killed run leaves on a live service must be recognised.
            case.body = account.bodies.marked(account.form(endpoint.id), case.body)
        if authorised:
            case.headers.update(dict(account.client.authorization))
        sent = requests.Request(**case.as_transport_kwargs(base_url=account.client.base_url))
        prepared = sent.prepare()
        body = prepared.body or b""
        request = Request(
            prepared.method,
            prepared.url,
            [(n, v.strip()) for n, v in prepared.headers.items() if n in KEPT_HEADERS],
            body.encode() if isinstance(body, str) else body,
        )
        by_token = prepared.headers.get("Authorization") == account.client.authorization[0][1]
        owned = account if account.leaf_user in prepared.url else account.of_leaf_user("")
        return owned.forward(endpoint.id, request, authorised=by_token)

    return forward


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name.lower())
@pytest.mark.requirement("{endpoint}.no-server-error")
def test_generated_requests_do_not_make_it_fail(
    about, endpoint, mode, account, contract, schema, forward, examples
):
    known = contract.endpoints[endpoint]
    if known.writes and account.refusal:
        raise NotChecked(f"{endpoint} writes, and {account.refusal}")
    operation = schema[known.path][known.method]

    @examples(0.1)
    @given(case=operation.as_strategy(generation_mode=mode), authorised=st.booleans())
    def ask(case, authorised):
        positive = mode is GenerationMode.POSITIVE
        expect.answered(
            about, forward(case, authorised=authorised or positive, elsewhere=not positive)
        )

    ask()


@pytest.mark.requirement("create.stores", "delete.removes")
def test_the_documented_links_lead_on(account, contract, schema, forward, examples):
    """schemathesis follows the links of the document; a link that is never followed is a hole."""
    if account.refusal:
        raise NotChecked(f"create writes, and {account.refusal}")
    followed = set()

    class Links(schema.as_state_machine()):
        def call(self, case, **_):
            exchange = forward(case, authorised=True)
            followed.add(exchange.endpoint)
            answer = exchange.answer
            return schemathesis.Response(
                status_code=exchange.status,
                headers={name: [value] for name, value in answer.headers} if answer else {},
                content=answer.content if answer else b"",
                request=requests.Request(exchange.request.method, exchange.request.url).prepare(),
                elapsed=exchange.elapsed,
                verify=True,
            )

        def validate_response(self, response, case, **_):
            """Every exchange has been judged already."""

    run_state_machine_as_test(Links, settings=examples(0.1, stateful_step_count=4))
    linked = {e.id for e in contract.endpoints.values() if not e.takes}
    if not linked <= followed:
        raise NotChecked(f"schemathesis did not follow the links to {', '.join(linked - followed)}")
