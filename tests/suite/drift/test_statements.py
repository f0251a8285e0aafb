"""Statements that requirements rest on: found by their terms, whatever else a sentence says."""

from __future__ import annotations

import pytest

from contracts.drift.differences.change import Change
from contracts.drift.differences.every import compare
from contracts.drift.page.reader import read
from contracts.drift.snapshot import path_beside
from contracts.drift.snapshot import read as read_snapshot
from contracts.spec.load import load, names, path_of
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
def test_a_sentence_that_vanished_is_breaking(name: str) -> None:
    (change,) = changes(swapped(PAGE, PROSE[name], "Well."))
    assert (change.what, change.name, change.severity) == ("statement", name, "breaking")
    assert change.requirements == STATEMENTS[name].supports


@pytest.mark.parametrize(
    ("name", "old", "new", "word"),
    [
        ("events.retention", "30 days", "60 days", "30 days"),
        ("events.retention", "30 days", "30 weeks", "30 days"),
        ("events.retention", "30 days", "thirty-one days", "30 days"),
        ("events.end-with-credentials", "each log is gone", "each log stays", "no longer"),
        ("events.end-with-association", "Unlink", "Rename", "disassociat*"),
        ("read.status-changes", "background", "daily", "background"),
        ("read.status-changes", "invalid", "old", "no longer valid"),
        ("read.json", "JSON", "XML", "json"),
        ("create.shows-status", "status", "owner", "status"),
        ("delete.for-leaf-user", "Removes", "Hides", "delet*"),
        ("one-click.handshake", "handshake", "rest", "handshake"),
        ("events.for-leaf-user", "LeafUserId", "farm", "leafuserid"),
    ],
)
def test_a_term_that_is_gone_is_breaking_and_named(
    name: str, old: str, new: str, word: str
) -> None:
    text = swapped(PAGE, PROSE[name], swapped(PROSE[name], old, new))
    (change,) = changes(text)
    assert (change.kind, change.what, change.name) == ("changed", "statement", name)
    assert change.severity == "breaking"
    assert change.line == first_difference(PAGE, text)
    assert f"“{word}”" in change.sentence


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("events.retention", "Only the last thirty days of each log are kept."),
        ("events.retention", "Logs go back\n30 days\nat most."),
        ("events.retention", "We keep every log. That is for 30 days only."),
        ("events.end-with-association", "Once dissociated, the user's logs are unavailable."),
        ("read.status-changes", "The status changes in the background once they are not valid."),
        ("create.for-leaf-user", "Adding a credential to one Leaf User's account."),
        ("one-click.handshake", "The handshake follows an exchange of tokens."),
    ],
)
def test_other_words_with_the_same_terms_say_the_same(name: str, sentence: str) -> None:
    text = swapped(PAGE, PROSE[name], sentence)
    assert text != PAGE
    assert changes(text) == []


def test_a_statement_that_moved_to_another_heading_is_harmless() -> None:
    sentence = PROSE["read.status-changes"]
    text = swapped(PAGE, sentence, "Well.").rstrip() + f"\n\n{sentence}\n"
    (change,) = changes(text)
    assert (change.kind, change.severity) == ("changed", "harmless")
    assert change.line == line_with(text, sentence)


@pytest.mark.parametrize("name", names())
def test_the_snapshots_that_are_shipped_know_every_statement(name: str) -> None:
    snapshot = read_snapshot(path_beside(path_of(name)))
    assert snapshot
    contract = load(name)
    own = {s.id for s in contract.statements.values()}
    assert {said for mark in snapshot for said in mark.says} == own - {*contract.without}
