"""A strict JSON reader: RFC 8259, and a reason when a text is not JSON.

Python's own reader accepts NaN, a byte-order mark, repeated names and lone surrogates, and fails
with other errors on deep nesting and on huge integers. Time is linear in the size of the text.
"""

from __future__ import annotations

import json
import re
from typing import Any

MAX_DIGITS = 1000
# RFC 8259, section 9, lets a reader limit the depth. Code that walks through a value may recurse.
MAX_DEPTH = 128
MAX_NAME = 80  # letters of a repeated name that a reason shows
_BOM = b"\xef\xbb\xbf"
_SURROGATE = re.compile("[\ud800-\udfff]")


class NotJson(ValueError):
    """The text is not interoperable JSON; the message says why, without quoting values."""


def loads(content: bytes) -> Any:
    """The value of one JSON text in UTF-8.

    Raises `NotJson`, and no other error: the text is empty, not UTF-8, not JSON, nested deeper
    than `MAX_DEPTH`, or repeats a name within an object.
    """
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
    except RecursionError:
        raise NotJson(_TOO_DEEP) from None
    if _is_nested_deeper(value, text):
        raise NotJson(_TOO_DEEP)
    if "\\u" in text and _has_lone_surrogate(value):
        raise NotJson("a text holds half of a surrogate pair")
    return value


_TOO_DEEP = f"the JSON is nested deeper than {MAX_DEPTH} levels, which is as deep as it is read"


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise NotJson(f"the name {name[:MAX_NAME]!r} stands twice in one object")
            seen.add(name)
    return found


def _constant(name: str) -> Any:
    raise NotJson(f"{name} is not JSON")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise NotJson(f"an integer of {len(digits)} digits")
    return int(digits)


def _is_nested_deeper(value: Any, text: str) -> bool:
    """Whether arrays and objects stand within each other more than `MAX_DEPTH` times."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False  # the usual case, without a walk through the value
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for item in level
            for inner in (item.values() if isinstance(item, dict) else item)
            if isinstance(inner, dict | list)
        ]
    return bool(level)


def _has_lone_surrogate(value: Any) -> bool:
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            if _SURROGATE.search(item):
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
