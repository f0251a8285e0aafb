"""The one client: every request of the suite goes through here, whatever the target.

It makes requests about a Leaf user, has every exchange judged, and notices when the token or the
service is lost. How an exchange is sent is in `link`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx

from contracts.http.exchange import Exchange, Headers, Intent, Judgement, Request, Shown
from contracts.http.link import JSON, Link, Lost, Unreachable
from contracts.http.liveness import REFUSED, Watch
from contracts.http.outcomes import NotChecked
from contracts.http.strict_json import NotJson, loads
from contracts.masking.masking import Secrets
from contracts.spec.model import Contract, Endpoint

MAX_SLOW_FAILURES = 2  # in a row, before an endpoint is not asked any more
NEARLY = 8  # letters that a token has in common with the right one


class Client(Link):
    """Sends requests to one target and hands out judged exchanges.

    `listeners` get every exchange. `proved` and `broken` are the ids of the requirements for and
    against which some exchange was evidence. A `watchful` client finds out, at the cost of a
    request or two, whether an answer that may mean the end of the token or of the service does
    mean it. `more` are the options of `Link`.
    """

    def __init__(
        self,
        contract: Contract,
        transport: httpx.BaseTransport,
        *,
        token: str,
        judge: Callable[[Exchange], Judgement],
        secrets: Secrets,
        watchful: bool = False,
        **more: Any,
    ) -> None:
        shown = {name: _shown(contract, known) for name, known in contract.endpoints.items()}
        super().__init__(transport, endpoints=contract.endpoints, shown=shown, **more)
        self.contract = contract
        self.judge = judge
        self.secrets = secrets
        self.listeners: list[Callable[[Exchange], None]] = []
        # Called before each request; it may raise what ends the run.
        self.before_sending: Callable[[], None] = lambda: None
        self.proved: set[str] = set()
        self.broken: set[str] = set()
        self._token = token
        self._watch = Watch() if watchful else None

    @property
    def authorization(self) -> Headers:
        """The header that carries the token."""
        return [("Authorization", f"Bearer {self._token}")]

    @property
    def token(self) -> str:
        return self._token

    def url(self, endpoint: Endpoint, leaf_user: str) -> str:
        """The absolute URL of an endpoint for one Leaf user."""
        path = endpoint.path
        for name in self.contract.path_parameters:
            path = path.replace(f"{{{name}}}", leaf_user)
        return self.base_url + path

    def request(
        self,
        endpoint: str,
        leaf_user: str,
        content: bytes | None = None,
        media_type: str = JSON,
        authorization: Headers | None = None,
    ) -> Request:
        """A request about a Leaf user. `authorization` stands for the header with the token."""
        known = self.contract.endpoints[endpoint]
        headers = list(self.authorization if authorization is None else authorization)
        if content is not None:
            headers.append(("Content-Type", media_type))
        return Request(known.method, self.url(known, leaf_user), headers, content or b"")

    def send(
        self,
        endpoint: str,
        request: Request,
        intent: Intent,
        doubt: Callable[[Exchange], Exchange] | None = None,
    ) -> Exchange:
        """Send a request, judge the answer, tell the listeners.

        `doubt` may look again before the answer is judged, and correct what it was meant to show.
        Raises `NotChecked` when the endpoint hung too often or keeps asking to wait, `Unreachable`
        when no connection can be made, and `Lost` when it could be made before, or when the token
        was accepted before and no longer is.
        """
        self.before_sending()
        if self._lost is not None:
            raise self._lost
        if self.slow_failures[endpoint] >= MAX_SLOW_FAILURES:
            often = f"{MAX_SLOW_FAILURES} times in a row"
            raise NotChecked(
                f"{endpoint} failed slowly {often}, and is not asked any more",
                because=f"{endpoint}.succeeds",
            )
        self._check_time()
        self._learn(request)
        exchange = self._patiently(endpoint, request, intent)
        if self._watch is not None:
            refused = self.reconnects
            self._make_sure(self._watch, exchange)
            if self.reconnects > refused:
                exchange = self._repeated(exchange)
        self._learn_from(exchange)
        if doubt is not None:
            exchange = doubt(exchange)
            self._learn_from(exchange)
        judgement = self.judge(exchange)
        self.proved |= judgement.proved
        self.broken.update(finding.requirement for finding in judgement.findings)
        exchange = replace(exchange, judgement=judgement)
        for listener in self.listeners:
            listener(exchange)
        return exchange

    def ask_again(self, endpoint: str, request: Request) -> Exchange:
        """Send a request once more, only to understand the answer before: it is not judged."""
        exchange = self._patiently(endpoint, request, Intent())
        self._learn_from(exchange)
        return exchange

    def support(self, endpoint: Endpoint, url: str, body: Any = None) -> Exchange:
        """Ask one of the contract's support endpoints; the exchange is not judged.

        Raises `Unreachable` when no answer comes.
        """
        headers = list(self.authorization) if self._token else []
        content = b""
        if endpoint.takes:
            headers.append(("Content-Type", JSON))
            content = json.dumps(body).encode()
        request = Request(endpoint.method, url, headers, content)
        self._learn(request)
        exchange = self._patiently(endpoint.id, request, Intent())
        if exchange.answer is None:
            raise Unreachable(exchange.problem or "no answer")
        self._learn_from(exchange)
        return exchange

    def use_token(self, token: str) -> None:
        """Send this token from now on."""
        self._token = token

    def begin_clean_up(self) -> None:
        """Ask only in order to clean up: within a time, and with a patience of its own."""
        super().begin_clean_up()
        self._watch = None

    def keep_if_near(self, token: str) -> None:
        """Treat a token that is nearly the right one as a secret: it gives the right one away."""
        if token[:NEARLY].casefold() == self._token[:NEARLY].casefold():
            self.secrets.keep(token, "token")

    def _learn_from(self, exchange: Exchange) -> None:
        self.secrets.learn(exchange.json)
        shown = exchange.text if exchange.json_problem else exchange.json
        headers = exchange.answer.headers if exchange.answer else ()
        innocent = exchange.intent.innocent
        self.secrets.suspect([shown, *(value for _, value in headers)], innocent)

    def _learn(self, request: Request) -> None:
        if request.content:
            try:
                self.secrets.learn(loads(request.content))
            except NotJson:
                return  # what is no JSON has no fields to learn from

    def _repeated(self, exchange: Exchange) -> Exchange:
        """The exchange that a restart of the service cut off, once more where that is harmless."""
        if self.contract.endpoints[exchange.endpoint].writes:
            raise NotChecked(f"the service restarted while {exchange.endpoint} was asked")
        return self._patiently(exchange.endpoint, exchange.request, exchange.intent)

    def _make_sure(self, watch: Watch, exchange: Exchange) -> None:
        """Raise `Lost` when an answer means that the token or the service is gone.

        A token is gone when a request that was accepted with it is now answered 401 as well.
        """
        doubt = watch.doubt(exchange, self._torn)
        if doubt is None:
            return
        seen = []
        for witness in watch.witnesses():
            asked = self._connected(witness.endpoint, witness.request, Intent())
            if asked.status != 401:
                watch.settle(exchange.endpoint, doubt, asked)
                return
            seen.append(asked)
        if doubt == REFUSED and seen:
            others = " and ".join(dict.fromkeys(asked.endpoint for asked in seen))
            self._lost = Lost(
                f"the token is no longer accepted: {exchange.endpoint} answers 401, and so does "
                f"{others} where it was accepted before"
            )
            raise self._lost


def _shown(contract: Contract, endpoint: Endpoint) -> Shown | None:
    if endpoint.answers is None:
        return None
    fields = frozenset(endpoint.answers.fields)
    return Shown(fields, fields & (contract.sendable_fields | contract.secret_fields))
