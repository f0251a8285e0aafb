"""Sentences of a page: each that is new, gone or different since it was read is shown."""

from __future__ import annotations

import time

import pytest

from contracts.drift.differences.change import Change
from contracts.drift.differences.every import compare, snapshot_of
from contracts.drift.draft.adopt import draft
from contracts.drift.page.reader import read
from contracts.spec.load import load
from tests.helpers import drift_pages
from tests.helpers.drift_pages import PROSE, line_with, swapped
from tests.helpers.drift_sibling import SIBLING

CONTRACT = load()
PAGE = drift_pages.page(CONTRACT)
READ_BEFORE = snapshot_of(CONTRACT, read(PAGE))
# Before the examples of the first endpoint.
PLACE = "#### Request examples\n<Tabs\n"
STATEMENTS = sorted(CONTRACT.statements)


def changes(text: str) -> list[Change]:
    return compare(CONTRACT, read(text), READ_BEFORE)


def test_a_page_that_was_read_has_nothing_new() -> None:
    assert changes(PAGE) == []


def test_no_sentence_stands_in_a_snapshot() -> None:
    assert READ_BEFORE
    for mark in READ_BEFORE:
        assert all(len(value) == 16 and int(value, 16) >= 0 for value in (mark.under, mark.text))


@pytest.mark.parametrize("name", STATEMENTS)
@pytest.mark.parametrize(
    ("ending", "instead"),
    [(".", ", always."), (".", ", or replaces them."), (".", " in theory."), (".", "!")],
)
def test_a_different_sentence_is_notable_with_what_rests_on_it(
    name: str, ending: str, instead: str
) -> None:
    sentence = PROSE[name]
    text = swapped(PAGE, sentence, f"{sentence.removesuffix(ending)}{instead}")
    (change,) = changes(text)
    assert (change.kind, change.severity) == ("changed", "notable")
    assert change.line == line_with(text, sentence.removesuffix(ending))
    assert set(change.requirements) >= set(CONTRACT.statements[name].supports)


def test_another_tense_is_a_different_sentence() -> None:
    sentence = PROSE["create.for-leaf-user"]
    (change,) = changes(swapped(PAGE, sentence, sentence.replace("Registers", "Registered")))
    assert (change.kind, change.what, change.severity) == ("changed", "sentence", "notable")
    (change,) = changes(swapped(PAGE, "Back come", "Back came"))
    assert (change.kind, change.what, change.severity) == ("changed", "sentence", "notable")


@pytest.mark.parametrize(
    ("addition", "what"),
    [
        ("Nothing of this is said elsewhere.", "sentence"),
        ("- a point of a list", "sentence"),
        ("### A further heading", "heading"),
        ("a | b\n--- | ---\none | two", "row"),
        (":::note[Titled]\nSomething.\n:::", "title"),
        ("<Tip>\n  Something else.\n</Tip>", "sentence"),
    ],
)
def test_a_new_text_is_notable(addition: str, what: str) -> None:
    text = swapped(PAGE, PLACE, f"{addition}\n\n{PLACE}")
    found = [change for change in changes(text) if change.what == what]
    assert found
    assert {(c.kind, c.severity) for c in found} == {("added", "notable")}


def test_a_sentence_that_is_gone_names_what_rested_on_it() -> None:
    both = PROSE["events.retention"]
    (change,) = changes(swapped(PAGE, both, ""))
    assert (change.kind, change.what, change.name) == ("removed", "statement", "events.retention")
    assert change.requirements == CONTRACT.statements["events.retention"].supports
    more = swapped(PAGE, PLACE, f"One more.\n\n{PLACE}")
    before = snapshot_of(CONTRACT, read(more))
    (change,) = compare(CONTRACT, read(PAGE), before)
    assert (change.kind, change.what, change.severity) == ("removed", "text", "notable")
    assert change.name == CONTRACT.the("read").source.heading


SENTENCE = PROSE["create.for-leaf-user"]
SAME = {
    "white-space": swapped(PAGE, SENTENCE, SENTENCE.replace(" ", "  ")),
    "line-break": swapped(PAGE, SENTENCE, SENTENCE.replace(" ", "\n", 1)),
    "emphasis": swapped(PAGE, SENTENCE, f"**{SENTENCE}**"),
    "link": swapped(PAGE, SENTENCE, f"[{SENTENCE}](https://docs.example/credentials)"),
    "quotes": PAGE.replace("user's", "user’s"),
    "order": swapped(
        swapped(PAGE, f"{PROSE['read.json']}\n\n", ""), PLACE, f"{PROSE['read.json']}\n\n{PLACE}"
    ),
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_white_space_markup_links_and_order_do_not_matter(text: str) -> None:
    assert text != PAGE
    assert changes(text) == []


def test_what_stands_under_a_heading_of_another_name_is_not_new() -> None:
    heading = CONTRACT.the("create").source.heading
    found = changes(PAGE.replace(heading, "Another name"))
    assert [(change.what, change.severity) for change in found] == [("heading", "notable")]


def test_facts_are_compared_without_a_snapshot_and_sentences_are_not() -> None:
    text = swapped(PAGE, PLACE, f"A new one.\n\n{PLACE}")
    assert compare(CONTRACT, read(text)) == []
    assert compare(CONTRACT, read(text), READ_BEFORE) != []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("The old address was https://api.a.example/v1.", "It was https://api.b.example/v9."),
        ("Get a token at https://a.example/login first.", "Get one at https://b.example/x first."),
        ("Before that, call GET /farms/x/check once.", "Before that, call DELETE /farms/x/check."),
    ],
)
def test_an_address_or_a_request_line_in_a_sentence_is_a_part_of_it(
    before: str, after: str
) -> None:
    first, second = (swapped(PAGE, PLACE, f"{text}\n\n{PLACE}") for text in (before, after))
    snapshot = snapshot_of(CONTRACT, read(first))
    assert compare(CONTRACT, read(first), snapshot) == []
    (change,) = compare(CONTRACT, read(second), snapshot)
    assert (change.kind, change.severity) == ("changed", "notable")


def test_what_stood_under_a_heading_that_is_gone_is_not_said_to_stand_at_the_top() -> None:
    limits = "## Limits\n\nTen a day.\n\nNone at night.\n\n"
    before = snapshot_of(CONTRACT, read(PAGE + "\n" + limits))
    found = compare(CONTRACT, read(PAGE), before)
    assert {(c.kind, c.what) for c in found} == {("removed", "text")}
    assert [c.name for c in found].count("a heading that is gone") == 2


@pytest.mark.parametrize(
    ("form", "other"),
    [
        ('{"id": "str", "further": "str"}', '{"id": "str", "other": "str"}'),
        ('{"id": null, "further": "str"}', '{"id": null, "further": null}'),
    ],
    ids=["further", "unreadable"],
)
def test_a_form_that_no_contract_can_hold_is_compared_as_a_text(form: str, other: str) -> None:
    page = f"{SIBLING}\n```json\n{form}\n```\n"
    _, contract = draft(read(page), "page.md")
    snapshot = snapshot_of(contract, read(page))
    assert compare(contract, read(page), snapshot) == []
    found = compare(contract, read(page.replace(form, other)), snapshot)
    assert [change.severity for change in found if change.what == "form"] == ["notable"]


def test_thousands_of_new_sentences_are_compared_at_once() -> None:
    def page(word: str) -> str:
        return "# A\n\n" + "".join(f"Sentence {n} {word}.\n\n" for n in range(4000))

    snapshot = snapshot_of(CONTRACT, read(page("one")))
    started = time.perf_counter()
    compare(CONTRACT, read(page("two")), snapshot)
    assert time.perf_counter() - started < 30
