"""The one client: every request of the suite goes through here, whatever the target.

It adds no default headers, follows no redirect, waits when it is asked to, gives up on an endpoint
that hangs, and has every exchange judged.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx

from contracts.http.exchange import Answer, Exchange, Headers, Intent, Judgement, Request, Shown
from contracts.http.liveness import REFUSED, Watch
from contracts.http.outcomes import NotChecked
from contracts.http.strict_json import NotJson, loads
from contracts.http.transport import Deadline, TooLarge, Unreadable, read_body
from contracts.http.waiting import Patience, service_clock
from contracts.masking.masking import Secrets
from contracts.spec.model import Contract, Endpoint

JSON = "application/json"
MAX_TIMEOUTS = 2
NEARLY = 8  # letters that a token has in common with the right one
CLEAN_UP_WITHIN = 150.0  # seconds
CLEAN_UP_PATIENCE = Patience(each=90.0, in_all=120.0, reconnects=2)


class Unreachable(Exception):
    """No connection at all; the message says why in a sentence."""


class Lost(BaseException):
    """What worked before works no longer, and nothing more can be asked; a sentence says what.

    Not an Exception: no test and no library may take it for a failure of its own.
    """


class Client:
    """Sends requests to one target and hands out judged exchanges.

    `listeners` get every exchange. `requests` counts what was sent, `waits` how often and `waited`
    how long (in seconds) the service made the client wait, `reconnects` how often a connection was
    tried again. `proved` and `broken` are the ids of the requirements for and against which some
    exchange was evidence. A `watchful` client finds out, at the cost of a request or two, whether
    an answer that may mean the end of the token or of the service does mean it.
    """

    def __init__(
        self,
        contract: Contract,
        transport: httpx.BaseTransport,
        *,
        base_url: str,
        token: str,
        timeout: float,
        judge: Callable[[Exchange], Judgement],
        secrets: Secrets,
        deadline: Deadline | None = None,
        patience: Patience | None = None,
        watchful: bool = False,
    ) -> None:
        self.contract = contract
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        self.judge = judge
        self.secrets = secrets
        self.listeners: list[Callable[[Exchange], None]] = []
        self.requests = 0
        self.waits = 0
        self.waited = 0.0
        self.proved: set[str] = set()
        self.broken: set[str] = set()
        self.reconnects = 0
        self.moment: datetime | None = None  # what time the service said it was
        self._token = token
        self._deadline = deadline or Deadline()
        self._patience = patience or Patience()
        self._spent = (0, 0.0, 0)  # waits, waited and reconnects before this share of patience
        self._timeouts: Counter[str] = Counter()
        self._shown = {name: _shown(contract, known) for name, known in contract.endpoints.items()}
        self._watch = Watch() if watchful else None
        self._answered = False
        self._torn = False
        self._lost: Lost | None = None
        self._until = float("inf")
        self._http = httpx.Client(transport=transport, timeout=timeout, follow_redirects=False)
        self._http.headers.clear()

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
        if self._lost is not None:
            raise self._lost
        if self._timeouts[endpoint] >= MAX_TIMEOUTS:
            raise NotChecked(
                f"{endpoint} has not answered {MAX_TIMEOUTS} times and is not asked again",
                because=f"{endpoint}.succeeds",
            )
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
        self._until = time.monotonic() + CLEAN_UP_WITHIN
        self._patience = replace(CLEAN_UP_PATIENCE, sleep=self._patience.sleep)
        self._spent = self.waits, self.waited, self.reconnects
        self._timeouts.clear()
        self._watch = self._lost = None

    def keep_if_near(self, token: str) -> None:
        """Treat a token that is nearly the right one as a secret: it gives the right one away."""
        if token[:NEARLY].casefold() == self._token[:NEARLY].casefold():
            self.secrets.keep(token, "token")

    def pause(self, seconds: float) -> None:
        """Leave the service alone for a moment, if there is time for it."""
        if seconds and time.monotonic() + seconds < self._until:
            self._patience.sleep(seconds)

    def close(self) -> None:
        self._until = float("-inf")
        self._http.close()

    def _learn_from(self, exchange: Exchange) -> None:
        self.secrets.learn(exchange.json)
        self.secrets.suspect(exchange.json, exchange.intent.innocent)

    def _learn(self, request: Request) -> None:
        if request.content:
            try:
                self.secrets.learn(loads(request.content))
            except NotJson:
                return  # what is no JSON has no fields to learn from

    def _patiently(self, endpoint: str, request: Request, intent: Intent) -> Exchange:
        for in_a_row in count():
            exchange = self._connected(endpoint, request, intent)
            wait = self._patience.wait(exchange, in_a_row)
            if wait is None:
                break
            waits, waited, _ = self._spent
            refusal = self._patience.refusal(
                wait, self.waited - waited, in_a_row, self.waits - waits
            )
            if refusal is not None:
                raise NotChecked(
                    f"{endpoint} answers {exchange.status} and asks to wait {wait:g} s, {refusal}"
                )
            self.waits += 1
            self.waited += wait
            self._patience.sleep(wait)
        return exchange

    def _connected(self, endpoint: str, request: Request, intent: Intent) -> Exchange:
        """One exchange; while a service that has answered before restarts, it is waited for."""
        for pause in (*self._patience.pauses, None):
            try:
                exchange = self._once(endpoint, request, intent)
            except Unreachable as error:
                if not self._answered:
                    raise
                allowed = self.reconnects - self._spent[2] < self._patience.reconnects
                if pause is None or not allowed:
                    raise self._gone(error) from error
                self.reconnects += 1
                self._patience.sleep(pause)
            else:
                self._answered = self._answered or exchange.answer is not None
                break
        return exchange

    def _repeated(self, exchange: Exchange) -> Exchange:
        """The exchange that a restart of the service cut off, once more where that is harmless."""
        if self.contract.endpoints[exchange.endpoint].writes:
            raise NotChecked(f"the service restarted while {exchange.endpoint} was asked")
        return self._patiently(exchange.endpoint, exchange.request, exchange.intent)

    def _gone(self, error: Unreachable) -> BaseException:
        if self._until != float("inf"):
            return error
        self._lost = Lost(f"{self.base_url} has answered and can no longer be reached: {error}")
        return self._lost

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

    def _once(self, endpoint: str, request: Request, intent: Intent) -> Exchange:
        self.requests += 1
        started, sent = time.monotonic(), datetime.now(UTC)
        answer, problem, too_large = self._exchange(endpoint, request)
        elapsed = time.monotonic() - started
        told = service_clock(answer)
        moment = told or datetime.now(UTC)
        self.moment = told or self.moment
        # The service's clock may differ from ours; when we sent is told by its clock, too.
        return Exchange(
            endpoint,
            request,
            answer,
            intent,
            min(sent, moment),
            moment,
            elapsed,
            problem,
            too_large,
            self._shown.get(endpoint),
        )

    def _exchange(self, endpoint: str, request: Request) -> tuple[Answer | None, str | None, bool]:
        """The answer, what is wrong with it, and whether it was too large to be read."""
        timeout = min(self.timeout, self._until - time.monotonic())
        if timeout <= 0:
            raise NotChecked("the time for cleaning up is over")
        self._deadline.start(timeout)
        self._torn = False
        try:
            http_request = httpx.Request(
                request.method, request.url, headers=_wire_headers(request), content=request.content
            )
            response = self._http.send(http_request, stream=True)
        except httpx.TimeoutException:
            self._timeouts[endpoint] += 1
            return None, f"no answer within {self.timeout:g} s", False
        except httpx.ConnectError as error:
            raise Unreachable(str(error)) from error
        except httpx.HTTPError as error:
            self._torn = True
            return None, f"no readable answer ({type(error).__name__}: {error})", False
        too_large = False
        try:
            content, problem = read_body(response, self._deadline), None
        except httpx.TimeoutException:
            self._timeouts[endpoint] += 1
            content, problem = b"", f"the body did not end within {self.timeout:g} s"
        except (TooLarge, Unreadable) as error:
            content, problem = b"", str(error)
            too_large = isinstance(error, TooLarge)
        except httpx.HTTPError as error:
            self._torn = True
            content, problem = b"", f"the body breaks off ({type(error).__name__}: {error})"
        finally:
            response.close()
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in response.headers.raw
        ]
        answer = Answer(response.status_code, response.reason_phrase, headers, content)
        return answer, problem, too_large


def _shown(contract: Contract, endpoint: Endpoint) -> Shown | None:
    if endpoint.answers is None:
        return None
    fields = frozenset(endpoint.answers.fields)
    return Shown(fields, fields & (contract.sendable_fields | contract.secret_fields))


def _wire_headers(request: Request) -> Sequence[tuple[bytes, bytes]]:
    sent = [
        ("Accept", JSON),
        ("Accept-Encoding", "gzip, deflate"),
        ("User-Agent", "panorama-contracts"),
    ]
    given = {name.lower() for name, _ in request.headers}
    headers = [pair for pair in sent if pair[0].lower() not in given] + list(request.headers)
    return [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]
