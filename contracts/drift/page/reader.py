"""Read Docusaurus Markdown into a page: `read(text)`.

Whatever text it is, it gives a page; what could not be told is in `Page.unread`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

import yaml

from contracts.drift.page import bounds, markdown
from contracts.drift.page.examples import read as read_example
from contracts.drift.page.markdown import Block, Span, plain
from contracts.drift.page.model import (
    Example,
    Heading,
    Page,
    Request,
    Row,
    Sentence,
    Template,
    Unread,
)
from contracts.drift.page.reconcile import reconcile, shape
from contracts.drift.page.request_lines import METHODS, query_in, request_cells, requests_in
from contracts.drift.page.rows import describes_fields, names_in, words_of
from contracts.drift.page.settle import settle
from contracts.spec.parser import parse_piecewise
from contracts.spec.tokens import comments
from contracts.spec.types import Text

# Words of a heading, or of the line above a form, that say what the form is for.
ANSWER_WORDS = ("respon", "answer", "return", "result", "output")
BODY_WORDS = ("body", "request", "payload", "input", "send")
BODILESS = ("GET", "DELETE", "HEAD")
FORM_LANGUAGES = ("", "json", "json5", "jsonc")
# Tags that only arrange what is in them.
KNOWN_TAGS = frozenset(
    ("Tabs", "TabItem", "Tab", "p", "div", "br", "details", "summary", "Steps", "Step", "CodeGroup",
     "Card", "CardGroup", "Accordion", "AccordionGroup", "Expandable", "RequestExample",
     "ResponseExample", "Frame", "Columns", "ParamField", "ResponseField", "table", "center", "hr")
)  # fmt: skip
FIELD_HEADER = ("Field", "Type", "Required", "Description")
# Words that say that a form is the answer to a request that failed, or that it is not.
_ERROR = re.compile(
    r"\b[45](?:\d\d|xx)\b|\b(?:errors?|problem|forbidden|conflict|not found|bad request)\b"
    r"|\b(?:fail|refus|reject|invalid|unauthori[sz]ed|unsuccessful)",
    re.IGNORECASE,
)
_SUCCESS = re.compile(r"\b2(?:\d\d|xx)\b|\bsuccess", re.IGNORECASE)
_LABEL = re.compile(r"""(?:value|label)=["'{`]*([^"'`}]*)""")
_MEMBER = re.compile(r'\s*"[^"]*"\s*:')  # a field that is commented out
# A block with nothing but a request line in it.
_SHOWN = re.compile(rf"({METHODS})\s+(/\S*|https?://\S+)(?:\s+HTTP/[\d.]+)?\s*$")
# Wherever a method stands before a path, whatever markup is in between.
_LIKELY = re.compile(rf"\b({METHODS})\b(?:</?[a-z]+>|[`*_| \t]){{1,12}}(/[^\s|<`*]+)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=\S)")


def read(text: str) -> Page:
    """Read a page; `bounds.TooMuch` for one that is too much. See the module."""
    document = markdown.read(text)
    reader = _Reader(document.blocks)
    reader.page.references = document.references
    reader.page.unclosed = document.unclosed
    for index, block in enumerate(document.blocks):
        reader.take(index, block)
    bounds.check(reader.page)
    reconcile(reader.page)
    reader.page.shown = {
        (found[1], shape(query_in(found[2].rstrip("`.,;:)*"))[0]))
        for found in _LIKELY.finditer(text)
    }
    settle(reader.page)
    return reader.page


class _Reader:
    """Walks over the blocks and keeps the headings that are open."""

    def __init__(self, blocks: list[Block]) -> None:
        self.page = Page()
        self._blocks = blocks
        self._open: list[tuple[Heading, Request | None]] = []
        self._lead = ""  # the words above a form that stands before any heading
        self._tab = ""  # the label of the tab that is open
        self._header: tuple[str, ...] = ()  # of the table that is open
        self._table = 0  # the line on which it begins

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
            case "tag" if block.text.lstrip().startswith(("<TabItem", "</TabItem")):
                self._tab = " ".join(_LABEL.findall(block.text))
            case "title":
                self._remark(block, block.text, (), "title")
            case "field":
                self._field(block)
            case "tag" if (name := _tag_name(block.text)) not in KNOWN_TAGS:
                self.page.unread.append(Unread(block.line, f"the tag {name}"))

    def _field(self, block: Block) -> None:
        """A field in a tag of its own (`<ParamField …>`), as the row of a table."""
        owner = self._owner()
        role = {"response": "answers", "body": "takes"}.get(block.info, "other")
        cells = tuple(plain(cell) for cell in block.cells)
        heading = self._under()[-1] if self._under() else ""
        row = Row(block.line, FIELD_HEADER, cells, heading, owner.line if owner else 0, owner, role)
        self.page.rows.append(row)
        self._remark(block, words_of(row), names_in(row), "row")

    def _heading(self, block: Block) -> None:
        if block.level == 1 and not self.page.title and not self.page.headings:
            self.page.title = block.text
        if block.level == 1 and block.text == self.page.title:
            return  # the title once more
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
            if self._open and not _ERROR.search(block.text):
                self._remark(block, block.text, _codes(block.spans), "title")
            return
        alone = self._open and not block.admonition and _is_request_line(block)
        found = self._requests(block, "section" if alone else "mention", self._here())
        if alone and found:
            self._open[-1] = (self._open[-1][0], found[0])
        else:
            self._sentences(block)

    def _requests(self, block: Block, place: str, heading: str) -> list[Request]:
        found = [
            self._request(method, path, span, place, heading)
            for method, path, span in requests_in(block.spans)
        ]
        self.page.requests.extend(found)
        return found

    def _request(
        self, method: str, path: str, span: Span, place: str, heading: str,
        title: str = "", target: str = "",
    ) -> Request:  # fmt: skip
        path, query = query_in(path)
        return Request(method, path, span.line, place, heading, title, span.style, query,
                       target=target)  # fmt: skip

    def _row(self, block: Block) -> None:
        cells = tuple(plain(cell) for cell in block.cells)
        if block.header:
            self._header, self._table = cells, block.line
            return
        lines, others = request_cells(block.cells)
        if lines:
            self._endpoint_row(block, lines, others)
            return
        under = self._under()[-1] if self._under() else ""
        owner = self._owner()
        role = self._role(owner, "") if owner else "takes"
        row = Row(block.line, self._header, cells, under, self._table, owner, role)
        codes = tuple(code for cell in block.cells for code in _codes(cell))
        self.page.rows.append(row)
        self._remark(block, words_of(row), (*names_in(row), *codes), "row")
        if not describes_fields(row):
            self.page.unread.append(Unread(block.line, "a table's row that is no request line"))

    def _endpoint_row(
        self, block: Block, lines: list[tuple[str, str, Span]], others: list[tuple[Span, ...]]
    ) -> None:
        """A row of the table of endpoints: request lines, and what the `others` cells call them."""
        title = plain(others[0]) if others else ""
        links = (span.link for cell in block.cells for span in cell if span.link.startswith("#"))
        target = next(links, "")
        self.page.requests.extend(
            self._request(method, path, span, "table", self._here(), title, target)
            for method, path, span in lines
        )
        self.page.has_table = True
        codes = tuple(code for cell in others for code in _codes(cell))
        self._remark(block, ". ".join(plain(cell) for cell in others), codes, "title")

    def _fence(self, index: int, block: Block) -> None:
        language = block.info.split()[0].lower() if block.info else ""
        text = block.text.strip()
        shown = _SHOWN.match(text) if language in ("", "http", "text") else None
        if shown and self._owner() is None and len(text) <= bounds.MAX_PATH:
            self._begin_shown(block, shown)
            return
        if not self.page.base_url and _is_url(text):
            self.page.base_url, self.page.base_url_line = text.rstrip("/"), block.line
        elif _is_url(text) and not self._is_example(block.info):
            if text.rstrip("/") != self.page.base_url:
                self.page.addresses.append((block.line, text.rstrip("/")))
        elif (
            language in FORM_LANGUAGES
            and text.startswith(("{", "["))
            and not self._is_example(block.info)
        ):
            self.page.templates.append(self._template(block, language))
            for below, comment in comments(block.text):
                line = replace(block, line=block.line + below)
                if not _MEMBER.match(comment):
                    self._remark(line, comment, (), "comment")
        elif self._begin(block, language) or self._owner() or self._is_example(block.info):
            self.page.examples.append(
                Example(language, block.line, block.text, self._here(), self._owner())
            )
        else:
            self.page.unread.append(Unread(block.line, "a block of code that is no form"))

    def _begin_shown(self, block: Block, shown: re.Match[str]) -> None:
        """A request line in a block of its own: the section is about it."""
        heading = self._under()[-1] if self._under() else self.page.title
        path, query = query_in(shown[2])
        request = Request(shown[1], path, block.line, "section", heading, query=query)
        self.page.requests.append(request)
        if self._open:
            self._open[-1] = (self._open[-1][0], request)
        else:
            self._open.append((Heading(heading, 1, block.line), request))

    def _begin(self, block: Block, language: str) -> bool:
        """Whether an example shows a request that no request line stands above; its section begins.

        Pages of the newer kind have commands in place of request lines.
        """
        owner = self._owner()
        if owner and not owner.by_example:
            return False
        sent = read_example(Example(language, block.line, block.text, "", None))
        if sent is None or not _is_url(sent.url) or sent.method not in METHODS.split("|"):
            return False
        path, query = query_in(sent.url)
        if owner and (owner.method, shape(owner.path)) == (sent.method, shape(path)):
            return False
        heading = self._under()[-1] if self._under() else self.page.title
        request = Request(sent.method, path, block.line, "section", heading, query=query,
                          by_example=True)  # fmt: skip
        self.page.requests.append(request)
        at = next((n for n, (_, r) in enumerate(self._open) if r), len(self._open) - 1)
        if self._open:
            self._open[at] = (self._open[at][0], request)
        else:
            self._open.append((Heading(heading, 1, block.line), request))
        return True

    def _template(self, block: Block, language: str) -> Template:
        owner = self._owner()
        role = self._role(owner, block.info)
        lead, self._lead = self._lead, ("" if self._open else self._lead)
        heading = owner.heading if owner else lead or self._here()
        examples: dict[str, str] = {}
        kind, problems = parse_piecewise(block.text, unread=Text(), examples=examples)
        return Template(
            role, heading, block.line, block.text, language, owner, kind, tuple(problems), examples
        )

    def _role(self, owner: Request | None, info: str) -> str:
        after = owner.line if owner else 0
        inner = [heading.text for heading, _ in self._open if heading.line > after]
        above = (self._lead, self._tab, info, *reversed(inner))
        if any(_ERROR.search(words) and not _SUCCESS.search(words) for words in above):
            return "error"
        if owner is None:
            return "resource"
        for words in (text.lower() for text in above):
            if any(word in words for word in ANSWER_WORDS):
                return "answers"
            if any(word in words for word in BODY_WORDS):
                return "takes"
        return "answers" if owner.method in BODILESS or owner.by_example else "takes"

    def _under(self) -> tuple[str, ...]:
        if not self._open and self._lead:
            return (self._lead,)
        return tuple(heading.text for heading, _ in self._open)

    def _remark(self, block: Block, text: str, codes: tuple[str, ...], what: str) -> None:
        if text.strip():
            self.page.remarks.append(
                Sentence(text, block.line, self._under(), block.admonition, block.within, codes,
                         what)
            )  # fmt: skip

    def _sentences(self, block: Block) -> None:
        headings, codes = self._under(), _codes(block.spans)
        whole = "".join(span.text for span in block.spans)
        at = 0
        for part in _SENTENCE_END.split(whole):
            at = whole.index(part, at)
            line = block.line + whole.count("\n", 0, at)
            text = " ".join(part.split())
            if text:
                here = tuple(code for code in codes if code in part)
                self.page.sentences.append(
                    Sentence(text, line, headings, block.admonition, block.within, here)
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

    def _is_example(self, info: str) -> bool:
        """Whether a block of code shows a request, and not what is answered when it fails."""
        shows = bool(self._open) and "example" in self._open[-1][0].text.lower()
        return shows and not any(_ERROR.search(text) for text in (self._lead, self._tab, info))

    def _owner(self) -> Request | None:
        """The request line whose section this is."""
        return next((request for _, request in reversed(self._open) if request), None)

    def _here(self) -> str:
        owner = self._owner()
        if owner:
            return owner.heading
        return self._open[-1][0].text if self._open else self._lead


def _tag_name(text: str) -> str:
    found = re.match(r"\s*</?([A-Za-z][\w.-]*)", text)
    return found[1] if found else ""


def _codes(spans: Iterable[Span]) -> tuple[str, ...]:
    return tuple(span.text for span in spans if span.kind == "code")


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
