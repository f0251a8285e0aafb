"""Single edits of a page that agrees with the contract: each is found and named for what it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

import pytest

from contracts.drift.differences.change import SEVERITIES, Change, main_page
from contracts.drift.differences.every import compare
from contracts.drift.page.reader import read
from contracts.spec.load import load
from contracts.spec.model import Endpoint, Form
from contracts.spec.types import Choice, Text, Timestamp
from tests.helpers import drift_pages
from tests.helpers.drift_pages import first_difference, line_with, swapped

CONTRACT = load()
MAIN = main_page(CONTRACT)
PAGE = drift_pages.page(CONTRACT)
ENDPOINTS = {e.id: e for e in CONTRACT.endpoints.values() if e.source.page == MAIN}
READ, CREATE, DELETE, EVENTS = (ENDPOINTS[n] for n in ("read", "create", "delete", "events"))
RESOURCE = next(f for f in CONTRACT.forms.values() if f.source == ENDPOINTS["one-click"].source)
# Form → the endpoint and the text of the page behind which the form stands.
PLACES: dict[str, tuple[Form, Endpoint | None, str]] = {
    f"{e.id}.{role}": (form, e, f"### {e.source.heading}|{title}")
    for e in (READ, CREATE, EVENTS)
    for role, form, title in (
        ("takes", e.takes, "#### Request body"),
        ("answers", e.answers, "#### Response"),
    )
    if form
}
PLACES["resource"] = (RESOURCE, None, f"{RESOURCE.source.heading}:|```json")


def changes(text: str) -> list[Change]:
    return compare(CONTRACT, read(text))


def behind(place: str) -> str:
    """The page's text up to a form, so that an edit behind it meets that form."""
    heading, _, title = place.partition("|")
    end = PAGE.index(title, PAGE.index(heading)) + len(title)
    return PAGE[:end]


def ids(*patterns: str) -> set[str]:
    """Requirements by pattern; each pattern must stand for something."""
    found = {p: [r for r in CONTRACT.requirements if fnmatchcase(r, p)] for p in patterns}
    assert all(found.values()), found
    return {r for matching in found.values() for r in matching}


def about(field: str, endpoint: Endpoint | None) -> set[str]:
    """Requirements whose id has the field as a part, of one endpoint or of all."""
    return {
        name
        for name, r in CONTRACT.requirements.items()
        if field in name.split(".")[1:] and (endpoint is None or r.endpoint == endpoint.id)
        and r.endpoint in ENDPOINTS
    }  # fmt: skip


@dataclass(frozen=True)
class Edit:
    """An edit of the page, and what is to be said of it (`line`: by default where it is)."""

    id: str
    text: str
    kind: str
    what: str
    name: str
    severity: str
    requirements: set[str]
    line: int = 0


def field_edits() -> Iterator[Edit]:
    """Each field of each form: renamed, removed, of another type; a further one."""
    for place, (form, endpoint, where) in PLACES.items():
        start = behind(where)
        opening = line_with(PAGE, "{" if not form.is_list else "[", start)
        for field, kind in form.fields.items():
            touched = about(field, endpoint)
            lost = "notable" if endpoint is None or place.endswith("takes") else "breaking"
            renamed = swapped(PAGE, f'"{field}"', '"renamed"', start)
            yield Edit(f"{place}-{field}-renamed", renamed, "changed", "field",
                       f"{form.id}.{field}", "breaking" if endpoint else "notable",
                       touched)  # fmt: skip
            yield Edit(f"{place}-{field}-removed", without_line(f'"{field}"', start), "removed",
                       "field", f"{form.id}.{field}", lost, touched, line=opening)  # fmt: skip
            if isinstance(kind, Text):
                written = '"string"' if form.is_list else '"str"'
                retyped = swapped(PAGE, f'"{field}": {written}', f'"{field}": "int"', start)
                yield Edit(f"{place}-{field}-retyped", retyped, "changed", "type",
                           f"{form.id}.{field}", "breaking", about(field, None))  # fmt: skip
            if isinstance(kind, Timestamp):
                shorter = swapped(PAGE, ".SSSSSS'Z'", ".SSS'Z'", start)
                yield Edit(f"{place}-{field}-pattern", shorter, "changed", "pattern",
                           f"{form.id}.{field}", "breaking", about(field, None))  # fmt: skip


def without_line(part: str, start: str) -> str:
    number = line_with(PAGE, part, start)
    lines = PAGE.splitlines(keepends=True)
    return "".join(lines[: number - 1] + lines[number:])


def further_fields() -> Iterator[Edit]:
    for place, (form, _, where) in PLACES.items():
        first = next(iter(form.fields))
        text = swapped(PAGE, f'"{first}"', f'"further": "bool",\n"{first}"', behind(where))
        severity = "breaking" if place.endswith("takes") else "harmless"
        yield Edit(
            f"{place}-further", text, "added", "field", f"{form.id}.further", severity, set()
        )


CHOICE, (VALUE, OTHER) = next(
    (name, kind.values)
    for name, kind in (CREATE.takes.fields if CREATE.takes else {}).items()
    if isinstance(kind, Choice)
)
BODY, BODY_START = PLACES["create.takes"][0], behind(PLACES["create.takes"][2])
SHOWN, SHOWN_START = PLACES["read.answers"][0], behind(PLACES["read.answers"][2])
BOTH = f'"{VALUE}" or "{OTHER}"'
CHOSEN = f"{BODY.id}.{CHOICE}"
EVERY_CHOICE = about(CHOICE, None)
NOT_OTHER, NOT_VALUE = (EVERY_CHOICE - ids(f"*.{v}") for v in (OTHER, VALUE))


def value_edits() -> Iterator[Edit]:
    def body(name: str, new: str, kind: str, severity: str, touched: set[str]) -> Edit:
        text = swapped(PAGE, BOTH, new, BODY_START)
        return Edit(name, text, kind, "value", CHOSEN, severity, touched)

    yield body("value-removed", f'"{VALUE}"', "removed", "breaking", NOT_VALUE)
    yield body("value-renamed", f'"{VALUE}" or "LIVE"', "changed", "breaking", NOT_VALUE)
    yield body("value-added", f'{BOTH} or "TEST"', "added", "notable", NOT_OTHER & NOT_VALUE)
    misspelt = f'"{VALUE}S" or "{OTHER}"'
    yield body("value-misspelt", misspelt, "changed", "breaking", NOT_OTHER)
    yield Edit("values-become-text", swapped(PAGE, BOTH, '"str"', BODY_START), "changed", "type",
               CHOSEN, "breaking", EVERY_CHOICE)  # fmt: skip
    shown = swapped(PAGE, f'"{CHOICE}": "{VALUE}"', f'"{CHOICE}": {BOTH}', SHOWN_START)
    yield Edit("value-shown-too", shown, "added", "value", f"{SHOWN.id}.{CHOICE}", "harmless",
               about(CHOICE, READ) - ids(f"*.{VALUE}"))  # fmt: skip


def shape_edits() -> Iterator[Edit]:
    form, _, where = PLACES["events.answers"]
    start = behind(where)
    end = PAGE.index("```", PAGE.index("```json", len(start)) + 3)
    block = PAGE[PAGE.index("[", len(start)) : end]
    item = block.strip()[1:-1].strip()
    whole = {r for field in form.fields for r in about(field, EVENTS)}
    whole |= ids("events.succeeds", "events.media-type", "events.json", "events.shape",
                 "events.own", "events.retention")  # fmt: skip
    yield Edit("list-becomes-object", swapped(PAGE, block, item + "\n", start), "changed", "shape",
               form.id, "breaking", whole, line=line_with(PAGE, "[", start))  # fmt: skip
    yield Edit("field-unreadable", swapped(PAGE, '"int"', "5x", start), "changed", "type",
               f"{form.id}.statusCode", "breaking", about("statusCode", EVENTS))  # fmt: skip
    broken = swapped(PAGE, '"int"\n  }', '"int"\n', start)
    yield Edit("form-unreadable", broken, "changed", "form", form.id, "breaking", whole,
               line=line_with(broken, "]", start))  # fmt: skip
    gone = swapped(PAGE, f"```json\n{block}```", "", start)
    yield Edit("form-removed", gone, "removed", "form", form.id, "breaking", whole,
               line=line_with(PAGE, f"### {EVENTS.source.heading}"))  # fmt: skip
    dots = swapped(PAGE, '"int"', '"int",\n....', start)
    yield Edit("dots-added", dots, "added", "dots", form.id, "harmless", set(),
               line=line_with(PAGE, "[", start))  # fmt: skip
    new = '#### Response\n\n```json\n{"done": "bool"}\n```\n\n'
    text = swapped(PAGE, f"### {EVENTS.source.heading}", f"{new}### {EVENTS.source.heading}")
    yield Edit("form-added", text, "added", "form", f"the response of {DELETE.request}", "notable",
               set(), line=line_with(text, '"done"'))  # fmt: skip
    text = swapped(PAGE, "The paths go", 'A further form:\n\n```json\n{"more": "str"}\n```\n\nThe')
    yield Edit("form-alone-added", text, "added", "form", "A further form", "notable", set(),
               line=line_with(text, '"more"'))  # fmt: skip


def endpoint_edits() -> Iterator[Edit]:
    bare = {
        e.id: {r for r in CONTRACT.requirements if r.startswith(f"{e.id}.") and r.count(".") == 1
               and not CONTRACT.requirements[r].advisory
               and CONTRACT.requirements[r].source == e.source}
        for e in ENDPOINTS.values()
    }  # fmt: skip
    for endpoint in (READ, CREATE, DELETE, EVENTS):
        heading = f"### {endpoint.source.heading}"
        line = drift_pages.line(endpoint)
        every = ids(f"{endpoint.id}.*")
        listed = [n for n, t in enumerate(PAGE.splitlines(), 1) if "][" in t and line in t]
        edited = swapped(PAGE, f"`{endpoint.path}`", f"`{endpoint.path}-2`", heading)
        yield Edit(f"{endpoint.id}-path", edited, "changed", "path", endpoint.request, "breaking",
                   every)  # fmt: skip
        if listed:
            rows = PAGE.splitlines(keepends=True)
            text = "".join(rows[: listed[0] - 1] + rows[listed[0] :])
            first = next(n for n, t in enumerate(text.splitlines(), 1) if "][" in t and " | " in t)
            yield Edit(f"{endpoint.id}-row-lost", text, "removed", "row", endpoint.request,
                       "notable", bare[endpoint.id], line=first)  # fmt: skip
            yield Edit(f"{endpoint.id}-method", PAGE.replace(line, line.replace(
                f">{endpoint.method}<", ">PATCH<")), "changed", "method", endpoint.request,
                "breaking", every, line=line_with(PAGE, line, heading))  # fmt: skip
        sources = {r.id for r in CONTRACT.requirements.values() if r.source == endpoint.source}
        renamed = PAGE.replace(f"{heading}\n", "### Otherwise\n")
        yield Edit(f"{endpoint.id}-heading", renamed, "changed", "heading", endpoint.source.heading,
                   "notable", sources)  # fmt: skip
    last = CONTRACT.endpoints["one-click"]
    text = swapped(PAGE, f" Send `{last.request}` for it.", "")
    yield Edit("mention-removed", text, "removed", "endpoint", last.request, "breaking",
               ids("one-click.*"), line=1)  # fmt: skip
    row = f"[Events](#events) | {drift_pages.line(EVENTS)}\n\n## The"
    yield Edit("row-added", swapped(PAGE, "\n## The", row), "added", "row", EVENTS.request,
               "harmless", bare["events"])  # fmt: skip
    new = "### Anew\n\n<span class='badge'>PUT</span> `/anew`\n\nDoes so.\n\n"
    text = swapped(PAGE, f"### {EVENTS.source.heading}", f"{new}### {EVENTS.source.heading}")
    yield Edit("endpoint-added", text, "added", "endpoint", "PUT /anew", "notable", set(),
               line=line_with(text, "`/anew`"))  # fmt: skip


def page_edits() -> Iterator[Edit]:
    every = ids("*.*")
    base = f"```\n{CONTRACT.base_url}\n```"
    yield Edit("base-url-host", swapped(PAGE, base, base.replace("//api", "//api2")), "changed",
               "base-url", CONTRACT.base_url, "breaking", every)  # fmt: skip
    yield Edit("base-url-path", swapped(PAGE, base, base.replace("/api\n", "/api/v2\n")), "changed",
               "base-url", CONTRACT.base_url, "breaking", every)  # fmt: skip
    nowhere = swapped(PAGE, base, "").replace(CONTRACT.base_url, "")
    yield Edit("base-url-removed", nowhere, "removed", "base-url", CONTRACT.base_url, "breaking",
               every, line=1)  # fmt: skip
    yield Edit("title", swapped(PAGE, MAIN.title, "Another title"), "changed", "title", MAIN.title,
               "notable", set(), line=1)  # fmt: skip
    heading = RESOURCE.source.heading
    sources = {r.id for r in CONTRACT.requirements.values() if r.source.heading == heading}
    yield Edit("lead", swapped(PAGE, f"{heading}:", "The resource:"), "changed", "heading", heading,
               "notable", sources, line=1)  # fmt: skip


EDITS = [
    *field_edits(), *further_fields(), *value_edits(), *shape_edits(), *endpoint_edits(),
    *page_edits(),
]  # fmt: skip


def test_the_page_as_it_is_made_agrees_with_the_contract() -> None:
    assert changes(PAGE) == []


@pytest.mark.parametrize("edit", [pytest.param(edit, id=edit.id) for edit in EDITS])
def test_an_edit_is_found_and_named(edit: Edit) -> None:
    (change,) = changes(edit.text)
    assert (change.kind, change.what, change.name) == (edit.kind, edit.what, edit.name)
    assert change.severity == edit.severity
    assert change.line == (edit.line or first_difference(PAGE, edit.text))
    assert set(change.requirements) == edit.requirements
    assert change.sentence


def test_there_are_edits_enough_and_of_every_severity() -> None:
    assert len({edit.text for edit in EDITS}) == len(EDITS) >= 60
    assert {edit.severity for edit in EDITS} == set(SEVERITIES)


def test_a_dropped_endpoint_is_named_with_all_that_rests_on_it() -> None:
    start = PAGE.index(f"### {EVENTS.source.heading}")
    found = changes(PAGE[:start])
    (gone,) = [change for change in found if change.what == "endpoint"]
    assert (gone.kind, gone.name, gone.severity) == ("removed", EVENTS.request, "breaking")
    assert set(gone.requirements) == ids("events.*")
    assert {change.what for change in found} == {"endpoint", "statement"}


def test_a_further_field_names_the_requirements_that_it_would_bring() -> None:
    by_id = {edit.id: edit for edit in EDITS}
    (taken,) = changes(by_id["create.takes-further"].text)
    assert set(taken.would_add) == {f"create.{f}.further" for f in ("requires", "null", "type")}
    (shown,) = changes(by_id["read.answers-further"].text)
    assert shown.would_add == ("read.response.further",)


def test_a_secret_that_an_answer_begins_to_show_is_breaking() -> None:
    (secret,) = CONTRACT.secrets_never_answered
    first = next(iter(SHOWN.fields))
    (change,) = changes(swapped(PAGE, f'"{first}"', f'"{secret}": "str",\n"{first}"', SHOWN_START))
    assert (change.kind, change.severity) == ("added", "breaking")
    assert change.requirements == (f"read.hides.{secret}",)
