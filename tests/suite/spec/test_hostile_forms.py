"""Whatever a form holds, reading it ends soon."""

from __future__ import annotations

import time

import pytest

from contracts.spec.parser import MAX_LENGTH, NotationError, parse
from contracts.spec.types import Choice


@pytest.mark.parametrize(
    "text",
    [
        f'"A{" " * (MAX_LENGTH - 10)}B"',
        '"' + "A or " * 3_000 + 'B"',
        "/*" * (MAX_LENGTH // 2),
        '"' * MAX_LENGTH,
        "[" * MAX_LENGTH,
        "{" * MAX_LENGTH,
        '"A"' + "|" * (MAX_LENGTH - 10),
        "x" * (MAX_LENGTH + 1),
        " " * 10_000_000,
    ],
    ids=["blanks", "values", "comments", "quotes", "lists", "objects", "bars", "long", "longest"],
)
def test_a_hostile_form_is_refused_soon(text: str) -> None:
    began = time.monotonic()
    with pytest.raises(NotationError):
        parse(text)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("text", ['"A or B"', '"A  or   B"', '"A|B"', '"A | B"', '"A" or "B"'])
def test_values_are_joined_in_each_way_that_pages_write(text: str) -> None:
    assert parse(text) == Choice(("A", "B"))
