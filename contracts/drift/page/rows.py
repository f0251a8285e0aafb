"""Rows of tables that describe fields: the type, and the rest in words."""

from __future__ import annotations

import re
from itertools import zip_longest

from contracts.drift.page.model import Row
from contracts.spec.parser import NotationError, parse
from contracts.spec.types import Type

YES = ("yes", "y", "true", "✓", "✔", "✅", "x", "required", "always", "mandatory", "must")
_TYPE = re.compile(r"\b(?:type|format)\b", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Z][a-z]+")  # a word at the beginning of a cell
_SENT = re.compile(r"\b(?:required|mandatory|optional)\b", re.IGNORECASE)


def type_in(row: Row) -> Type | None:
    """The type in a row's column of types, as far as the notation can read it."""
    for title, cell in zip(row.header, row.cells, strict=False):
        if _TYPE.search(title):
            for text in (cell, f'"{cell}"'):
                try:
                    return parse(text)
                except NotationError:
                    continue
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
