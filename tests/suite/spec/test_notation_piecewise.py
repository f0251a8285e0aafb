"""As much of a form as can be read, and the places that cannot."""

from __future__ import annotations

import pytest

from contracts.spec.parser import parse_piecewise
from contracts.spec.types import Integer, ListOf, Record, Text, Type


@pytest.mark.parametrize(
    ("text", "kind", "problems"),
    [
        ('{"a": "str"}', Record({"a": Text()}), []),
        ('{"a": 5x, "b": "int"}', Record({"b": Integer()}), [("a", 1)]),
        ('{"a": null,\n "b": "str" (later),\n "c": "str"}', Record({"c": Text()}),
         [("a", 1), ("b", 2)]),
        ('{"a": {"b": "x y", "c": "str"}}', Record({"a": Record({"c": Text()})}), [("a.b", 1)]),
        ('[{"a": "str", "b": []}]', ListOf(Record({"a": Text()})), [("b", 1)]),
        # A comma that is missing between two lines puts no field in doubt.
        ('{"a": "str"\n "b": 5x\n "c": "int"}', Record({"a": Text(), "c": Integer()}),
         [("", 2), ("b", 2)]),
        ('{"a": "str", "a": "int", 7: "str"}', Record({"a": Text()}), [("a", 1), ("", 1)]),
        ('{"a": {"b": [5x, {}], "c": "int"}, ....}', Record({"a": Record({"c": Integer()})}, True),
         [("a.b", 1)]),
        ('{"a": "str"', None, [("", 1)]),
        ('{"a": "str"} {"b": "str"}', None, [("", 1)]),
    ],
)  # fmt: skip
def test_what_cannot_be_read_takes_nothing_else_along(
    text: str, kind: Type | None, problems: list[tuple[str, int]]
) -> None:
    found, unread = parse_piecewise(text)
    assert found == kind
    assert [(problem.path, problem.error.line) for problem in unread] == problems


def test_a_field_that_cannot_be_read_may_have_a_type_for_the_time_being() -> None:
    found, _ = parse_piecewise('{"a": 5x, "b": "int", "c": null}', unread=Text())
    assert found == Record({"a": Text(), "b": Integer(), "c": Text()})
    assert isinstance(found, Record)
    assert list(found.fields) == ["a", "b", "c"]
