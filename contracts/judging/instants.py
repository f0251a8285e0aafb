"""Judging the timestamps of answers: whether each is the right instant, by the service's clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from contracts.http.exchange import Exchange
from contracts.judging.notes import Notes
from contracts.spec.java_dates import JavaPattern
from contracts.spec.model import Contract, Endpoint, Form
from contracts.spec.types import Timestamp


class InstantJudge:
    """Judges the timestamps in one endpoint's answers."""

    def __init__(self, contract: Contract, endpoint: Endpoint, form: Form) -> None:
        self.patterns: Mapping[str, JavaPattern] = {
            name: kind.pattern for name, kind in form.fields.items() if isinstance(kind, Timestamp)
        }
        self._endpoint = endpoint
        self._is_list = form.is_list
        tolerances = contract.tolerances
        self._skew = timedelta(seconds=tolerances["clock_skew"])
        self._kept = timedelta(seconds=tolerances["retention"])
        self._slack = timedelta(seconds=tolerances["retention_slack"])
        self._same_instant = timedelta(seconds=tolerances["same_instant"])

    def judge(self, name: str, value: str, exchange: Exchange, notes: Notes) -> None:
        """One timestamp that has the right form.

        Nothing is said where the service does not tell its own time: our clock may be wrong.
        """
        if not exchange.tells_its_time:
            return
        instant = parsed(self.patterns[name], value)
        creates = self._endpoint.creates and exchange.intent.present is False
        since = exchange.sent if creates else exchange.intent.since
        too_late = instant > exchange.moment + self._skew
        too_early = since is not None and instant < since - self._skew
        span = f"between {_second(since)} and" if since else "not after"
        notes.check(
            f"{self._endpoint.id}.instant.{name}",
            not too_late and not too_early,
            f"an instant {span} {_second(exchange.moment)} (give or take {self._skew})",
            f"it is {_second(instant)}",
        )
        if self._is_list:
            age = exchange.moment - instant
            notes.check(
                f"{self._endpoint.id}.retention",
                age <= self._kept + self._slack,
                f"no log entry older than {self._kept.days} days",
                f"a log entry that is {age.days} days old",
                evidence=False,
            )

    def is_same(self, name: str, expected: str, actual: str) -> bool:
        """Whether two timestamps of a field mean one instant."""
        pattern = self.patterns[name]
        return abs(parsed(pattern, expected) - parsed(pattern, actual)) <= self._same_instant

    def may_expire(self, entry: Mapping[str, Any], exchange: Exchange) -> bool:
        """Whether a log entry is nearly as old as entries may become, or of an unknown age."""
        for name, pattern in self.patterns.items():
            try:
                age = exchange.moment - parsed(pattern, str(entry.get(name)))
            except ValueError:
                return True
            if age > self._kept - self._slack:
                return True
        return False


def _second(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


@lru_cache(maxsize=1024)
def parsed(pattern: JavaPattern, value: str) -> datetime:
    """The instant that a timestamp names; ValueError when it has another form, or no such date."""
    return pattern.parse(value)  # the same timestamp is read in many answers
