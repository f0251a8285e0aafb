"""Rows of tables that describe fields: the type, the values, and the rest in words."""

from __future__ import annotations

import re
from itertools import zip_longest

from contracts.drift.page.model import Row
from contracts.spec.parser import NotationError, parse
from contracts.spec.types import Choice, Type

YES = ("yes", "y", "true", "✓", "✔", "✅", "x", "required", "always", "mandatory", "must")
_TYPE = re.compile(r"\b(?:type|format)\b", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Z][a-z]+")  # a word at the beginning of a cell
_SENT = re.compile(r"\b(?:required|mandatory|optional)\b", re.IGNORECASE)
_NAMES = re.compile(r"\b(?:field|name|parameter|property|attribute|key)s?\b", re.IGNORECASE)
_FIELD = re.compile(r"[A-Za-z_][\w-]*")
_CAPITALS = r"[\"'`]?[A-Z][A-Z0-9_]+[\"'`]?"
_VALUES = re.compile(
    rf"(?<![\w-]){_CAPITALS}(?:\s*(?:,\s*or\b|,|\||/|\bor\b|\band\b)\s*{_CAPITALS})+(?![\w-])"
)
_VALUE = re.compile(r"[A-Z][A-Z0-9_]+")
# Words in capitals that are no value of a field.
_ACRONYMS = frozenset(
    ("API", "JSON", "XML", "CSV", "HTTP", "HTTPS", "URL", "URI", "UUID", "UTC", "GMT", "ISO", "RFC",
     "GET", "POST", "PUT", "PATCH", "DELETE", "ID", "SSL", "TLS", "OR", "AND")
)  # fmt: skip


def describes_fields(row: Row) -> bool:
    """Whether a row is about a field: its table has a column of names, and one of types or of
    what must be sent.
    """
    if not row.header or not row.cells or not _FIELD.fullmatch(row.cells[0]):
        return False
    about = any(_TYPE.search(title) or _SENT.search(title) for title in row.header[1:])
    return bool(_NAMES.search(row.header[0])) and about


def type_in(row: Row) -> Type | None:
    """The type in a row's column of types, as far as the notation can read it."""
    for title, cell in zip(row.header, row.cells, strict=False):
        if _TYPE.search(title):
            word = re.match(r"[A-Za-z]+", cell.strip())
            for text in (cell, f'"{cell}"', f'"{word[0]}"' if word else ""):
                try:
                    return parse(text)
                except NotationError:
                    continue
    return None


def choice_in(row: Row) -> tuple[str, ...]:
    """The values that a row names for its field, in its type or in words; empty for none."""
    kind = type_in(row)
    if isinstance(kind, Choice):
        return kind.values if len(kind.values) > 1 else ()
    for cell in row.cells[1:]:
        found = _VALUES.search(cell)
        values = tuple(dict.fromkeys(_VALUE.findall(found[0]))) if found else ()
        if len(values) > 1 and not _ACRONYMS.intersection(values):
            return values
    return ()


def is_required(row: Row) -> bool | None:
    """Whether a row says that its field must be sent; None where it has no such column."""
    for title, cell in zip(row.header, row.cells, strict=False):
        if _SENT.search(title):
            yes = cell.strip().lower() in YES
            return yes != ("optional" in title.lower())
    return None


def names_in(row: Row) -> tuple[str, ...]:
    """The name that a row is about, if it may be a field's or a value's."""
    return row.cells[:1] if row.cells and not _PLAIN.fullmatch(row.cells[0]) else ()


def words_of(row: Row) -> str:
    """The row as one text, but for its type; that a field may be left out is said as such."""
    readable = type_in(row) is not None
    texts = []
    for title, cell in zip_longest(row.header, row.cells, fillvalue=""):
        if _SENT.search(title):
            is_yes = cell.strip().lower() in YES
            texts += ["optional"] if is_yes == ("optional" in title.lower()) else []
        elif not (readable and _TYPE.search(title)):
            texts.append(cell)
    return ". ".join(texts)
