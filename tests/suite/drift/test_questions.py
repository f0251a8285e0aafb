"""Questions to the documentation: each rule finds its gap, with the lines, and only there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.drift.page.reader import read
from contracts.drift.questions.every import ABOUT_WRITING, RULES, new, raised
from contracts.drift.questions.question import Found
from contracts.spec.load import load
from tests.helpers.drift_pages import swapped
from tests.helpers.drift_sibling import BASE_URL, ENTRIES, LOG, ONE, SIBLING

CONTRACT = load()
LOG_SECTION = "### Read the log"


def questions(text: str) -> dict[str, Found]:
    return {question.id: question for question in raised(read(text))}


def cut(start: str, end: str) -> Callable[[str], str]:
    """An edit that removes everything from `start` to `end`."""

    def edit(text: str) -> str:
        at = text.index(start)
        return text[:at] + text[text.index(end, at) :]

    return edit


def put(old: str, new: str, after: str = "") -> Callable[[str], str]:
    return lambda text: swapped(text, old, new, after)


def in_answer(section: str, old: str, new: str) -> Callable[[str], str]:
    """An edit of the form of a section's answer."""

    def edit(text: str) -> str:
        at = text.index("#### Response", text.index(section))
        return text[:at] + swapped(text[at:], old, new)

    return edit


# The question, the edit that raises it, and what stands on its lines.
EDITS: dict[str, tuple[Callable[[str], str], list[str]]] = {
    "endpoint-not-in-table.read-the-log": (
        cut("Read the log |", "\n## Acc"), [f"`{LOG}`"]),
    "endpoint-not-described.get-users-other": (
        put("\n## Acc", "Other | <b>GET</b> `GET /users/{userId}/other`\n\n## Acc"), ["/other`"]),
    "method-unknown.options-users-meadow-accounts": (
        lambda text: text + f"\n### Ask\n\n`OPTIONS {ONE}`\n", ["`OPTIONS"]),
    "endpoint-only-mentioned.post-users-easy": (
        put("An error", "Better use `POST /users/{userId}/easy`. An error"), ["/easy`"]),
    "endpoint-described-twice.close-an-account": (
        put(LOG_SECTION, f"### Again\n\n`DELETE {ONE}`\n\nOnce more.\n\n{LOG_SECTION}"),
        ['DELETE</span> `', "`DELETE /"]),
    "titles-differ.open-an-account": (
        put("Open an account |", "Create an account |"), ["Create an", 'POST</span> `']),
    "no-answer-form.read-the-log": (
        lambda text: text[: text.index("#### Response", text.index(LOG_SECTION))],
        [f'GET</span> `{LOG}`']),
    "no-body-form.open-an-account": (
        cut("#### Request body", "#### Request examples"), ['POST</span> `']),
    "no-description.get-an-account": (put("Shows the account.\n\n", ""), ['GET</span> `']),
    "no-status-codes": (
        put("An error has the status 4xx or 500 and says why. Where there is no account it is 404.",
            "Errors say why. It is empty where no account is."), ["</span> `"] * 5),
    "no-error-form": (put("An error", "A failure"), ["</span> `"] * 5),
    "create-on-existing.open-an-account": (
        lambda text: cut("### Change an account", "### Close")(
            cut("Change an account |", "Close an")(text)), ['GET</span> `', 'POST</span> `']),
    "none-there.get-an-account": (
        put(" Where there is no account it is 404.", ""), ['GET</span> `', 'DELETE</span> `']),
    "list-without-order.read-the-log": (put("newest of", "last"), ["["]),
    "badges-differ.get": (
        put('class="badge"', 'class="badge badge--info"', LOG_SECTION), ['GET</span> `', "--info"]),
    "types-differ.login": (put('"login": "string"', '"login": "int"'), ['"login": '] * 6),
    "spellings-differ.login": (put('"login": "string"', '"login": "str"'), ['"login": '] * 6),
    "values-left-out.stage": (
        put('"STAGE or PRODUCTION"', '"STAGE"'), ['"stage": "STAGE"']),
    "values-open.note": (
        put("Shows the account.", "Shows the account. The value of the note may change."),
        ["The value of the note", *['"note"'] * 4]),
    "form-of-nothing.an-account": (
        put("Requests are", 'An account:\n\n```\n{"other": "str"}\n```\n\nRequests are'),
        ['{"other"']),
    "answers-differ.open-an-account": (
        in_answer("### Open", '  "active": "boolean",\n', ""), ["{"] * 2),
    "sent-and-not-shown.open-an-account.login": (
        in_answer("### Open", '  "login": "string",\n', ""), ['"login"', "{"]),
    "names-differ.openedTime.openedDate": (
        put('"at": "yyyy-MM-ddTHH:mm:ss.SZ"',
            '"openedDate": "yyyy-MM-dd\'T\'HH:mm:ss.SSS\'Z\'"'),
        ['"openedTime"'] * 4 + ['"openedDate"']),
    "form-unreadable.read-the-log": (put('"STARTED" or', "5x or"), ["5x or"]),
    "not-json.read-the-log.answers": (put("```\n[", "```json\n["), ['"STARTED"']),
    "required-or-not": (put("All fields are required.", "Opens it."), ["{\n", "{\n"]),
    "json-not-labelled.open-an-account": (
        put(" -H 'Content-Type: application/json'", ""), ["curl -X POST"]),
    "example-has-other-fields.change-an-account": (
        put('{"login": "me", ', "{", "### Change"), ["curl -X PUT"]),
    "example-has-other-values.change-an-account": (
        put('"stage": "STAGE"', '"stage": "LIVE"', "curl -X PUT"), ["curl -X PUT"]),
    "comma-missing.read-the-log": (
        put('"yyyy-MM-ddTHH:mm:ss.SZ",', '"yyyy-MM-ddTHH:mm:ss.SZ"', LOG_SECTION), ['"what"']),
    "example-has-another-method.read-the-log": (
        put("-X GET", "-X POST", LOG_SECTION), ["curl -X POST"]),
    "example-has-another-url.get-an-account": (
        put(f'(f"{BASE_URL}/users', f'(f"{BASE_URL}/people'), ["headers ="]),
    "example-not-readable": (put('(f"https', '((f"https'), ["headers ="]),
    "example-url-not-filled": (put('(f"https', '("https'), ["headers ="]),
    "example-headers-differ.get-an-account": (
        put('"Authorization": f"Bearer {token}"', ""), []),
    "no-example.read-the-log": (
        lambda text: cut("#### Request examples", "#### Response")(
            text[text.index(LOG_SECTION):]).join([text[: text.index(LOG_SECTION)], ""]),
        [f'GET</span> `{LOG}`']),
    "duration-without-start.90-days": (put("90 days after the opening", "90 days"), ["90 days"]),
    "action-not-described.revok": (put("Changes the account.", "A token may be revoked."),
                                   ["revoked"]),
    "no-base-url": (lambda text: text.replace(BASE_URL, ""), ["</span> `"] * 5),
    "badge-differs.close-an-account": (
        put('>DELETE</span> `', '>POST</span> `', "### Close"), ['POST</span> `']),
    "path-differs.open-an-account": (
        put(f"POST</span> `{ONE}`", "POST</span> `/users/{userId}/meadow`"), ["meadow`"]),
    "path-written-otherwise.read-the-log": (
        put(f"`{LOG}`", f"`{LOG}/`", "Read the log"), ["/log/`"]),
    "further-form.read-the-log": (
        lambda text: text + f"Or:\n\n```\n{ENTRIES}```\n", ["[", "["]),
    "further-address.https-api-old-meadow-example": (
        put("## Acc", "```\nhttps://api.old.meadow.example\n```\n\n## Acc"), ["old.meadow"]),
    "box-not-closed": (put("## Acc", ":::tip\nOpen.\n\n## Acc"), [":::tip"]),
    "command-breaks-off.open-an-account": (
        put("-H \"Auth", "\\\n-H \"Content-Type: text/plain\"\n-H \"Auth", "### Open"),
        ['-H "Content']),
    "example-sends-choice.open-an-account": (
        put('"stage": "STAGE"', '"stage": "STAGE or PRODUCTION"', "### Open"), ["curl -X POST"]),
    "secret-shown.password": (
        lambda text: text.replace('"active": "boolean"', '"password": "string"'),
        ['"password"'] * 4),
    "fields-of-nothing.other": (
        put("Requests are", 'An account:\n\n```\n{"login": "string", "other": "str"}\n```\n\n'
            "Requests are"), ['"other"']),
    "no-authentication": (put("Requests are authorized by a bearer token. ", ""), []),
    "parameter-not-described.userId": (put("The userId is", "The name is"), ["</span> `"] * 5),
    "parameter-form-open.userId": (put("The userId is a UUID.", "The userId is yours."),
                                   ["</span> `"] * 5),
    "link-to-nowhere.get-it": (put("#get-an-account", "#get-it"), ["[get]:"]),
    "entity-without-semicolon": (put("Shows the account.", "Shows&nbsp the account."), ["&nbsp"]),
}  # fmt: skip


def test_a_page_that_leaves_nothing_open_raises_no_question() -> None:
    assert questions(SIBLING) == {}


@pytest.mark.parametrize("name", EDITS)
def test_a_gap_is_found_with_its_lines(name: str) -> None:
    edit, parts = EDITS[name]
    text = edit(SIBLING)
    found = questions(text)
    assert name in found
    shown = text.splitlines()
    on_lines = [shown[number - 1] for number in found[name].lines]
    assert on_lines
    if parts:
        assert len(on_lines) == len(parts)
        assert all(p.strip() in line for p, line in zip(parts, on_lines, strict=True))


# Where one edit opens further gaps: their ids.
FURTHER: dict[str, set[str]] = {
    "method-unknown.options-users-meadow-accounts": {
        "endpoint-not-in-table.ask",
        "no-answer-form.ask",
        "no-description.ask",
        "no-example.ask",
    },
    "no-answer-form.read-the-log": {"example-reads-undocumented-json.read-the-log"},
    "fields-of-nothing.other": {"form-of-nothing.an-account"},
    "sent-and-not-shown.open-an-account.login": {"answers-differ.open-an-account"},
}


@pytest.mark.parametrize("name", EDITS)
def test_a_gap_raises_no_question_that_is_none(name: str) -> None:
    assert set(questions(EDITS[name][0](SIBLING))) == {name, *FURTHER.get(name, ())}


REWORDED = {
    "duration": put("90 days after the opening", "entries older than 90 days are gone"),
    "parameter": put("The userId is a UUID.", "The id of the user is a UUID."),
    "error-form": put("An error has the status 4xx or 500 and says why. Where there is no account "
                      "it is 404.", "#### Response 404\n\n```\n{\"why\": \"str\"}\n```"),
}  # fmt: skip


@pytest.mark.parametrize("name", REWORDED)
def test_other_words_for_an_answer_raise_no_question(name: str) -> None:
    assert set(questions(REWORDED[name](SIBLING))) <= {"none-there.get-an-account"}


def test_a_field_of_an_error_is_another_field() -> None:
    text = SIBLING + '#### Response 409\n\n```\n{"note": "int", "at": "str"}\n```\n'
    assert questions(text) == {}


@pytest.mark.parametrize(
    ("known", "counted"),
    [
        ((), ["types-differ.login"]),
        (("types-differ.login",), []),
        # A question about something that is called otherwise now.
        (("types-differ.name", "no-base-url"), []),
        (("no-base-url",), ["types-differ.login"]),
    ],
)
def test_a_new_question_counts(known: tuple[str, ...], counted: list[str]) -> None:
    raised_now = raised(read(EDITS["types-differ.login"][0](SIBLING)))
    assert [question.id for question in new(raised_now, known)] == counted


@pytest.mark.parametrize(
    "name", [name for name in EDITS if name.partition(".")[0] in ABOUT_WRITING]
)
def test_a_question_about_the_writing_does_not_count(name: str) -> None:
    assert new(raised(read(EDITS[name][0](SIBLING))), ()) == []


def test_what_does_not_count_is_asked_at_all() -> None:
    assert set(ABOUT_WRITING) <= {name.partition(".")[0] for name in EDITS}


def test_every_rule_has_an_edit() -> None:
    pages = [read(edit(SIBLING)) for edit, _ in EDITS.values()]
    silent = [rule.__name__ for rule in RULES if not any(any(rule(page)) for page in pages)]
    assert silent == []


def test_the_contracts_questions_are_questions_of_our_own() -> None:
    for question in CONTRACT.questions.values():
        assert question.sentence.endswith("?")
        assert question.source.page.documented
