"""The one client: every request of the suite goes through here, whatever the target.

It adds no default headers, follows no redirect, waits when it is asked to, gives up on an endpoint
that hangs, and has every exchange judged.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from contracts.exchange import Answer, Exchange, Headers, Intent, Request
from contracts.judge import Judge
from contracts.model import Contract, Endpoint
from contracts.secrecy import Secrets
from contracts.strict_json import NotJson, loads
from contracts.verdicts import NotChecked
from contracts.wire import Deadline, TooLarge, Unreadable, read_body

JSON = "application/json"
ASKS_TO_WAIT = (429, 503)
MAX_TIMEOUTS = 2


class Unreachable(Exception):
    """No connection at all; the message says why in a sentence."""


@dataclass
class Patience:
    """How many seconds, and how often, a service that asks to wait is waited for."""

    each: float = 30.0
    in_all: float = 120.0
    sleep: Callable[[float], None] = time.sleep
    times: int = 200


class Client:
    """Sends requests to one target and hands out judged exchanges.

    `listeners` get every exchange. `requests` counts what was sent, `waits` how often and `waited`
    how long (in seconds) the service made the client wait.
    """

    def __init__(
        self,
        contract: Contract,
        transport: httpx.BaseTransport,
        *,
        base_url: str,
        token: str,
        timeout: float,
        judge: Judge,
        deadline: Deadline | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.contract = contract
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        self.judge = judge
        self.listeners: list[Callable[[Exchange], None]] = []
        self.requests = 0
        self.waits = 0
        self.waited = 0.0
        self._token = token
        self._deadline = deadline or Deadline()
        self._patience = patience or Patience()
        self._timeouts: Counter[str] = Counter()
        self._http = httpx.Client(transport=transport, timeout=timeout, follow_redirects=False)
        self._http.headers.clear()

    @property
    def secrets(self) -> Secrets:
        return self.judge.secrets

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

    def send(self, endpoint: str, request: Request, intent: Intent) -> Exchange:
        """Send a request, judge the answer, tell the listeners.

        Raises `NotChecked` when the endpoint hung too often or keeps asking to wait, and
        `Unreachable` when no connection can be made.
        """
        if self._timeouts[endpoint] >= MAX_TIMEOUTS:
            raise NotChecked(
                f"{endpoint} has not answered {MAX_TIMEOUTS} times and is not asked again",
                because=f"{endpoint}.succeeds",
            )
        self._learn(request)
        exchange = self._patiently(endpoint, request, intent)
        self.secrets.learn(exchange.json)
        exchange = replace(exchange, judgement=self.judge(exchange))
        for listener in self.listeners:
            listener(exchange)
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
        self.secrets.learn(exchange.json)
        return exchange

    def use_token(self, token: str) -> None:
        """Send this token from now on."""
        self._token = token

    def close(self) -> None:
        self._http.close()

    def _learn(self, request: Request) -> None:
        if request.content:
            try:
                self.secrets.learn(loads(request.content))
            except NotJson:
                return  # what is no JSON has no fields to learn from

    def _patiently(self, endpoint: str, request: Request, intent: Intent) -> Exchange:
        while True:
            exchange = self._once(endpoint, request, intent)
            wait = _asked_to_wait(exchange)
            if wait is None:
                return exchange
            self.waits += 1
            impatient = wait > self._patience.each or self.waits > self._patience.times
            if impatient or self.waited + wait > self._patience.in_all:
                raise NotChecked(
                    f"{endpoint} answers {exchange.status} and asks to wait {wait:g} s, "
                    f"after {self.waited:g} s of waiting"
                )
            self.waited += wait
            self._patience.sleep(wait)

    def _once(self, endpoint: str, request: Request, intent: Intent) -> Exchange:
        self.requests += 1
        started, sent = time.monotonic(), datetime.now(UTC)
        answer, problem = self._exchange(endpoint, request)
        elapsed = time.monotonic() - started
        moment = _service_clock(answer) or datetime.now(UTC)
        # The service's clock may differ from ours; when we sent is told by its clock, too.
        return Exchange(
            endpoint, request, answer, intent, min(sent, moment), moment, elapsed, problem
        )

    def _exchange(self, endpoint: str, request: Request) -> tuple[Answer | None, str | None]:
        self._deadline.start(self.timeout)
        try:
            http_request = httpx.Request(
                request.method, request.url, headers=_wire_headers(request), content=request.content
            )
            response = self._http.send(http_request, stream=True)
        except httpx.TimeoutException:
            self._timeouts[endpoint] += 1
            return None, f"no answer within {self.timeout:g} s"
        except httpx.ConnectError as error:
            raise Unreachable(str(error)) from error
        except httpx.HTTPError as error:
            return None, f"no readable answer ({type(error).__name__}: {error})"
        try:
            content, problem = read_body(response, self._deadline), None
        except httpx.TimeoutException:
            self._timeouts[endpoint] += 1
            content, problem = b"", f"the body did not end within {self.timeout:g} s"
        except (TooLarge, Unreadable) as error:
            content, problem = b"", str(error)
        except httpx.HTTPError as error:
            content, problem = b"", f"the body breaks off ({type(error).__name__}: {error})"
        finally:
            response.close()
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in response.headers.raw
        ]
        return Answer(response.status_code, response.reason_phrase, headers, content), problem


def _wire_headers(request: Request) -> Sequence[tuple[bytes, bytes]]:
    sent = [
        ("Accept", JSON),
        ("Accept-Encoding", "gzip, deflate"),
        ("User-Agent", "panorama-contracts"),
    ]
    given = {name.lower() for name, _ in request.headers}
    headers = [pair for pair in sent if pair[0].lower() not in given] + list(request.headers)
    return [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]


def _asked_to_wait(exchange: Exchange) -> float | None:
    """Seconds that a busy service asks to wait, or None when it does not ask."""
    if exchange.answer is None or exchange.status not in ASKS_TO_WAIT:
        return None
    value = exchange.answer.header("Retry-After")
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    moment = _http_date(value)
    return max(0.0, (moment - exchange.moment).total_seconds()) if moment else None


def _service_clock(answer: Answer | None) -> datetime | None:
    value = answer.header("Date") if answer else None
    return _http_date(value) if value else None


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
