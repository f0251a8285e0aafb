"""What values look like, in words that are the same for every value of a kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from contracts.http.exchange import Exchange

MAX_NAMES = 12
SHAPES = (
    ("UUID", r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"),
    ("digits", r"[0-9]+"),
    ("24 hexadecimal digits", r"[0-9a-fA-F]{24}"),
    ("32 hexadecimal digits", r"[0-9a-fA-F]{32}"),
    ("ULID", r"[0-7][0-9A-HJKMNP-TV-Z]{25}"),
    ("letters and digits", r"[0-9A-Za-z]+"),
    ("letters, digits and dashes", r"[0-9A-Za-z_-]+"),
)
WORD = re.compile(r"[A-Za-z][A-Za-z _-]{0,39}")
# What is seen one at a time; of all else, an answer may show several at once.
ALTERNATIVES = {"status", "media-type", "body", "id-shape", "order", "delay"}
NAME = re.compile(r"[A-Za-z_$@][A-Za-z_$@.-]*[0-9]{0,2}")


def text_shape(text: str, *, words: bool = False) -> str:
    """What a text looks like; with `words`, a plain word stands for itself."""
    if words and WORD.fullmatch(text):
        return text
    known = (name for name, pattern in SHAPES if re.fullmatch(pattern, text))
    return next(known, "text" if text else "empty text")


def name_shape(name: str) -> str:
    """A field's name; one that looks like a value of its own is not shown."""
    return name if NAME.fullmatch(name) and len(name) <= 40 else "(a name of its own)"


def body_shape(exchange: Exchange) -> str:
    """What kind of body an answer has, without any of its values."""
    if not exchange.text:
        return "nothing"
    if exchange.json_problem is None:
        return json_shape(exchange.json)
    if not exchange.text.strip():
        return "blanks"
    return "HTML" if re.match(r"\s*<(!doctype )?html", exchange.text, re.IGNORECASE) else "text"


def json_shape(value: Any) -> str:
    """What kind of JSON value this is; of objects, the names of the fields."""
    if isinstance(value, dict):
        names = sorted({name_shape(name) for name in value})
        more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
        return f"an object with {', '.join(names[:MAX_NAMES])}{more}" if names else "{}"
    if isinstance(value, list):
        return "a list" if value else "[]"
    if isinstance(value, str):
        return "a JSON text"
    return "null" if value is None else "a JSON number or boolean"


def ordered(values: Sequence[str]) -> str | None:
    """In which order texts come; None when there are no two different ones."""
    if len(set(values)) < 2:
        return None
    if all(a <= b for a, b in pairwise(values)):
        return "oldest first"
    return "newest first" if all(a >= b for a, b in pairwise(values)) else "in no order"


def spoken(kind: str, values: Sequence[str]) -> str:
    """The values of an observation of a kind, in words and with backquotes for code."""
    if not values:
        return "none"
    if kind not in ALTERNATIVES:
        return ", ".join(f"`{value}`" for value in values)
    *others, last = values
    if any("," in value for value in values):
        return "; or ".join(values)
    return f"{', '.join(others)} or {last}" if others else last
