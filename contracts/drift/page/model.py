"""A documentation page as a model: request lines, forms, examples and sentences, with their lines.

Lines are 1-based.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.drift.page.markdown import Block
from contracts.spec.parser import Problem
from contracts.spec.tokens import NotationError
from contracts.spec.types import ListOf, Record, Type

WITH_BODY = ("POST", "PUT", "PATCH")
# What stands in the draft of a page that gives none.
NO_BASE_URL, UNTITLED = "https://example.invalid", "Untitled"


@dataclass(frozen=True)
class Request:
    """A request line. `place` is section (described here), table or mention; `query` has the names
    of the parameters behind the path.

    `written` is how the page has it, where that is otherwise; `target` is the anchor that a row of
    the table links to. `by_example` is true where only an example shows the request.
    """

    method: str
    path: str
    line: int
    place: str
    heading: str
    title: str = ""
    style: str = ""
    query: tuple[str, ...] = ()
    written: str = ""
    target: str = ""
    by_example: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.method, self.path

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Template:
    """A documented form; `problems` are the places of it that the notation cannot read.

    `type` has any text where there is a problem, and is None when nothing can be read. `line` is
    that of its first line; `heading` is the endpoint's, or the words above a form that belongs to
    no endpoint. `examples` are values that stand in place of a type, by the field's path;
    `required` are the fields that the page says must be sent, under the heading `required_under`.
    """

    role: str
    heading: str
    line: int
    text: str
    language: str
    request: Request | None = None
    type: Type | None = None
    problems: tuple[Problem, ...] = ()
    examples: Mapping[str, str] = field(default_factory=dict, hash=False, compare=False)
    required: tuple[str, ...] = ()
    required_under: str = ""

    @property
    def error(self) -> NotationError | None:
        """The first place that cannot be read."""
        return self.problems[0].error if self.problems else None

    @property
    def is_readable(self) -> bool:
        """Whether it is an object, or a list of objects, that can be read but for slips."""
        return self.record is not None and all(problem.slip for problem in self.problems)

    @property
    def record(self) -> Record | None:
        """The object that is described, or the items of the list."""
        inner = self.type.item if isinstance(self.type, ListOf) else self.type
        return inner if isinstance(inner, Record) else None

    @property
    def names(self) -> set[str]:
        return set(self.record.fields) if self.record else set()

    @property
    def fields(self) -> Mapping[str, Type]:
        """The fields whose type could be read, wholly."""
        unread = {problem.path.partition(".")[0] for problem in self.problems}
        found = self.record.fields if self.record else {}
        return {name: kind for name, kind in found.items() if name not in unread}

    def line_of(self, path: str) -> int:
        """The line of the page on which a field stands; `path` is dotted for inner fields."""
        at = 0
        for name in path.split("."):
            found = re.compile(re.escape(json.dumps(name)) + r"\s*:").search(self.text, at)
            at = found.start() if found else at
        return self.line + self.text.count("\n", 0, at)


@dataclass(frozen=True)
class Example:
    """A request example in some language."""

    language: str
    line: int
    text: str
    heading: str
    request: Request | None


@dataclass(frozen=True)
class Sentence:
    """A sentence of prose. `headings` are all that it stands under, the innermost last; `within`
    is the line on which the admonition around it begins; `codes` are its code spans.

    `what` is sentence, row (of a table, as one text), comment (in a form) or title (of an
    admonition, or of a row that is a request line).
    """

    text: str
    line: int
    headings: tuple[str, ...]
    admonition: str = ""
    within: int = 0
    codes: tuple[str, ...] = ()
    what: str = "sentence"

    @property
    def heading(self) -> str:
        return self.headings[-1] if self.headings else ""


@dataclass(frozen=True)
class Heading:
    text: str
    level: int
    line: int


@dataclass(frozen=True)
class Row:
    """A row of a table that is no request line, with the table's first row.

    `table` is the line of that first row, `request` the one in whose section the table stands, and
    `role` what the headings above say of it: takes or answers.
    """

    line: int
    header: tuple[str, ...]
    cells: tuple[str, ...]
    heading: str = ""
    table: int = 0
    request: Request | None = None
    role: str = "takes"


@dataclass(frozen=True)
class Unread:
    """Something on the page that this reader makes nothing of."""

    line: int
    reason: str


@dataclass
class Page:
    """Everything that was read; lists are in the page's order. `remarks` are the texts that are no
    sentences of prose, `addresses` further ones beside the base URL, with their lines.
    """

    title: str = ""
    base_url: str = ""
    base_url_line: int = 1
    base_url_is_shown: bool = False  # by an address in an example, and not said
    addresses: list[tuple[int, str]] = field(default_factory=list)
    has_table: bool = False
    headings: list[Heading] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    templates: list[Template] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    remarks: list[Sentence] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    paragraphs: list[Block] = field(default_factory=list)
    references: dict[str, int] = field(default_factory=dict)
    unclosed: list[int] = field(default_factory=list)
    lone_values: dict[str, str] = field(default_factory=dict)
    shown: set[tuple[str, str]] = field(default_factory=set)
    unread: list[Unread] = field(default_factory=list)

    @property
    def forms(self) -> list[Template]:
        """The forms of what succeeds; a field of an error is another one."""
        return [template for template in self.templates if template.role != "error"]

    @property
    def further_forms(self) -> list[tuple[Template, Template]]:
        """The first form for what an endpoint takes or answers, with each further one."""
        first: dict[tuple[tuple[str, str], str], Template] = {}
        found = []
        for template in self.forms:
            if template.request is not None:
                one = first.setdefault((template.request.key, template.role), template)
                found += [(one, template)] if one is not template else []
        return found

    def at(self, place: str) -> list[Request]:
        return [request for request in self.requests if request.place == place]

    @property
    def described(self) -> list[Request]:
        """The request lines that have a section of their own, each once."""
        return list({request.key: request for request in reversed(self.at("section"))}.values())[
            ::-1
        ]

    def template(self, request: Request, role: str) -> Template | None:
        """The first form of a request line in a role."""
        for template in self.templates:
            if template.role == role and template.request and template.request.key == request.key:
                return template
        return None

    def line_of(self, heading: str) -> int:
        """The line of a heading or, where there is none, the page's first line."""
        return next((h.line for h in self.headings if h.text == heading), 1)
