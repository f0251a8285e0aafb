"""schemathesis as a library: cases for the endpoints, as requests that our own client sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests
import schemathesis
from hypothesis.strategies import SearchStrategy
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode

from contracts.derived.json_schema import schema_of
from contracts.derived.openapi import document
from contracts.http.exchange import Exchange, Request
from contracts.leaf_user.account import Account
from contracts.spec.model import Contract, Endpoint

KEPT_HEADERS = ("Authorization", "Content-Type", "Accept")


class Generated:
    """What schemathesis makes of the OpenAPI document of a contract."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._schema = schemathesis.openapi.from_dict(document(contract))

    def cases(self, endpoint: Endpoint, *, positive: bool) -> SearchStrategy[Any]:
        """Cases for an endpoint: as documented, or with something wrong.

        Negative cases that turn out to be as documented are left out.
        """
        mode = GenerationMode.POSITIVE if positive else GenerationMode.NEGATIVE
        strategy: SearchStrategy[Any] = self._schema[endpoint.path][endpoint.method].as_strategy(
            generation_mode=mode
        )
        if positive or endpoint.takes is None:
            return strategy
        as_documented = Draft202012Validator(schema_of(endpoint.takes.record)).is_valid
        return strategy.filter(lambda case: not as_documented(case.body))

    def forward(self, account: Account, case: Any, *, elsewhere: bool = False) -> Exchange:
        """Send a case for a Leaf user, with the token.

        `elsewhere`: reading may concern whatever Leaf user the case names.
        """
        endpoint = next(
            e
            for e in self._contract.endpoints.values()
            if (e.method, e.path) == (case.method, case.path)
        )
        if not elsewhere or endpoint.writes:
            # Nothing is ever written for a Leaf user that nobody gave us.
            case.path_parameters = dict.fromkeys(self._contract.path_parameters, account.leaf_user)
        if isinstance(case.body, dict):
            case.body = account.bodies.telling(case.body)
            if account.is_live:
                # What a killed run leaves on a live service must be recognised.
                case.body = account.bodies.marked(account.form(endpoint.id), case.body)
        case.headers.update(dict(account.client.authorization))
        request = _request(case, account.client.base_url)
        owned = account if account.leaf_user in request.url else account.of_leaf_user("")
        return owned.forward(endpoint.id, request)

    def following_links(
        self, call: Callable[[Any], Exchange], begin: Callable[[], None] = lambda: None
    ) -> Any:
        """A state machine that follows the links of the document; `call` sends a case.

        `begin` brings about what every run of it starts from.
        """

        class Links(self._schema.as_state_machine()):  # type: ignore[misc]
            def setup(self) -> None:
                begin()

            def call(self, case: Any, **_: Any) -> Any:
                return _response(call(case))

            def validate_response(self, *_: Any, **__: Any) -> None:
                """Every exchange has been judged already."""

        return Links


def _request(case: Any, base_url: str) -> Request:
    prepared = requests.Request(**case.as_transport_kwargs(base_url=base_url)).prepare()
    body = prepared.body or b""
    return Request(
        prepared.method or "",
        prepared.url or "",
        [(n, v.strip()) for n, v in prepared.headers.items() if n in KEPT_HEADERS],
        body.encode() if isinstance(body, str) else body,
    )


def _response(exchange: Exchange) -> schemathesis.Response:
    answer = exchange.answer
    return schemathesis.Response(
        status_code=exchange.status,
        headers={name: [value] for name, value in answer.headers} if answer else {},
        content=answer.content if answer else b"",
        request=requests.Request(exchange.request.method, exchange.request.url).prepare(),
        elapsed=exchange.elapsed,
        verify=True,
    )
