"""The page held against the contract: every difference as a typed `Change`.

What the contract says of other pages is not compared. Nothing here knows a field or a path by
name; everything follows from the loaded contract.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from contracts.drift.differences import change as touched
from contracts.drift.differences.change import Change, main_page
from contracts.drift.differences.in_examples import example_changes
from contracts.drift.differences.in_forms import Role, form_changes, unused_templates
from contracts.drift.differences.in_prose import prose_changes
from contracts.drift.differences.in_tables import table_changes
from contracts.drift.differences.statements import Standing, standing
from contracts.drift.page.examples import read
from contracts.drift.page.model import NO_BASE_URL, UNTITLED, Page, Request
from contracts.drift.questions.of_endpoints import subject_of
from contracts.drift.questions.question import slug
from contracts.drift.snapshot import Snapshot, taken
from contracts.spec.model import Contract, Endpoint, Form


def compare(contract: Contract, page: Page, snapshot: Snapshot | None = None) -> list[Change]:
    """Every difference between the contract and its page, in the order of the page's lines.

    Without a `snapshot` of the page as it was read, its sentences are not compared.
    """
    comparison = _Comparison(contract, page)
    facts = list(comparison.changes())
    told = {change.line for change in facts}
    found = [*facts, *comparison.prose(snapshot, told)]
    return sorted(found, key=lambda change: change.line)


def snapshot_of(contract: Contract, page: Page) -> Snapshot:
    """The fingerprints of a page, with the contract's statements that its sentences make."""
    return _Comparison(contract, page).snapshot()


class _Comparison:
    """One page against one contract; `pairs` is what stands for what."""

    def __init__(self, contract: Contract, page: Page) -> None:
        self._contract, self._page = contract, page
        self._main = main_page(contract)
        self._endpoints = [
            e for e in contract.endpoints.values() if e.source.page == self._main
        ]  # fmt: skip
        self._pairs = {e.id: found for e in self._endpoints if (found := self._counterpart(e))}
        self._renamed = dict(self._headings())
        self._standing: Standing = standing(contract, page, self._renamed)

    def snapshot(self) -> Snapshot:
        says: dict[tuple[str, int], tuple[str, ...]] = {}
        for name, sentences in self._standing.sentences.items():
            for sentence in sentences:
                at = (sentence.text, sentence.line)
                says[at] = (*says.get(at, ()), name)
        return taken(self._page, says)

    def prose(self, snapshot: Snapshot | None, told: Collection[int]) -> Iterator[Change]:
        if snapshot is not None:
            yield from prose_changes(
                self._contract, self._page, self._renamed, self._standing, snapshot, told
            )

    def changes(self) -> Iterator[Change]:
        yield from self._title()
        yield from self._base_url()
        for endpoint in self._endpoints:
            yield from self._request_line(endpoint)
        yield from self._further_endpoints()
        yield from self._table()
        for old, new in self._renamed.items():
            yield Change(
                "changed", "heading", old, self._page.line_of(new), "notable",
                f"the heading “{old}” is now “{new}”",
                touched.of_heading(self._contract, self._main, old),
            )  # fmt: skip
        for role in self._roles():
            yield from form_changes(self._contract, self._page, role, self._on_page())
        yield from unused_templates(self._contract, self._page, list(self._roles()))
        yield from self._standing.changes
        yield from example_changes(self._contract, self._page, self._pairs)
        yield from table_changes(self._contract, self._page, self._on_page())

    def _on_page(self) -> list[Endpoint]:
        return [e for e in self._endpoints if e.id in self._pairs]

    # ------------------------------------------------------------- what stands for what

    def _counterpart(self, endpoint: Endpoint) -> Request | None:
        """The page's request line for an endpoint: the same one, or the one in its section."""
        same = [r for r in self._page.requests if r.key == (endpoint.method, endpoint.path)]
        known = {(e.method, e.path) for e in self._endpoints}
        described = [r for r in same if r.place == "section"]
        mentioned = [r for r in same if r.place == "mention"]
        # Of two that are not the same, the one that is described under the endpoint's heading.
        instead = [
            r
            for r in (*self._page.at("section"), *self._page.at("mention"))
            if r.heading == endpoint.source.heading and r.key not in known
        ]
        return next(iter((*described, *mentioned, *instead, *same)), None)

    def _headings(self) -> Iterator[tuple[str, str]]:
        """The contract's headings that the page has under another name."""
        standing = {h.text for h in self._page.headings}
        standing |= {template.heading for template in self._page.templates}
        standing.add(self._main.title)  # whatever stands above all headings
        for endpoint in self._endpoints:
            request = self._pairs.get(endpoint.id)
            heading = endpoint.source.heading
            if request and request.place == "section" and heading not in standing:
                yield heading, request.heading
        for form in self._resources():
            if form.source.heading not in standing:
                known = {f.source.heading for f in self._resources()}
                free = [t for t in self._page.templates if t.role == "resource"
                        and t.heading not in known]  # fmt: skip
                if free:
                    yield form.source.heading, free[0].heading

    def _resources(self) -> list[Form]:
        """Forms of the page that no endpoint takes or answers with."""
        endpoints = [*self._contract.endpoints.values(), *self._contract.support.values()]
        used = {form.id for e in endpoints for form in (e.takes, e.answers) if form}
        return [
            form
            for form in self._contract.forms.values()
            if form.source.page == self._main and form.id not in used
        ]

    def _roles(self) -> Iterator[Role]:
        """Each form of the contract, or its absence, with what the page has there."""
        for endpoint in self._on_page():
            request = self._pairs[endpoint.id]
            for name in ("takes", "answers"):
                form: Form | None = getattr(endpoint, name)
                if form is None or form.source.page == self._main:
                    template = self._page.template(request, name)
                    yield Role(name, form, template, endpoint, self._page.line_of(request.heading))
        apart = [t for t in self._page.templates if t.role == "resource"]
        for form in self._resources():
            heading = self._renamed.get(form.source.heading, form.source.heading)
            template = next((t for t in apart if (t.heading or self._main.title) == heading), None)
            apart = [other for other in apart if other is not template]
            yield Role("resource", form, template, None, 1)

    # ------------------------------------------------------------- what differs

    def _title(self) -> Iterator[Change]:
        before, after = self._main.title, self._page.title or UNTITLED
        if before != after:
            yield Change("changed", "title", before, 1, "notable",
                         f"the page's title is {after!r}, not {before!r}")  # fmt: skip

    def _base_url(self) -> Iterator[Change]:
        for line, address in self._page.addresses:
            is_asked = f"further-address.{slug(address)}" in self._contract.questions
            if is_asked or address == self._contract.base_url:
                continue
            yield Change("added", "base-url", address, line, "notable",
                         "an address that the contract does not know")  # fmt: skip
        before, after = self._contract.base_url, self._page.base_url
        if before == after or (not after and before == NO_BASE_URL):
            return
        ids = tuple(r for e in self._endpoints for r in touched.of_endpoint(self._contract, e))
        words = f"is now {after}" if after else "is no longer given"
        yield Change(
            "changed" if after else "removed",
            "base-url",
            before,
            self._page.base_url_line,
            "breaking",
            f"the base URL {words}",
            ids,
        )

    def _request_line(self, endpoint: Endpoint) -> Iterator[Change]:
        request = self._pairs.get(endpoint.id)
        ids = touched.of_endpoint(self._contract, endpoint)
        if request is None:
            yield Change("removed", "endpoint", endpoint.request,
                         self._page.line_of(endpoint.source.heading), "breaking",
                         "the endpoint is no longer on the page", ids)  # fmt: skip
            return
        for what, before, after in (
            ("method", endpoint.method, request.method),
            ("path", endpoint.path, request.path),
        ):
            if before != after:
                yield Change("changed", what, endpoint.request, request.line, "breaking",
                             f"the {what} is now {after}", ids)  # fmt: skip
        for what, kind, names in (
            ("added", "may have", _more(self._queries(request), endpoint.query)),
            ("removed", "no longer has", _more(endpoint.query, self._queries(request))),
        ):
            for name in names:
                yield Change(what, "query", f"{endpoint.request} {name}", request.line, "notable",
                             f"the path {kind} the query parameter `{name}`", ids)  # fmt: skip
        if request.place == "table" and not self._is_asked(request):
            yield Change("removed", "section", endpoint.request, request.line, "breaking",
                         "the endpoint is in the table but no longer described", ids)  # fmt: skip

    def _is_asked(self, request: Request) -> bool:
        """Whether it is known that the table has an endpoint that no section describes."""
        return f"endpoint-not-described.{subject_of(request)}" in self._contract.questions

    def _is_beyond(self, request: Request) -> bool:
        """Whether it is known that a request line has a method that no contract has."""
        return f"method-unknown.{subject_of(request)}" in self._contract.questions

    def _queries(self, request: Request) -> list[str]:
        """Wherever the page shows this request line, or an example of it."""
        shown = [name for r in self._page.requests if r.key == request.key for name in r.query]
        for example in self._page.examples:
            sent = read(example) if example.request and example.request.key == request.key else None
            shown += sent.query if sent else ()
        return list(dict.fromkeys(shown))

    def _further_endpoints(self) -> Iterator[Change]:
        known = {request.key for request in self._pairs.values()}
        known |= {(e.method, e.path) for e in self._endpoints}
        for request in self._page.requests:
            if request.key not in known and not self._is_beyond(request):
                known.add(request.key)
                yield Change("added", "endpoint", str(request), request.line, "notable",
                             "an endpoint that the contract does not know")  # fmt: skip

    def _table(self) -> Iterator[Change]:
        rows = self._page.at("table")
        first = min((row.line for row in rows), default=1)
        for endpoint in self._on_page():
            keys = {self._pairs[endpoint.id].key, (endpoint.method, endpoint.path)}
            listed = next((row for row in rows if row.key in keys), None)
            ids = touched.of_request_line(self._contract, endpoint)
            if endpoint.listed and not listed:
                yield Change("removed", "row", endpoint.request, first, "notable",
                             "the table no longer has this endpoint", ids)  # fmt: skip
            elif listed and not endpoint.listed:
                yield Change("added", "row", endpoint.request, listed.line, "harmless",
                             "the table has this endpoint now", ids)  # fmt: skip


def _more(names: Iterable[str], others: Iterable[str]) -> list[str]:
    known = set(others)
    return [name for name in names if name not in known]
