"""The notation of the forms: what is read, what is refused where, and what narrows what."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.spec.java_dates import java_pattern
from contracts.spec.parser import (
    MAX_DEPTH,
    NotationError,
    parse,
    parse_piecewise,
)
from contracts.spec.types import (
    Boolean,
    Choice,
    ContradictionError,
    Integer,
    ListOf,
    Number,
    Record,
    Text,
    Timestamp,
    Type,
    Uuid,
    describe,
    narrow,
)

MICROS = Timestamp(java_pattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'"))
MILLIS = Timestamp(java_pattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"))
SCALARS: list[Type] = [
    Text(), Uuid(), Integer(), Number(), Boolean(), MICROS, MILLIS, Choice(("STAGE", "PRODUCTION")),
]  # fmt: skip

quick = settings(max_examples=40)
names = st.text(st.sampled_from('aZ_ "\\/.,:{}[]\né'), min_size=1, max_size=5)
types: st.SearchStrategy[Type] = st.recursive(
    st.sampled_from(SCALARS),
    lambda inner: (
        st.builds(ListOf, inner)
        | st.builds(Record, st.dictionaries(names, inner, max_size=3), st.booleans())
    ),
    max_leaves=6,
)


def written(kind: Type) -> str:
    """A type in the notation that it is read from."""
    match kind:
        case Text():
            return '"str"'
        case Uuid():
            return '"uuid"'
        case Integer():
            return '"int"'
        case Number():
            return '"double"'
        case Boolean():
            return "boolean"
        case Choice(values):
            return " or ".join(f'"{value}"' for value in values)
        case Timestamp(pattern):
            return json.dumps(pattern.source)
        case ListOf(item):
            return f"[{written(item)}]"
        case Record(fields, open_ended):
            members = [
                f"{json.dumps(n, ensure_ascii=False)}: {written(t)}" for n, t in fields.items()
            ]
            return "{\n" + ",\n".join(members + ["...."] * open_ended) + "\n}"


def refusal(text: str) -> NotationError:
    with pytest.raises(NotationError) as caught:
        parse(text)
    return caught.value


def place_of_refusal(text: str) -> tuple[int, int] | None:
    try:
        parse(text)
    except NotationError as error:
        return error.line, error.column
    return None


@quick
@given(types)
def test_every_type_is_read_back_from_its_notation(kind: Type) -> None:
    assert parse(written(kind)) == kind
    assert parse_piecewise(written(kind)) == (kind, [])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *[(f'"{word}"', Text()) for word in ("str", "string", "String", "STR")],
        *[(f'"{word}"', Integer()) for word in ("int", "integer", "long", "Integer", "Long")],
        *[(f'"{word}"', Number()) for word in ("float", "double", "number", "Double")],
        *[(f'"{word}"', Boolean()) for word in ("bool", "boolean", "Boolean")],
        *[(f'"{word}"', Uuid()) for word in ("UUID", "uuid", "Uuid")],
        ("str", Text()), ("int", Integer()), ("double", Number()), ("uuid", Uuid()),
        ("true", Boolean()), ("false", Boolean()), ("true or false", Boolean()),
    ],
)  # fmt: skip
def test_type_words_are_read_in_any_case_with_quotes_and_without(text: str, kind: Type) -> None:
    assert parse(text) == kind


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('"STAGE"', ("STAGE",)),
        ('"STAGE" or "PRODUCTION"', ("STAGE", "PRODUCTION")),
        ('"STAGE or PRODUCTION"', ("STAGE", "PRODUCTION")),
        ('"STAGE or PRODUCTION" or "TEST_2"', ("STAGE", "PRODUCTION", "TEST_2")),
        ('"STAGE"\n  or  "PRODUCTION"', ("STAGE", "PRODUCTION")),
        ('"STAGE  or  PRODUCTION"', ("STAGE", "PRODUCTION")),
        ('"A" or "B" or "C"', ("A", "B", "C")),
        ('"STAGE" | "PRODUCTION"', ("STAGE", "PRODUCTION")),
        ('"STAGE"|"PRODUCTION" or "TEST"', ("STAGE", "PRODUCTION", "TEST")),
        ('"STAGE | PRODUCTION|TEST"', ("STAGE", "PRODUCTION", "TEST")),
    ],
)
def test_capitals_are_values_in_the_order_of_the_page(text: str, values: tuple[str, ...]) -> None:
    assert parse(text) == Choice(values)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"scopes": ["str"]}', Record({"scopes": ListOf(Text())})),
        ('["str"]', ListOf(Text())),
        ('{"id": "UUID",}', Record({"id": Uuid()})),
        ('{"id": "uuid", ....}', Record({"id": Uuid()}, open_ended=True)),
        ('{"id": "uuid" ....}', Record({"id": Uuid()}, open_ended=True)),
        ('{"id": "uuid",\n...,\n}', Record({"id": Uuid()}, open_ended=True)),
        ('{...., "id": "uuid"}', Record({"id": Uuid()}, open_ended=True)),
        ('{"id": "uuid", …}', Record({"id": Uuid()}, open_ended=True)),
        ('["str", ....]', ListOf(Text())),
        ('["str", "STAGE",]', ListOf(Choice(("STAGE",)))),
        ("{}", Record({})),
        ('[{"a": {"b": [true]}}]', ListOf(Record({"a": Record({"b": ListOf(Boolean())})}))),
        ("\"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'\"", MILLIS),
        ('"yyyy-MM-ddTHH:mm:ss.SZ"', Timestamp(java_pattern("yyyy-MM-ddTHH:mm:ss.SZ"))),
        ('"uuuu-MM-dd"', Timestamp(java_pattern("uuuu-MM-dd"))),
        ('{"\\u0061": "str", "\\"": "int"}', Record({"a": Text(), '"': Integer()})),
        (
            '{"code": 200, "share": -0.5, "big": 1e9}',
            Record({"code": Integer(), "share": Number(), "big": Number()}),
        ),
        (
            '{"a": "str", // the name, "b": "int"\n"b": "int" # a count\n}',
            Record({"a": Text(), "b": Integer()}),
        ),
        ('/* what\n is shown */ {"a": "str" /* "b" */}', Record({"a": Text()})),
        ('{"a//b": "str", "#": "int"}', Record({"a//b": Text(), "#": Integer()})),
    ],
)
def test_the_spellings_of_the_sibling_pages_are_read(text: str, kind: Type) -> None:
    assert parse(text) == kind


def test_fields_keep_the_order_of_the_form() -> None:
    kind = parse('{"b": "str", "a": "str", "c": "str"}')
    assert isinstance(kind, Record)
    assert list(kind.fields) == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("text", "line", "column", "sentence"),
    [
        ("", 1, 1, "there is no form in this text"),
        (" \n ", 2, 2, "there is no form in this text"),
        ("[]", 1, 1, "the list does not say what its items are"),
        ('{"a":\n  [....]}', 2, 3, "the list does not say what its items are"),
        ('["str", "int"]', 1, 9, "the items of a list differ: text contradicts whole number"),
        ('{"a": "str",\n "a": "int"}', 2, 2, "the field '\"a\"' stands here twice"),
        ('{\n  "a": "foo"\n}', 2, 8, "'\"foo\"' is no type that this notation knows"),
        ('{"a": ""}', 1, 7, "'\"\"' is no type that this notation knows"),
        ('"A"', 1, 1, "'\"A\"' is no type that this notation knows"),
        ('"A_1"', 1, 1, "is no type"),
        ('"..."', 1, 1, "'\"...\"' is no type"),
        ("foo", 1, 1, "'foo' without quotes is no type"),
        ("STAGE", 1, 1, "'STAGE' without quotes is no type"),
        ("null", 1, 1, "null is no type"),
        ('{"a": "str" or null}', 1, 16, "null is no type"),
        ('{"a": 1x}', 1, 7, "a type is expected, not '1x'"),
        ('{"a": 200 or 404}', 1, 7, "'or' joins values in capitals and quotes, not '200'"),
        ('{"a": "str" | "int"}', 1, 7, "'or' joins values in capitals and quotes, not 'str'"),
        ('{"a": "X" |}', 1, 12, "a type is expected, not '}'"),
        ('{"a": "str" / nothing\n}', 1, 13, "a comma or '}' is expected, not '/'"),
        ('{ // "a": "str"\n', 1, 1, "'{' is never closed"),
        ('{"a": }', 1, 7, "a type is expected, not '}'"),
        ('{"a" "str"}', 1, 6, "a colon is expected, not '\"str\"'"),
        ('{"a": "str" "b": "str"}', 1, 13, "a comma or '}' is expected"),
        ('{"a": "str",, "b": "str"}', 1, 13, "a field's name in quotes is expected, not ','"),
        ('{a: "str"}', 1, 2, "a field's name in quotes is expected, not 'a'"),
        ('{"": "str"}', 1, 2, "a field's name in quotes is expected"),
        ("{,}", 1, 2, "a field's name in quotes is expected"),
        ('{"a": "str"]', 1, 12, "a comma or '}' is expected, not ']'"),
        ('\n{"a": "str"', 2, 1, "'{' is never closed"),
        ('{"a":', 1, 6, "a type is expected, not the end of the text"),
        ('"str" "str"', 1, 7, "the end of the form is expected"),
        ('{"a": "str}', 1, 7, "the text '\"str' is not closed as in JSON"),
        ('"a\\q"', 1, 1, "is not closed as in JSON"),
        ("....", 1, 1, "a type is expected, not '....'"),
        ('{"a": “str”}', 1, 7, "a type is expected, not '“str”'"),
        ('"STAGE" or', 1, 11, "a type is expected, not the end"),
        ('"STAGE" or []', 1, 12, "a type is expected, not '['"),
        ('["str"] or "STAGE"', 1, 9, "the end of the form is expected, not 'or'"),
        ('"STAGE" or "str"', 1, 12, "'or' joins values in capitals and quotes, not 'str'"),
        ('"STAGE or str"', 1, 1, "'or' joins values in capitals and quotes, not 'str'"),
        ('"STAGE" or TEST', 1, 12, "'or' joins values in capitals and quotes, not 'TEST'"),
        ('"UUID" or "STAGE"', 1, 1, "'or' joins values in capitals and quotes, not 'UUID'"),
        ('"STAGE" or "STAGE"', 1, 12, "the value 'STAGE' stands here twice"),
        ('{\n "t": "yyyy-MM-dd e"}', 2, 19, "'e' at column 12 is a letter that is not read"),
        ('"yyyy-MM-dd e\\u0020"', 1, 1, "'e' at column 12 is a letter that is not read"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(
    text: str, line: int, column: int, sentence: str
) -> None:
    error = refusal(text)
    assert sentence in error.sentence
    assert (error.line, error.column) == (line, column)
    assert f"(line {line}, column {column} of the form)" in str(error)


@pytest.mark.parametrize(
    "text", ["x" * 41, '"' + "x" * 500 + '"', "x" * 500, '"' + "x" * 500, "1x" * 250]
)
def test_a_refusal_quotes_forty_characters_at_most(text: str) -> None:
    assert text[:39] in refusal(text).sentence
    assert text[:40] not in refusal(text).sentence


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a": ', "}")])
def test_a_form_has_a_limit_of_levels(opening: str, closing: str) -> None:
    assert parse(opening * MAX_DEPTH + '"str"' + closing * MAX_DEPTH)
    error = refusal(opening * 3_000)
    assert error.sentence == f"the form is more than {MAX_DEPTH} levels deep"
    assert error.column == MAX_DEPTH * len(opening) + 1


@given(
    st.lists(
        st.sampled_from(
            ['"str"', '"STAGE"', '"yyyy"', "int", " or ", "{", "}", "[", "]", ":", ",", "....", '"',
             "\\", "\n", " ", "true", '"a"', '"b"', "é", "\x00", "'", "|", "//", "/*", "1", "null"]
        ),
        max_size=14,
    ).map("".join)
)  # fmt: skip
def test_any_text_is_read_or_refused_inside_itself(text: str) -> None:
    lines = text.split("\n")
    line, column = place_of_refusal(text) or (1, 1)
    found, problems = parse_piecewise(text)
    assert (found is None or bool(problems)) == (place_of_refusal(text) is not None)
    assert 1 <= line <= len(lines)
    assert 1 <= column <= len(lines[line - 1]) + 1


@quick
@given(types)
def test_a_type_narrows_to_itself(kind: Type) -> None:
    assert narrow(kind, kind) == kind


@pytest.mark.parametrize(
    ("general", "exact"),
    [
        (Text(), Uuid()),
        (Text(), MICROS),
        (Text(), Choice(("STAGE",))),
        (Number(), Integer()),
        (ListOf(Text()), ListOf(Uuid())),
        (Timestamp(java_pattern("yyyy-MM-ddTHH:mm:ss.SSSZ")), MILLIS),
        (Record({"a": Text(), "b": Text()}), Record({"b": Uuid(), "a": Text()})),
        (Record({"a": Text()}, open_ended=True), Record({"a": Uuid()})),
    ],
)
def test_the_more_exact_type_wins_on_either_side(general: Type, exact: Type) -> None:
    assert narrow(general, exact) == exact
    assert narrow(exact, general) == exact


def test_records_narrow_field_by_field() -> None:
    a = Record({"x": Text(), "y": Uuid()}, open_ended=True)
    b = Record({"y": Text(), "x": MICROS}, open_ended=True)
    assert narrow(a, b) == Record({"x": MICROS, "y": Uuid()}, open_ended=True)


@pytest.mark.parametrize(
    ("first", "second", "values"),
    [
        ('"STAGE"', '"STAGE" or "PRODUCTION"', ("STAGE", "PRODUCTION")),
        ('"PRODUCTION"', '"STAGE" or "PRODUCTION"', ("STAGE", "PRODUCTION")),
        ('"STAGE" or "PRODUCTION"', '"TEST"', ("STAGE", "PRODUCTION", "TEST")),
        ('"STAGE"', '"PRODUCTION"', ("STAGE", "PRODUCTION")),
    ],
)
def test_the_values_of_two_choices_are_joined_the_longer_list_first(
    first: str, second: str, values: tuple[str, ...]
) -> None:
    assert narrow(parse(first), parse(second)) == Choice(values)


@pytest.mark.parametrize(
    ("a", "b", "sentence"),
    [
        (Integer(), Text(), "whole number contradicts text"),
        (Boolean(), Number(), "true or false contradicts number"),
        (Uuid(), Choice(("STAGE",)), "UUID contradicts the value STAGE"),
        (MICROS, Uuid(), "contradicts UUID"),
        (MICROS, MILLIS, "ss.SSSSSS'Z' contradicts timestamp yyyy"),
        (ListOf(Text()), Text(), "list of text contradicts text"),
        (ListOf(Text()), ListOf(Integer()), "text contradicts whole number"),
        (Record({"a": Text()}), Record({"b": Text()}), "object with a contradicts object with b"),
        (Record({"a": Text()}), Record({"a": Text(), "b": Text()}), "object with a, b"),
        (
            Record({"a": Text()}),
            Record({"a": Integer()}),
            "in the field 'a' text contradicts whole",
        ),
    ],
)
def test_contradicting_types_are_named(a: Type, b: Type, sentence: str) -> None:
    with pytest.raises(ContradictionError) as caught:
        narrow(a, b)
    assert sentence in str(caught.value)
    with pytest.raises(ContradictionError):
        narrow(b, a)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Text(), "text"),
        (Uuid(), "UUID"),
        (Integer(), "whole number"),
        (Number(), "number"),
        (Boolean(), "true or false"),
        (Choice(("STAGE",)), "the value STAGE"),
        (Choice(("STAGE", "PRODUCTION")), "one of STAGE, PRODUCTION"),
        (MICROS, "timestamp yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'"),
        (ListOf(ListOf(Text())), "list of list of text"),
        (Record({}), "object"),
        (Record(dict.fromkeys("abcdef", Text())), "object with a, b, c, d, e, f"),
        (Record(dict.fromkeys("abcdefgh", Text())), "object with a, b, c, d, e and 3 more"),
    ],
)
def test_types_are_described_in_a_few_words(kind: Type, words: str) -> None:
    assert describe(kind) == words


@quick
@given(types)
def test_equal_types_hash_alike(kind: Type) -> None:
    assert hash(parse(written(kind))) == hash(kind)


def test_records_are_equal_and_hash_alike_in_any_order_of_fields() -> None:
    a, b = Record({"a": Text(), "b": Uuid()}), Record({"b": Uuid(), "a": Text()})
    assert a == b
    assert hash(a) == hash(b)
