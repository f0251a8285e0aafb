"""Java's date patterns (java.time.format.DateTimeFormatter, resolved strictly), as pages mean them.

`java_pattern(source)` reads a pattern; the `JavaPattern` that it gives reads and writes texts.
Supported are quotes, `yyyy`/`uuuu`, `MM`, `dd`, `HH`, `mm`, `ss`, `S` to `SSSSSSSSS`, and the
offsets `X`, `XX` and `XXX`. Everything but an offset has a fixed width, so that a length can stand
beside the regular expression. A test compares with java.time where there is a Java. What is meant
to differ from it:

- `yyyy` is read as `uuuu` is. Java takes it for the year of an era, which it cannot resolve
  strictly without one.
- A year has four digits and is one of 0001 to 9999. Java reads signed and longer years, too.
- Digits end where their width does, also before a literal that begins with a digit.
- A pattern with an unquoted T, which Java refuses, is read as it is meant (see `java_pattern`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import TypeAlias


class PatternError(ValueError):
    """A pattern that cannot be read: one sentence, and the 1-based `column` in the pattern."""

    def __init__(self, sentence: str, column: int) -> None:
        super().__init__(sentence)
        self.column = column


@dataclass(frozen=True)
class Element:
    """A part of a pattern: the regular expression and the lengths of the texts that it allows."""

    regex: str
    min_length: int
    max_length: int


@dataclass(frozen=True)
class Literal(Element):
    """Text that stands for itself."""

    text: str

    def read(self, text: str, at: int) -> str:
        """The literal at `at`; ValueError when something else stands there."""
        for place, char in enumerate(self.text, start=at):
            if text[place : place + 1] != char:
                offset = _ANY_OFFSET.match(text, place)
                found = f"an offset {offset[0]}" if offset and char == "Z" else _char(text, place)
                raise ValueError(f"{found} instead of {_char(char, 0)}")
        return self.text


@dataclass(frozen=True)
class Digits(Element):
    """A fixed number of ASCII digits for the unit `name`, of a value from `low` to `high`."""

    name: str
    low: int
    high: int

    @property
    def width(self) -> int:
        return self.max_length

    def read(self, text: str, at: int, adjacent: bool) -> str:
        """The digits at `at`; `adjacent` when digits of something else follow without a gap."""
        end = at
        while end < len(text) and text[end].isdigit():
            end += 1
        found = text[at : min(end, at + self.width) if adjacent else end]
        if not found:
            raise ValueError(f"{_char(text, at)} instead of the {self.name}")
        if not found.isascii():
            raise ValueError(f"a digit that is not ASCII in the {self.name}: {_clipped(found)}")
        if len(found) != self.width:
            digits = "digit" if len(found) == 1 else "digits"
            raise ValueError(f"{len(found)} {self.name} {digits} instead of {self.width}")
        if not self.low <= int(found) <= self.high:
            raise ValueError(f"{self.name} {found} does not exist")
        return found


@dataclass(frozen=True)
class Offset(Element):
    """An offset from UTC, which is Z for UTC itself."""

    letters: str

    def read(self, text: str, at: int) -> str:
        """The offset at `at`; ValueError when there is none."""
        found = re.compile(self.regex).match(text, at)
        if not found:
            shown = _clipped(text[at:]) if at < len(text) else "the end"
            raise ValueError(f"{shown} instead of an offset such as Z")
        return found[0]


Part: TypeAlias = Literal | Digits | Offset

# How each unit is written, from the coarsest to the finest.
_UNITS = {
    "year": "yyyy",
    "month": "MM",
    "day": "dd",
    "hour": "HH",
    "minute": "mm",
    "second": "ss",
    "fraction": "S",
}
_WHOLE = tuple(_UNITS)[:6]
# No lookahead, which some engines lack, keeps the year 0000 out.
_YEAR = Digits("(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)", 4, 4, "year", 1, 9999)
_FIXED = {
    "yyyy": _YEAR,
    "uuuu": _YEAR,
    "MM": Digits("(?:0[1-9]|1[0-2])", 2, 2, "month", 1, 12),
    "dd": Digits("(?:0[1-9]|[12][0-9]|3[01])", 2, 2, "day", 1, 31),
    "HH": Digits("(?:[01][0-9]|2[0-3])", 2, 2, "hour", 0, 23),
    "mm": Digits("[0-5][0-9]", 2, 2, "minute", 0, 59),
    "ss": Digits("[0-5][0-9]", 2, 2, "second", 0, 59),
}
_STEPS = {
    "day": timedelta(days=1),
    "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1),
    "second": timedelta(seconds=1),
}
# By the number of letters: the offsets, which end at 18 hours in Java, and their greatest length.
# The hyphen is escaped because ECMA-262's newest mode refuses a bare one in a class.
_HOUR, _MINUTE = "(?:0[0-9]|1[0-7])", "[0-5][0-9]"
_SIGNED = {
    1: (f"[+\\-](?:{_HOUR}(?:{_MINUTE})?|18(?:00)?)", 5),
    2: (f"[+\\-](?:{_HOUR}{_MINUTE}|1800)", 5),
    3: (f"[+\\-](?:{_HOUR}:{_MINUTE}|18:00)", 6),
}
_ANY_OFFSET = re.compile("[+-][0-9]{2}(?::?[0-9]{2})?")
_RUN = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|.")
# A pattern holds no control characters, so a literal cannot pass for one of these.
_RFC3339 = re.compile(
    "\0year-\0month-\0day[Tt]\0hour:\0minute:\0second(?:[.]\0fraction)?(?:[Zz]|\0XXX)"
)


@dataclass(frozen=True)
class JavaPattern:
    """A pattern that has been read; made by `java_pattern`.

    `lenient` says that the pattern is not Java's but the sloppy spelling with an unquoted T.
    """

    source: str
    elements: tuple[Part, ...] = field(repr=False, compare=False)
    lenient: bool = field(default=False, compare=False)

    @cached_property
    def regex(self) -> str:
        """An anchored ASCII regular expression, valid in ECMA-262 and in Python.

        It cannot say that a date exists, and Python's `$` also matches before a last newline:
        use it with both lengths (which shut that door where they are equal) and with `parse`.
        """
        return f"^{''.join(element.regex for element in self.elements)}$"

    @cached_property
    def min_length(self) -> int:
        """The number of characters of the shortest text."""
        return sum(element.min_length for element in self.elements)

    @cached_property
    def max_length(self) -> int:
        """The number of characters of the longest text."""
        return sum(element.max_length for element in self.elements)

    @property
    def length(self) -> int:
        """The number of characters of every text; ValueError when an offset lets it vary."""
        if self.min_length != self.max_length:
            raise ValueError(f"the texts of {self.source!r} differ in length")
        return self.min_length

    @cached_property
    def rfc3339(self) -> bool:
        """Whether every text of this pattern is an RFC 3339 date-time too."""
        return bool(_RFC3339.fullmatch("".join(_mark(element) for element in self.elements)))

    @cached_property
    def fraction_digits(self) -> int:
        """The number of digits of the fraction of a second, 0 to 9."""
        return sum(e.width for e in self.elements if isinstance(e, Digits) and e.name == "fraction")

    @cached_property
    def resolution(self) -> timedelta:
        """The smallest difference that two texts can show; never less than a microsecond."""
        if self.fraction_digits:
            return timedelta(microseconds=10 ** max(0, 6 - self.fraction_digits))
        units = [element.name for element in self.elements if isinstance(element, Digits)]
        return min(_STEPS[unit] for unit in units if unit in _STEPS)

    def parse(self, text: str) -> datetime:
        """The moment that `text` names, in UTC; digits below a microsecond are cut off.

        Raises ValueError with a few words that say why the text is not of this pattern. Without
        an offset the text is taken as UTC; what the pattern does not show is zero.
        """
        if not text:
            raise ValueError("an empty text")
        found = self._read(text)
        year, month, day, hour, minute, second = (int(found.get(name, "0")) for name in _WHOLE)
        micros = int(found.get("fraction", "0").ljust(6, "0")[:6])
        try:
            moment = datetime(year, month, day, hour, minute, second, micros, UTC)
        except ValueError:
            date = f"{found['year']}-{found['month']}-{found['day']}"
            raise ValueError(f"{date} does not exist") from None
        try:
            return moment - _east(found.get("offset", "Z"))
        except OverflowError:
            raise ValueError("a moment outside the years 0001 to 9999 of UTC") from None

    def _read(self, text: str) -> dict[str, str]:
        """The parts of `text` by the names of their units."""
        found: dict[str, str] = {}
        at = 0
        for element, following in zip(self.elements, [*self.elements[1:], None], strict=True):
            match element:
                case Literal():
                    self._expect_fraction(element, following, text, at)
                    part = element.read(text, at)
                case Digits():
                    part = element.read(text, at, adjacent=_begins_with_digit(following))
                    found[element.name] = part
                case Offset():
                    part = element.read(text, at)
                    found["offset"] = part
            at += len(part)
        if at < len(text):
            raise ValueError(f"something after the end: {_clipped(text[at:])}")
        return found

    def _expect_fraction(
        self, element: Literal, following: Part | None, text: str, at: int
    ) -> None:
        """Say that the fraction is missing, which helps more than "Z instead of '.'" does."""
        fraction = isinstance(following, Digits) and following.name == "fraction"
        if fraction and element.text == "." and text[at : at + 1] not in (".", ","):
            raise ValueError(f"no fraction instead of {self.fraction_digits} fraction digits")

    def format(self, moment: datetime) -> str:
        """The text of an aware `moment`, in UTC, cut off (not rounded) at the resolution."""
        if moment.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be formatted")
        utc = moment.astimezone(UTC)
        return self.write(*utc.timetuple()[:6], nanosecond=utc.microsecond * 1000)

    def write(
        self, year: int, month: int, day: int,
        hour: int = 0, minute: int = 0, second: int = 0, nanosecond: int = 0,
    ) -> str:  # fmt: skip
        """The text of these numbers in UTC, whether or not such a moment exists."""
        numbers = {
            "year": year, "month": month, "day": day,
            "hour": hour, "minute": minute, "second": second, "nanosecond": nanosecond,
        }  # fmt: skip
        return "".join(_written(element, numbers) for element in self.elements)


@lru_cache(maxsize=256)
def java_pattern(source: str) -> JavaPattern:
    """Read a pattern; PatternError names the letter and the column that cannot be read.

    Where an unquoted T stands, which Java refuses, the T and an unquoted Z at the end are read
    as those letters, and the pattern is marked as `lenient`.
    """
    for column, char in enumerate(source, start=1):
        if not char.isprintable():
            raise PatternError(f"{char!r} at column {column} cannot stand in a pattern", column)
    runs = [(found[0], found.start() + 1) for found in _RUN.finditer(source)]
    lenient = any(run == "T" for run, _ in runs)
    elements: list[Part] = []
    columns: dict[str, int] = {}
    for run, column in runs:
        sloppy = run == "T" or (lenient and run == "Z" and column == len(source))
        element = _literal(run) if sloppy else _element(run, column)
        elements.append(element)
        if not isinstance(element, Literal):
            name = element.name if isinstance(element, Digits) else "offset"
            if name in columns:
                raise PatternError(f"{run!r} at column {column} gives the {name} again", column)
            columns[name] = column
    _check_units(columns)
    return JavaPattern(source, tuple(elements), lenient)


def _element(run: str, column: int) -> Part:
    """What a quoted text, a run of one letter or any other character stands for."""
    if run[0] == "'":
        if len(run) == 1:
            raise PatternError(f'the quote "\'" at column {column} is never closed', column)
        return _literal(run[1:-1].replace("''", "'") or "'")
    if run in "[]{}#":
        raise PatternError(f"{run!r} at column {column} cannot stand outside quotes", column)
    if not (run.isascii() and run.isalpha()):
        return _literal(run)
    letter, count = run[0], len(run)
    if run in _FIXED:
        return _FIXED[run]
    if letter == "S" and count <= 9:
        return Digits(f"[0-9]{{{count}}}", count, count, "fraction", 0, 10**count - 1)
    if letter == "X" and count <= 3:
        return _offset(run)
    if letter in "yuMdHmsSX":
        raise PatternError(f"{run!r} at column {column} has a length that is not read", column)
    raise PatternError(f"{letter!r} at column {column} is a letter that is not read", column)


def _literal(text: str) -> Literal:
    # re.escape would escape hyphens too, which ECMA-262 refuses in its Unicode mode.
    regex = "".join("\\" + char if char in r"^$\.*+?()[]{}|" else char for char in text)
    return Literal(regex, len(text), len(text), text)


def _offset(letters: str) -> Offset:
    regex, longest = _SIGNED[len(letters)]
    return Offset(f"(?:Z|{regex})", 1, longest, letters)


def _check_units(columns: Mapping[str, int]) -> None:
    """A date is needed whole, and a finer unit means something only beneath the coarser one."""
    names = list(_UNITS)
    for index, name in enumerate(names):
        finer = [other for other in names[index + 1 :] if other in columns]
        if name not in columns and (index < 3 or finer):
            column = columns[finer[0]] if finer else 1
            raise PatternError(f"the {name} ({_UNITS[name]}) is missing at column {column}", column)


def _begins_with_digit(element: Part | None) -> bool:
    if isinstance(element, Literal):
        return element.text[0].isdigit()
    return isinstance(element, Digits)


def _mark(element: Part) -> str:
    """The element as `_RFC3339` names it."""
    match element:
        case Literal():
            return element.text
        case Digits():
            return f"\0{element.name}"
        case Offset():
            return f"\0{element.letters}"


def _written(element: Part, numbers: Mapping[str, int]) -> str:
    match element:
        case Literal():
            return element.text
        case Digits(name="fraction"):
            return f"{numbers['nanosecond']:09d}"[: element.width]
        case Digits():
            return f"{numbers[element.name]:0{element.width}d}"
        case Offset():
            return "Z"


def _east(offset: str) -> timedelta:
    """How far the clocks of an offset are ahead of UTC."""
    if offset == "Z":
        return timedelta()
    digits = offset[1:].replace(":", "").ljust(4, "0")
    amount = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -amount if offset[0] == "-" else amount


def _char(text: str, at: int) -> str:
    """The character at `at`, as a sentence names it."""
    char = text[at : at + 1]
    if not char:
        return "the end"
    if char.isascii() and char.isalpha():
        return f"the letter {char}"
    return repr(char)


def _clipped(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")
