"""Prose that something rests on: facts that change are found, other words for them are not."""

from __future__ import annotations

import pytest

from contracts.drift.differences.change import Change
from contracts.drift.differences.every import compare
from contracts.drift.differences.in_prose import words
from contracts.drift.page.reader import read
from contracts.spec.load import load
from tests.helpers import drift_pages
from tests.helpers.drift_pages import PROSE, first_difference, line_with, swapped

CONTRACT = load()
PAGE = drift_pages.page(CONTRACT)
STATEMENTS = CONTRACT.statements


def changes(text: str) -> list[Change]:
    return compare(CONTRACT, read(text))


def test_every_statement_has_a_sentence_on_the_tests_page() -> None:
    assert set(PROSE) == set(STATEMENTS)
    assert changes(PAGE) == []


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_sentence_that_vanished_is_found(name: str) -> None:
    statement = STATEMENTS[name]
    (change,) = changes(swapped(PAGE, PROSE[name], "Well."))
    assert (change.what, change.name, change.severity) == ("statement", name, "breaking")
    assert change.kind in ("removed", "changed")  # another sentence may be near enough
    assert change.requirements == statement.supports


def test_what_vanished_without_trace_is_placed_at_its_heading() -> None:
    (change,) = changes(swapped(PAGE, PROSE["read.status-changes"], "Well."))
    heading = STATEMENTS["read.status-changes"].source.heading
    assert (change.kind, change.line) == ("removed", line_with(PAGE, f"### {heading}"))


@pytest.mark.parametrize(
    ("name", "old", "new", "word"),
    [
        ("events.retention", "30 days", "60 days", "30 days"),
        ("events.retention", "30 days", "30 weeks", "30 days"),
        ("events.retention", "30 days", "300 days", "30 days"),
        ("events.retention", "30 days", "thirty-one days", "30 days"),
        ("events.retention", "for 30 days at most, and only", "for at least 30 days, and", "only"),
        ("events.retention", "A log is kept", "A log is not kept", "not"),
        ("events.retention", "for you.", "for 5 users.", "5"),
        ("events.end-with-credentials", "each log is gone", "each log stays", "no longer"),
        ("events.end-with-credentials", "Delete", "Read", "delet*"),
        ("events.end-with-association", "Unlink", "Rename", "disassociat*"),
        ("read.status-changes", "background", "daily", "background"),
        ("read.status-changes", "may update", "doesn't update", "doesn't"),
        ("read.status-changes", "status", "mood", "status"),
        ("read.status-changes", "invalid", "old", "no longer valid"),
        ("read.json", "JSON", "XML", "json"),
        ("create.shows-status", "status", "owner", "status"),
        ("create.for-leaf-user", "Registers", "Never registers", "never"),
        ("delete.for-leaf-user", "Removes", "Hides", "delet*"),
        ("delete.for-leaf-user", "a Leaf user", "a farm", "leaf user"),
        ("one-click.advised", "advise", "allow", "recommend*"),
        ("one-click.handshake", "handshake", "rest", "handshake"),
        ("events.for-leaf-user", "LeafUserId", "farm", "leafuserid"),
    ],
)
def test_a_fact_that_changed_is_found_in_its_sentence(
    name: str, old: str, new: str, word: str
) -> None:
    text = swapped(PAGE, PROSE[name], swapped(PROSE[name], old, new))
    (change,) = changes(text)
    assert (change.kind, change.what, change.name) == ("changed", "statement", name)
    assert change.severity == "breaking"
    assert change.line == first_difference(PAGE, text)
    assert f"“{word}”" in change.sentence
    assert change.requirements == STATEMENTS[name].supports


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("events.retention", "Only the last thirty days of each log are kept."),
        ("events.retention", "Logs go back\n30 days\nat most."),
        ("events.retention", "Each **log** lasts `30 days`, no longer than that."),
        ("events.retention", "We keep every log. That is for 30 days only."),
        ("events.end-with-credentials", "A removal of credentials leaves no log: all are gone."),
        ("events.end-with-association", "Once dissociated, the user's logs are unavailable."),
        ("read.status-changes", "The status changes in the background once they are not valid."),
        ("read.json", "You get JSON with each credential."),
        ("read.for-leaf-user", "Credentials of the user with this LeafUserId."),
        ("create.for-leaf-user", "Adding a credential to one Leaf User's account."),
        ("create.shows-status", "The answer has the status of your new credential."),
        ("delete.for-leaf-user", "Deleting the Leaf User's credentials."),
        ("events.for-leaf-user", "What happened to a credential: its logs, by Leaf user id."),
        ("one-click.advised", "One-click is what we recommend."),
        ("one-click.handshake", "The handshake follows an exchange of tokens."),
    ],
)
def test_other_words_for_the_same_fact_are_passed_over(name: str, sentence: str) -> None:
    text = swapped(PAGE, PROSE[name], sentence)
    assert text != PAGE
    assert changes(text) == []


def test_a_statement_that_moved_to_another_heading_is_of_no_consequence() -> None:
    sentence = PROSE["read.status-changes"]
    text = swapped(PAGE, sentence, "Well.").rstrip() + f"\n\n{sentence}\n"
    (change,) = changes(text)
    assert (change.kind, change.severity) == ("changed", "harmless")
    assert change.line == line_with(text, sentence)


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("Answers come within 200 ms.", "200"),
        ("This endpoint is deprecated.", "deprecated"),
        ("The phone number is optional.", "optional"),
        ("There is a limit to it.", "limit"),
        ("You must ask first.", "must"),
    ],
)
def test_a_new_sentence_that_tells_something_is_notable(sentence: str, word: str) -> None:
    at = "#### Request examples\n<Tabs\n"
    text = swapped(PAGE, at, f"{sentence}\n\n{at}")
    (change,) = changes(text)
    assert (change.kind, change.what, change.severity) == ("added", "statement", "notable")
    assert change.line == line_with(text, sentence)
    assert f"“{word}”" in change.sentence


def test_a_new_admonition_is_notable() -> None:
    text = swapped(PAGE, "**Endpoints**", ":::caution\nTake care.\n:::\n\n**Endpoints**")
    (change,) = changes(text)
    assert (change.kind, change.severity) == ("added", "notable")
    assert change.line == line_with(text, "Take care")


def test_words_are_compared_without_case_and_possessives() -> None:
    assert words("The Leaf User's one-click, thirty days!") == [
        "the", "leaf", "user", "one", "click", "30", "days",
    ]  # fmt: skip
