"""What a field means on the whole page: values that are only examples, tables of fields, and forms
that stand apart from their endpoint. `settle(page)` changes the page's forms in place.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from contracts.drift.page.examples import read
from contracts.drift.page.model import WITH_BODY, Page, Request, Row, Template
from contracts.drift.page.rows import choice_in, describes_fields, is_required, type_in
from contracts.spec.parser import parse_piecewise
from contracts.spec.types import Choice, ListOf, Record, Text, Type, narrow

_ALL_REQUIRED = re.compile(
    r"\b(?:all|each|every)\b.{0,20}\b(?:fields?|parameters?|attributes?|properties)\b.{0,20}"
    r"\b(?:required|mandatory)\b", re.IGNORECASE,
)  # fmt: skip


def settle(page: Page) -> None:
    """See the module."""
    tables = _tables(page)
    bodiless = _without_body(page, tables)
    page.templates = [_owned(template, bodiless) for template in page.templates]
    page.templates += list(_from_tables(page, tables))
    page.templates += list(_from_examples(page))
    choices = _choices(page)
    page.templates = [_with_choices(template, choices) for template in page.templates]
    page.lone_values = _lone_values(page)
    page.templates = [_with_required(page, tables, template) for template in page.templates]


# ------------------------------------------------------------- forms that stand apart


def _owned(template: Template, bodiless: Sequence[tuple[Request, set[str]]]) -> Template:
    """A form whose words above name the path of one endpoint that has no body yet."""
    if template.role != "resource":
        return template
    words = _words(template.heading)
    found = [request for request, own in bodiless if words & own]
    if len(found) != 1:
        return template
    return replace(template, role="takes", request=found[0])


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]{3,}", text.lower()))


def _without_body(page: Page, tables: Sequence[Sequence[Row]]) -> list[tuple[Request, set[str]]]:
    """The endpoints that may take a body and have no form for it.

    Each with the words of its path that no other path has.
    """
    each = list({request.key: request for request in reversed(page.requests)}.values())[::-1]
    words = {r.path: _words(re.sub(r"\{[^}]*\}", "", r.path)) for r in each}
    often = Counter(word for found in words.values() for word in found)
    have = {t.request.key for t in page.templates if t.role == "takes" and t.request}
    rows = (row for table in tables for row in table)
    have |= {row.request.key for row in rows if row.role == "takes" and row.request}
    return [
        (request, {word for word in words[request.path] if often[word] == 1})
        for request in each
        if request.method in WITH_BODY and request.key not in have
    ]


def _tables(page: Page) -> list[list[Row]]:
    """The tables that describe fields, row by row."""
    found: dict[tuple[int, str], list[Row]] = {}
    for row in page.rows:
        if describes_fields(row):
            found.setdefault((row.table, row.role), []).append(row)
    return list(found.values())


def _from_tables(page: Page, tables: Sequence[Sequence[Row]]) -> Iterator[Template]:
    """Forms of endpoints that have only a table, or of which only an example shows the body."""
    taken: set[tuple[tuple[str, str], str]] = set()
    for rows in tables:
        role = rows[0].role if rows[0].role in ("takes", "answers") else ""
        request = rows[0].request or _sender(page, rows)
        if request is None or not role or (request.key, role) in taken:
            continue
        if page.template(request, role) is not None:
            continue
        if role == "takes" and request.method not in WITH_BODY:
            continue
        taken.add((request.key, role))
        yield _template(request, role, rows)


def _sender(page: Page, rows: Sequence[Row]) -> Request | None:
    """The endpoint whose example sends (most of) the fields of a table."""
    names = {row.cells[0] for row in rows}
    for example in page.examples:
        sent = read(example)
        if example.request and sent and sent.fields:
            fields = set(sent.fields)
            if len(names & fields) * 2 > len(names | fields):
                return example.request
    return None


def _template(request: Request, role: str, rows: Sequence[Row]) -> Template:
    fields: dict[str, Type] = {row.cells[0]: type_in(row) or Text() for row in rows}
    text = json.dumps(dict.fromkeys(fields, "str"), indent=2)
    return Template(role, request.heading, rows[0].line, text, "table", request, Record(fields))


def _from_examples(page: Page) -> Iterator[Template]:
    """Bodies that only the example shows by which an endpoint is known at all."""
    seen: set[tuple[str, str]] = set()
    for example in page.examples:
        sent, request = read(example), example.request
        if not (sent and request and request.by_example and sent.fields):
            continue
        if request.key not in seen and page.template(request, "takes") is None:
            seen.add(request.key)
            text = sent.body if sent.body.startswith(("{", "[")) else json.dumps(
                dict.fromkeys(sent.fields, "str"))  # fmt: skip
            examples: dict[str, str] = {}
            kind, problems = parse_piecewise(text, unread=Text(), examples=examples)
            if kind is not None:
                yield Template("takes", request.heading, example.line, text, "example", request,
                               kind, tuple(problems), examples)  # fmt: skip


# ------------------------------------------------------------- what a field means


def _choices(page: Page) -> dict[str, Choice]:
    """Field → the values that a table names for it."""
    found: dict[str, Choice] = {}
    for row in page.rows:
        values = choice_in(row) if describes_fields(row) else ()
        if values:
            found[row.cells[0]] = Choice(values)
    return found


def _lone_values(page: Page) -> dict[str, str]:
    """Field → a value of it that is an example, since it is any text in another place.

    One value in capitals is a choice only where every form has it, or where another form or a table
    has a choice of several.
    """
    kinds: dict[str, list[Type]] = {}
    shown: set[str] = set()  # in a form of examples
    for template in page.forms:
        for name, kind in (template.record.fields if template.record else {}).items():
            kinds.setdefault(name, []).append(kind)
            if template.examples or template.language == "example":
                shown.add(name)
    found: dict[str, str] = {}
    for name, several in kinds.items():
        choices = [kind.values for kind in several if isinstance(kind, Choice)]
        is_everywhere = len(choices) == len(several) and len(set(choices)) == 1
        is_choice = any(len(values) > 1 for values in choices)
        if choices and not is_choice and (name in shown or not is_everywhere):
            found[name] = choices[0][0]
    return found


def meant(template: Template, lone_values: Mapping[str, str]) -> Template:
    """A form in which values that are only examples are any text."""
    record = template.record
    if record is None or template.role == "error":
        return template
    fields = {
        name: Text() if name in lone_values and isinstance(kind, Choice) else kind
        for name, kind in record.fields.items()
    }
    return _with_fields(template, record, fields)


def _with_choices(template: Template, choices: Mapping[str, Choice]) -> Template:
    record = template.record
    if record is None or template.role == "error":
        return template
    fields = dict(record.fields)
    for name, kind in fields.items():
        if name in choices and isinstance(kind, Text | Choice):
            fields[name] = narrow(kind, choices[name])
    return _with_fields(template, record, fields)


def _with_fields(template: Template, record: Record, fields: Mapping[str, Type]) -> Template:
    if fields == record.fields:
        return template
    inner = Record(fields, record.open_ended)
    return replace(template, type=ListOf(inner) if isinstance(template.type, ListOf) else inner)


def _with_required(page: Page, tables: Sequence[Sequence[Row]], template: Template) -> Template:
    """The form with the fields of which a table, or a sentence, says that they must be sent."""
    if template.role != "takes" or template.request is None or template.record is None:
        return template
    names = template.record.fields.keys()
    for rows in tables:
        said = {row.cells[0]: is_required(row) for row in rows}
        here = rows[0].request is None or rows[0].request.key == template.request.key
        if here and None not in said.values() and said.keys() == names:
            required = tuple(name for name in names if said[name])
            return replace(template, required=required, required_under=rows[0].heading)
    for sentence in page.sentences:
        if template.request.heading in sentence.headings and _ALL_REQUIRED.search(sentence.text):
            return replace(template, required=tuple(names), required_under=sentence.heading)
    return template
