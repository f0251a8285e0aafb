"""`panorama.yaml` can be read, and a mistake in it gets one sentence that names the line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contracts.spec import yaml_nodes
from contracts.spec.load import load, names
from contracts.spec.model import LEVELS
from contracts.spec.types import Choice
from contracts.spec.yaml_nodes import DataError
from tests.helpers.contract_file_helpers import (
    LINES,
    NAME,
    SHARED_TEXT,
    TEXT,
    Texts,
    changed,
    complaint,
    line_of,
    place_of,
    replaced,
)

CONTRACT = load()

# ------------------------------------------------------------- what it says


def test_the_contract_has_the_endpoints_of_the_page() -> None:
    path = "/users/{leafUserId}/panorama-credentials"
    assert {e.request for e in CONTRACT.endpoints.values()} == {
        f"GET {path}",
        f"POST {path}",
        f"DELETE {path}",
        f"GET {path}/events",
        "POST /users/{leafUserId}/one-click-integration/Panorama",
    }
    assert {e.request for e in CONTRACT.support.values()} == {
        "POST /api/authenticate",
        "POST /users",
        "DELETE /users/{leafUserId}",
    }


def test_the_most_exact_notation_of_a_field_holds_in_every_form() -> None:
    kinds = {
        form.fields["clientEnvironment"]
        for form in CONTRACT.forms.values()
        if "clientEnvironment" in form.fields
    }
    assert kinds == {Choice(("STAGE", "PRODUCTION"))}


def test_every_level_is_used() -> None:
    assert {requirement.level for requirement in CONTRACT.requirements.values()} == set(LEVELS)


def test_every_requirement_has_an_id_by_name_a_sentence_and_a_source() -> None:
    for name, requirement in CONTRACT.requirements.items():
        assert name == requirement.id
        endpoint, _, rest = name.partition(".")
        assert endpoint == requirement.endpoint
        assert rest
        assert requirement.sentence.endswith(".")
        assert not set("{}") & set(requirement.sentence.replace("{leafUserId}", ""))
        assert requirement.source.heading


def test_what_is_documented_stands_on_a_page_of_leafs() -> None:
    standards = {r.id for r in CONTRACT.requirements.values() if not r.source.page.documented}
    advisory = {r.id for r in CONTRACT.requirements.values() if r.advisory}
    assert standards <= advisory
    assert standards


def test_every_shared_page_and_field_is_used_by_some_contract() -> None:
    contracts = [load(name) for name in names()]
    sources = {
        item.source.page.id
        for contract in contracts
        for part in (contract.requirements, contract.forms, contract.freedoms)
        for item in part.values()
    }
    fields = {n for c in contracts for form in c.forms.values() for n in form.fields}
    assert {*part_names("pages"), *part_names("pages", shared=True)} <= sources
    # externalId is optional, behind the dots of its form.
    assert set(part_names("fields", shared=True)) == {*fields, "externalId"} & {
        *part_names("fields", shared=True)
    }


def part_names(part: str, *, shared: bool = False) -> list[str]:
    """The names in a part of the contract, or of what all contracts share."""
    text = SHARED_TEXT if shared else TEXT
    return list(yaml_nodes.parse(text, NAME).mapping()[part].mapping())


def test_the_examples_keep_to_their_forms_so_that_secrets_stand_out() -> None:
    for name in CONTRACT.secret_fields:
        assert "example" in str(CONTRACT.fields[name].example)


# ------------------------------------------------------------- what is wrong with it

# What is wrong: the line's beginning, what stands there, what stands there instead, a word of the
# sentence, and how many lines further down the mistake is then.
SENTENCE = 'sentence: "{request} succeeds'
MISTAKES = {
    "unknown-level": ("level: documented", "documented", "documentd", "level 'documentd'", 0),
    "unknown-page": ("source: {page: panorama", "panorama", "panorma", "page 'panorma'", 0),
    "unknown-source": ("source: endpoint", "endpoint", "endpiont", "source 'endpiont'", 0),
    "unknown-role-of-a-requirement": ('- id: "{create}.stores"', "create", "cretae", "'cretae'", 0),
    "unknown-endpoint-of-a-family": ("each: {endpoint: [read", "read", "raed", "'raed'", 0),
    "unknown-axis": ("each: {field: fields taken and answered}", "taken", "tkn", "axis", 0),
    "unknown-form": ("takes: credentials-body", "body", "boby", "form 'credentials-boby'", 0),
    "unknown-key": ("level: documented", "documented", "documented\n    levle: no", "'levle'", 1),
    "unknown-key-of-a-field": ("volatile: true", "volatile", "volatil", "'volatil'", 0),
    "unknown-key-of-a-page": ("sense: {title", "documented", "dokumented", "'dokumented'", 0),
    "unknown-braces-in-a-sentence": (SENTENCE, "{request}", "{requset}", "requset", 0),
    "positional-braces-in-a-sentence": (SENTENCE, "{request}", "{}", "braces", 0),
    "unbalanced-braces-in-a-sentence": (SENTENCE, "{request}", "{request", "braces", 0),
    "braces-without-each": ('- id: "{endpoint}.json"', "json", "{nothing}", "`each`", 0),
    "documented-without-a-page-of-leafs": ("source: log", "log", "{page: sense, heading: Logs}",
                                           "Good sense", 0),
    "number-that-is-none": ("clock_skew: 300", "300", "five", "number", 0),
    "flag-that-is-none": ("volatile: true", "true", "maybe", "true or false", 0),
    "base-url-that-is-none": ("base_url:", "https:", "ftp:", "URL", 0),
    "request-line-that-is-none": ("request: GET", "GET", "GTE", "request line", 0),
    "path-parameter-that-is-not-described": ("request: GET", "leafUserId", "userId", "'userId'", 0),
    "text-that-is-missing": ("title: Leaf's", "Leaf's Precision Planting Panorama credentials",
                             "", "text", 0),
    "list-for-a-text": ("summary: Read the Pan", "Read the Panorama credentials of a Leaf user",
                        "[a, b]", "text", 0),
    "tab": ("panorama: {title", "panorama", "\tpanorama", "", 0),
    "bracket-that-was-never-opened": ("answers: credentials-read", "read", "read: ]", "", 0),
    "duplicate-field": ("sharingUrlId: {desc", "sharingUrlId", "username", "'username'", 0),
    "negative-number": ("clock_skew: 300", "300", "-1", "negative", 0),
    "number-that-json-does-not-know": ("clock_skew: 300", "300", ".nan", "number", 0),
    "unknown-role": ("role: read", "read", "raed", "role 'raed'", 0),
    "unknown-role-that-is-needed": ("needs: [read]", "read", "raed", "role 'raed'", 0),
    "unknown-word-for-every-endpoint": ("each: {endpoint: every endpoint}", "every", "any",
                                        "'any endpoint'", 0),
    "part-of-an-endpoint-for-a-freedom": ("- {id: none-there", "source: read", "source: answer",
                                          "'answer'", 0),
    "id-without-an-endpoint": ('- id: "{create}.stores"', '"{create}.stores"', "stores", "", 0),
    "unknown-required-field": ("required: {fields: all", "all", "[clientIdd]", "'clientIdd'", 0),
    "switched-off-and-not-there": ("base_url:", "base_url:", "without: {no-such: why}\nbase_url:",
                                   "'no-such'", 0),
    "duplicate-endpoint": ("delete:", "delete", "create", "'create'", 0),
    "duplicate-key": ("level: documented", "documented", "documented\n    level: advisory",
                      "'level'", 1),
    "unknown-support": ("supports: [one-click.succeeds]", "succeeds", "succedes",
                        "'one-click.succedes'", 0),
    "duplicate-statement": ("- id: one-click.handshake", "handshake", "advised",
                            "'one-click.advised'", 0),
    "duplicate-question": ("- id: no-status-codes", "status-codes", "error-form",
                           "'no-error-form'", 0),
    "statement-without-terms": ("terms: [recommend*", "recommend* | advise* | prefer*, one-click",
                                "", "term", 0),
    "endless-example": ("name: {description: The Leaf", "Contract suite", "&a [*a]", "inside", 0),
    "duplicate-freedom": ("- {id: none-there", "none-there", "status-codes", "'status-codes'", 0),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_with_its_line(name: str) -> None:
    start, old, new, word, below = MISTAKES[name]
    text, place = changed(start, old, new)
    message = complaint(text)
    assert message.startswith(place.led(below))
    assert word in message


def test_a_duplicate_says_where_the_first_one_stands() -> None:
    text, _ = changed("sharingUrlId: {desc", "sharingUrlId", "username")
    assert f"first on line {line_of('username: {desc')}" in complaint(text)


def test_a_requirement_that_stands_twice_is_named() -> None:
    text, place = changed('- id: "{create}.again"', "again", "stores")
    assert complaint(text) == place.led() + "the requirement 'create.stores' stands here twice"


def test_a_family_that_gives_an_id_that_is_there_already_is_named() -> None:
    start = '- id: "{read}.keeps.{field}"'
    text = replaced(start, '  - id: "{read}.response.{field}"')
    message = complaint(text)
    assert message == place_of(start).led() + "the requirement 'read.response.id' stands here twice"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"createdTime": "yyyy-', '"createdTime": "yyyyy-'),
        ('"clientEnvironment": "STAGE" or', '"clientEnvironment": STAGE or'),
        ('"createdTime": "yyyy-', '"createdTime" "yyyy-'),
        ('"statusCode": "int"', '"statusCode": "int'),
        ('"accessToken": "str"', '"accessToken": 5x'),
    ],
    ids=["date pattern", "bare word", "no colon", "open quotes", "number"],
)
def test_a_notation_that_cannot_be_read_is_named_with_the_line_inside_of_the_block(
    old: str, new: str
) -> None:
    line = next(n for n, text in enumerate(LINES, start=1) if old in text)
    message = complaint("\n".join([*LINES[: line - 1], LINES[line - 1].replace(old, new),
                                   *LINES[line:]]))  # fmt: skip
    assert message.startswith(f"{NAME}:{line}: the notation cannot be read: ")


def test_a_block_that_ends_too_early_is_named_on_its_last_line() -> None:
    text = replaced('{"id_token": "str"}', '      {"id_token": "str"')
    line = line_of('{"id_token"', text.shared)
    number = int(complaint(text).split(":")[1])
    assert number in (line, line + 1)


def test_a_notation_on_one_line_is_named_with_that_line() -> None:
    text, place = changed("notation: '\"uuid\"'", "uuid", "uiud")
    assert complaint(text).startswith(place.led() + "the notation cannot be read: ")


def test_forms_that_contradict_each_other_are_named() -> None:
    line = line_of("credentials-created:")
    at = next(n for n in range(line, len(LINES)) if '"clientId": "str"' in LINES[n])
    text = "\n".join([*LINES[:at], LINES[at].replace('"str"', '"int"'), *LINES[at + 1 :]])
    message = complaint(text)
    assert "`clientId`" in message
    assert "contradicts" in message
    assert line <= int(message.split(":")[1]) <= at + 1


def test_a_field_of_a_form_that_is_not_described_is_named() -> None:
    at = next(n for n, text in enumerate(LINES) if '"sharingUrlId": "str"' in text)
    text = "\n".join([*LINES[:at], LINES[at].replace("sharing", "shared"), *LINES[at + 1 :]])
    message = complaint(text)
    assert "'sharedUrlId'" in message
    assert line_of("one-click-body:") <= int(message.split(":")[1]) <= at + 1


@pytest.mark.parametrize(
    "key",
    ["contract", "title", "version", "base_url", "pages", "forms", "endpoints"],
)
def test_a_missing_part_is_named(key: str) -> None:
    parts = re.split(r"(?m)^(?=\w)", TEXT)
    text = "".join(part for part in parts if not part.startswith(f"{key}:"))
    assert text != TEXT
    message = complaint(text)
    assert re.match(rf"{NAME}:\d+: ", message)
    assert f"the key {key!r} is missing" in message


@pytest.mark.parametrize("key", ["id", "level", "sentence", "source"])
def test_a_missing_key_of_a_requirement_is_named_with_the_requirements_line(key: str) -> None:
    place = place_of('- id: "{delete}.removes"')
    lines = SHARED_TEXT.splitlines()
    entry = [line for line in lines[place.line - 1 : place.line + 4] if f"{key}: " not in line]
    entry[0] = "  - " + entry[0].strip().removeprefix("- ")
    text = Texts(
        shared="\n".join([*lines[: place.line - 1], *entry, *lines[place.line + 4 :]]) + "\n"
    )
    assert complaint(text) == place.led() + f"the key {key!r} is missing"


@pytest.mark.parametrize(
    "text", ["", "\n\n", "# only a comment\n"], ids=["empty", "blank", "comment"]
)
def test_an_empty_file_is_named(text: str) -> None:
    assert complaint(text) == f"{NAME}:1: the file is empty"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1, 2\nb: 3\n", 2),
        ("a: 1\n\tb: 2\n", 2),
        ("a: 'open\n", 2),
        ("a: &x 1\nb: *y\n", 2),
        ("a: 1\n---\nb: 2\n", 2),
        ("a: b: c\n", 1),
        ("%YAML\na: 1\n", 1),
    ],
    ids=["bracket", "tab", "quote", "alias", "two documents", "two colons", "directive"],
)
def test_what_is_not_yaml_is_named_with_its_line(text: str, line: int) -> None:
    assert re.match(rf"{NAME}:({line}|{line - 1}): \w", complaint(text))


@pytest.mark.parametrize("text", ["text", "- a\n- b\n", "5"], ids=["text", "list", "number"])
def test_what_is_no_mapping_is_named(text: str) -> None:
    assert complaint(text) == f"{NAME}:1: a mapping (key: value) is expected here"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("title: Größe".encode("latin-1"))
    for path in (tmp_path / "missing.yaml", tmp_path / "latin.yaml", tmp_path):
        with pytest.raises(DataError, match="cannot be read") as caught:
            load(path)
        assert str(path) in str(caught.value)


# ------------------------------------------------------------- mistakes that end in a traceback


@pytest.mark.parametrize(
    ("start", "old", "new", "below"),
    [
        pytest.param('- id: "{endpoint}.json"', "{endpoint}.json", "{endpoint.json", 0,
                     id="unbalanced braces in an id"),
        pytest.param('- id: "{endpoint}.json"', ".json", ".json.{}", 0,
                     id="empty braces in an id"),
        pytest.param("each: {endpoint: [create, change, handshake], field: choices taken, value",
                     "field: choices taken, value: values of field",
                     "value: values of field, field: choices taken", 0,
                     id="values before their field"),
        pytest.param("each: {endpoint: every endpoint}", "every endpoint", "{raed: reading}", 0,
                     id="an endpoint with words"),
        pytest.param(SENTENCE, "{request}", "{request.line}", 0,
                     id="an attribute in a sentence"),
        pytest.param('{"id_token": "str"}', '{"id_token": "str"}', '["str"]', 0,
                     id="a form that is no object"),
        pytest.param("status:", "status:", "status: {description: x, example: !no x}\n  state:", 0,
                     id="an unknown tag"),
        pytest.param("base_url:", "https://api", "https://[api", 0,
                     id="half an address"),
        pytest.param("title: Leaf's", "Leaf's", "Leaf's \x07", 0,
                     id="a control character"),
        pytest.param("freedoms:", "freedoms:", "unknown:\n  key: 1\nfreedoms:", 0,
                     id="a key above its value"),
        pytest.param("clock_skew: 300", "clock_skew", "clock_skwe", 0,
                     id="an unknown tolerance"),
        pytest.param("request: DELETE", "DELETE", "GET", 0,
                     id="a request line twice"),
        pytest.param("example: 00000000-0000-4000-8000-000000000001", "00000000-", "leaf-", 0,
                     id="an example that is no UUID"),
    ],
)  # fmt: skip
def test_a_less_likely_mistake_is_named_with_its_line(
    start: str, old: str, new: str, below: int
) -> None:
    text, place = changed(start, old, new)
    assert complaint(text).startswith(place.led(below))
