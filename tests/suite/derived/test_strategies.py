"""Right values are right, wrong values are wrong, and each in the way that its name says."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.derived.strategies import (
    WRONG_TIMESTAMPS,
    near_misses,
    timestamps,
    valid,
    wrong_timestamps,
    wrong_types,
)
from contracts.spec.java_dates import JavaPattern, java_pattern
from contracts.spec.types import (
    Boolean,
    Choice,
    Integer,
    ListOf,
    Number,
    Record,
    Text,
    Timestamp,
    Type,
    Uuid,
)

MICROS = java_pattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'")
OTHERS = [
    java_pattern(source)
    for source in (
        "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
        "yyyy-MM-dd'T'HH:mm:ss'Z'",
        "yyyy-MM-ddTHH:mm:ss.SZ",
        "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
        "yyyy-MM-dd HH:mm:ss",
        "yyyy-MM-dd",
    )
]
MOMENT = datetime(2026, 10, 17, 8, 9, 10, 123450, UTC)
ENVIRONMENTS = Choice(("STAGE", "PRODUCTION"))
KINDS: list[Type] = [
    Text(), Uuid(), Integer(), Number(), Boolean(), ENVIRONMENTS, Timestamp(MICROS),
    ListOf(Integer()), Record({"id": Uuid(), "tags": ListOf(Text()), "at": Timestamp(MICROS)}),
]  # fmt: skip
KEBAB = re.compile("[a-z0-9]+(-[a-z0-9]+)*")

quick = settings(max_examples=60)
moments = st.datetimes(timezones=st.just(UTC))


def conforms(kind: Type, value: object) -> bool:
    """Whether a JSON value is of a type; written apart from the code under test."""
    match kind, value:
        case Boolean(), bool():
            return True
        case _, bool():
            return False
        case Integer(), int():
            return -(2**63) <= value < 2**63
        case Number(), int() | float():
            return True
        case Text(), str():
            return True
        case Uuid(), str():
            return str(UUID(value)) == value
        case Choice(values), str():
            return value in values
        case Timestamp(pattern), str():
            return lawful(pattern, value)
        case ListOf(item), list():
            return all(conforms(item, each) for each in value)
        case Record(fields), dict():
            return value.keys() == fields.keys() and all(
                conforms(field, value[name]) for name, field in fields.items()
            )
    return False


def lawful(pattern: JavaPattern, value: object) -> bool:
    try:
        return isinstance(value, str) and bool(pattern.parse(value))
    except ValueError:
        return False


@quick
@given(st.data(), st.sampled_from([MICROS, *OTHERS]))
def test_right_timestamps_are_right(data: st.DataObject, pattern: JavaPattern) -> None:
    text = data.draw(timestamps(pattern))
    assert pattern.format(pattern.parse(text)) == text


@quick
@given(moments)
def test_no_wrong_timestamp_is_lawful_whatever_the_moment(moment: datetime) -> None:
    accepted = [
        name for name, wrong in WRONG_TIMESTAMPS.items() if lawful(MICROS, wrong(MICROS, moment))
    ]
    assert accepted == []


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(4, 2, 29, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, UTC),
        datetime(2024, 2, 29, 12, tzinfo=UTC),
        datetime(2026, 10, 10, 10, 10, 10, 100000, UTC),
        datetime(2026, 11, 30, 1, 1, 1, 1, UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
    ],
)
def test_no_wrong_timestamp_is_lawful_at_the_edges_of_the_calendar(moment: datetime) -> None:
    values = {name: wrong(MICROS, moment) for name, wrong in WRONG_TIMESTAMPS.items()}
    assert [name for name, value in values.items() if lawful(MICROS, value)] == []
    json.dumps(values, allow_nan=False)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("trailing-zeros-dropped", "2026-10-17T08:09:10.12345Z"),
        ("no-fraction", "2026-10-17T08:09:10Z"),
        ("milliseconds", "2026-10-17T08:09:10.123Z"),
        ("seven-fraction-digits", "2026-10-17T08:09:10.1234500Z"),
        ("nanoseconds", "2026-10-17T08:09:10.123450789Z"),
        ("comma-for-dot", "2026-10-17T08:09:10,123450Z"),
        ("offset-with-colon", "2026-10-17T08:09:10.123450+00:00"),
        ("offset-without-colon", "2026-10-17T08:09:10.123450+0000"),
        ("no-zone", "2026-10-17T08:09:10.123450"),
        ("named-zone", "2026-10-17T08:09:10.123450Z[UTC]"),
        ("double-z", "2026-10-17T08:09:10.123450ZZ"),
        ("lower-case-t", "2026-10-17t08:09:10.123450Z"),
        ("lower-case-z", "2026-10-17T08:09:10.123450z"),
        ("space-for-t", "2026-10-17 08:09:10.123450Z"),
        ("epoch-seconds", 1792224550),
        ("epoch-milliseconds", 1792224550123),
        ("epoch-decimal", 1792224550.12345),
        ("epoch-text", "1792224550"),
        ("jackson-array", [2026, 10, 17, 8, 9, 10, 123450000]),
        ("month-not-padded", "2026-1-17T08:09:10.123450Z"),
        ("day-not-padded", "2026-10-9T08:09:10.123450Z"),
        ("two-digit-year", "26-10-17T08:09:10.123450Z"),
        ("five-digit-year", "12026-10-17T08:09:10.123450Z"),
        ("negative-year", "-2026-10-17T08:09:10.123450Z"),
        ("slash-date", "2026/10/17T08:09:10.123450Z"),
        ("unicode-minus", "2026\u221210\u221217T08:09:10.123450Z"),
        ("week-date", "2026-W42-6T08:09:10.123450Z"),
        ("ordinal-date", "2026-290T08:09:10.123450Z"),
        ("date-only", "2026-10-17"),
        ("rfc-1123", "Sat, 17 Oct 2026 08:09:10 GMT"),
        ("java-date", "Sat Oct 17 08:09:10 UTC 2026"),
        ("javascript-date", "Sat Oct 17 2026 08:09:10 GMT+0000 (Coordinated Universal Time)"),
        ("go-zero-time", "0001-01-01T00:00:00Z"),
        ("month-13", "2026-13-17T08:09:10.123450Z"),
        ("day-00", "2026-10-00T08:09:10.123450Z"),
        ("february-30", "2026-02-30T08:09:10.123450Z"),
        ("february-29-in-a-common-year", "2026-02-29T08:09:10.123450Z"),
        ("hour-24", "2026-10-17T24:09:10.123450Z"),
        ("minute-60", "2026-10-17T08:60:10.123450Z"),
        ("second-60", "2026-10-17T08:09:60.123450Z"),
        ("full-width-digits", "２０２６-１０-１７T０８:０９:１０.１２３４５０Z"),
        ("arabic-indic-digits", "٢٠٢٦-١٠-١٧T٠٨:٠٩:١٠.١٢٣٤٥٠Z"),
        ("leading-space", " 2026-10-17T08:09:10.123450Z"),
        ("trailing-space", "2026-10-17T08:09:10.123450Z "),
        ("trailing-newline", "2026-10-17T08:09:10.123450Z\n"),
        ("extra-quotes", '"2026-10-17T08:09:10.123450Z"'),
        ("object", {"$date": "2026-10-17T08:09:10.123450Z"}),
        ("empty-text", ""),
        ("null", None),
        ("boolean", True),
    ],
)
def test_a_wrong_timestamp_is_wrong_as_its_name_says(name: str, expected: object) -> None:
    assert WRONG_TIMESTAMPS[name](MICROS, MOMENT) == expected


def test_every_wrong_timestamp_is_pinned_and_named_in_kebab_case() -> None:
    marks = test_a_wrong_timestamp_is_wrong_as_its_name_says.pytestmark  # type: ignore[attr-defined]
    assert [name for name, _ in marks[0].args[1]] == list(WRONG_TIMESTAMPS)
    assert all(KEBAB.fullmatch(name) for name in WRONG_TIMESTAMPS)


@quick
@given(st.data(), st.sampled_from([MICROS, *OTHERS]))
def test_drawn_wrong_timestamps_are_wrong_for_every_pattern(
    data: st.DataObject, pattern: JavaPattern
) -> None:
    name, value = data.draw(wrong_timestamps(pattern))
    assert name in WRONG_TIMESTAMPS
    assert not lawful(pattern, value)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind).__name__)
@quick
@given(data=st.data())
def test_valid_values_conform_and_survive_json(data: st.DataObject, kind: Type) -> None:
    value = data.draw(valid(kind))
    assert conforms(kind, value)
    assert json.loads(json.dumps(value, allow_nan=False)) == value


@settings(max_examples=500)
@given(valid(Number()))
def test_valid_numbers_are_numbers_in_json_too(number: float) -> None:
    assert json.dumps(number, allow_nan=False)


@settings(max_examples=500)
@given(valid(Text()))
def test_valid_texts_are_short_and_can_be_encoded(text: str) -> None:
    assert len(text) <= 60
    assert text.encode().decode() == text


def test_the_near_misses_of_the_documented_environments_are_these() -> None:
    misses = near_misses(ENVIRONMENTS)
    assert misses == near_misses(ENVIRONMENTS)
    plain = [(name, value) for name, value in misses if not name.endswith("-production")]
    assert plain == [
        ("lower-case", "stage"),
        ("title-case", "Stage"),
        ("swapped-case", "sTAGE"),
        ("leading-space", " STAGE"),
        ("trailing-space", "STAGE "),
        ("trailing-newline", "STAGE\n"),
        ("prefix", "STAG"),
        ("suffix-added", "STAGEX"),
        ("underscore", "STAGE_"),
        ("full-width", "ＳＴＡＧＥ"),
        ("zero-width-space", "S\u200bTAGE"),
        ("turkish-dotted-i", "PRODUCT\u0130ON"),
        ("turkish-dotless-i", "product\u0131on"),
        ("empty-text", ""),
        ("index-0", 0),
        ("index-1", 1),
        ("index-as-text", "0"),
        ("true", True),
        ("null", None),
        ("in-a-list", ["STAGE"]),
        ("in-an-object", {"name": "STAGE"}),
        ("two-values", "STAGE,PRODUCTION"),
    ]
    assert ("lower-case-production", "production") in misses


@pytest.mark.parametrize(
    "values",
    [
        ("STAGE", "PRODUCTION"),
        ("STAGE",),
        ("A", "B"),
        ("STAG", "STAGE", "STAGE_"),
        ("V1", "1"),
        ("I", "II"),
    ],
)
def test_near_misses_are_unlawful_and_distinct(values: tuple[str, ...]) -> None:
    misses = near_misses(Choice(values))
    names = [name for name, _ in misses]
    spelled = [json.dumps(value) for _, value in misses]
    assert len(set(names)) == len(names)
    assert len(set(spelled)) == len(spelled)
    assert not {json.dumps(value) for value in values} & set(spelled)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind).__name__)
def test_wrong_types_are_of_another_json_type(kind: Type) -> None:
    wrong = wrong_types(kind)
    assert len(wrong) >= 5
    assert not [name for name, value in wrong if conforms(kind, value)]
    assert None not in [value for _, value in wrong]
    assert all(KEBAB.fullmatch(name) for name, _ in wrong)


def test_the_wrong_types_of_a_text_are_these() -> None:
    assert wrong_types(Text()) == [
        ("number", 5),
        ("decimal", 1.5),
        ("true", True),
        ("empty-list", []),
        ("in-a-list", ["text"]),
        ("object", {}),
    ]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind).__name__)
def test_a_list_of_a_right_value_is_wrong_where_the_value_is_right(kind: Type) -> None:
    wrapped = dict(wrong_types(kind)).get("in-a-list")
    if isinstance(kind, ListOf):
        assert wrapped is None
    else:
        assert isinstance(wrapped, list)
        assert conforms(kind, wrapped[0])
