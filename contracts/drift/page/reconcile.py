"""One request line for each endpoint, however often and in whichever ways the page writes it.

`reconcile(page)` puts the same method and path wherever an endpoint is meant: table, section and
example may differ in a slash, in a parameter's name or in a badge. `Request.written` keeps what
stood there, for the questions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from contracts.drift.page.examples import read
from contracts.drift.page.model import Page, Request
from contracts.spec.forms import METHODS

_BRACES = re.compile(r"\{[^{}]*\}")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_OTHER_BRACES = re.compile(r"(?<=/):([A-Za-z_]\w*)|<([A-Za-z_]\w*)>|\{\{([A-Za-z_]\w*)\}\}")
_LAST_OF_BASE = re.compile(r"(?:api|v\d+)", re.IGNORECASE)


def reconcile(page: Page) -> None:
    """Change a page's request lines, and what belongs to them, in place."""
    if not page.base_url:
        page.base_url, page.base_url_line = _base_url(page)
        page.base_url_is_shown = bool(page.base_url)
    cleaned = {request: _cleaned(request, page.base_url) for request in page.requests}
    methods = _methods(page, cleaned)
    sections = {
        request: replace(new, method=methods.get(request, new.method))
        for request, new in cleaned.items()
        if request.place == "section"
    }
    known = _Known(sections.values())
    found = {request: known.same(sections.get(request, new)) for request, new in cleaned.items()}
    _put(page, {old: _marked(old, new) for old, new in found.items()})


def shape(path: str) -> str:
    """A path by which its spellings are the same: no outer slashes, and no parameters' names."""
    return _BRACES.sub("{}", path.strip("/"))


def _marked(old: Request, new: Request) -> Request:
    is_same = old.key == new.key or old.by_example
    return new if is_same else replace(new, written=str(old))


def _cleaned(request: Request, base_url: str) -> Request:
    path = request.path
    if _SCHEME.match(path):
        inside = base_url and path.startswith(f"{base_url}/")
        path = path[len(base_url) :] if inside else urlsplit(path).path
    path = _OTHER_BRACES.sub(lambda found: f"{{{found[1] or found[2] or found[3]}}}", path)
    path = path.rstrip(".,;:")
    return replace(request, path="/" + path.lstrip("/"))


# ------------------------------------------------------------- the base URL


def _base_url(page: Page) -> tuple[str, int]:
    """The part of the addresses in examples that stands before the paths; empty for none."""
    firsts = {
        request.path.lstrip("/").partition("/")[0]
        for request in page.requests
        if not _SCHEME.match(request.path)
    }
    for request in page.requests:
        if _SCHEME.match(request.path):
            return _before(request.path, firsts), request.line
    for example in page.examples:
        sent = read(example)
        if sent and _SCHEME.match(sent.url) and example.request:
            before, _, _ = sent.url.partition("?")
            end = re.escape(shape(example.request.path)).replace(r"\{\}", "[^/]+")
            found = re.fullmatch(rf"(https?://.+?)/{end}/?", before)
            if found:
                return found[1], example.line
    return "", 1


def _before(url: str, firsts: Iterable[str]) -> str:
    """The base of an address: up to a path's first part that the page mentions, or the last `api`
    or version before a parameter, or the host.
    """
    parts = urlsplit(url)
    names = parts.path.strip("/").split("/")
    known = set(firsts) - {""}
    at = next((n for n, name in enumerate(names) if name in known), None)
    if at is None:
        fixed = next((n for n, name in enumerate(names) if "{" in name), len(names))
        ends = [n + 1 for n, name in enumerate(names[:fixed]) if _LAST_OF_BASE.fullmatch(name)]
        at = ends[-1] if ends and ends[-1] < len(names) else 0
    return "/".join([f"{parts.scheme}://{parts.netloc}", *names[:at]])


# ------------------------------------------------------------- methods


def _methods(page: Page, cleaned: Mapping[Request, Request]) -> dict[Request, str]:
    """The method of each section: what most of its badge, its row and its examples say.

    A badge counts half where another section has the same request line; the colour of a badge
    decides where they are even.
    """
    sections = [request for request in cleaned if request.place == "section"]
    twice = Counter((r.method, shape(cleaned[r].path)) for r in sections)
    found: dict[Request, str] = {}
    for request in sections:
        here = shape(cleaned[request].path)
        votes: Counter[str] = Counter()
        votes[request.method] += 2 if twice[request.method, here] == 1 else 1
        rows = {row.method for row in cleaned if row.place == "table" and _is_row_of(row, request)
                and shape(cleaned[row].path) == here}  # fmt: skip
        shown = _shown_methods(page, request)
        for methods in (rows, shown):
            if len(methods) == 1:
                votes[next(iter(methods))] += 2
        colour = _of_colour(page, request)
        if colour:
            votes[colour] += 1
        best = max(votes.values())
        if votes[request.method] < best:
            found[request] = next(method for method, count in votes.items() if count == best)
    return found


def _is_row_of(row: Request, section: Request) -> bool:
    return row.title == section.heading or row.target == anchor(section.heading)


def anchor(heading: str) -> str:
    """The anchor of a heading, as links name it."""
    return "#" + "-".join(re.findall(r"[a-z0-9]+", heading.lower()))


def _shown_methods(page: Page, request: Request) -> set[str]:
    sent = [read(example) for example in page.examples if example.request == request]
    return {one.method for one in sent if one and one.url and one.method in METHODS}


def _of_colour(page: Page, request: Request) -> str:
    """The method that most other badges of the same style have; empty where there is none."""
    others = Counter(r.method for r in page.requests
                     if r.style and r.style == request.style and r is not request)  # fmt: skip
    return next((method for method, _ in others.most_common(1)), "")


# ------------------------------------------------------------- one request line an endpoint


class _Known:
    """The request lines of the sections, by which all others are told."""

    def __init__(self, sections: Iterable[Request]) -> None:
        self._sections = list(sections)
        self._first: dict[tuple[str, str], Request] = {}
        for section in self._sections:
            self._first.setdefault((section.method, shape(section.path)), section)

    def same(self, request: Request) -> Request:
        """The request line with the method and the path of the endpoint that is meant."""
        first = self._first.get((request.method, shape(request.path)))
        if first is None and request.place == "table":
            first = self._by_title(request)
        if first is None:
            path = request.path.rstrip("/") or "/"
            first = self._first.setdefault(
                (request.method, shape(path)), replace(request, path=path)
            )
        return replace(request, method=first.method, path=first.path)

    def _by_title(self, row: Request) -> Request | None:
        """The section that a row is called like, if no other row can be meant."""
        found = [s for s in self._sections if _is_row_of(row, s)]
        return found[0] if len(found) == 1 else None


def _put(page: Page, new: Mapping[Request, Request]) -> None:
    page.requests = [new[request] for request in page.requests]
    page.templates = [
        replace(t, request=new[t.request]) if t.request else t for t in page.templates
    ]
    page.examples = [replace(e, request=new[e.request]) if e.request else e for e in page.examples]
    page.rows = [replace(r, request=new[r.request]) if r.request else r for r in page.rows]
