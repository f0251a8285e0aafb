"""Reads the notation of the documentation: a small language that looks like JSON and is not.

`parse(text)` reads a form, and `parse_piecewise(text)` as much of it as can be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from contracts.spec.java_dates import PatternError, java_pattern
from contracts.spec.tokens import NotationError as NotationError
from contracts.spec.tokens import Token, clipped, error_at, tokens
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
    narrow,
)

MAX_DEPTH = 50
MAX_LENGTH = 20_000  # characters of a form

_WORDS: Mapping[str, Type] = {
    **dict.fromkeys(("str", "string"), Text()),
    **dict.fromkeys(("int", "integer", "long"), Integer()),
    **dict.fromkeys(("float", "double", "number"), Number()),
    **dict.fromkeys(("bool", "boolean"), Boolean()),
    "uuid": Uuid(),
}


@dataclass(frozen=True)
class Problem:
    """A place that cannot be read; `path` is the dotted field's, empty where it is none's.

    A `slip` is a comma that is missing between two fields, and leaves no doubt.
    """

    error: NotationError
    path: str
    slip: bool = False


def parse(text: str) -> Type:
    """Read a form; NotationError says what cannot be read, and where."""
    return _Parser(text).form()


def parse_piecewise(
    text: str, unread: Type | None = None, examples: dict[str, str] | None = None
) -> tuple[Type | None, list[Problem]]:
    """As much of a form as can be read, and the places that cannot.

    A field that cannot be read has the type `unread`, or is left out. The form is None when not
    even its brackets can be followed; then the only problem is the first one. With `examples`, a
    text that names no type is the example of a text, and is put there under the field's path.
    """
    parser = _Parser(text, piecewise=True, unread=unread, examples=examples)
    try:
        return parser.form(), parser.problems
    except NotationError as error:
        return None, [Problem(error, "")]


_OR = re.compile(r"(?<=\s)or(?=\s)|\||(?<=[A-Z]{2})\s*/\s*(?=[A-Z]{2})")
_JOINS = ("or", "|")
_VALUE = re.compile("[A-Z0-9_]*[A-Z][A-Z0-9_]*")


# Names of types that this notation does not have.
_OTHER_WORDS = ("object", "array", "list", "map", "dict", "any", "null", "enum")


def _is_meant_as_type(content: str) -> bool:
    """Whether a text that names no type may be a misspelt one, or one of another notation."""
    word = content.strip().lower()
    return bool(get_close_matches(word[:40], (*_WORDS, *_OTHER_WORDS), 1, 0.75))


class _Parser:
    """Recursive descent over the tokens of one form."""

    def __init__(
        self,
        text: str,
        piecewise: bool = False,
        unread: Type | None = None,
        examples: dict[str, str] | None = None,
    ) -> None:
        self._text = text
        self._tokens = tokens(text[:MAX_LENGTH])
        self._index = 0
        self._piecewise, self._unread, self._examples = piecewise, unread, examples
        self._path: list[str] = []
        self.problems: list[Problem] = []

    def form(self) -> Type:
        if len(self._text) > MAX_LENGTH:
            raise self._error(f"a form has at most {MAX_LENGTH} characters", self._next)
        if self._next.kind == "end":
            raise self._error("there is no form in this text", self._next)
        kind = self._value(0)
        if self._next.kind != "end":
            raise self._unexpected("the end of the form")
        return kind

    @property
    def _next(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        token = self._next
        self._index += 1
        return token

    def _value(self, depth: int) -> Type:
        token = self._next
        if depth >= MAX_DEPTH and token.text in ("{", "["):
            raise self._error(f"the form is more than {MAX_DEPTH} levels deep", token)
        if token.text == "{":
            return self._record(depth + 1)
        if token.text == "[":
            return self._list(depth + 1)
        operands = [self._operand()]
        while self._next.text in _JOINS:
            self._take()
            operands.append(self._operand())
        return self._scalar(operands[0]) if len(operands) == 1 else self._alternatives(operands)

    def _operand(self) -> Token:
        if self._next.kind not in ("string", "word", "number"):
            raise self._unexpected("a type")
        if self._next.text == "null":
            raise self._error("null is no type: no field of a form is null", self._next)
        return self._take()

    def _record(self, depth: int) -> Record:
        fields: dict[str, Type] = {}

        def member() -> None:
            start = self._index
            name = self._next.content if self._next.kind == "string" else ""
            self._path.append(name)
            try:
                self._field(fields, depth)
            except NotationError as error:
                if not self._piecewise:
                    raise
                self.problems.append(Problem(error, ".".join(filter(None, self._path))))
                self._skip(start)
                if self._unread is not None and name:
                    fields.setdefault(name, self._unread)
            self._path.pop()

        return Record(fields, self._members("}", member))

    def _field(self, fields: dict[str, Type], depth: int) -> None:
        name = self._next
        if name.kind != "string" or not name.content:
            raise self._unexpected("a field's name in quotes")
        if name.content in fields:
            raise self._error(f"the field {clipped(name.text)} stands here twice", name)
        self._take()
        if self._next.text != ":":
            raise self._unexpected("a colon")
        self._take()
        kind = self._value(depth)
        if self._next.kind not in ("dots", "end") and self._next.text not in (",", "}"):
            error = self._unexpected("a comma or '}'")
            if not (self._piecewise and self._begins_a_field()):
                raise error
            self.problems.append(Problem(error, "", slip=True))
        fields[name.content] = kind

    def _begins_a_field(self) -> bool:
        return self._next.kind == "string" and self._tokens[self._index + 1].text == ":"

    def _skip(self, start: int) -> None:
        """Go on behind a member that cannot be read: at its comma, or before what follows it."""
        depth, self._index = 0, start
        while self._next.kind != "end":
            sign = self._next.text
            another = self._index > start and self._begins_a_field()
            if depth == 0 and (another or sign in (",", "}", "]")):
                return
            depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(sign, 0)
            self._take()

    def _list(self, depth: int) -> ListOf:
        opening = self._next
        items: list[Type] = []

        def member() -> None:
            start, item = self._next, self._value(depth)
            try:
                items[:] = [narrow(items[0], item) if items else item]
            except ContradictionError as error:
                raise self._error(f"the items of a list differ: {error}", start) from error

        self._members("]", member)
        if not items:
            raise self._error("the list does not say what its items are", opening)
        return ListOf(items[0])

    def _members(self, closing: str, member: Callable[[], None]) -> bool:
        """Read up to the closing bracket; whether there were dots that mean "and so on"."""
        opening, open_ended = self._take(), False
        while self._next.text != closing:
            if self._next.kind == "end":
                raise self._error(f"{opening.text!r} is never closed", opening)
            if self._next.kind == "dots":
                open_ended = True
                self._take()
            else:
                member()
                if self._next.kind == "dots" or self._next.text == closing:
                    continue
                goes_on = self._piecewise and self._begins_a_field()
                if self._next.text != "," and self._next.kind != "end" and not goes_on:
                    raise self._unexpected(f"a comma or {closing!r}")
            if self._next.text == ",":
                self._take()
        self._take()
        return open_ended

    def _scalar(self, token: Token) -> Type:
        content = token.content
        if token.kind == "number":
            return Integer() if content.lstrip("-").isdigit() else Number()
        if content.lower() in _WORDS:
            return _WORDS[content.lower()]
        if token.kind == "word":
            if content.lower() in ("true", "false"):
                return Boolean()
            raise self._error(f"{clipped(content)} without quotes is no type", token)
        if "yyyy" in content or "uuuu" in content:
            return self._timestamp(token)
        if _OR.search(content):
            return self._alternatives([token])
        if _VALUE.fullmatch(content) and sum(char.isalpha() for char in content) >= 2:
            return Choice((content,))
        if self._examples is not None and token.kind == "string" and not _is_meant_as_type(content):
            self._examples[".".join(filter(None, self._path))] = content
            return Text()
        raise self._error(f"{clipped(token.text)} is no type that this notation knows", token)

    def _timestamp(self, token: Token) -> Timestamp:
        try:
            return Timestamp(java_pattern(token.content))
        except PatternError as error:
            # Behind an escape the columns of the text and of the pattern drift apart.
            shift = 0 if "\\" in token.text else error.column
            sentence = f"{clipped(token.text)} is no date pattern: {error}"
            raise self._error(sentence, token, shift) from error

    def _alternatives(self, tokens: list[Token]) -> Type:
        """What `or` joins: values in capitals, or a bare true and false."""
        if all(token.text.lower() in ("true", "false") for token in tokens):
            return Boolean()
        values: list[str] = []
        for token in tokens:
            for value in map(str.strip, _OR.split(token.content)):
                if token.kind != "string" or not _VALUE.fullmatch(value) or value.lower() in _WORDS:
                    sentence = f"'or' joins values in capitals and quotes, not {clipped(value)}"
                    raise self._error(sentence, token)
                if value in values:
                    raise self._error(f"the value {clipped(value)} stands here twice", token)
                values.append(value)
        return Choice(tuple(values))

    def _unexpected(self, wanted: str) -> NotationError:
        token = self._next
        if token.kind == "end":
            return self._error(f"{wanted} is expected, not the end of the text", token)
        if token.kind == "other" and token.text.startswith('"'):
            return self._error(f"the text {clipped(token.text)} is not closed as in JSON", token)
        return self._error(f"{wanted} is expected, not {clipped(token.text)}", token)

    def _error(self, sentence: str, token: Token, shift: int = 0) -> NotationError:
        return error_at(self._text, token.at + shift, sentence)
