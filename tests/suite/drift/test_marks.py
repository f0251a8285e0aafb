"""What stands beside forms and sentences: error forms, headings, titles, tables, comments."""

from __future__ import annotations

import pytest

from contracts.drift.differences.change import Change, main_page
from contracts.drift.differences.every import compare, snapshot_of
from contracts.drift.page.reader import read
from contracts.drift.questions.every import new, raised
from contracts.spec.load import load
from tests.helpers import drift_pages
from tests.helpers.drift_pages import first_difference, line_with, swapped

CONTRACT = load()
PAGE = drift_pages.page(CONTRACT)
CREATE, EVENTS = (CONTRACT.endpoints[name] for name in ("create", "events"))
ERROR = '```json\n{"status": "int", "message": "str"}\n```\n\n'
ANSWER = "#### Response\n"
BEFORE_FORM = f"### {CREATE.source.heading}"
NEXT = "### Delete"


READ_BEFORE = snapshot_of(CONTRACT, read(PAGE))


def changes(text: str) -> list[Change]:
    return compare(CONTRACT, read(text), READ_BEFORE)


def kinds(text: str) -> list[str]:
    return [question.kind for question in new(raised(read(text)), CONTRACT.questions)]


# ------------------------------------------------------------- error forms

ERRORS = {
    "status": f"#### Response 409\n\n{ERROR}",
    "words": f"#### If it fails\n\n{ERROR}",
    "range": f"#### Answers with 4xx\n\n{ERROR}",
    "lead": f"In case of a conflict the answer is:\n\n{ERROR}",
    "title": ERROR.replace("json", 'json title="400 Bad Request"'),
    "tab": f'<Tabs>\n<TabItem value="409" label="Conflict">\n\n{ERROR}</TabItem>\n</Tabs>\n\n',
}


@pytest.mark.parametrize("first", [False, True], ids=["behind the answer", "before it"])
@pytest.mark.parametrize("name", ERRORS)
def test_an_error_form_is_notable_and_not_taken_for_the_answer(name: str, first: bool) -> None:
    at = ANSWER if first else NEXT
    text = swapped(PAGE, at, ERRORS[name] + at, BEFORE_FORM)
    (change,) = compare(CONTRACT, read(text))
    assert (change.kind, change.what, change.severity) == ("added", "form", "notable")
    assert change.name == CREATE.source.heading
    assert change.line == line_with(text, '"message"')
    assert "an error form" in change.sentence
    assert kinds(text) == []


@pytest.mark.parametrize("heading", ["Response 200", "Response (2xx, or 404)", "Successful answer"])
def test_the_form_of_a_success_is_none(heading: str) -> None:
    found = changes(swapped(PAGE, ANSWER, f"#### {heading}\n", BEFORE_FORM))
    assert {change.what for change in found} <= {"heading"}
    assert {change.severity for change in found} <= {"notable"}


# ------------------------------------------------------------- places that cannot be read

STATUS = '"statusCode": "int"'


@pytest.mark.parametrize("instead", ["null", '"int" | null', '"integr"', "[]", '"int" (?)'])
def test_a_place_that_cannot_be_read_puts_only_its_field_in_doubt(instead: str) -> None:
    text = swapped(PAGE, STATUS, f'"statusCode": {instead}')
    (change,) = changes(text)
    assert (change.what, change.name) == ("type", "credentials-events.statusCode")
    assert (change.severity, change.line) == ("breaking", line_with(PAGE, STATUS))
    assert change.requirements == ("events.response.statusCode",)
    assert kinds(text) == ["form-unreadable"]


def test_a_new_field_that_cannot_be_read_is_an_added_field() -> None:
    text = swapped(PAGE, STATUS, f'"further": null, {STATUS}')
    assert {(c.kind, c.what, c.name) for c in changes(text)} == {
        ("added", "field", "credentials-events.further"),
        ("changed", "type", "credentials-events.further"),
    }


@pytest.mark.parametrize(
    ("old", "instead"),
    [
        ('"STAGE" or "PRODUCTION"', '"STAGE" | "PRODUCTION"'),
        ('"STAGE" or "PRODUCTION"', '"STAGE | PRODUCTION"'),
        (STATUS, '"statusCode": 200'),
        ('"status": "str",', '"status": "str", // see above'),
        ('"status": "str",', '"status": "str", /* see above */'),
        ('"status": "str",', '"status": "str"'),
    ],
)
def test_spellings_that_mean_the_same_are_passed_over(old: str, instead: str) -> None:
    text = swapped(PAGE, old, instead)
    assert compare(CONTRACT, read(text)) == []
    assert kinds(text) == []


def test_a_comment_in_a_form_is_read() -> None:
    text = swapped(PAGE, '"status": "str",', '"status": "str", // optional')
    (change,) = changes(text)
    assert (change.kind, change.severity) == ("added", "notable")
    assert change.line == first_difference(PAGE, text)
    assert (change.what, change.sentence) == ("comment", "is new: “optional”")


def test_a_field_in_a_comment_is_gone() -> None:
    (change,) = changes(swapped(PAGE, '"status": "str",', '/* "status": "str", */'))
    assert (change.kind, change.what, change.severity) == ("removed", "field", "breaking")


# ------------------------------------------------------------- headings and titles


@pytest.mark.parametrize("mark", ["(removed)", "(deprecated)", "of Leaf"])
def test_a_heading_that_reads_otherwise_is_notable(mark: str) -> None:
    heading = f"### {EVENTS.source.heading}"
    text = swapped(PAGE, f"{heading}\n", f"{heading} {mark}\n")
    (change,) = changes(text)
    assert (change.what, change.severity) == ("heading", "notable")
    assert kinds(text) == []


@pytest.mark.parametrize(
    ("old", "instead", "what"),
    [
        ("## The endpoints", "## The endpoints (retired)", "heading"),
        (ANSWER, "#### Response (legacy)\n", "heading"),
        ("][1] |", "][1] (deprecated) |", "title"),
        (":::warning", ":::warning[Deprecated]", "title"),
        (":::warning", ":::warning Deprecated", "title"),
        (main_page(CONTRACT).title, f"{main_page(CONTRACT).title} (deprecated)", "title"),
    ],
    ids=["section", "response", "row", "admonition", "admonition-old", "title"],
)
def test_marks_elsewhere_are_found(old: str, instead: str, what: str) -> None:
    text = swapped(PAGE, old, instead)
    (change,) = changes(text)
    assert (change.what, change.severity) == (what, "notable")
    assert change.line in (first_difference(PAGE, text), 1)


# ------------------------------------------------------------- tables


def table(header: str, *rows: str) -> str:
    """The page with a table below the form of a body."""
    line = f"| {' | '.join('---' for _ in header.split('|'))} |"
    lines = "\n".join([f"| {header} |", line, *(f"| {row} |" for row in rows)])
    at = "#### Request examples"
    return swapped(PAGE, at, f"{lines}\n\n{at}", "#### Request body")


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Field | Required", "`username` | no"),
        ("Field | Meaning", "`phone` | A number."),
        ("Value | Meaning", "EXPIRED | Renew it."),
        ("Field | Type | Meaning", "`username` | string | The grower's name."),
    ],
)
def test_a_row_that_nobody_has_read_is_notable(header: str, row: str) -> None:
    text = table(header, row)
    (change,) = changes(text)
    assert (change.kind, change.what, change.severity) == ("added", "row", "notable")
    assert change.line == line_with(text, f"| {row} |")


def test_a_table_that_contradicts_a_field_is_breaking() -> None:
    (change,) = [c for c in changes(table("Field | Type", "`username` | int")) if c.what != "row"]
    assert (change.kind, change.what, change.name) == ("changed", "type", "username")
    assert change.severity == "breaking"
    assert "create.type.username" in change.requirements


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("Field | Type | Meaning", ["`username` | string | The grower's name.",
                                    "clientEnvironment | STAGE or PRODUCTION | Which one."]),
        ("Field | Required", ["`username` | Yes", "`password` | ✓"]),
        ("Field | Optional", ["`username` | no"]),
        ("Field | Data type", ["`username` | str"]),
        ("Name | What it is", ["Grower | Somebody with fields"]),
    ],
    ids=["types", "required", "optional", "data-type", "prose"],
)  # fmt: skip
def test_a_table_that_says_the_same_contradicts_nothing(header: str, rows: list[str]) -> None:
    found = compare(CONTRACT, read(table(header, *rows)))
    assert [change for change in found if change.severity != "harmless"] == []


def test_a_further_address_is_notable() -> None:
    at = "**Endpoints**"
    text = swapped(PAGE, at, f"```\nhttps://api.eu.example/api\n```\n\n{at}")
    (change,) = changes(text)
    assert (change.kind, change.what, change.severity) == ("added", "base-url", "notable")
    assert change.line == line_with(text, "api.eu")


def test_the_words_that_lead_to_a_form_are_read() -> None:
    at = "```json"
    text = swapped(PAGE, at, f"All of them optional:\n\n{at}", "#### Request body")
    (change,) = changes(text)
    assert (change.what, change.severity) == ("title", "notable")


def test_a_badge_in_small_letters_is_a_method() -> None:
    assert changes(PAGE.replace(">DELETE<", ">delete<")) == []
