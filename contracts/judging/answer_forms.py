"""Judging a successful answer against its documented form: shape, fields, values, instants."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from unicodedata import normalize

from jsonschema import Draft202012Validator, FormatChecker

from contracts.derived.json_schema import schema_of
from contracts.http.exchange import Exchange, Finding
from contracts.http.wording import describe_json, describe_value, quoted
from contracts.masking.masking import is_telling
from contracts.spec.java_dates import JavaPattern
from contracts.spec.model import Contract, Endpoint, Form
from contracts.spec.notation import Choice, Timestamp, describe

REMEMBERED = 1024  # lawful records
PLAIN = re.compile(r"[A-Za-z0-9.@_-]+")
MANY = 2  # values that differ, and nobody has changed them one by one


class Notes:
    """What is found while one exchange is judged."""

    def __init__(self, contract: Contract) -> None:
        self._known = contract.requirements
        self.findings: list[Finding] = []
        self.proved: set[str] = set()

    def holds(self, requirement: str) -> None:
        """Note evidence for a requirement."""
        if requirement in self._known and all(f.requirement != requirement for f in self.findings):
            self.proved.add(requirement)

    def check(
        self, requirement: str, holds: bool, expected: str, actual: str, evidence: bool = True
    ) -> bool:
        """Note whether a requirement holds here; a contract without it is not asked about it."""
        if requirement not in self._known:
            return holds
        if not holds:
            self.findings.append(Finding(requirement, expected, actual))
            self.proved.discard(requirement)
        elif evidence:
            self.holds(requirement)
        return holds


class FormJudge:
    """The compiled form of one endpoint's answers."""

    def __init__(self, contract: Contract, endpoint: Endpoint, form: Form) -> None:
        self._endpoint = endpoint.id
        self._fields = form.fields
        self.is_list = form.is_list
        self._validator = Draft202012Validator(
            schema_of(form.record), format_checker=format_checker(form)
        )
        self._lawful: set[Hashable] = set()
        self._timestamps = {
            name: kind.pattern for name, kind in form.fields.items() if isinstance(kind, Timestamp)
        }
        # Values that two credentials share only by mistake.
        self._telling = {n for n, kind in form.fields.items() if not isinstance(kind, Choice)}
        # A list's entries are told apart by these.
        self._naming = {*self._timestamps, *(form.fields.keys() & {*contract.identifiers})}
        self._volatile = {n for n in form.fields if contract.fields[n].volatile}
        self._creates = endpoint.takes is not None
        self._same_instant = contract.tolerances["same_instant"]

    def judge(self, exchange: Exchange, contract: Contract, notes: Notes) -> None:
        """Shape, fields and instants of a body that is JSON."""
        value = exchange.json
        records = value if isinstance(value, list) else [value]
        well_shaped = isinstance(value, list) == self.is_list and all(map(self._is_meant, records))
        if not notes.check(
            f"{self._endpoint}.shape",
            well_shaped,
            "a list of objects with the documented fields"
            if self.is_list
            else "one object with the documented fields",
            "" if well_shaped else describe_json(value),
        ):
            return
        for record in records:
            wrong = self._wrong_fields(record)
            for name, kind in self._fields.items():
                requirement = f"{self._endpoint}.response.{name}"
                if name in wrong:
                    notes.check(requirement, False, f"`{name}`: {describe(kind)}", wrong[name])
                else:
                    notes.holds(requirement)
            self._kept(record, wrong, exchange, notes)
            for name, pattern in self._timestamps.items():
                if name not in wrong:
                    self._instant(name, _parsed(pattern, record[name]), exchange, contract, notes)

    def stay(self, exchange: Exchange, contract: Contract, notes: Notes) -> None:
        """Whether entries of a list that were shown before are there, as long as they are kept.

        A list that is as long as it was may show a part of what there is.
        """
        intent = exchange.intent
        if not intent.logged or intent.lost is None:
            return
        shown = [entry for entry in exchange.json if isinstance(entry, dict)]
        lost = [
            entry
            for entry in intent.logged
            if not any(entry.get(n) == other.get(n) for other in shown for n in self._naming)
            and not self._may_expire(entry, exchange, contract)
        ]
        notes.check(
            intent.lost,
            not lost or len(shown) >= len(intent.logged),
            "the log entries that were shown before",
            f"{len(lost)} of {len(intent.logged)} log entries are no longer there",
            evidence=not lost,
        )

    def _may_expire(self, entry: Mapping[str, Any], exchange: Exchange, contract: Contract) -> bool:
        """Whether an entry is nearly as old as entries may become, or of an unknown age."""
        kept = contract.tolerances["retention"] - contract.tolerances["retention_slack"]
        for name, pattern in self._timestamps.items():
            try:
                age = exchange.moment - _parsed(pattern, str(entry.get(name)))
            except ValueError:
                return True
            if age.total_seconds() > kept:
                return True
        return False

    def _is_meant(self, record: Any) -> bool:
        """Whether a value is the documented object, if perhaps with mistakes; not an envelope."""
        return isinstance(record, dict) and 2 * len(self._fields.keys() & record) >= len(
            self._fields
        )

    def _wrong_fields(self, record: dict[str, Any]) -> dict[str, str]:
        """What is wrong with which field; empty for a lawful record."""
        key = _typed(record)
        if key in self._lawful:
            return {}
        if self._validator.is_valid(record):
            self._remember(key)
            return {}
        wrong = {name: self._missing(name, record) for name in self._fields if name not in record}
        for error in self._validator.iter_errors(record):
            if error.path:
                name = str(error.path[0])
                wrong.setdefault(name, describe_value(record[name], self._fields[name]))
        return wrong

    def _remember(self, key: Hashable) -> None:
        """Keep in mind that a record is lawful: the same one is read again and again."""
        if key is not None:
            if len(self._lawful) >= REMEMBERED:
                self._lawful.clear()
            self._lawful.add(key)

    def _missing(self, name: str, record: dict[str, Any]) -> str:
        others = [other for other in record if other not in self._fields]
        return f"no `{name}`" + (
            f" (undocumented: {', '.join(sorted(others)[:5])})" if others else ""
        )

    def _kept(
        self, record: dict[str, Any], wrong: Mapping[str, str], exchange: Exchange, notes: Notes
    ) -> None:
        """Compare what is shown with what must be shown, as far as it has the right form."""
        intent = exchange.intent
        kept = {name: value for name, value in intent.kept.items() if name not in wrong}
        other = {n for n, value in kept.items() if not self._same(n, value, record.get(n))}
        for mistake in intent.mistakes:
            taken = [
                n
                for n in other & self._telling
                if mistake.values.get(n) == record[n] and is_telling(str(record[n]))
            ]
            if taken:
                notes.check(
                    mistake.requirement,
                    False,
                    "the credentials that stand for this Leaf user",
                    f"{', '.join(f'`{n}`' for n in sorted(taken))} of other credentials",
                )
                return
        if intent.elsewhere and self._is_another(kept, other, record):
            notes.check(
                intent.elsewhere,
                False,
                "the credentials that stand for this Leaf user",
                "credentials that were never created here",
            )
            return
        for name, value in kept.items():
            requirement = f"{self._endpoint}.keeps.{name}"
            if name in other:
                blamed = intent.kept_by or requirement
                notes.check(blamed, False, quoted(value), quoted(record[name]))
            else:
                notes.holds(requirement)

    def _is_another(self, kept: Mapping[str, Any], other: set[str], record: dict[str, Any]) -> bool:
        """Whether a record has nothing in common with what was kept: it is somebody else's."""
        compared = (kept.keys() & self._telling) - self._timestamps.keys() - self._volatile
        unlike = {n for n in compared if not _resembles(str(kept[n]), str(record[n]))}
        values = {str(record[name]) for name in unlike}
        return compared <= other and len(unlike) >= MANY and len(values) == len(unlike)

    def _same(self, name: str, expected: Any, actual: Any) -> bool:
        pattern = self._timestamps.get(name)
        if pattern is not None:
            apart = _parsed(pattern, expected) - _parsed(pattern, actual)
            return abs(apart.total_seconds()) <= self._same_instant
        if name in self._volatile and not self._creates:
            return not is_altered(str(expected), str(actual))
        return bool(expected == actual)

    def _instant(
        self, name: str, instant: datetime, exchange: Exchange, contract: Contract, notes: Notes
    ) -> None:
        skew = timedelta(seconds=contract.tolerances["clock_skew"])
        created_now = self._creates and exchange.intent.present is False
        since = exchange.sent if created_now else exchange.intent.since
        in_time = instant <= exchange.moment + skew and (since is None or instant >= since - skew)
        name = f"{self._endpoint}.instant.{name}"
        if in_time:
            notes.holds(name)
        else:
            span = f"between {_second(since)} and" if since else "not after"
            notes.check(
                name,
                False,
                f"an instant {span} {_second(exchange.moment)} (give or take {skew})",
                f"it is {_second(instant)}",
            )
        if self.is_list:
            kept = timedelta(seconds=contract.tolerances["retention"])
            slack = timedelta(seconds=contract.tolerances["retention_slack"])
            age = exchange.moment - instant
            notes.check(
                f"{self._endpoint}.retention",
                age <= kept + slack,
                f"no log entry older than {kept.days} days",
                f"a log entry that is {age.days} days old",
            )


def _typed(record: Mapping[str, Any]) -> Hashable:
    """A record of plain values as a key that tells 1 from 1.0 and true; None for any other."""
    key = tuple((name, type(value), value) for name, value in record.items())
    return key if all(kind in (str, int, float, bool) for _, kind, _ in key) else None


def _second(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def is_altered(sent: str, shown: str) -> bool:
    """Whether a volatile value is the one that was sent, but damaged.

    Another token may be shown in its place; the same one cut, padded or folded may not.
    """
    if sent == shown or not sent:
        return False
    one, other = (normalize("NFKC", text).strip().casefold() for text in (sent, shown))
    return bool(one) and (one in other or other in one)


def _resembles(sent: str, shown: str) -> bool:
    """Whether what is shown may come from what was sent, as letters and digits in it tell."""
    plain = max(PLAIN.findall(sent), key=len, default="")
    return is_altered(sent, shown) or (is_telling(plain) and plain in shown)


def format_checker(*forms: Form) -> FormatChecker:
    """A checker that knows whether a date exists, which no regular expression can."""
    checker = FormatChecker(formats=())
    patterns = {
        kind.pattern
        for form in forms
        for kind in form.fields.values()
        if isinstance(kind, Timestamp)
    }

    def exists(value: object) -> bool:
        return not isinstance(value, str) or any(_is_date(pattern, value) for pattern in patterns)

    checker.checks("date-time")(exists)
    return checker


def _is_date(pattern: JavaPattern, value: str) -> bool:
    try:
        _parsed(pattern, value)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1024)
def _parsed(pattern: JavaPattern, value: str) -> datetime:
    """The same timestamp is read in many answers."""
    return pattern.parse(value)
