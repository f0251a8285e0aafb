"""One exchange over the transport: its time limits, its pace, and waiting for a busy service.

It adds no default headers and follows no redirect. Nothing is judged here.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import httpx

from contracts.http.exchange import Answer, Exchange, Intent, Request, Shown
from contracts.http.outcomes import NotChecked
from contracts.http.transport import Deadline, TooLarge, Unreadable, read_body
from contracts.http.waiting import (
    ASKS_TO_WAIT,
    UNAVAILABLE,
    Pace,
    Patience,
    asked_to_wait,
    service_clock,
)
from contracts.spec.model import Endpoint

JSON = "application/json"
SLOW = 2.0  # seconds; what fails after that keeps the whole run waiting
CLEAN_UP_WITHIN = 150.0  # seconds
CLEAN_UP_PATIENCE = Patience(each=90.0, in_all=120.0, reconnects=2)


class Unreachable(Exception):
    """No connection at all; the message says why in a sentence."""


class Lost(BaseException):
    """What worked before works no longer, and nothing more can be asked; a sentence says what.

    Not an Exception: no test and no library may take it for a failure of its own.
    """


class Link:
    """Sends requests to one base URL, one after the other.

    `requests` counts what was sent, `waits` how often and `waited` how long (in seconds) the
    service made the client wait, `reconnects` how often a connection was tried again. `moment` is
    what time the service last said it was. At most `rate` requests a second are sent, and none
    after `minutes`, but to clean up.
    """

    def __init__(
        self,
        transport: httpx.BaseTransport,
        *,
        base_url: str,
        timeout: float,
        endpoints: Mapping[str, Endpoint],
        shown: Mapping[str, Shown | None],
        deadline: Deadline | None = None,
        patience: Patience | None = None,
        rate: float | None = None,
        minutes: float | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        self.requests = 0
        self.waits = 0
        self.waited = 0.0
        self.reconnects = 0
        self.moment: datetime | None = None
        self.slow_failures: Counter[str] = Counter()
        self._endpoints = endpoints
        self._shown = shown
        self._deadline = deadline or Deadline()
        self._patience = patience or Patience()
        self._spent = (0, 0.0, 0)  # waits, waited and reconnects before this share of patience
        self._pace = Pace(rate)
        self._minutes = minutes
        self._ends = None if minutes is None else time.monotonic() + 60 * minutes
        self._busy_for_good: set[str] = set()
        self._answered = False
        self._torn = self._timed_out = False
        self._lost: Lost | None = None
        self._until = float("inf")
        self._http = httpx.Client(transport=transport, timeout=timeout, follow_redirects=False)
        self._http.headers.clear()

    def begin_clean_up(self) -> None:
        """Ask only in order to clean up: within a time, and with a patience of its own."""
        self._until = time.monotonic() + CLEAN_UP_WITHIN
        self._patience = replace(CLEAN_UP_PATIENCE, sleep=self._patience.sleep)
        self._spent = self.waits, self.waited, self.reconnects
        self.slow_failures.clear()
        self._busy_for_good.clear()
        self._ends = None
        self._lost = None

    def pause(self, seconds: float) -> None:
        """Leave the service alone for a moment, if there is time for it."""
        if seconds and time.monotonic() + seconds < self._until:
            self._patience.sleep(seconds)

    def close(self) -> None:
        self._until = float("-inf")
        self._http.close()

    def _patiently(self, endpoint: str, request: Request, intent: Intent) -> Exchange:
        """One exchange; while the service is busy, or a gateway answers for it, it is repeated."""
        known = self._endpoints.get(endpoint)
        safe = known is not None and not known.writes
        for in_a_row in count():
            exchange = self._connected(endpoint, request, intent)
            unsaid = asked_to_wait(exchange) is None
            wait = self._patience.wait(exchange, in_a_row, safe=safe)
            if unsaid and (wait is None or endpoint in self._busy_for_good):
                if exchange.status == UNAVAILABLE:
                    self._busy_for_good.add(endpoint)  # it is not busy, it is broken
                break
            if wait is None:
                break
            self._may_wait(endpoint, exchange, wait, in_a_row)
            if unsaid and exchange.status in ASKS_TO_WAIT:
                self._pace.is_busy()
            self.waits += 1
            self.waited += wait
            self._patience.sleep(wait)
        return exchange

    def _may_wait(self, endpoint: str, exchange: Exchange, wait: float, in_a_row: int) -> None:
        """Raise `NotChecked` when a service has been waited for long enough."""
        waits, waited, _ = self._spent
        refusal = self._patience.refusal(wait, self.waited - waited, in_a_row, self.waits - waits)
        if refusal is not None:
            raise NotChecked(
                f"{endpoint} answers {exchange.status} and asks to wait {wait:g} s, {refusal}",
                limited=True,
            )
        self._check_time(wait)

    def _check_time(self, wait: float = 0.0) -> None:
        """Raise `NotChecked` when the time of the run is over, or will be after a wait."""
        if self._ends is not None and time.monotonic() + wait >= self._ends:
            raise NotChecked(
                f"the time of this run is over ({self._minutes:g} minutes)", limited=True
            )

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

    def _gone(self, error: Unreachable) -> BaseException:
        if self._until != float("inf"):
            return error
        self._lost = Lost(f"{self.base_url} has answered and can no longer be reached: {error}")
        return self._lost

    def _once(self, endpoint: str, request: Request, intent: Intent) -> Exchange:
        self.requests += 1
        if pause := self._pace.pause():
            self._patience.sleep(pause)
        started, sent = time.monotonic(), datetime.now(UTC)
        answer, problem = self._exchange(endpoint, request)
        elapsed = time.monotonic() - started
        has_failed = answer is None or answer.status >= 500
        if self._timed_out or (has_failed and elapsed >= SLOW):
            self.slow_failures[endpoint] += 1
        elif not has_failed:
            self.slow_failures[endpoint] = 0
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
            self._shown.get(endpoint),
        )

    def _exchange(self, endpoint: str, request: Request) -> tuple[Answer | None, str | None]:
        """The answer, and what is wrong with it."""
        timeout = min(self.timeout, self._until - time.monotonic())
        if timeout <= 0:
            raise NotChecked("the time for cleaning up is over")
        self._deadline.start(timeout)
        self._torn = self._timed_out = False
        try:
            http_request = httpx.Request(
                request.method, request.url, headers=_wire_headers(request), content=request.content
            )
            response = self._http.send(http_request, stream=True)
        except httpx.TimeoutException:
            self._timed_out = True
            return None, f"no answer within {self.timeout:g} s"
        except httpx.ConnectError as error:
            raise Unreachable(str(error)) from error
        except httpx.HTTPError as error:
            self._torn = True
            return None, f"no readable answer ({type(error).__name__}: {error})"
        try:
            content, problem = read_body(response, self._deadline), None
        except httpx.TimeoutException:
            self._timed_out = True
            content, problem = b"", f"the body did not end within {self.timeout:g} s"
        except (TooLarge, Unreadable) as error:
            content, problem = b"", str(error)
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
        return answer, problem


def _wire_headers(request: Request) -> Sequence[tuple[bytes, bytes]]:
    sent = [
        ("Accept", JSON),
        ("Accept-Encoding", "gzip, deflate"),
        ("User-Agent", "panorama-contracts"),
    ]
    given = {name.lower() for name, _ in request.headers}
    headers = [pair for pair in sent if pair[0].lower() not in given] + list(request.headers)
    return [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]
