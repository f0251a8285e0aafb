"""What a text slips in with: words that say something of the API are found, all others are not."""

from __future__ import annotations

import pytest

from contracts.drift.differences.change import Change
from contracts.drift.differences.every import compare
from contracts.drift.differences.telling import IDIOMS, VOCABULARY, telling
from contracts.drift.page.reader import read
from contracts.drift.questions.every import new, raised
from contracts.spec.load import load
from tests.helpers import drift_pages
from tests.helpers.drift_pages import PROSE, first_difference, swapped

CONTRACT = load()
PAGE = drift_pages.page(CONTRACT)
# Before the examples of the first endpoint.
PLACE = "#### Request examples\n<Tabs\n"


def changes(text: str) -> list[Change]:
    return compare(CONTRACT, read(text))


# Into a sentence that a statement stands in: the statement, what is added behind it, what is shown.
ADDITIONS = [
    ("create.for-leaf-user", ", or replaces them", "replaces"),
    ("create.for-leaf-user", "; the refreshToken is optional", "optional"),
    ("create.for-leaf-user", ", where the username may be left out", "may be left"),
    ("create.for-leaf-user", ", eventually", "eventually"),
    ("read.for-leaf-user", ", with tokens masked", "masked"),
    ("read.for-leaf-user", " (deprecated)", "deprecated"),
    ("read.for-leaf-user", ", which is a UUID", "uuid"),
    ("read.json", " or XML", "xml"),
    ("read.status-changes", " to EXPIRED", "EXPIRED"),
    ("read.status-changes", " to `stale`", "stale"),
    ("read.status-changes", " to “stale”", "stale"),
    ("delete.for-leaf-user", ", unless they are in use", "unless"),
    ("delete.for-leaf-user", "; they can be restored", "restored"),
    ("events.for-leaf-user", ", newest first", "newest"),
]


@pytest.mark.parametrize(("name", "addition", "word"), ADDITIONS)
def test_an_addition_to_a_known_sentence_is_notable(name: str, addition: str, word: str) -> None:
    sentence = PROSE[name]
    text = swapped(PAGE, sentence, f"{sentence.rstrip('.')}{addition}.")
    (change,) = changes(text)
    assert (change.kind, change.what, change.name) == ("changed", "statement", name)
    assert change.severity == "notable"
    assert change.line == first_difference(PAGE, text)
    assert f"“{word}”" in change.sentence
    assert change.requirements == CONTRACT.statements[name].supports


def test_an_addition_that_denies_something_is_breaking() -> None:
    sentence = PROSE["create.for-leaf-user"]
    (change,) = changes(swapped(PAGE, sentence, f"{sentence[:-1]}, not readable at first."))
    assert (change.severity, change.name) == ("breaking", "create.for-leaf-user")


# A sentence of its own, and what is shown of it.
NEW = [
    ("The username may be left out.", "may be left"),
    ("You need not send a username.", "not"),
    ("Clients can drop the username.", "drop"),
    ("This endpoint is retired.", "retired"),
    ("It has been superseded.", "superseded"),
    ("All tokens are redacted.", "redacted"),
    ("They are not readable at first.", "not"),
    ("It overwrites what is there.", "overwrites"),
    ("The status is then EXPIRED.", "EXPIRED"),
    ("It is either LIVE or BROKEN.", "LIVE"),
    ("SANDBOX is a clientEnvironment, too.", "SANDBOX"),
    ("Answers have `expiresAt`, too.", "expiresAt"),
    ("Use `from` for a period.", "from"),
    ("The creation happens asynchronously.", "asynchronously"),
    ("Entries are sorted.", "sorted"),
    ("Administrators may call it.", "administrators"),
    ("Send it with your API key.", "api key"),
    ("Case is ignored.", "ignored"),
    ("Duplicates are refused.", "duplicates"),
    ("The service has moved to a new place.", "has moved"),
    ("~~It works.~~", "~~"),
    ("The password is shown once.", "password"),
    ("The answer leaves out the tokens.", "leaves out"),
    ("It may be an empty object.", "empty"),
    ("The deletion is scheduled.", "scheduled"),
    ("All of them are plain strings.", "strings"),
    ("Answers are compressed.", "compressed"),
    ("Times are in another time zone.", "time zone"),
    ("It is done within a minute.", "within a"),
    ("The grower has to consent before.", "consent"),
    ("We verify it with the provider.", "verify"),
    ("Answers come in ascending order.", "ascending"),
    ("You see the last hundred.", "hundred"),
    ("Send the Leaf-Version header, too.", "Leaf-Version"),
    ("Authenticate with your name.", "authenticate"),
    ("- `phone`: how to reach the grower", "phone"),
    ("<table>\n<tr><td>status</td><td>EXPIRED</td></tr>\n</table>", "EXPIRED"),
]


@pytest.mark.parametrize(("sentence", "word"), NEW)
def test_a_new_sentence_that_says_something_of_the_api_is_notable(sentence: str, word: str) -> None:
    (change,) = changes(swapped(PAGE, PLACE, f"{sentence}\n\n{PLACE}"))
    assert (change.kind, change.what, change.severity) == ("added", "statement", "notable")
    assert f"“{word.lower()}”" in change.sentence.lower()


@pytest.mark.parametrize(
    "sentence",
    [
        "Don't hesitate to write to us.",
        "If you don't have an account yet, sign up.",
        "Learn more about growers in our guide.",
        "In order to begin, talk to your grower.",
        "Panorama is a product of Precision Planting.",
        "NOTE: a Leaf user stands for a grower.",
        "Connecting a grower takes two steps.",
        "Write to our team if something looks wrong.",
        "Answers have a `status` and a `createdTime`.",
        "Send `STAGE` or `PRODUCTION` as `clientEnvironment`.",
        "See `axios` and **requests** for how to send it.",
        "Send the token as `Bearer`.",
        "The examples send your token in the `Authorization` header.",
        "Replace `YOUR_TOKEN` with your token.",
        "The example in JavaScript needs Node 18.",
        "Install it with `pip install requests`.",
        "See the [guide to authentication](/guide) for more.",
        "The headers are those of the logged exchange.",
        "In these days everybody has fields.",
        "This allows you to look after your fields.",
        "Replay the [film](https://example.com/30-days.mp4).",
        "![A picture of 3 fields](x.png)",
    ],
)
def test_a_new_sentence_that_says_nothing_of_the_api_is_passed_over(sentence: str) -> None:
    text = swapped(PAGE, PLACE, f"{sentence}\n\n{PLACE}")
    assert changes(text) == []
    assert new(raised(read(text)), CONTRACT.questions) == []


def test_a_figure_accuses_only_the_statement_that_it_stands_for() -> None:
    """One sentence may stand for several statements."""
    one, other = PROSE["events.retention"], PROSE["events.end-with-credentials"]
    both = f"{one[:-1]} - and {other.lower()}"
    page = swapped(swapped(PAGE, f"{one}\n", ""), other, both)
    assert changes(page) == []
    for old, new_words, name in (
        ("30 days", "60 days", "events.retention"),
        ("is kept for", "is not kept for", "events.retention"),
        ("each log is gone", "each log is not gone", "events.end-with-credentials"),
    ):
        (change,) = changes(swapped(page, both, swapped(both, old, new_words)))
        assert (change.name, change.severity) == (name, "breaking")


def test_of_two_denials_one_is_meant() -> None:
    known = "Each log is not available after a removal."
    page = swapped(PAGE, PROSE["events.end-with-credentials"], known)
    assert changes(page) == []
    twice = "Each log is not available after a removal that has no longer an owner."
    (change,) = changes(swapped(page, known, twice))
    assert change.name == "events.end-with-credentials"


def test_a_known_word_in_another_tense_is_passed_over() -> None:
    sentence = PROSE["events.end-with-credentials"]
    again = "Once the credentials have been removed, each log is gone."
    assert changes(swapped(PAGE, sentence, again)) == []


def test_a_further_sentence_with_the_terms_of_a_statement_does_not_break_it() -> None:
    text = swapped(PAGE, PLACE, f"A Leaf user's id does not show in the credentials.\n\n{PLACE}")
    (change,) = changes(text)
    assert (change.kind, change.severity) == ("added", "notable")


@pytest.mark.parametrize("term", [term for terms in VOCABULARY.values() for term in terms])
def test_every_term_is_found(term: str) -> None:
    assert telling(f"It {term.replace('*', 'ed')} so.", (), frozenset())


@pytest.mark.parametrize("idiom", IDIOMS)
def test_every_idiom_is_passed_over(idiom: str) -> None:
    assert telling(f"So {idiom} here.", (), frozenset()) == []


def test_a_name_of_the_contract_is_no_news() -> None:
    assert telling("It has headers.", (), frozenset(("headers",))) == []
    assert telling("It has `more`.", ("more",), frozenset(("more",))) == []
    assert [piece.shown for piece in telling("It has `more`.", ("more",), frozenset())] == ["more"]
