"""Java's date patterns: what they allow, what they refuse, and why."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.spec.java_dates import JavaPattern, PatternError, java_pattern

MICROS = "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'"
MILLIS = "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"
SLOPPY = "yyyy-MM-ddTHH:mm:ss.SZ"
OFFSET = "uuuu-MM-dd'T'HH:mm:ss.SSSXXX"
COMPACT = "yyyyMMdd'T'HHmmssX"
PATTERNS = [MICROS, MILLIS, SLOPPY, OFFSET, COMPACT, "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ssXX"]
MOMENT = datetime(2026, 3, 7, 8, 9, 10, 123456, UTC)
MICROS_TEXT = "2026-03-07T08:09:10.123456Z"

patterns = st.sampled_from(PATTERNS).map(java_pattern)
moments = st.datetimes(timezones=st.just(UTC))


def refusal(source: str, text: str) -> str:
    """Why the pattern refuses the text."""
    pattern = java_pattern(source)
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the callers look at the words
        pattern.parse(text)
    return str(caught.value)


@st.composite
def almost(draw: st.DrawFn) -> tuple[JavaPattern, str]:
    """A pattern and a text of it in which a few characters have been changed."""
    pattern = draw(patterns)
    text = list(pattern.format(draw(moments)))
    signs = st.sampled_from([*"0123456789-+:.,TZtzW", " ", "\n", "\uff13", "\u0663", "\u00b2"])
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        text[at : at + draw(st.integers(0, 1))] = draw(st.lists(signs, max_size=2))
    return pattern, "".join(text)


def instant(text: str) -> datetime | None:
    """What Python's own reader makes of a text whose form is known to be right."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@given(almost())
@example((java_pattern(MICROS), "2026-02-30T00:00:00.000000Z"))
@example((java_pattern(MICROS), "0000-01-01T00:00:00.000000Z"))
@example((java_pattern(MICROS), "2026-01-01T00:00:00.000000Z\n"))
@example((java_pattern(OFFSET), "0001-01-01T00:00:00.000+18:00"))
def test_the_regular_expression_and_the_reader_agree(pair: tuple[JavaPattern, str]) -> None:
    pattern, text = pair
    fits = (
        re.fullmatch(pattern.regex, text) and pattern.min_length <= len(text) <= pattern.max_length
    )
    expected = instant(text) if fits else None
    try:
        found = pattern.parse(text)
    except ValueError:
        found = None
    assert found == expected


@given(patterns, moments)
def test_what_is_written_is_read_back_as_far_as_the_pattern_shows_it(
    pattern: JavaPattern, moment: datetime
) -> None:
    text = pattern.format(moment)
    lost = moment - pattern.parse(text)
    assert timedelta() <= lost < pattern.resolution
    assert pattern.min_length <= len(text) <= pattern.max_length


@given(moments)
def test_fixed_lengths_keep_a_last_newline_out_where_the_dollar_sign_does_not(
    moment: datetime,
) -> None:
    pattern = java_pattern(MICROS)
    text = pattern.format(moment) + "\n"
    assert re.search(pattern.regex, text), "the trap is gone: the lengths are needed no more"
    assert len(text) > pattern.length


@pytest.mark.parametrize("source", PATTERNS)
def test_the_regular_expression_means_the_same_in_every_engine(source: str) -> None:
    regex = java_pattern(source).regex
    assert regex.isascii()
    assert regex[0] == "^"
    assert regex[-1] == "$"
    assert not re.search(r"\\[^.-]", regex), "escapes that engines read differently"


def test_literals_are_escaped_as_both_dialects_allow() -> None:
    pattern = java_pattern("yyyy-MM-dd'$^\\|?*+()[]{}/-'")
    assert re.fullmatch(pattern.regex, "2026-03-07$^\\|?*+()[]{}/-")
    assert "\\-" not in pattern.regex


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-03-07T08:09:10.123Z", "3 fraction digits instead of 6"),
        ("2026-03-07T08:09:10.1234567Z", "7 fraction digits instead of 6"),
        ("2026-03-07T08:09:10Z", "no fraction instead of 6 fraction digits"),
        ("2026-03-07T08:09:10.Z", "the letter Z instead of the fraction"),
        ("2026-03-07T08:09:10,123456Z", "',' instead of '.'"),
        ("2026-03-07T08:09:10.123456+00:00", "an offset +00:00 instead of the letter Z"),
        ("2026-03-07T08:09:10.123456+0000", "an offset +0000 instead of the letter Z"),
        ("2026-03-07T08:09:10.123456-08", "an offset -08 instead of the letter Z"),
        ("2026-03-07T08:09:10.123456z", "the letter z instead of the letter Z"),
        ("2026-03-07T08:09:10.123456", "the end instead of the letter Z"),
        ("2026-03-07t08:09:10.123456Z", "the letter t instead of the letter T"),
        ("2026-03-07 08:09:10.123456Z", "' ' instead of the letter T"),
        ("2026-03-07T08-09:10.123456Z", "'-' instead of ':'"),
        ("2026-03-07T08:09:10.123456Z\n", "something after the end: '\\n'"),
        ("2026-03-07T08:09:10.123456Z[UTC]", "something after the end: '[UTC]'"),
        (" 2026-03-07T08:09:10.123456Z", "' ' instead of the year"),
        ("-2026-03-07T08:09:10.123456Z", "'-' instead of the year"),
        ("", "an empty text"),
        ("2026-3-07T08:09:10.123456Z", "1 month digit instead of 2"),
        ("12026-03-07T08:09:10.123456Z", "5 year digits instead of 4"),
        ("\uff12026-03-07T08:09:10.123456Z", "a digit that is not ASCII in the year: '\uff12026'"),
        ("2026-03-07T08:09:10.12345٣Z", "a digit that is not ASCII in the fraction: '12345٣'"),
        ("2026-02-30T08:09:10.123456Z", "2026-02-30 does not exist"),
        ("2025-02-29T08:09:10.123456Z", "2025-02-29 does not exist"),
        ("0000-03-07T08:09:10.123456Z", "year 0000 does not exist"),
        ("2026-13-07T08:09:10.123456Z", "month 13 does not exist"),
        ("2026-03-00T08:09:10.123456Z", "day 00 does not exist"),
        ("2026-03-07T24:00:00.000000Z", "hour 24 does not exist"),
        ("2026-03-07T08:60:10.123456Z", "minute 60 does not exist"),
        ("2016-12-31T23:59:60.000000Z", "second 60 does not exist"),
    ],
)
def test_a_refusal_says_why(text: str, reason: str) -> None:
    assert refusal(MICROS, text) == reason


@pytest.mark.parametrize(
    "text",
    [
        "2026-00-07T08:09:10.123456Z",
        "2026-13-07T08:09:10.123456Z",
        "2026-03-00T08:09:10.123456Z",
        "2026-03-32T08:09:10.123456Z",
        "2026-03-07T24:09:10.123456Z",
        "2026-03-07T08:60:10.123456Z",
        "2026-03-07T08:09:60.123456Z",
    ],
)
def test_the_regular_expression_alone_refuses_what_no_date_can_have(text: str) -> None:
    assert not re.search(java_pattern(MICROS).regex, text)


@pytest.mark.parametrize(("year", "exists"), [
    ("0000", False), ("0001", True), ("0010", True), ("0100", True), ("1000", True),
    ("2000", True), ("9999", True), ("0999", True),
])  # fmt: skip
def test_the_regular_expression_alone_knows_which_years_exist(year: str, exists: bool) -> None:
    assert bool(re.search(java_pattern("yyyy-MM-dd").regex, f"{year}-03-07")) == exists


def test_a_refusal_of_a_long_text_stays_short() -> None:
    assert len(refusal(MICROS, MICROS_TEXT + "x" * 10_000)) < 80


def test_the_documented_pattern_reads_and_writes_microseconds_in_utc() -> None:
    pattern = java_pattern(MICROS)
    assert pattern.parse(MICROS_TEXT) == MOMENT
    assert pattern.parse(MICROS_TEXT).tzinfo is UTC
    assert pattern.format(MOMENT) == MICROS_TEXT
    assert pattern.length == len(MICROS_TEXT)
    assert pattern.fraction_digits == 6
    assert pattern.resolution == timedelta(microseconds=1)
    assert not pattern.lenient


def test_a_leap_day_of_a_leap_year_is_lawful() -> None:
    assert java_pattern("yyyy-MM-dd").parse("2024-02-29") == datetime(2024, 2, 29, tzinfo=UTC)


def test_writing_cuts_off_and_does_not_round() -> None:
    moment = datetime(2026, 12, 31, 23, 59, 59, 999999, UTC)
    assert java_pattern(MILLIS).format(moment) == "2026-12-31T23:59:59.999Z"


def test_writing_converts_other_zones_to_utc() -> None:
    moment = MOMENT.astimezone(timezone(timedelta(hours=-5)))
    assert java_pattern(MICROS).format(moment) == MICROS_TEXT


def test_writing_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        java_pattern(MICROS).format(MOMENT.replace(tzinfo=None))


def test_numbers_can_be_written_that_no_calendar_has() -> None:
    assert (
        java_pattern(MICROS).write(2026, 2, 30, 24, 60, 61, 1000) == "2026-02-30T24:60:61.000001Z"
    )


def test_digits_below_a_microsecond_are_read_and_cut_off() -> None:
    pattern = java_pattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'")
    assert pattern.parse("2026-03-07T08:09:10.123456789Z") == MOMENT
    assert pattern.format(MOMENT) == "2026-03-07T08:09:10.123456000Z"


@pytest.mark.parametrize(
    ("letters", "text", "hours"),
    [
        ("X", "Z", 0), ("X", "+05", 5), ("X", "-0530", -5.5), ("X", "+18", 18),
        ("XX", "Z", 0), ("XX", "+0000", 0), ("XX", "-1800", -18),
        ("XXX", "Z", 0), ("XXX", "+00:00", 0), ("XXX", "-08:00", -8), ("XXX", "+18:00", 18),
    ],
)  # fmt: skip
def test_offsets_are_read_as_java_reads_them(letters: str, text: str, hours: float) -> None:
    pattern = java_pattern(f"yyyy-MM-dd'T'HH:mm:ss{letters}")
    noon = datetime(2026, 3, 7, 12, tzinfo=UTC)
    assert pattern.parse(f"2026-03-07T12:00:00{text}") == noon - timedelta(hours=hours)
    assert re.fullmatch(pattern.regex, f"2026-03-07T12:00:00{text}")


@pytest.mark.parametrize(
    ("letters", "text"),
    [
        ("X", "+5"), ("X", "z"), ("XX", "+05"), ("XX", "+05:00"), ("XXX", "+0500"), ("XXX", ""),
        ("XXX", "+18:01"), ("XXX", "+19:00"), ("XXX", "+05:60"),
    ],
)  # fmt: skip
def test_other_offsets_are_refused(letters: str, text: str) -> None:
    source = f"yyyy-MM-dd'T'HH:mm:ss{letters}"
    assert "instead of" in refusal(source, f"2026-03-07T12:00:00{text}")
    assert not re.fullmatch(java_pattern(source).regex, f"2026-03-07T12:00:00{text}")


def test_a_moment_before_the_year_1_of_utc_is_refused() -> None:
    assert "0001 to 9999" in refusal(OFFSET, "0001-01-01T00:00:00.000+01:00")


@pytest.mark.parametrize(
    ("letters", "lengths"), [("X", (20, 24)), ("XX", (20, 24)), ("XXX", (20, 25))]
)
def test_offsets_have_the_lengths_and_the_zero_that_java_gives_them(
    letters: str, lengths: tuple[int, int]
) -> None:
    pattern = java_pattern(f"yyyy-MM-dd'T'HH:mm:ss{letters}")
    assert (pattern.min_length, pattern.max_length) == lengths
    assert pattern.format(MOMENT) == "2026-03-07T08:09:10Z"


def test_a_single_length_is_refused_where_an_offset_lets_it_vary() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        _ = java_pattern(OFFSET).length


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("yyyy-MM-dd' at 'HH 'o''clock'", "2026-03-07 at 08 o'clock"),
        ("yyyy-MM-dd''", "2026-03-07'"),
        ("yyyy-MM-dd''''", "2026-03-07'"),
        ("''yyyy-MM-dd", "'2026-03-07"),
        ("yyyy'''MM'''dd''MM", "2026'MM'07'03"),
        ("yyyy'-'MM'-'dd'[yyyy]{T}#'", "2026-03-07[yyyy]{T}#"),
        ("yyyy.MM.dd", "2026.03.07"),
        ("dd/MM/yyyy HH:mm", "07/03/2026 08:09"),
        ("yyyyMMddHHmmssSSS", "20260307080910123"),
        ("'v1'yyyy-MM-dd", "v12026-03-07"),
        ("yyyy-MM-dd'00'", "2026-03-0700"),
    ],
)
def test_quotes_and_literals_are_read_as_java_reads_them(source: str, text: str) -> None:
    pattern = java_pattern(source)
    assert pattern.format(MOMENT) == text
    assert pattern.format(pattern.parse(text)) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (SLOPPY, "2026-03-07T08:09:10.1Z"),
        ("yyyy-MM-ddTHH:mm:ss.SSSZ", "2026-03-07T08:09:10.123Z"),
        ("yyyy-MM-ddTHH:mm:ssZ", "2026-03-07T08:09:10Z"),
        ("yyyy-MM-ddTHH:mm:ss", "2026-03-07T08:09:10"),
    ],
)
def test_an_unquoted_t_makes_a_pattern_lenient_and_a_last_z_a_letter(
    source: str, text: str
) -> None:
    pattern = java_pattern(source)
    assert pattern.lenient
    assert pattern.format(MOMENT) == text
    assert pattern.parse(text).second == 10


@pytest.mark.parametrize(
    ("source", "sentence", "column"),
    [
        ("yyyy-MM-dd e", "'e' at column 12 is a letter that is not read", 12),
        ("yyyy-MM-dd'T'hh", "'h' at column 14 is a letter that is not read", 14),
        ("yyyy-MMM-dd", "'MMM' at column 6 has a length that is not read", 6),
        ("yyyy-M-dd", "'M' at column 6 has a length that is not read", 6),
        ("yy-MM-dd", "'yy' at column 1 has a length that is not read", 1),
        ("yyyy-MM-ddTTHH", "'T' at column 11 is a letter that is not read", 11),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSSSSSSSS", "'SSSSSSSSSS' at column 23 has a length", 23),
        ("yyyy-MM-dd'T'HH:mm:ssXXXX", "'XXXX' at column 22 has a length", 22),
        ("yyyy-MM-dd'T", 'the quote "\'" at column 11 is never closed', 11),
        ("yyyy-MM-dd['T'HH]", "'[' at column 11 cannot stand outside quotes", 11),
        ("yyyy-MM-dd\n", "'\\n' at column 11 cannot stand in a pattern", 11),
        ("yyyy-MM-dd uuuu", "'uuuu' at column 12 gives the year again", 12),
        ("yyyy-MM-dd'T'HHX X", "'X' at column 18 gives the offset again", 18),
        ("yyyy-MM-dd'T'HH:mm:ssZ", "'Z' at column 22 is a letter that is not read", 22),
        ("yyyy-MM-dd'T'HH:mm:ssxxx", "'x' at column 22 is a letter that is not read", 22),
        ("yyyy-MM", "the day (dd) is missing at column 1", 1),
        ("yyyy-MM-dd mm", "the hour (HH) is missing at column 12", 12),
        ("yyyy-MM-dd HH:mm.SSS", "the second (ss) is missing at column 18", 18),
        ("HH:mm", "the year (yyyy) is missing at column 1", 1),
        ("", "the year (yyyy) is missing at column 1", 1),
    ],
)
def test_a_pattern_that_cannot_be_read_is_refused_by_column(
    source: str, sentence: str, column: int
) -> None:
    with pytest.raises(PatternError) as caught:
        java_pattern(source)
    assert sentence in str(caught.value)
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (MICROS, True),
        (MILLIS, True),
        (SLOPPY, True),
        (OFFSET, True),
        ("yyyy-MM-dd'T'HH:mm:ss'Z'", True),
        ("yyyy-MM-dd'T'HH:mm:ssXX", False),
        ("yyyy-MM-dd'T'HH:mm:ss", False),
        ("yyyy-MM-dd' 'HH:mm:ss'Z'", False),
        ("yyyy-MM-dd'T'HH:mm'Z'", False),
        ("yyyy-dd-MM'T'HH:mm:ss'Z'", False),
        ("yyyy-MM-dd'T'HH:mm:ss,SSS'Z'", False),
        ("yyyy-MM-dd", False),
        (COMPACT, False),
    ],
)
def test_a_pattern_knows_whether_it_writes_rfc_3339(source: str, expected: bool) -> None:
    assert java_pattern(source).rfc3339 is expected


@pytest.mark.parametrize(
    ("source", "step"),
    [
        ("yyyy-MM-dd", timedelta(days=1)),
        ("yyyy-MM-dd HH", timedelta(hours=1)),
        ("yyyy-MM-dd HH:mm", timedelta(minutes=1)),
        ("yyyy-MM-dd HH:mm:ss", timedelta(seconds=1)),
        (SLOPPY, timedelta(milliseconds=100)),
        ("yyyy-MM-dd HH:mm:ss.SSSSSSSSS", timedelta(microseconds=1)),
    ],
)
def test_a_pattern_knows_its_resolution(source: str, step: timedelta) -> None:
    assert java_pattern(source).resolution == step


def test_a_pattern_is_read_once() -> None:
    assert java_pattern(MICROS) is java_pattern(MICROS)
