"""Answers and values in a few words, for Expected and Actual."""

from __future__ import annotations

import json
from typing import Any

from contracts.http.exchange import Exchange
from contracts.spec.notation import Timestamp, Type

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
