"""Judging a successful answer against its documented form: its shape, and field by field."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Set
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from contracts.derived.json_schema import schema_of
from contracts.http.exchange import Exchange
from contracts.http.wording import describe_hidden, describe_json, describe_value
from contracts.judging.instants import parsed
from contracts.judging.notes import Notes
from contracts.spec.java_dates import JavaPattern
from contracts.spec.model import Endpoint, Form
from contracts.spec.types import Timestamp, describe

REMEMBERED = 1024  # conforming records


class FormJudge:
    """The compiled form of one endpoint's answers."""

    def __init__(self, endpoint: Endpoint, form: Form, secret: Set[str] = frozenset()) -> None:
        self._endpoint = endpoint.id
        self._secret = secret
        self._fields = form.fields
        self.is_list = form.is_list
        self._validator = Draft202012Validator(
            schema_of(form.record), format_checker=format_checker(form)
        )
        self._conforming: set[Hashable] = set()

    def judge(self, exchange: Exchange, notes: Notes) -> Iterator[tuple[dict[str, Any], set[str]]]:
        """Judge shape and fields of a body that is JSON.

        Yields each record with the names of the fields that do not have their form.
        """
        value = exchange.json
        records = value if isinstance(value, list) else [value]
        well_shaped = isinstance(value, list) == self.is_list and all(map(self._is_meant, records))
        expected = "a list of objects" if self.is_list else "one object"
        if not notes.check(
            f"{self._endpoint}.shape",
            well_shaped,
            f"{expected} with the documented fields",
            "" if well_shaped else describe_json(value),
        ):
            return
        for number, record in enumerate(records):
            wrong = self._wrong_fields(record)
            where = f" (entry {number + 1} of {len(records)})" if self.is_list else ""
            for name, kind in self._fields.items():
                requirement = f"{self._endpoint}.response.{name}"
                if name in wrong:
                    notes.breaks(requirement, f"`{name}`: {describe(kind)}", wrong[name] + where)
                else:
                    notes.holds(requirement)
            yield record, set(wrong)

    def _is_meant(self, record: Any) -> bool:
        """Whether a value is the documented object, if perhaps with mistakes; not an envelope."""
        return isinstance(record, dict) and 2 * len(self._fields.keys() & record) >= len(
            self._fields
        )

    def _wrong_fields(self, record: dict[str, Any]) -> dict[str, str]:
        """What is wrong with which field; empty for a conforming record."""
        key = _typed(record)
        if key in self._conforming:
            return {}
        if self._validator.is_valid(record):
            self._remember(key)
            return {}
        wrong = {name: self._missing(name, record) for name in self._fields if name not in record}
        for error in self._validator.iter_errors(record):
            if error.path:
                name = str(error.path[0])
                wrong.setdefault(name, self._described(name, record[name]))
        return wrong

    def _described(self, name: str, value: Any) -> str:
        if name in self._secret:
            return describe_hidden(value)
        return describe_value(value, self._fields[name])

    def _remember(self, key: Hashable) -> None:
        """Keep in mind that a record is conforming: the same one is read again and again."""
        if key is not None:
            if len(self._conforming) >= REMEMBERED:
                self._conforming.clear()
            self._conforming.add(key)

    def _missing(self, name: str, record: dict[str, Any]) -> str:
        others = [other for other in record if other not in self._fields]
        return f"no `{name}`" + (
            f" (undocumented: {', '.join(sorted(others)[:5])})" if others else ""
        )


def _typed(record: Mapping[str, Any]) -> Hashable:
    """A record of plain values as a key that tells 1 from 1.0 and true; None for any other."""
    key = tuple((name, type(value), value) for name, value in record.items())
    return key if all(kind in (str, int, float, bool) for _, kind, _ in key) else None


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
        parsed(pattern, value)
    except ValueError:
        return False
    return True
