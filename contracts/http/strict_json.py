"""JSON as RFC 8259 has it, with a reason when a text is none.

Python's own reader takes NaN, a byte-order mark, duplicate names and lone surrogates, and gives up
with other errors on deep nesting and huge integers.
"""

from __future__ import annotations

import json
from typing import Any

MAX_DIGITS = 1000
_BOM = b"\xef\xbb\xbf"


class NotJson(ValueError):
    """The text is no interoperable JSON; the message says why, without quoting the text."""


def loads(content: bytes) -> Any:
    """The value of one JSON text in UTF-8; `NotJson` says what is wrong with it."""
    if not content.strip():
        raise NotJson("the body is empty")
    if content.startswith(_BOM):
        raise NotJson("the body starts with a byte-order mark")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotJson(f"byte {error.start} is not UTF-8") from error
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise NotJson("the JSON is nested too deep to be read") from error
    if "\\u" in text and _has_lone_surrogate(value):
        raise NotJson("a text holds half of a surrogate pair")
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NotJson(f"the name {twice!r} stands twice in one object")
    return found


def _constant(name: str) -> Any:
    raise NotJson(f"{name} is no JSON")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise NotJson(f"an integer of {len(digits)} digits")
    return int(digits)


def _has_lone_surrogate(value: Any) -> bool:
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            if any("\ud800" <= letter <= "\udfff" for letter in item):
                return True
        elif isinstance(item, dict):
            todo.extend(item)
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)
    return False


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_constant=_constant, parse_int=_integer
)  # fmt: skip
