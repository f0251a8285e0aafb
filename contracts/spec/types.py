"""The types that a documented form can name, and what can be said of them.

`narrow(a, b)` joins what is said of one field in two places, `describe(type)` puts a type into
words, and `misfit(type, value)` says why a value is not of a type. Knows nothing of JSON Schema
or HTTP; `parser` reads the notation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from contracts.spec.java_dates import JavaPattern


@dataclass(frozen=True)
class Text:
    """Any text."""


@dataclass(frozen=True)
class Uuid:
    """The text of a UUID."""


@dataclass(frozen=True)
class Integer:
    """A whole number."""


@dataclass(frozen=True)
class Number:
    """A number, whole or not."""


@dataclass(frozen=True)
class Boolean:
    """True or false."""


@dataclass(frozen=True)
class Choice:
    """One of the texts `values`, in the order in which the documentation names them."""

    values: tuple[str, ...]


@dataclass(frozen=True)
class Timestamp:
    """A text of a Java date pattern."""

    pattern: JavaPattern


@dataclass(frozen=True)
class ListOf:
    """A list, all of whose items are of the type `item`."""

    item: Type


@dataclass(frozen=True)
class Record:
    """An object with these fields; `open_ended` when the form says "and so on"."""

    fields: Mapping[str, Type]
    open_ended: bool = False

    def __hash__(self) -> int:  # the generated one would fail on the mapping
        return hash((frozenset(self.fields.items()), self.open_ended))


Type: TypeAlias = Text | Uuid | Integer | Number | Boolean | Choice | Timestamp | ListOf | Record

_STRING_LIKE = (Text, Uuid, Choice, Timestamp)

# The text of a UUID, in either case (RFC 9562); valid in ECMA-262 and in Python.
UUID_REGEX = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


class ContradictionError(ValueError):
    """Two types of one field that no value can have at once; the sentence names both."""


def narrow(a: Type, b: Type) -> Type:
    """The most exact of two types that are said of one field.

    The values of two choices are joined, the longer list first. Raises ContradictionError when
    the two cannot both be meant, as it is for records that do not have the same fields.
    """
    if a == b:
        return a
    match a, b:
        case Choice(), Choice():
            first, second = sorted((a, b), key=lambda choice: -len(choice.values))
            return Choice(tuple(dict.fromkeys(first.values + second.values)))
        case Timestamp(one), Timestamp(other) if one.regex == other.regex:
            return b if one.lenient else a
        case ListOf(one_item), ListOf(other_item):
            return ListOf(narrow(one_item, other_item))
        case Record(), Record() if a.fields.keys() == b.fields.keys():
            return _narrow_fields(a, b)
    for general, exact in ((a, b), (b, a)):
        if isinstance(general, Text) and isinstance(exact, _STRING_LIKE):
            return exact
        if isinstance(general, Number) and isinstance(exact, Integer):
            return exact
    raise ContradictionError(f"{describe(a)} contradicts {describe(b)}")


def _narrow_fields(a: Record, b: Record) -> Record:
    fields: dict[str, Type] = {}
    for name, kind in a.fields.items():
        try:
            fields[name] = narrow(kind, b.fields[name])
        except ContradictionError as error:
            raise ContradictionError(f"in the field {name!r} {error}") from None
    return Record(fields, a.open_ended and b.open_ended)


def describe(kind: Type) -> str:
    """A type in a few words, for people."""
    match kind:
        case Text():
            return "text"
        case Uuid():
            return "UUID"
        case Integer():
            return "whole number"
        case Number():
            return "number"
        case Boolean():
            return "true or false"
        case Choice((value,)):
            return f"the value {value}"
        case Choice(values):
            return f"one of {', '.join(values)}"
        case Timestamp(pattern):
            return f"timestamp {pattern.source}"
        case ListOf(item):
            return f"list of {describe(item)}"
        case Record():
            return _describe_record(kind)


def _describe_record(record: Record) -> str:
    if not record.fields:
        return "object"
    names = list(record.fields)
    more = "" if len(names) <= 6 else f" and {len(names) - 5} more"
    shown = names if not more else names[:5]
    return f"object with {', '.join(shown)}{more}"


def is_uuid(value: object) -> bool:
    """Whether a value is the text of a UUID, in either case."""
    return isinstance(value, str) and re.fullmatch(UUID_REGEX[1:-1], value) is not None


def misfit(kind: Type, value: object) -> str | None:
    """Why a value is not of a type, in words that follow it; None when it is.

    What is inside of lists and objects is not looked at.
    """
    if isinstance(kind, Timestamp) and isinstance(value, str):
        try:
            kind.pattern.parse(value)
        except ValueError as error:
            return f"is no {describe(kind)}: {error}"
        return None
    return None if _is_of(kind, value) else f"is not {_with_article(describe(kind))}"


def _is_of(kind: Type, value: object) -> bool:
    match kind:
        case ListOf():
            return isinstance(value, list)
        case Record():
            return isinstance(value, dict)
        case Integer():
            return isinstance(value, int) and not isinstance(value, bool)
        case Number():
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Boolean():
            return isinstance(value, bool)
        case Choice(values):
            return isinstance(value, str) and value in values
        case Uuid():
            return is_uuid(value)
        case Text():
            return isinstance(value, str)
        case Timestamp():
            return False


def _with_article(words: str) -> str:
    return words if words.startswith(("the ", "one ", "true ", "text")) else f"a {words}"
