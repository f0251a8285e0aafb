"""The tokens of a documented form, its comments, and what is said of a place in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass


class NotationError(ValueError):
    """A form that cannot be read: one sentence, and the 1-based `line` and `column` in the form."""

    def __init__(self, sentence: str, line: int, column: int) -> None:
        super().__init__(f"{sentence} (line {line}, column {column} of the form)")
        self.sentence = sentence
        self.line = line
        self.column = column


@dataclass(frozen=True)
class Token:
    """A piece of a form: sign, string, dots, number, word, other, or end; `at` is its offset."""

    kind: str
    text: str
    at: int

    @property
    def content(self) -> str:
        """What stands between the quotes of a string; the text of any other token."""
        return str(json.loads(self.text)) if self.kind == "string" else self.text


_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/|(?<!\S)\#[^\n]*)
      | (?P<sign>[{}\[\]:,|])
      | (?P<string>"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*")
      | (?P<dots>\.{3,}|…)
      | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![^\s{}\[\]:,|/]))
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<other>[^\s{}\[\]:,|]+)""",
    re.VERBOSE | re.DOTALL,
)


def tokens(text: str) -> list[Token]:
    """The tokens of a form without its comments; the last one is the end of the text."""
    found = [token for token in _all(text) if token.kind != "comment"]
    return [*found, Token("end", "", len(text))]


def comments(text: str) -> Iterator[tuple[int, str]]:
    """The comments of a form: the 0-based line on which each begins, and its words."""
    for token in _all(text):
        if token.kind == "comment":
            words = re.sub(r"\s*\*/$", "", token.text).lstrip("/*# ")
            yield text.count("\n", 0, token.at), words


def error_at(text: str, at: int, sentence: str) -> NotationError:
    """An error at an offset of the text."""
    line = text.count("\n", 0, at) + 1
    return NotationError(sentence, line, at - text.rfind("\n", 0, at))


def clipped(text: str) -> str:
    """A piece of a form as it is quoted in a sentence."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _all(text: str) -> Iterator[Token]:
    return (Token(str(found.lastgroup), found[0], found.start()) for found in _TOKEN.finditer(text))
