"""Values that conform to a notation, and values that do so only almost.

Hypothesis strategies for the lawful ones; for the others, lists and mappings whose entries have
names, each a way in which services get it wrong in practice. Texts are built, never searched for
with a regular expression, which is slow.
"""

from __future__ import annotations

import json
from calendar import isleap
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from hypothesis import strategies as st

from contracts.spec.java_dates import JavaPattern
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

Mutation = Callable[[JavaPattern, datetime], object]

INT64 = 2**63
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DOTTED_I = "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}"
_DOTLESS_I = "\N{LATIN SMALL LETTER DOTLESS I}"


def timestamps(pattern: JavaPattern) -> st.SearchStrategy[str]:
    """Every text that `pattern.format` can write, of the years 0001 to 9999."""
    return _moments().map(pattern.format)


def _moments() -> st.SearchStrategy[datetime]:
    return st.datetimes(timezones=st.just(UTC))


def _edited(edit: Callable[[str], object]) -> Mutation:
    """A mutation of the right text."""
    return lambda pattern, moment: edit(pattern.format(moment))


def _iso(date: str = "%Y-%m-%d", fraction: str = "", zone: str = "Z", comma: str = ".") -> Mutation:
    """A text in ISO 8601 whatever the pattern is; in `fraction`, # is a digit of the moment's."""

    def write(_: JavaPattern, moment: datetime) -> str:
        digits = f"{moment.microsecond:06d}"[: fraction.count("#")] + fraction.strip("#")
        return f"{_date(date, moment)}T{moment:%H:%M:%S}{comma if digits else ''}{digits}{zone}"

    return write


def _date(form: str, moment: datetime) -> str:
    # strftime's %Y has no leading zeros on some platforms.
    return moment.strftime(form.replace("%Y", f"{moment.year:04d}"))


def _shifted(**changes: int) -> Mutation:
    """The text with numbers that no date or time has."""

    def write(pattern: JavaPattern, moment: datetime) -> str:
        now = moment.timetuple()
        numbers = dict(zip(("year", "month", "day", "hour", "minute", "second"), now, strict=False))
        return pattern.write(**{**numbers, **changes}, nanosecond=moment.microsecond * 1000)

    return write


def _no_trailing_zeros(_: JavaPattern, moment: datetime) -> str:
    # The last digit is taken for a zero, for without one nothing would be dropped.
    digits = f"{moment.microsecond // 10:05d}".rstrip("0")
    return f"{_date('%Y-%m-%d', moment)}T{moment:%H:%M:%S}{'.' if digits else ''}{digits}Z"


def _common_leap_day(pattern: JavaPattern, moment: datetime) -> object:
    year = moment.year - 1 if isleap(moment.year) else moment.year
    return _shifted(year=year, month=2, day=29)(pattern, moment)


def _five_digit_year(pattern: JavaPattern, moment: datetime) -> object:
    return _shifted(year=moment.year + 10_000)(pattern, moment)


def _two_digit_year(pattern: JavaPattern, moment: datetime) -> str:
    year = f"{moment.year:04d}"
    return pattern.format(moment).replace(year, year[2:], 1)


def _bare_month(pattern: JavaPattern, moment: datetime) -> str:
    early = moment if moment.month < 10 else moment.replace(month=1)
    return pattern.format(early).replace(f"-{early.month:02d}-", f"-{early.month}-", 1)


def _bare_day(pattern: JavaPattern, moment: datetime) -> str:
    early = moment if moment.day < 10 else moment.replace(day=9)
    date = f"-{early.month:02d}-"
    return pattern.format(early).replace(f"{date}{early.day:02d}", f"{date}{early.day}", 1)


def _jackson_array(_: JavaPattern, moment: datetime) -> list[int]:
    return [*moment.timetuple()[:6], moment.microsecond * 1000]


def _java_date(_: JavaPattern, moment: datetime) -> str:
    month = _MONTHS[moment.month - 1]
    return f"{_DAYS[moment.weekday()]} {month} {moment:%d %H:%M:%S} UTC {moment.year}"


def _javascript_date(_: JavaPattern, moment: datetime) -> str:
    day = f"{_DAYS[moment.weekday()]} {_MONTHS[moment.month - 1]} {moment.day:02d}"
    return f"{day} {moment.year:04d} {moment:%H:%M:%S} GMT+0000 (Coordinated Universal Time)"


def _week_date(_: JavaPattern, moment: datetime) -> str:
    year, week, day = moment.isocalendar()
    return f"{year:04d}-W{week:02d}-{day}T{moment:%H:%M:%S.%f}Z"


def _other_digits(zero: str) -> Mutation:
    table = {ord("0") + value: ord(zero) + value for value in range(10)}
    return _edited(lambda text: text.translate(table))


# Each takes a moment in UTC. Whatever the moment is, the JSON value that it gives is wrong for
# yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'; other patterns may allow some of them.
WRONG_TIMESTAMPS: Mapping[str, Mutation] = {
    "trailing-zeros-dropped": _no_trailing_zeros,
    "no-fraction": _iso(),
    "milliseconds": _iso(fraction="###"),
    "seven-fraction-digits": _iso(fraction="######0"),
    "nanoseconds": _iso(fraction="######789"),
    "comma-for-dot": _iso(fraction="######", comma=","),
    "offset-with-colon": _iso(fraction="######", zone="+00:00"),
    "offset-without-colon": _iso(fraction="######", zone="+0000"),
    "no-zone": _iso(fraction="######", zone=""),
    "named-zone": _edited(lambda text: text + "[UTC]"),
    "double-z": _edited(lambda text: text + "Z"),
    "lower-case-t": _edited(lambda text: text.replace("T", "t")),
    "lower-case-z": _edited(lambda text: text.replace("Z", "z")),
    "space-for-t": _edited(lambda text: text.replace("T", " ")),
    "epoch-seconds": lambda _, moment: (moment - EPOCH) // timedelta(seconds=1),
    "epoch-milliseconds": lambda _, moment: (moment - EPOCH) // timedelta(milliseconds=1),
    "epoch-decimal": lambda _, moment: (moment - EPOCH) / timedelta(seconds=1),
    "epoch-text": lambda _, moment: str((moment - EPOCH) // timedelta(seconds=1)),
    "jackson-array": _jackson_array,
    "month-not-padded": _bare_month,
    "day-not-padded": _bare_day,
    "two-digit-year": _two_digit_year,
    "five-digit-year": _five_digit_year,
    "negative-year": _edited(lambda text: "-" + text),
    "slash-date": _edited(lambda text: text.replace("-", "/")),
    "unicode-minus": _edited(lambda text: text.replace("-", "\N{MINUS SIGN}")),
    "week-date": _week_date,
    "ordinal-date": _iso("%Y-%j", fraction="######"),
    "date-only": lambda _, moment: _date("%Y-%m-%d", moment),
    "rfc-1123": lambda _, moment: format_datetime(moment.astimezone(UTC), usegmt=True),
    "java-date": _java_date,
    "javascript-date": _javascript_date,
    "go-zero-time": lambda _pattern, _moment: "0001-01-01T00:00:00Z",
    "month-13": _shifted(month=13),
    "day-00": _shifted(day=0),
    "february-30": _shifted(month=2, day=30),
    "february-29-in-a-common-year": _common_leap_day,
    "hour-24": _shifted(hour=24),
    "minute-60": _shifted(minute=60),
    "second-60": _shifted(second=60),
    "full-width-digits": _other_digits("\N{FULLWIDTH DIGIT ZERO}"),
    "arabic-indic-digits": _other_digits("\N{ARABIC-INDIC DIGIT ZERO}"),
    "leading-space": _edited(lambda text: " " + text),
    "trailing-space": _edited(lambda text: text + " "),
    "trailing-newline": _edited(lambda text: text + "\n"),
    "extra-quotes": _edited(json.dumps),
    "object": _edited(lambda text: {"$date": text}),
    "empty-text": lambda _pattern, _moment: "",
    "null": lambda _pattern, _moment: None,
    "boolean": lambda _pattern, _moment: True,
}


def wrong_timestamps(pattern: JavaPattern) -> st.SearchStrategy[tuple[str, object]]:
    """A mutation's name and its JSON value, which is never a text of `pattern`."""
    drawn = st.tuples(st.sampled_from(list(WRONG_TIMESTAMPS)), _moments())
    values = drawn.map(lambda pair: (pair[0], WRONG_TIMESTAMPS[pair[0]](pattern, pair[1])))
    return values.filter(lambda pair: not _is_of(pattern, pair[1]))


def _is_of(pattern: JavaPattern, value: object) -> bool:
    try:
        return isinstance(value, str) and bool(pattern.parse(value))
    except ValueError:
        return False


def valid(kind: Type) -> st.SearchStrategy[Any]:
    """JSON values that conform to `kind`: texts of up to 60 characters, lists of up to 5 items."""
    match kind:
        case Text():
            # As the default alphabet is, which takes seconds to build on a first run.
            return st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
        case Uuid():
            return st.uuids().map(str)
        case Integer():
            return st.integers(-INT64, INT64 - 1)
        case Number():
            decimals = st.floats(allow_nan=False, allow_infinity=False)
            return st.integers(-INT64, INT64 - 1) | decimals
        case Boolean():
            return st.booleans()
        case Choice(values):
            return st.sampled_from(values)
        case Timestamp(pattern):
            return timestamps(pattern)
        case ListOf(item):
            return st.lists(valid(item), max_size=5)
        case Record(fields):
            return st.fixed_dictionaries({name: valid(field) for name, field in fields.items()})


def near_misses(choice: Choice) -> list[tuple[str, object]]:
    """Named JSON values outside the enum that services accept by mistake.

    The names of the first value's misspellings are plain; those of a further value end in it,
    as `lower-case-production` does. No name and no value comes twice.
    """
    first = choice.values[0]
    named = list(_misspelt(first))
    for value in choice.values[1:]:
        suffix = value.lower().replace("_", "-")
        known = {name for name, _ in named}
        named += [(f"{n}-{suffix}" if n in known else n, miss) for n, miss in _misspelt(value)]
    named += [
        ("empty-text", ""),
        ("index-0", 0),
        ("index-1", 1),
        ("index-as-text", "0"),
        ("true", True),
        ("null", None),
        ("in-a-list", [first]),
        ("in-an-object", {"name": first}),
        ("two-values", ",".join((choice.values * 2)[:2])),
    ]
    return _distinct(named, choice.values)


def _misspelt(value: str) -> Iterable[tuple[str, object]]:
    yield "lower-case", value.lower()
    yield "title-case", value.title()
    yield "swapped-case", value.title().swapcase()
    yield "leading-space", " " + value
    yield "trailing-space", value + " "
    yield "trailing-newline", value + "\n"
    yield "prefix", value[:-1]
    yield "suffix-added", value + "X"
    yield "underscore", value + "_"
    yield "full-width", "".join(_full_width(char) for char in value)
    yield "zero-width-space", value[:1] + "\N{ZERO WIDTH SPACE}" + value[1:]
    # Upper- and lower-casing these gives a plain I and i, in Java as in many databases.
    if "I" in value.upper():
        yield "turkish-dotted-i", value.upper().replace("I", _DOTTED_I)
        yield "turkish-dotless-i", value.lower().replace("i", _DOTLESS_I)


def _full_width(char: str) -> str:
    return chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char


def _distinct(
    named: Iterable[tuple[str, object]], lawful: Iterable[str]
) -> list[tuple[str, object]]:
    """The entries without lawful values and without values that an earlier entry has."""
    # As JSON, because True equals 1 in Python.
    seen = {json.dumps(value) for value in lawful}
    kept: list[tuple[str, object]] = []
    for name, value in named:
        if (key := json.dumps(value)) not in seen:
            seen.add(key)
            kept.append((name, value))
    return kept


def wrong_types(kind: Type) -> list[tuple[str, object]]:
    """Named JSON values of another JSON type than `kind` has; null is not among them."""
    sample = _sample(kind)
    candidates: list[tuple[str, object]] = [
        ("number", 5),
        ("decimal", 1.5),
        ("true", True),
        ("text", json.dumps(sample)),
        ("empty-list", []),
        ("in-a-list", [sample]),
        ("object", {}),
    ]
    lawful = _json_types(kind)
    return [(name, value) for name, value in candidates if type(value) not in lawful]


def _json_types(kind: Type) -> tuple[type, ...]:
    match kind:
        case Integer():
            return (int,)
        case Number():
            return (int, float)
        case Boolean():
            return (bool,)
        case ListOf():
            return (list,)
        case Record():
            return (dict,)
        case _:
            return (str,)


def _sample(kind: Type) -> object:
    """A plain value that conforms to `kind`, always the same."""
    match kind:
        case Text():
            return "text"
        case Uuid():
            return "00000000-0000-4000-8000-000000000001"
        case Integer():
            return 5
        case Number():
            return 1.5
        case Boolean():
            return True
        case Choice(values):
            return values[0]
        case Timestamp(pattern):
            return pattern.write(2026, 1, 2, 3, 4, 5, 678_901_000)
        case ListOf(item):
            return [_sample(item)]
        case Record(fields):
            return {name: _sample(field) for name, field in fields.items()}
