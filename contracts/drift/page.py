"""A documentation page as a model: request lines, forms, examples and sentences, with their lines.

`read(text)` takes Docusaurus Markdown. Whatever text it is, it gives a page; what could not be
told is in `Page.unread`. Lines are 1-based.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import yaml

from contracts.drift import markdown
from contracts.drift.markdown import Block, Span, plain
from contracts.notation import ListOf, NotationError, Record, Type, parse

ROLES = ("takes", "answers", "resource")
# Words of a heading, or of the line above a form, that say what the form is for.
ANSWER_WORDS = ("respon", "answer", "return", "result", "output")
BODY_WORDS = ("body", "request", "payload", "input", "send")
BODILESS = ("GET", "DELETE", "HEAD")
FORM_LANGUAGES = ("", "json", "json5", "jsonc")
_METHOD = re.compile(r"(?:^|.*[^A-Za-z])([A-Z]{3,7})\s*$", re.DOTALL)
_REQUEST = re.compile(r"([A-Z]{3,7})\s+(/\S*)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=\S)")


@dataclass(frozen=True)
class Request:
    """A request line. `place` is section (described here), table or mention."""

    method: str
    path: str
    line: int
    place: str
    heading: str
    title: str = ""
    style: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.method, self.path

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Template:
    """A documented form: `type` is None when the notation cannot read it, for the reason `error`.

    `line` is that of its first line; `heading` is the endpoint's, or the words above a form that
    belongs to no endpoint.
    """

    role: str
    heading: str
    line: int
    text: str
    language: str
    request: Request | None = None
    type: Type | None = None
    error: NotationError | None = None

    @property
    def record(self) -> Record | None:
        """The object that is described, or the items of the list."""
        inner = self.type.item if isinstance(self.type, ListOf) else self.type
        return inner if isinstance(inner, Record) else None

    @property
    def fields(self) -> Mapping[str, Type]:
        return self.record.fields if self.record else {}

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
    is the line on which the admonition around it begins.
    """

    text: str
    line: int
    headings: tuple[str, ...]
    admonition: str = ""
    within: int = 0

    @property
    def heading(self) -> str:
        return self.headings[-1] if self.headings else ""


@dataclass(frozen=True)
class Heading:
    text: str
    level: int
    line: int


@dataclass(frozen=True)
class Unread:
    """Something on the page that this reader makes nothing of."""

    line: int
    reason: str


@dataclass
class Page:
    """Everything that was read; lists are in the page's order."""

    title: str = ""
    base_url: str = ""
    base_url_line: int = 1
    has_table: bool = False
    headings: list[Heading] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    templates: list[Template] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    paragraphs: list[Block] = field(default_factory=list)
    references: dict[str, int] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)

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


def read(text: str) -> Page:
    """Read a page; see the module."""
    document = markdown.read(text)
    reader = _Reader(document.blocks)
    reader.page.references = document.references
    for index, block in enumerate(document.blocks):
        reader.take(index, block)
    return reader.page


def requests_in(spans: Iterable[Span]) -> Iterator[tuple[str, str, Span]]:
    """Method, path and span of each request line: `GET /path`, or a method before a `/path`."""
    method, style = "", ""
    for span in spans:
        whole = _REQUEST.fullmatch(span.text.strip()) if span.kind == "code" else None
        if whole:
            yield whole[1], whole[2], span
        elif span.kind == "code" and method and span.text.startswith("/"):
            yield method, span.text.strip(), Span(span.kind, span.text, span.line, style=style)
        if span.kind == "badge" or span.text.strip():
            found = _METHOD.fullmatch(span.text) if span.kind != "code" else None
            method, style = (found[1], span.style) if found else ("", "")


class _Reader:
    """Walks over the blocks and keeps the headings that are open."""

    def __init__(self, blocks: list[Block]) -> None:
        self.page = Page()
        self._blocks = blocks
        self._open: list[tuple[Heading, Request | None]] = []
        self._lead = ""  # the words above a form that stands before any heading

    def take(self, index: int, block: Block) -> None:
        match block.kind:
            case "meta":
                self.page.title = _front_matter(block.text).get("title", "")
            case "heading":
                self._heading(block)
            case "paragraph":
                self._paragraph(index, block)
            case "row":
                self._row(block)
            case "fence":
                self._fence(index, block)
            case "tag" if not block.text.lstrip().startswith(("<Tab", "</Tab", "<p", "</p")):
                name = block.text.strip().split()[0].strip("<>/")
                self.page.unread.append(Unread(block.line, f"the tag {name}"))

    def _heading(self, block: Block) -> None:
        heading = Heading(block.text, block.level, block.line)
        self._open = [entry for entry in self._open if entry[0].level < block.level]
        self._lead = ""
        found = self._requests(block, "section", heading.text)
        self._open.append((heading, found[0] if found else None))
        self.page.headings.append(heading)

    def _paragraph(self, index: int, block: Block) -> None:
        self.page.paragraphs.append(block)
        if self._leads_to_a_form(index):
            self._lead = block.text.rstrip(":").strip()
            return
        alone = self._open and not block.admonition and _is_request_line(block)
        found = self._requests(block, "section" if alone else "mention", self._here())
        if alone and found:
            self._open[-1] = (self._open[-1][0], found[0])
        else:
            self._sentences(block)

    def _requests(self, block: Block, place: str, heading: str) -> list[Request]:
        found = [
            Request(method, path, span.line, place, heading, style=span.style)
            for method, path, span in requests_in(block.spans)
        ]
        self.page.requests.extend(found)
        return found

    def _row(self, block: Block) -> None:
        cells = [plain(cell) for cell in block.cells]
        if block.header:
            return
        title = next((text for cell, text in zip(block.cells, cells, strict=True)
                      if not list(requests_in(cell))), "")  # fmt: skip
        found = [
            Request(method, path, span.line, "table", self._here(), title, span.style)
            for cell in block.cells
            for method, path, span in requests_in(cell)
        ]
        self.page.requests.extend(found)
        self.page.has_table = self.page.has_table or bool(found)
        if not found:
            self.page.unread.append(Unread(block.line, "a table's row that is no request line"))

    def _fence(self, index: int, block: Block) -> None:
        language = block.info.split()[0].lower() if block.info else ""
        text = block.text.strip()
        if not self.page.base_url and _is_url(text):
            self.page.base_url, self.page.base_url_line = text.rstrip("/"), block.line
        elif language in FORM_LANGUAGES and text.startswith(("{", "[")) and not self._is_example():
            self.page.templates.append(self._template(block, language))
        elif self._owner() or self._is_example():
            self.page.examples.append(
                Example(language, block.line, block.text, self._here(), self._owner())
            )
        else:
            self.page.unread.append(Unread(block.line, "a block of code that is no form"))

    def _template(self, block: Block, language: str) -> Template:
        owner = self._owner()
        role = self._role(owner)
        lead, self._lead = self._lead, ("" if self._open else self._lead)
        heading = owner.heading if owner else lead or self._here()
        try:
            kind, error = parse(block.text), None
        except NotationError as problem:
            kind, error = None, problem
        return Template(role, heading, block.line, block.text, language, owner, kind, error)

    def _role(self, owner: Request | None) -> str:
        if owner is None:
            return "resource"
        inner = [heading.text for heading, _ in self._open if heading.line > owner.line]
        for words in (self._lead.lower(), *(text.lower() for text in reversed(inner))):
            if any(word in words for word in ANSWER_WORDS):
                return "answers"
            if any(word in words for word in BODY_WORDS):
                return "takes"
        return "answers" if owner.method in BODILESS else "takes"

    def _sentences(self, block: Block) -> None:
        headings = tuple(heading.text for heading, _ in self._open)
        if not self._open and self._lead:
            headings = (self._lead,)
        whole = "".join(span.text for span in block.spans)
        at = 0
        for part in _SENTENCE_END.split(whole):
            at = whole.index(part, at)
            line = block.line + whole.count("\n", 0, at)
            text = " ".join(part.split())
            if text:
                self.page.sentences.append(
                    Sentence(text, line, headings, block.admonition, block.within)
                )
            at += len(part)

    def _leads_to_a_form(self, index: int) -> bool:
        """Whether a paragraph ends in a colon and a form follows it."""
        following = self._blocks[index + 1 : index + 2]
        return (
            self._blocks[index].text.endswith(":")
            and bool(following)
            and following[0].kind == "fence"
            and following[0].text.lstrip().startswith(("{", "["))
        )

    def _is_example(self) -> bool:
        return bool(self._open) and "example" in self._open[-1][0].text.lower()

    def _owner(self) -> Request | None:
        """The request line whose section this is."""
        return next((request for _, request in reversed(self._open) if request), None)

    def _here(self) -> str:
        owner = self._owner()
        if owner:
            return owner.heading
        return self._open[-1][0].text if self._open else self._lead


def _is_request_line(block: Block) -> bool:
    """Whether a paragraph has nothing but a request line in it."""
    rest = "".join(span.text for span in block.spans if span.kind == "text")
    for method, _, _ in requests_in(block.spans):
        rest = rest.replace(method, "", 1)
    return not rest.replace("&nbsp", " ").strip()


def _front_matter(text: str) -> dict[str, str]:
    inner = "\n".join(text.splitlines()[1:-1])
    try:
        found = yaml.safe_load(inner)
    except yaml.YAMLError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _is_url(text: str) -> bool:
    if any(char.isspace() for char in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
