"""Docusaurus Markdown as a flat list of blocks, each with the line of the page where it stands.

markdown-it does the parsing. What Docusaurus and Mintlify add to CommonMark stands here as block
rules: front matter, `import` lines, comments, tags (JSX or HTML) on lines of their own, `:::`
admonitions and boxes, fields as tags, and tables in HTML.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from contracts.drift.page.bounds import MAX_TAG
from contracts.drift.page.html_tables import TableReader

MARKER = ":::"
COMMENTS = {"<!--": "-->", "{/*": "*/}"}
_ANCHOR = re.compile(r"\s*\{#[\w-]+\}\s*$")
_PARTS = re.compile(r"</?(?:td|th|tr|li|br|p|div|dd|dt)\b")  # what they part is not one word
_BOX = re.compile(r"<(Tip|Note|Warning|Info|Check|Danger|Caution|Admonition)\b[^<>]*(?<!/)>")
_PARAM = re.compile(r"<(ParamField|ResponseField)\b")
_ATTRIBUTE = re.compile(r"""(\w+)(?:=["'{]+([^"'}]*)["'}]+)?""")
_TAG = re.compile(r"</?[A-Za-z]|</?>")


@dataclass(frozen=True)
class Span:
    """A piece of inline text: `kind` is text, code or badge. `line` is 1-based."""

    kind: str
    text: str
    line: int
    link: str = ""
    style: str = ""


@dataclass(frozen=True)
class Block:
    """A piece of the page: `kind` says which of the fields mean something.

    heading (level, spans), paragraph (spans), fence (info, text, with `line` that of the first
    line inside), row (cells of one line of a table; `header` for the first one), title (of an
    admonition), tag, import and meta (text). `admonition` names the innermost `:::` around it,
    which begins on line `within`.
    """

    kind: str
    line: int
    text: str = ""
    level: int = 0
    info: str = ""
    admonition: str = ""
    within: int = 0
    header: bool = False
    spans: tuple[Span, ...] = ()
    cells: tuple[tuple[Span, ...], ...] = ()


@dataclass
class Document:
    """The blocks of a page in order, and what its reference links lead to (target → line);
    `unclosed` are the lines of boxes without an end."""

    blocks: list[Block] = field(default_factory=list)
    references: dict[str, int] = field(default_factory=dict)
    unclosed: list[int] = field(default_factory=list)


def read(text: str) -> Document:
    """Parse a page; whatever the text is, it has a parse."""
    environment: dict[str, dict[str, dict[str, object]]] = {}
    tokens = _parser().parse(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"), environment)
    references = {
        str(entry["href"]): entry["map"][0] + 1  # type: ignore[index]
        for entry in environment.get("references", {}).values()
    }
    unclosed = [t.map[0] + 1 for t in tokens if t.meta.get("unclosed") and t.map]
    return Document(list(_blocks(tokens)), references, unclosed)


def plain(spans: tuple[Span, ...]) -> str:
    """The spans as a reader sees them, on one line."""
    return " ".join("".join(span.text for span in spans).split())


@cache
def _parser() -> MarkdownIt:
    # In MDX there is no indented code, a setext heading is rarely meant, and a tag doesn't make
    # everything up to the next empty line HTML.
    parser = MarkdownIt("commonmark").enable("table").disable(["code", "html_block", "lheading"])
    ends: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list", "table"]}
    ruler = parser.block.ruler
    ruler.before("table", "front_matter", _front_matter)
    ruler.before("table", "esm", _esm)
    ruler.before("table", "comment", _comment, ends)
    ruler.before("table", "box", _box, ends)
    ruler.before("table", "field", _param_field, ends)
    ruler.before("table", "html_table", _html_table, ends)
    ruler.before("table", "tag", _tag, ends)
    ruler.before("table", "admonition", _admonition, ends)
    return parser


# ------------------------------------------------------------- block rules


def _line(state: StateBlock, number: int) -> str:
    start = state.bMarks[number] + state.tShift[number]
    return state.src[start : state.eMarks[number]].rstrip()


def _push(state: StateBlock, kind: str, start: int, end: int) -> bool:
    token = state.push(kind, "", 0)
    token.map = [start, end]
    token.content = state.getLines(start, end, 0, False)
    state.line = end
    return True


def _front_matter(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if silent or start != 0 or state.level or _line(state, 0) != "---":
        return False
    for number in range(1, end):
        if _line(state, number) == "---":
            return _push(state, "front_matter", start, number + 1)
    return False


def _esm(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if silent or state.level or state.sCount[start]:
        return False
    if not _line(state, start).startswith(("import ", "export ")):
        return False
    number = start
    while number < end and not state.isEmpty(number):
        number += 1
    return _push(state, "import", start, number)


def _comment(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    opening = _line(state, start)
    closing = next((end for begin, end in COMMENTS.items() if opening.startswith(begin)), None)
    last = _line_with(state, closing, start, end) if closing else None
    if last is None:
        return False
    return silent or _push(state, "comment", start, last + 1)


def _tag(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A tag that begins a line and ends one, with quotes and braces in between."""
    if not _TAG.match(_line(state, start)):
        return False
    lines = [_line(state, n) for n in range(start, min(end, start + MAX_TAG))]
    text = "\n".join(lines[: lines.index("")] if "" in lines else lines)
    close = _end_of_tag(text)
    if close is None or text[close : close + 1] not in ("", "\n"):
        return False
    return silent or _push(state, "tag", start, start + text.count("\n", 0, close) + 1)


def _end_of_tag(text: str) -> int | None:
    depth, quote = 0, ""
    for at, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'`":
            quote = char
        elif char in "{}":
            depth += 1 if char == "{" else -1
        elif char == ">" and depth <= 0 and text[at - 1] != "=":
            return at + 1
    return None


def _box(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`<Tip>` … `</Tip>`: an admonition by another name."""
    found = _BOX.match(_line(state, start))
    if found is None:
        return False
    closing = f"</{found[1]}>"
    found_close = _line_with(state, closing, start, end)
    is_closed = found_close is not None
    close = found_close if found_close is not None else _next_heading(state, start + 1, end)
    if silent:
        return True
    token = state.push("admonition_open", "div", 1)
    token.info, token.map = found[1].lower(), [start, close]
    token.meta = {"unclosed": not is_closed}
    tag_end, last = state.bMarks[start] + state.tShift[start] + found.end(), state.lineMax
    if found.end() < len(_line(state, start)):  # the text begins behind the tag
        state.tShift[start], state.sCount[start] = tag_end - state.bMarks[start], 0
        first = start
    else:
        first = start + 1
    behind = ""
    if is_closed:
        at = state.src.index(closing, state.bMarks[close])
        behind = state.src[at + len(closing) : state.eMarks[close]].strip()
        state.eMarks[close] = at
    state.lineMax = min(close + is_closed, end)
    state.md.block.tokenize(state, first, state.lineMax)
    state.lineMax = last
    state.push("admonition_close", "div", -1)
    if behind:
        _paragraph(state, behind, close)
    state.line = max(min(close + is_closed, end), start + 1)
    return True


def _paragraph(state: StateBlock, text: str, line: int) -> None:
    """What stands behind a box, on the line that closes it."""
    state.push("paragraph_open", "p", 1).map = [line, line + 1]
    token = state.push("inline", "", 0)
    token.content, token.map, token.children = text, [line, line + 1], []
    state.push("paragraph_close", "p", -1)


def _param_field(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`<ParamField body="name" type="string" required>` with what is said of the field."""
    opening = _PARAM.match(_line(state, start))
    if opening is None:
        return False
    closing = f"</{opening[1]}>"
    close = next(
        (n for n in range(start, min(end, start + MAX_TAG)) if closing in _line(state, n)), None
    )
    if close is None:
        return False
    if not silent:
        token = state.push("field", "", 0)
        token.map, token.info = [start, close + 1], opening[1].lower()
        token.content = state.getLines(start, close + 1, 0, False)
    state.line = close + 1
    return True


def _html_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`<table>` … `</table>`, as the tokens of a table in Markdown."""
    if not _line(state, start).startswith("<table"):
        return False
    close = _line_with(state, "</table>", start, end)
    if close is None:
        return False
    if silent:
        return True
    reader = TableReader()
    reader.feed(state.getLines(start, close + 1, 0, False))
    header = True
    for line, cells in reader.rows:
        place = [start + line, start + line + 1]
        state.push("thead_open" if header else "tbody_open", "", 0)
        state.push("tr_open", "tr", 0).map = place
        for cell in cells:
            state.push("th_open" if header else "td_open", "", 0)
            token = state.push("inline", "", 0)
            token.content, token.map, token.children = cell, place, []
        state.push("tr_close", "tr", 0)
        header = False
    state.line = close + 1
    return True


def _admonition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    opening = _line(state, start)
    fence = opening[: len(opening) - len(opening.lstrip(":"))]
    name = opening[len(fence) :].strip()
    if len(fence) < len(MARKER) or not name:
        return False
    if silent:
        return True
    lines = range(start + 1, end)
    close = next((n for n in lines if _line(state, n) == fence), None)
    is_closed = close is not None
    close = close if close is not None else _next_heading(state, start + 1, end)
    token = state.push("admonition_open", "div", 1)
    token.info, token.map = name, [start, close]
    token.meta = {"unclosed": not is_closed}
    last, state.lineMax = state.lineMax, close
    state.md.block.tokenize(state, start + 1, close)
    state.lineMax = last
    state.push("admonition_close", "div", -1)
    state.line = min(close + is_closed, end)
    return True


def _line_with(state: StateBlock, text: str, start: int, end: int) -> int | None:
    """The first line on which a text stands; None where it is nowhere."""
    at = state.src.find(text, state.bMarks[start], state.eMarks[end - 1])
    return None if at < 0 else bisect_left(state.eMarks, at, start, end)


def _next_heading(state: StateBlock, start: int, end: int) -> int:
    """Where a box ends that is never closed."""
    return next((n for n in range(start, end) if _line(state, n).startswith("#")), end)


# ------------------------------------------------------------- from tokens to blocks


def _blocks(tokens: list[Token]) -> Iterator[Block]:
    admonitions: list[tuple[str, int]] = [("", 0)]
    cells: list[tuple[Span, ...]] = []
    around, header, row_line = "", False, 0
    for token in tokens:
        line = token.map[0] + 1 if token.map else 0
        inside, within = admonitions[-1]
        match token.type:
            case "admonition_open":
                name, title = _name_and_title(token.info)
                admonitions.append((name, line))
                if title:
                    yield Block("title", line, title, admonition=name, within=line)
            case "admonition_close":
                admonitions.pop()
            case "heading_open" | "paragraph_open" | "th_open" | "td_open":
                around = token.type.removesuffix("_open")
                level = int(token.tag[1]) if around == "heading" else 0
            case "thead_open" | "tbody_open":
                header = token.type == "thead_open"
            case "tr_open":
                cells, row_line = [], line
            case "tr_close":
                yield Block("row", row_line, admonition=inside, header=header, cells=tuple(cells))
            case "inline" if around in ("th", "td"):
                cells.append(_spans(token))
            case "inline":
                spans = _spans(token)
                text = _ANCHOR.sub("", plain(spans))
                yield Block(around, line, text, level, "", inside, within, spans=spans)
            case "fence":
                info = unescapeAll(token.info).strip()
                yield Block("fence", line + 1, token.content, 0, info, inside, within)
            case "front_matter":
                yield Block("meta", line, token.content)
            case "field":
                yield _field(token, line, inside, within)
            case "import" | "tag":
                yield Block(token.type, line, token.content, admonition=inside)


def _field(token: Token, line: int, inside: str, within: int) -> Block:
    """A field's tag as the row of a table: name, type, whether it must be sent, description."""
    opening, _, rest = token.content.partition(">")
    attributes = dict(_ATTRIBUTE.findall(opening))
    names = (attributes.get(key, "") for key in ("body", "name", "query", "path", "header"))
    described = " ".join(re.sub(r"<[^<>]*>", " ", rest).split())
    required = "yes" if attributes.get("required", "false") != "false" else "no"
    cells = (next(filter(None, names), ""), attributes.get("type", ""), required, described)
    spans = tuple((Span("text", cell, line),) for cell in cells)
    info = "response" if token.info == "responsefield" else "body" if "body" in attributes else ""
    return Block("field", line, "", 0, info, inside, within, cells=spans)


def _name_and_title(info: str) -> tuple[str, str]:
    """`tip[A title]` or `tip A title` as the name and the title."""
    found = re.match(r"([\w-]*)\s*(.*)", info)
    return (found[1], found[2].strip("[]")) if found else (info, "")


def _spans(token: Token) -> tuple[Span, ...]:
    """The inline text in pieces; what stands in a `<span class="badge …">` is a badge."""
    found: list[Span] = []
    line = (token.map or [0])[0] + 1
    link = style = ""
    for child in token.children or ():
        match child.type:
            case "softbreak" | "hardbreak":
                found.append(Span("text", "\n", line, link))
                line += 1
            case "link_open":
                link = str(child.attrs.get("href", ""))
            case "link_close":
                link = ""
            case "html_inline":
                style = _badge(child.content) if child.content.startswith("<span") else ""
                if _PARTS.match(child.content):
                    found.append(Span("text", " ", line, link))
            case "code_inline":
                found.append(Span("code", child.content, line, link))
            case "text" | "text_special" if child.content:
                kind = "badge" if style else "text"
                found.append(Span(kind, child.content, line, link, style))
    return tuple(found)


def _badge(tag: str) -> str:
    """The classes of a badge's opening tag; empty for every other tag."""
    found = re.search(r"""class(?:Name)?=["']([^"']*)["']""", tag)
    return found[1] if found and "badge" in found[1].split() else ""
