"""A first draft of a contract from a page: `draft(page, origin)` gives the text of its YAML.

Whatever could not be read is marked by a comment that begins with `# TODO`, with the page's line.
The draft loads with `contracts.spec.load.load`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from contracts.drift.differences.every import compare
from contracts.drift.differences.in_examples import example_questions
from contracts.drift.draft.fragments import comment, example, scalar, secret
from contracts.drift.draft.roles import HANDSHAKE_NAME, NAMES, Asked, roles
from contracts.drift.draft.salvage import Reading, readings
from contracts.drift.page.examples import read as read_example
from contracts.drift.page.model import NO_BASE_URL, UNTITLED, Page, Request
from contracts.drift.page.reconcile import shape
from contracts.drift.page.settle import meant
from contracts.drift.questions.every import raised
from contracts.drift.questions.question import slug
from contracts.masking.masking import without_credentials
from contracts.spec import yaml_nodes
from contracts.spec.forms import METHODS, braced
from contracts.spec.load import fits_shared, read, shared_path_parameters
from contracts.spec.model import Contract
from contracts.spec.types import ListOf, Record, Text, Type, narrow
from contracts.spec.yaml_nodes import DataError

PAGE = "page"  # the draft's one page
SUFFIXES = {"takes": "body", "answers": "answer"}


def draft(page: Page, origin: str) -> tuple[str, Contract]:
    """The draft and what it loads as; `DataError` when the page has no request line."""
    text = "\n".join(_Draft(page, origin).lines()) + "\n"
    contract = _loaded(text, origin)
    absent = _unsaid(contract, page)
    if absent:
        text += "\n" + comment("TODO: other pages of this kind say this, under the same heading.")
        text += "\nwithout:\n"
        text += "".join(f"  {scalar(name)}: {reason}\n" for name, reason in absent.items())
        contract = _loaded(text, origin)
    return text, contract


def lacking(contract: Contract, page: Page) -> list[str]:
    """What a page shows, and its draft has not: all forms, or most of the request lines."""
    found = []
    if not any(e.takes or e.answers for e in contract.endpoints.values()):
        found.append("this draft has no form: none was found on the page, or none could be read")
    have = {(e.method, shape(e.path)) for e in contract.endpoints.values()}
    most = [key for key in page.shown if key not in have]
    if len(most) * 2 > len(page.shown):
        found.append(f"this draft lacks {len(most)} of the {len(page.shown)} request lines that "
                     "the page shows")  # fmt: skip
    return found


def _loaded(text: str, origin: str) -> Contract:
    try:
        return read(yaml_nodes.parse(text, "draft"))
    except DataError as error:
        raise DataError(f"{origin}: no contract can be made of this page ({error})") from error


def _unsaid(contract: Contract, page: Page) -> dict[str, str]:
    """The statements of families.yaml that the page does not make where they belong, and why."""
    why = {"removed": "the page does not say it", "changed": "the page says it in other words or "
           "in another place"}  # fmt: skip
    changes = compare(contract, page)
    return {change.name: why[change.kind] for change in changes if change.what == "statement"}


@dataclass(frozen=True)
class _Endpoint:
    id: str
    request: Request
    role: str | None
    takes: Reading | None
    answers: Reading | None


class _Draft:
    def __init__(self, page: Page, origin: str) -> None:
        self._page, self._origin = page, origin
        self._names: set[str] = set()
        self._readings = readings([meant(t, page.lone_values) for t in page.templates])
        self._endpoints = list(self._with_roles(self._requests()))
        if not self._endpoints:
            raise DataError(f"{origin}: no contract can be made of a page without a request line")
        self._forms = dict(self._name_forms())

    def lines(self) -> Iterator[str]:
        page = self._page
        yield comment(f"A first draft, made from {self._origin}. Everything marked TODO is yours.")
        yield f"contract: {scalar(slug(page.title) or 'contract')}"
        yield f"title: {scalar(page.title or UNTITLED)}"
        yield "version: 0.1.0"
        if not page.base_url:
            yield comment("TODO unread: the page gives no base URL.")
        yield f"base_url: {scalar(page.base_url or NO_BASE_URL)}"
        yield ""
        yield f"pages:\n  {PAGE}:\n    title: {scalar(page.title or UNTITLED)}"
        yield from self._unread()
        yield from self._path_parameters()
        yield from self._field_lines()
        yield from self._form_lines()
        yield from self._endpoint_lines()
        yield from self._error_lines()
        yield from self._questions()

    # ------------------------------------------------------------- names

    def _requests(self) -> list[Request]:
        """Each request line once, where it is described best."""
        found: dict[tuple[str, str], Request] = {}
        for place in ("section", "table", "mention"):
            for request in self._page.at(place):
                found.setdefault(request.key, request)
        return [r for r in found.values() if r.method in METHODS]

    def _with_roles(self, requests: list[Request]) -> Iterator[_Endpoint]:
        read = [(self._reading(r, "takes"), self._reading(r, "answers")) for r in requests]
        asked = (
            Asked(
                request.method,
                request.path,
                takes is not None,
                isinstance(answers.type, Record) if answers else False,
                isinstance(answers.type, ListOf) if answers else False,
            )
            for request, (takes, answers) in zip(requests, read, strict=True)
        )
        for request, (takes, answers), role in zip(requests, read, roles(asked), strict=True):
            described = request.heading if request.place == "section" else str(request)
            name = NAMES.get(role or "", HANDSHAKE_NAME) if role else described
            yield _Endpoint(self._id(name), request, role, takes, answers)

    def _id(self, text: str) -> str:
        base = slug(text) or "endpoint"
        name = next(
            n for n in (base, *(f"{base}-{i}" for i in range(2, 10_000))) if n not in self._names
        )
        self._names.add(name)
        return name

    def _reading(self, request: Request, role: str) -> Reading | None:
        template = self._page.template(request, role)
        reading = self._readings[template.line] if template else None
        return reading if reading and reading.type is not None else None

    def _name_forms(self) -> Iterator[tuple[int, str]]:
        """Line of the template → the form's id, for every form that is kept."""
        for endpoint in self._endpoints:
            for role, suffix in SUFFIXES.items():
                reading: Reading | None = getattr(endpoint, role)
                if reading:
                    yield reading.template.line, self._id(f"{endpoint.id}-{suffix}")
        for template in self._page.templates:
            if template.role == "resource" and self._readings[template.line].type is not None:
                yield template.line, self._id(template.heading or "resource")

    def _kept(self) -> list[tuple[str, Reading]]:
        return [(name, self._readings[line]) for line, name in self._forms.items()]

    def _types(self) -> dict[str, Type]:
        """Every field of the forms themselves, with its most exact type."""
        found: dict[str, Type] = {}
        for _, reading in self._kept():
            for name, kind in reading.fields.items():
                found[name] = narrow(found[name], kind) if name in found else kind
        return found

    def _heading(self, line: int) -> str:
        """The heading above a line; the page's title where there is none."""
        above = [heading.text for heading in self._page.headings if heading.line <= line]
        return above[-1] if above else self._page.title or UNTITLED

    def _source(self, heading: str) -> str:
        where = scalar(heading or self._page.title or UNTITLED)
        return f"    source:\n      page: {PAGE}\n      heading: {where}"

    # ------------------------------------------------------------- parts of the file

    def _unread(self) -> Iterator[str]:
        for unread in self._page.unread:
            yield comment(f"TODO unread, line {unread.line}: {unread.reason}")
        for request in self._page.requests:
            if request.method not in METHODS:
                yield comment(f"TODO unread, line {request.line}: the method of {request}")

    def _path_parameters(self) -> Iterator[str]:
        names = {n: e.request for e in reversed(self._endpoints) for n in braced(e.request.path)}
        for name in shared_path_parameters():
            names.pop(name, None)
        yield "\npath_parameters:" if names else "\npath_parameters: {}"
        for name, request in sorted(names.items()):
            yield comment(f"TODO line {request.line}: which form has {name}? A UUID?")
            yield f"  {scalar(name)}:"
            yield "    notation: '\"str\"'"
            yield f"    description: {scalar(f'The {name} in the path.')}"
            yield f"    example: {scalar(f'example-{slug(name)}')}"

    def _field_lines(self) -> Iterator[str]:
        # families.yaml describes some for all contracts.
        types = {name: kind for name, kind in self._types().items() if not fits_shared(name, kind)}
        shown = {name: value for t in self._page.forms for name, value in t.examples.items()}
        shown |= self._page.lone_values
        yield "\nfields:" if types else "\nfields: {}"
        if types:
            yield comment("TODO: descriptions; `secret`, `volatile` and `identifier` are guesses.")
        for name, kind in types.items():
            yield f"  {scalar(name)}:"
            yield f"    description: {scalar(f'TODO what {name} is.')}"
            is_shown = isinstance(kind, Text) and shown.get(name) and not secret(name)
            value = without_credentials(shown[name]) if is_shown else example(name, kind)
            yield f"    example: {json.dumps(value, ensure_ascii=True)}"
            if secret(name) and isinstance(kind, Text):
                yield "    secret: true"
                if "token" in name.lower():
                    yield "    volatile: true"
            if name == "id":
                yield "    identifier: true"

    def _form_lines(self) -> Iterator[str]:
        names = tuple(name for t in self._page.templates for name in t.fields)
        kept = self._kept()
        yield "\nforms:" if kept else "\nforms: {}"
        for reading in self._readings.values():
            for note in reading.notes:
                yield comment(f"TODO unread, line {note.line}: {note.reason}", names)
            line = reading.template.line
            error = reading.template.role == "error"
            if reading.type is not None and line not in self._forms and not error:
                yield comment(
                    f"TODO unread, line {line}: a further form under “{reading.template.heading}”"
                )
        for name, reading in kept:
            yield f"  {scalar(name)}:"
            yield f"    title: {scalar(name.replace('-', ' '))}"
            yield self._source(reading.template.heading)
            yield from self._required(reading)
            yield "    notation: |"
            yield from (f"      {line}".rstrip() for line in reading.text.strip().splitlines())

    def _required(self, reading: Reading) -> Iterator[str]:
        named = [name for name in reading.template.required if name in reading.fields]
        if named:
            everything = len(named) == len(reading.fields)
            names = "all" if everything else f"[{', '.join(scalar(name) for name in named)}]"
            heading = scalar(reading.template.required_under or self._page.title or UNTITLED)
            yield f"    required: {{fields: {names}, source: {{page: {PAGE}, heading: {heading}}}}}"

    def _endpoint_lines(self) -> Iterator[str]:
        listed = {request.key for request in self._page.at("table")}
        yield "\nendpoints:"
        for endpoint in self._endpoints:
            request = endpoint.request
            if request.place != "section":
                yield comment(f"TODO unread, line {request.line}: {request} is not described")
            yield f"  {scalar(endpoint.id)}:"
            yield f"    request: {scalar(str(request))}"
            yield f"    summary: {scalar(request.heading or str(request))}"
            for role in SUFFIXES:
                reading: Reading | None = getattr(endpoint, role)
                if reading:
                    yield f"    {role}: {scalar(self._forms[reading.template.line])}"
            if endpoint.role:
                yield f"    role: {endpoint.role}"
            yield self._source(request.heading or self._page.title)
            query = [n for r in self._page.requests if r.key == request.key for n in r.query]
            examples = [read_example(e) for e in self._page.examples
                        if e.request and e.request.key == request.key]  # fmt: skip
            query += [name for sent in examples if sent for name in sent.query]
            if query:
                yield f"    query: [{', '.join(scalar(name) for name in dict.fromkeys(query))}]"
            if request.key in listed:
                yield "    listed: true"

    def _error_lines(self) -> Iterator[str]:
        """Error forms as they stand; nothing is judged by them."""
        readable = [t for t in self._page.templates if t.role == "error" and not t.problems]
        if readable:
            yield "\nerrors:"
        for template in readable:
            yield "  - notation: |"
            yield from (f"      {line}".rstrip() for line in template.text.strip().splitlines())
            yield self._source(template.heading)

    def _questions(self) -> Iterator[str]:
        pairs = {endpoint.id: endpoint.request for endpoint in self._endpoints}
        found = [*raised(self._page), *example_questions(self._page, pairs)]
        yield "\nquestions:" if found else "\nquestions: []"
        for question in found:
            yield f"  - id: {scalar(question.id)}"
            yield f"    sentence: {scalar(question.sentence)}"
            yield self._source(self._heading(min(question.lines, default=1)))
