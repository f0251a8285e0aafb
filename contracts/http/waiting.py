"""How long a busy or restarting service is waited for, and what its headers say about that."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from contracts.http.exchange import GATEWAY, Answer, Exchange

TOO_MANY, UNAVAILABLE = 429, 503
ASKS_TO_WAIT = (TOO_MANY, UNAVAILABLE)
MARGIN = timedelta(days=366)  # so that no sum of a date and a tolerance leaves the calendar
FIRST = datetime.min.replace(tzinfo=UTC) + MARGIN
LAST = datetime.max.replace(tzinfo=UTC) - MARGIN


@dataclass(frozen=True)
class Patience:
    """The bounds of waiting, in seconds and in times.

    `each` is for one wait; one request is put off `in_a_row` times, and all of them together
    `times`, if it asks for no time at all. A service that no longer takes connections is tried
    again after each of the `pauses`, and `reconnects` times in all. A 429 or 503 that does not say
    how long to wait means "busy": it is waited for the `unsaid` times, one after the other.
    An answer of a gateway (502, 504) to a request that changes nothing is asked for again after
    each of the times in `gateway`.
    """

    each: float = 65.0
    in_all: float = 3600.0
    sleep: Callable[[float], None] = time.sleep
    in_a_row: int = 10
    times: int = 150
    pauses: tuple[float, ...] = (1.0, 3.0)
    reconnects: int = 6
    unsaid: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0)
    gateway: tuple[float, ...] = (0.5, 2.0)

    def wait(self, exchange: Exchange, in_a_row: int, *, safe: bool = False) -> float | None:
        """Seconds to wait before a request is repeated that was put off so often; None for none.

        `safe`: the request changes nothing.
        """
        asked = asked_to_wait(exchange)
        if asked is not None:
            return asked
        if exchange.status == TOO_MANY:
            return self.unsaid[min(in_a_row, len(self.unsaid) - 1)]
        after = self.unsaid if exchange.status == UNAVAILABLE else ()
        if exchange.status in GATEWAY and safe:
            after = self.gateway
        return after[in_a_row] if in_a_row < len(after) else None

    def refusal(self, wait: float, waited: float, in_a_row: int, times: int) -> str | None:
        """Why a service is not waited for once more, after what it was waited for; or None."""
        if wait > self.each:
            return f"longer than the {self.each:g} s that are waited for at most"
        if in_a_row >= self.in_a_row:
            return f"after {in_a_row} waits for this one request"
        if not wait and times >= self.times:
            return f"after {times} waits in this run"
        if waited + wait > self.in_all:
            return f"after {waited:g} s of waiting in this run"
        return None


class Pace:
    """How fast requests may follow each other, as far as the service has told.

    `gap` is the time between two requests in seconds. It grows each time a service is busy without
    saying for how long, so that the rest of the run keeps below the service's limit.
    """

    FIRST_GAP = 0.06
    LONGEST_GAP = 2.0

    def __init__(self, rate: float | None = None, *, now: Callable[[], float] = time.monotonic):
        self.gap = 1.0 / rate if rate else 0.0
        self._now = now
        self._last = float("-inf")

    def pause(self) -> float:
        """Seconds to wait before the next request; it counts as sent after them."""
        wait = max(0.0, self._last + self.gap - self._now())
        self._last = self._now() + wait
        return wait

    def is_busy(self) -> None:
        """The service was too busy, and did not say for how long."""
        self.gap = min(max(2 * self.gap, self.FIRST_GAP), self.LONGEST_GAP)


def asked_to_wait(exchange: Exchange) -> float | None:
    """Seconds that a busy service asks to wait, or None when it does not ask."""
    if exchange.answer is None or exchange.status not in ASKS_TO_WAIT:
        return None
    value = exchange.answer.header("Retry-After")
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    moment = http_date(value)
    return max(0.0, (moment - exchange.moment).total_seconds()) if moment else None


def service_clock(answer: Answer | None) -> datetime | None:
    """The moment that an answer's Date header names, or None."""
    value = answer.header("Date") if answer else None
    return http_date(value) if value else None


def http_date(value: str) -> datetime | None:
    """A date as HTTP writes it, in UTC; None when it is none or leaves the calendar."""
    try:
        moment = parsedate_to_datetime(value)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if FIRST <= moment <= LAST else None
