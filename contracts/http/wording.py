"""Answers and values in a few words, for Expected and Actual."""

from __future__ import annotations

import json
from typing import Any

from contracts.http.exchange import Exchange
from contracts.spec.types import Timestamp, Type

SHOWN_LENGTH = 200


def describe_answer(exchange: Exchange) -> str:
    """An answer's status, or why there is none, in a few words."""
    if exchange.answer is None:
        return exchange.problem or "no answer"
    return f"{exchange.status} {exchange.answer.reason}".strip()


def describe_json(value: Any) -> str:
    """What kind of JSON value this is, and what is in it, in a few words."""
    if isinstance(value, dict):
        return f"an object with {', '.join(f'`{n}`' for n in list(value)[:8]) or 'nothing in it'}"
    if isinstance(value, list):
        inner = "; ".join(describe_json(v) for v in value[:2] if not isinstance(v, list))
        return f"a list of {len(value)}" + (f": {inner}" if inner else "")
    return quoted(value)


def describe_hidden(value: Any) -> str:
    """What kind of JSON value a secret is, and nothing of it; null says that there is none."""
    if value is None:
        return "null"
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "a text"}
    if isinstance(value, list):
        return f"*** (a list of {len(value)})"
    return f"*** ({kinds.get(type(value), 'an object')})"


def describe_value(value: Any, kind: Type) -> str:
    """A value that is wrong for its type, and for a timestamp why."""
    text = quoted(value)
    if isinstance(kind, Timestamp) and isinstance(value, str):
        try:
            kind.pattern.parse(value)
        except ValueError as error:
            return f"{text}: {error}"
    return text


def shortened(text: str) -> str:
    """A text that fits into a line or two."""
    return text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}… ({len(text)} characters)"


def quoted(value: Any) -> str:
    """A JSON value as it would be written, shortened."""
    return shortened(json.dumps(value, ensure_ascii=False))


def counted(number: int, thing: str) -> str:
    """A number with what is counted: `1 test`, `2 tests`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def describe_difference(expected: Any, actual: Any) -> str:
    """How two texts differ, in brackets and without showing them; empty for other values.

    Texts that are masked, or that differ in what cannot be seen, look the same.
    """
    if not isinstance(expected, str) or not isinstance(actual, str):
        return ""
    if actual == expected.strip():
        where = [
            end
            for end, kept in (("start", expected.lstrip()), ("end", expected.rstrip()))
            if kept != expected
        ]
        return f" (white space is missing at the {' and the '.join(where)})"
    if actual.casefold() == expected.casefold():
        return " (in another case)"
    if expected.startswith(actual):
        return f" (the first {len(actual)} of {len(expected)} characters)"
    at = next((n for n, (a, b) in enumerate(zip(expected, actual, strict=False)) if a != b), None)
    first = min(len(expected), len(actual)) if at is None else at
    differs = f"character {first + 1} is the first that differs"
    if len(actual) == len(expected):
        return f" ({differs})"
    return f" ({len(actual)} characters instead of {len(expected)}; {differs})"
