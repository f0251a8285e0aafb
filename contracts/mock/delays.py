"""Behaviours of the embedded service that take time: latency, a rate limit, ageing credentials."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from contracts.service.background import INVALID
from contracts.service.hooks import Behaviour, Call, Stop
from contracts.service.store import Record


class Latency(Behaviour):
    """Every answer takes `seconds` longer."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def on_request(self, call: Call) -> None:
        time.sleep(self._seconds)


class RateLimit(Behaviour):
    """At most `rate` requests a second, and as many at once; 429 with Retry-After for the others.

    Retry-After is a whole number of seconds after which there is room again.
    """

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._size = max(1.0, rate)
        self._room, self._seen = self._size, clock()
        self._lock = threading.Lock()

    def on_request(self, call: Call) -> None:
        with self._lock:
            now = self._clock()
            self._room = min(self._size, self._room + (now - self._seen) * self._rate)
            self._seen = now
            missing = 1 - self._room
            if missing <= 0:
                self._room -= 1
                return
        answer = call.service.problem(call, 429)
        answer.headers.append(("Retry-After", str(max(1, math.ceil(missing / self._rate)))))
        raise Stop(answer)


class Ageing(Behaviour):
    """Background processing finds credentials invalid once they are as old as `age`."""

    def __init__(self, age: timedelta) -> None:
        self._age = age
        self._done: dict[str, datetime] = {}

    def find(self, call: Call, record: Record | None) -> Record | None:
        user = call.leaf_user
        if record is None or user is None or self._done.get(user) == record.created:
            return record
        if call.service.clock() - record.created < self._age:
            return record
        self._done[user] = record.created
        call.service.process(user, status=INVALID)
        return call.service.store.get(user)
