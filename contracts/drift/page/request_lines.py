"""Request lines: a method and a path, wherever they stand beside each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from contracts.drift.page import bounds
from contracts.drift.page.markdown import Span, plain

METHODS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS"
_QUERY = re.compile(r"[?&,{]+([A-Za-z_][\w.-]*)")
_METHOD = re.compile(r"(?<![A-Za-z])([A-Z]{3,7})$")
_REQUEST = re.compile(rf"({METHODS})\s+(/\S*|https?://\S+|[\w.{{}}-]+/\S*)")
_PATH = re.compile(r"/\S*|https?://\S+|[\w.{}-]+(?:/\S*)?")


def query_in(path: str) -> tuple[str, tuple[str, ...]]:
    """A path without what follows it, and the names of its query: `?a=1&b=2` or `{?a,b}`."""
    at = min((n for n in (path.find("?"), path.find("{?"), path.find("{&")) if n >= 0), default=-1)
    if at < 0:
        return path, ()
    query = re.sub(r"=[^&]*", "", path[at:])
    return path[:at], tuple(dict.fromkeys(_QUERY.findall(query)))


def requests_in(spans: Iterable[Span]) -> Iterator[tuple[str, str, Span]]:
    """Method, path and span of each request line: `GET /path`, or a method before a `/path`."""
    method, style = "", ""
    spans = [span for span in spans if span.text.strip()]
    for span in spans:
        text = span.text.strip()
        may_be_one = len(text) <= bounds.MAX_PATH and (span.kind == "code" or len(spans) <= 2)
        whole = _REQUEST.fullmatch(text) if may_be_one else None
        is_path = span.kind == "code" or text.startswith("/")
        if whole:
            yield whole[1], whole[2], span
        elif may_be_one and method and is_path and _PATH.fullmatch(text):
            yield method, text, Span(span.kind, span.text, span.line, style=style)
        word = text.upper() if span.kind == "badge" else text
        found = _METHOD.search(word.rstrip(" :\n\xa0"))
        is_method = found is not None and found[1] in METHODS.split("|")
        method, style = (found[1], span.style) if found and is_method else ("", "")


def request_cells(
    cells: tuple[tuple[Span, ...], ...],
) -> tuple[list[tuple[str, str, Span]], list[tuple[Span, ...]]]:
    """The request lines of a row, and the cells without one. Method and path may have a cell each,
    one behind the other.
    """
    found = {at: list(requests_in(cell)) for at, cell in enumerate(cells)}
    if not any(found.values()):
        for at in range(len(cells) - 1):
            if plain(cells[at]).upper() in METHODS.split("|"):
                lines = list(requests_in((*cells[at], *cells[at + 1])))
                others = [c for n, c in enumerate(cells) if n not in (at, at + 1)]
                return (lines, others) if lines else ([], list(cells))
    lines = [line for each in found.values() for line in each]
    return lines, [cell for at, cell in enumerate(cells) if not found[at]]
