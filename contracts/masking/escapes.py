"""Reading a text as if nothing in it were escaped, and finding the way back to the text itself.

Escapes stand for single letters: `\\u00e9` in JSON, `%C3%A9` in a URL, `&#233;` in HTML. Writers
differ in which letters they escape, and texts stand within texts. So the escapes of a text are
undone, whoever wrote them and however often, instead of writing a value in every possible way.

    >>> reading = unescaped("name=p%26q%5Cu0022")
    >>> reading.text, reading.place(5, 8)
    ('name=p&q"', (5, 10))
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from html.entities import html5

DEPTH = 4  # texts within texts of another kind: JSON in a URL in HTML …
HEX = "[0-9A-Fa-f]"
LOW_SURROGATE = f"[dD][c-fC-F]{HEX}{{2}}"
CONTROLS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def _letter(code: int) -> str:
    """A letter as the bytes of its UTF-8, one character each."""
    if code > 0x10FFFF:
        return "\ufffd".encode().decode("latin-1")
    return chr(code).encode("utf-8", "surrogatepass").decode("latin-1")


def _of_unicode(match: re.Match[str]) -> str:
    code = int(match["unicode"], 16)
    if match["low"]:
        code = 0x10000 + ((code & 0x3FF) << 10) + (int(match["low"], 16) & 0x3FF)
    return _letter(code)


def _of_name(match: re.Match[str]) -> str:
    letters = html5.get(f"{match['name']};")
    return match[0] if letters is None else "".join(_letter(ord(letter)) for letter in letters)


# What an escape looks like, and the letter that it stands for. In each, a repeated escape of the
# escape sign is taken with it: `\\\\"`, `%2526` and `&amp;quot;` are one step each. A new escape
# is a new row.
ESCAPES: dict[str, tuple[str, Callable[[re.Match[str]], str]]] = {
    "unicode": (
        rf"(?:\\+u|%(?:25)*u)(?P<unicode>{HEX}{{4}})"
        rf"(?:(?<=[dD][89abAB]{HEX}{{2}})(?:\\+u|%(?:25)*u)(?P<low>{LOW_SURROGATE}))?",
        _of_unicode,
    ),
    "code": (rf"\\+(?:u\{{|U00)(?P<code>{HEX}{{1,6}})\}}?", lambda m: _letter(int(m["code"], 16))),
    "byte": (rf"(?:\\+x|%(?:25)*)(?P<byte>{HEX}{{2}})", lambda m: chr(int(m["byte"], 16))),
    "control": (r"\\+(?P<control>[abfnrtv])", lambda m: CONTROLS[m["control"]]),
    "quote": (r"""\\+(?P<quote>["'/]?)""", lambda m: m["quote"]),
    "decimal": (
        r"&(?:amp;)*\#0*(?P<decimal>[0-9]{1,7});",
        lambda m: _letter(int(m["decimal"])),
    ),
    "hexadecimal": (
        rf"&(?:amp;)*\#[xX]0*(?P<hexadecimal>{HEX}{{1,6}});",
        lambda m: _letter(int(m["hexadecimal"], 16)),
    ),
    "name": (r"&(?:amp;)*(?P<name>[A-Za-z][A-Za-z0-9]{1,30});", _of_name),
    # Base64 is often written in lines.
    "line": (
        r"(?P<line>(?<=[A-Za-z0-9+/_-]{60})\r?\n(?=[A-Za-z0-9+/_=-]))",
        lambda _: "",
    ),
}
_ESCAPE = re.compile("|".join(pattern for pattern, _ in ESCAPES.values()))
_BEGINNINGS = ("\\", "%", "&", "\n")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
# What a text may end with, or go on with, where it was cut within an escape.
BROKEN_END = re.compile(rf"(?:\\+(?:[uU]{HEX}{{0,7}}|x{HEX}?)?|%{HEX}?|&[#A-Za-z0-9]{{0,8}})\Z")
BROKEN_START = re.compile(r"[#A-Za-z0-9]{0,8};?")


@dataclass(frozen=True)
class _Step:
    """What one step has replaced: `at` is where each new part stands, `new` how long it is."""

    at: list[int] = field(default_factory=list)
    new: list[int] = field(default_factory=list)
    old: list[tuple[int, int]] = field(default_factory=list)

    def place(self, at: int) -> tuple[int, int]:
        """Where the letter at a place stood before the step."""
        number = bisect_right(self.at, at) - 1
        if number < 0:
            return at, at + 1
        beyond = at - self.at[number] - self.new[number]
        start, end = self.old[number]
        return (start, end) if beyond < 0 else (end + beyond, end + beyond + 1)


@dataclass(frozen=True)
class Reading:
    """A text as it reads: each letter beyond ASCII is the bytes of its UTF-8, one character each.

    In `text` a plus sign reads as a space, as forms have it; in `letters` it does not.
    """

    letters: str
    _steps: tuple[_Step, ...]

    @cached_property
    def text(self) -> str:
        return self.letters.replace("+", " ")

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where the letters from `start` to `end` stand in the text that was read."""
        last = end - 1
        for step in reversed(self._steps):
            start, last = step.place(start)[0], step.place(last)[1] - 1
        return start, last + 1


def as_it_is(text: str) -> Reading:
    """A text with all its escapes left as they are."""
    if text.isascii():
        return Reading(text, ())
    read, step = _replaced(text, _BEYOND_ASCII, lambda match: _letter(ord(match[0])))
    return Reading(read, (step,))


def unescaped(text: str) -> Reading:
    """A text with all its escapes undone; `as_it_is` where there are none."""
    steps: list[_Step] = []
    if not text.isascii():
        text, step = _replaced(text, _BEYOND_ASCII, lambda match: _letter(ord(match[0])))
        steps.append(step)
    for _ in range(DEPTH):
        if not any(sign in text for sign in _BEGINNINGS):
            break
        text, step = _replaced(text, _ESCAPE, _undone)
        if not step.at:
            break
        steps.append(step)
    return Reading(text, tuple(steps))


@lru_cache(maxsize=4)
def readings(text: str) -> tuple[Reading, ...]:
    """The ways in which a text is read: as it is, and with its escapes undone."""
    plain, undone = as_it_is(text), unescaped(text)
    return (plain,) if undone.text == plain.text else (plain, undone)


def _undone(match: re.Match[str]) -> str:
    kind = match.lastgroup
    if kind == "low":
        kind = "unicode"
    return ESCAPES[kind or ""][1](match)


def _replaced(
    text: str, pattern: re.Pattern[str], letters: Callable[[re.Match[str]], str]
) -> tuple[str, _Step]:
    """The text with each match replaced, and where that was; a match that stays is left out."""
    parts: list[str] = []
    step, end, length = _Step(), 0, 0
    for match in pattern.finditer(text):
        new = letters(match)
        if new == match[0]:
            continue
        start = match.start()
        length += start - end
        parts += (text[end:start], new)
        step.at.append(length)
        step.new.append(len(new))
        step.old.append((start, match.end()))
        length += len(new)
        end = match.end()
    parts.append(text[end:])
    return "".join(parts), step
