"""Lengths of time, rates and clocks as people write them on a command line.

Each reader raises ValueError with one plain sentence.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LENGTH = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)(ms|s|m|h|d)?")
_RATE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)/([smh])")
# Years in which the clock of a service, 30 days before and a while after it, can be written.
FIRST_YEAR, LAST_YEAR = 1971, 9990


def length(text: str) -> float:
    """A length of time in seconds: `0.15` (seconds), `150ms`, `30s`, `5m`, `24h`, `31d`."""
    found = _LENGTH.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no length of time such as 0.15, 150ms, 30s, 5m, 24h or 31d")
    return float(found[1]) * UNITS[found[2] or "s"]


def rate(text: str) -> float:
    """A rate per second: `10/s`, `90/m`, `1000/h`."""
    found = _RATE.fullmatch(text)
    if not found or float(found[1]) == 0:
        raise ValueError(f"{text!r} is no rate such as 10/s or 90/m")
    return float(found[1]) / UNITS[found[2]]


class Clock:
    """The time in UTC, moved by a time that can be added to; calling it answers the time.

    `setting` is `+31d` or `-31d` (ahead or behind), or the instant at which the clock starts, in
    ISO 8601 and with a time zone; None for the right time.
    """

    def __init__(self, setting: str | None = None) -> None:
        self.ahead = timedelta()
        if setting is not None:
            self.advance(_ahead(setting))

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, by: timedelta) -> None:
        """Move on; ValueError when that leads out of the years that a timestamp can show."""
        try:
            then = self() + by
        except OverflowError:
            then = datetime.min.replace(tzinfo=UTC)
        if not FIRST_YEAR <= then.year <= LAST_YEAR:
            raise ValueError(f"the clock must stay in the years {FIRST_YEAR} to {LAST_YEAR}")
        self.ahead += by


def _ahead(setting: str) -> timedelta:
    if setting.startswith(("+", "-")):
        try:
            by = timedelta(seconds=length(setting[1:]))
        except OverflowError as error:
            raise ValueError(f"{setting!r} is too long a time") from error
        return by if setting.startswith("+") else -by
    try:
        start = datetime.fromisoformat(setting)
    except ValueError as error:
        raise ValueError(
            f"{setting!r} is neither +31d nor an instant such as 2026-01-15T09:30:00Z"
        ) from error
    if start.tzinfo is None:
        raise ValueError(f"{setting!r} names no time zone: add Z for UTC")
    try:
        return start - datetime.now(UTC)
    except OverflowError as error:
        raise ValueError(f"{setting!r} is no instant of the years that can be shown") from error
