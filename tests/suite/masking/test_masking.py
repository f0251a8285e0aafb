"""Nothing secret leaves the process: by name, by value, in every spelling, whatever the text is."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest

from contracts.masking.masking import (
    MASK,
    RECENT,
    REMEMBERED,
    Secrets,
    is_telling,
    secret_values,
)
from contracts.spec.load import load

CONTRACT = load()
SECRET = "pä\"ss/ wörd+42&'\\=<x>"
PLAIN = "hunter2-hunter2-x"


def secrets(*kept: str) -> Secrets:
    found = Secrets(CONTRACT.secret_fields)
    for value in kept:
        found.keep(value, "password")
    return found


SPELLINGS = {
    "plain": lambda value: value,
    "JSON": lambda value: json.dumps(value),
    "JSON in letters": lambda value: json.dumps(value, ensure_ascii=False),
    "Python": lambda value: repr({"x": value}),
    "URL": lambda value: quote(value, safe=""),
    "form": lambda value: quote_plus(value),
    "HTML": lambda value: html.escape(value),
    "hexadecimal": lambda value: value.encode().hex(),
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "URL base64": lambda value: base64.urlsafe_b64encode(value.encode()).decode(),
    "basic": lambda value: base64.b64encode(f"me:{value}".encode()).decode(),
    "basic, of two letters": lambda value: base64.b64encode(f"m:{value}".encode()).decode(),
    "base64 in the midst": lambda value: base64.b64encode(f"ab:{value}: and".encode()).decode(),
}
# In each of these a secret with the right letters still gets through.
GAPS = {
    "JSON in JSON": lambda value: json.dumps(json.dumps({"x": value})),
    "URL in small letters": lambda value: quote(value, safe="").replace("%2F", "%2f"),
    "URL with slashes": lambda value: quote(value),
    "JSON with escaped slashes": lambda value: json.dumps(value).replace("/", "\\/"),
    "a header's bytes": lambda value: value.encode().decode("latin-1"),
    "a header's bytes in Python": lambda value: repr([value.encode().decode("latin-1")]),
    "JSON in capitals": lambda value: json.dumps(value).replace("\\u00e4", "\\u00E4"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("value", [SECRET, PLAIN], ids=["with escapes", "without escapes"])
def test_a_value_is_masked_in_every_spelling(value: str, spelling: str) -> None:
    known = secrets(value)
    text = SPELLINGS[spelling](value)
    masked = known.mask(f"before {text} after")
    assert MASK in masked
    assert text not in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert known.shown_in(text)
    assert not known.shown_in(masked)


@pytest.mark.parametrize("spelling", GAPS)
def test_a_value_is_masked_in_rarer_spellings(spelling: str) -> None:
    text = GAPS[spelling](SECRET)
    assert text not in secrets(SECRET).mask(f"before {text} after")


@pytest.mark.parametrize(
    "text",
    [
        '{"password": "VALUE", "x": 1}',
        '{"password":"VALUE"}',
        '{ "password" : "VALUE" }',
        "{'password': 'VALUE'}",
        r'"{\"password\": \"VALUE\"}"',
        r'"{\\\"password\\\": \\\"VALUE\\\"}"',
        '{"PASSWORD": "VALUE"}',
        '{"accessToken": "VALUE", "refreshToken": "VALUE"}',
        '{"id_token": "VALUE"}',
        "body={'password': 'VALUE'},",
        '{"password":\n  "VALUE"}',
    ],
)
def test_a_value_is_masked_by_its_name(text: str) -> None:
    for value in ("s3", "a longer value", "ünïcode 🌾", "it's", ""):
        if "'" in value and "'VALUE'" in text:
            continue
        masked = secrets().mask(text.replace("VALUE", value))
        assert masked == text.replace("VALUE", MASK)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_value_with_quotes_is_masked_by_its_name_in_json_in_json(depth: int) -> None:
    text: object = {"password": 'with "quoted" words', "username": "is kept"}
    for _ in range(depth):
        text = json.dumps(text)
    masked = secrets().mask(str(text))
    assert "quoted" not in masked
    assert "words" not in masked
    assert "is kept" in masked


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(r'{"password": "ends in a backslash \\"}', id="a backslash at the end"),
        pytest.param('{"access_token": "s3"}', id="a name with other separators"),
        pytest.param('{"password": 12345678}', id="a number"),
        pytest.param("password=s3&x=1", id="a form"),
    ],
)
def test_a_value_is_masked_by_its_name_in_rarer_forms(text: str) -> None:
    masked = secrets().mask(text)
    assert not any(value in masked for value in ("s3", "12345678", "backslash"))


def test_names_that_only_look_similar_are_left_alone() -> None:
    for text in ('{"passwordHint": "cat"}', '{"statusCode": "200"}', '{"note": "password: no"}'):
        assert secrets().mask(text) == text


LIKE = (
    "token", "Token", "authToken", "auth_token", "AUTH-TOKEN", "sessionToken", "clientSecret",
    "client_secret", "secret", "apiKey", "api_key", "API-Key", "apikey", "oldPassword",
    "user_passwd", "passphrase", "privateKey", "aws_secret_access_key", "credential",
)  # fmt: skip
UNLIKE = (
    "tokens", "tokenType", "token_type", "tokenExpiresAt", "passwordHint", "passwordPolicy",
    "secretary", "secretName", "apiKeys", "key", "keyId", "monkey", "publicKey", "credentialId",
    "status", "clientId", "tokenizer",
)  # fmt: skip


@pytest.mark.parametrize("name", LIKE)
def test_a_name_that_ends_like_a_secrets_is_masked_wherever_it_stands(name: str) -> None:
    value = "s3cr3t-of-nobody"
    known = Secrets()
    for text in (
        json.dumps({name: value}),
        repr({name: value}),
        json.dumps(json.dumps({name: value})),
        json.dumps({name: 31415926}),
        f"https://host.example/x?{name}={value}&y=1",
        f"{name}={value}",
        f"curl -d '{name}={value}'",
        f"X-{name}: {value}",
        f"> x-{name}: Bearer {value}",
        f"-H 'X-{name}: {value}' https://host.example",
    ):
        masked = known.mask(text)
        assert MASK in masked, text
        assert value not in masked
        assert "31415926" not in masked
        assert known.mask(masked) == masked
    assert known.mask_json({name: value, "list": [{name: 5.5}]}) == {
        name: MASK, "list": [{name: MASK}],
    }  # fmt: skip
    assert known.mask_header(f"X-{name}", value) == MASK


@pytest.mark.parametrize("name", UNLIKE)
def test_a_name_that_only_holds_such_a_word_is_left_alone(name: str) -> None:
    known = Secrets()
    for text in (json.dumps({name: "some value"}), f"?{name}=value", f"X-{name}: value"):
        assert known.mask(text) == text
    assert known.mask_json({name: "value"}) == {name: "value"}
    assert known.mask_header(f"X-{name}", "value") == "value"


@pytest.mark.parametrize(
    "text",
    [
        "tokens: 3 requests",
        "the token: it is missing, expired or invalid",
        "a made-up token is refused; password = any",
        "assert token == expected",
        "client_of(port, token=TOKEN, timeout=1)",
        "    token = settings.token or DEFAULT",
        "read.auth.made-up: accepts it until release 12",
        '"required": ["token", "password"]',
        '"token": {"type": "string"}',
        '{"hasToken": true, "token": null}',
        "Set LEAF_TOKEN, or LEAF_USERNAME and LEAF_PASSWORD.",
        "$LEAF_TOKEN",
    ],
)
def test_prose_and_code_about_secrets_is_left_alone(text: str) -> None:
    assert secrets().mask(text) == text


def test_a_likely_name_masks_no_objects_and_accuses_nobody() -> None:
    known = Secrets()
    value = {"credentials": {"id": "x", "isSecret": True, "token": None, "secret": ["a"]}}
    assert known.mask_json(value) == value
    known.learn({"clientSecret": PLAIN})
    assert not known.shown_in(PLAIN)


def test_json_is_masked_by_name_and_by_value_however_deep() -> None:
    value = {
        "password": SECRET,
        "list": [{"access_token": "x"}, SECRET, 5, None, True],
        f"key {SECRET}": {"refreshToken": {"inner": 1}},
        "accessToken": None,
    }
    assert secrets(SECRET).mask_json(value) == {
        "password": MASK,
        "list": [{"access_token": MASK}, MASK, 5, None, True],
        f"key {MASK}": {"refreshToken": MASK},
        "accessToken": None,
    }


@pytest.mark.parametrize(
    ("name", "value", "masked"),
    [
        ("Authorization", "Bearer abc.def", "Bearer ***"),
        ("authorization", "Basic eDp5", "Basic ***"),
        ("Authorization", "abcdef", "***"),
        ("Cookie", "session=1; other=2", "***"),
        ("Set-Cookie", "session=1; Path=/", "***"),
        ("X-API-Key", "abc", "***"),
        ("Content-Type", "application/json", "application/json"),
        ("X-Debug", f"got {PLAIN}", "got ***"),
    ],
)
def test_headers_are_masked(name: str, value: str, masked: str) -> None:
    assert secrets(PLAIN).mask_header(name, value) == masked


# ------------------------------------------------------------- what is not masked everywhere


@pytest.mark.parametrize("value", ["", "a", "abc"])
def test_a_value_of_a_few_letters_is_not_masked_everywhere(value: str) -> None:
    text = f"the abc of a {value}"
    assert secrets(value).mask(text) == text


@pytest.mark.parametrize("value", ["short", "aaaaaaaaaaaaaaaa", "abababababab", "12341234123412"])
def test_a_plain_value_that_was_only_seen_is_not_masked_everywhere(value: str) -> None:
    known = secrets()
    known.saw(value, "password")
    assert not is_telling(value)
    assert known.mask(f"a {value} b") == f"a {value} b"
    assert not known.shown_in(f"a {value} b")
    assert known.mask(json.dumps({"password": value})) == '{"password": "***"}'


def test_a_configured_value_is_masked_even_if_it_is_plain_but_accuses_nobody() -> None:
    known = secrets("secret")
    assert known.mask("my secret word") == "my *** word"
    assert not known.shown_in("my secret word")


def test_values_are_learnt_from_secret_fields_however_deep_they_stand() -> None:
    known = secrets()
    known.learn([{"a": {"refresh_token": PLAIN, "name": "not-a-secret-value-1"}}])
    assert known.mask(f"{PLAIN} not-a-secret-value-1") == "*** not-a-secret-value-1"
    known.learn({"password": 5, "accessToken": None, "refreshToken": ["x"]})


@pytest.mark.parametrize(
    "value", [[PLAIN], {"inner": [PLAIN]}, [[{"x": PLAIN}]]], ids=["list", "object", "deep"]
)
def test_what_stands_within_a_secret_field_is_masked_and_accuses_nobody(value: object) -> None:
    known = secrets()
    known.learn({"accessToken": value})
    assert known.mask(json.dumps(value)) == json.dumps(value).replace(PLAIN, MASK)
    assert not known.shown_in(PLAIN)


def test_a_long_number_in_a_secret_field_is_masked() -> None:
    known = secrets()
    known.learn({"accessToken": 31415926535897, "password": 12})
    assert known.mask("31415926535897 of 12") == "*** of 12"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('{"password": ["one", "two"], "x": 1}', '{"password": ***, "x": 1}'),
        ('{"password": {"a": "one"}, "x": 1}', '{"password": ***, "x": 1}'),
        ("{'password': ['one', 'two']}", "{'password': ***}"),
        ('{"x": 1, "password": "it is cut he', '{"x": 1, "password": "***"'),
        ('{"x": 1, "password": ["it is cut", "he', '{"x": 1, "password": ***'),
    ],
)
def test_a_value_that_is_no_text_or_cut_is_masked_by_its_name(text: str, masked: str) -> None:
    assert secrets().mask(text) == masked


def test_what_an_answer_can_still_show_are_the_last_values() -> None:
    known = secrets()
    values = [f"value-{number:02d}-of-many" for number in range(RECENT + 2)]
    for value in values:
        known.saw(value, "password")
    assert [known.shown_in(value) for value in values] == [False] * 2 + [True] * RECENT
    assert all(known.mask(value) == MASK for value in values)


def test_a_value_counts_for_its_own_field_and_not_when_it_is_part_of_what_may_be_shown() -> None:
    known = secrets()
    known.saw(PLAIN, "password")
    assert known.shown_in(PLAIN, "password")
    assert not known.shown_in(PLAIN, "accessToken")
    assert not known.shown_in(f"x{PLAIN}y", "password", innocent=[f"x{PLAIN}y"])


def test_secret_values_are_found_by_name_however_deep() -> None:
    value = {"a": [{"pass_word": 1}, {"PassWord": 2}], "password": {"password": 3}}
    found = list(secret_values(value, ["password"]))
    assert sorted(f for f in found if isinstance(f, int)) == [1, 2, 3]


def test_a_value_that_begins_with_another_is_masked_whole() -> None:
    masked = secrets("hunter2", "hunter2-and-the-rest").mask("it is hunter2-and-the-rest")
    assert "rest" not in masked


def test_a_value_of_a_few_letters_is_masked_in_its_own_case_only() -> None:
    assert secrets("leaf12").mask("leaf12 of Leaf12") == "*** of Leaf12"


def test_a_telling_value_is_masked_in_any_case_and_accuses_in_its_own_case_only() -> None:
    known = secrets(PLAIN)
    assert known.mask(PLAIN.upper()) == MASK
    assert known.shown_in(PLAIN)
    assert not known.shown_in(PLAIN.upper())


def test_values_that_overlap_are_masked_together() -> None:
    known = secrets("one-and-two-and", "two-and-three-too")
    assert known.mask("<one-and-two-and-three-too>") == f"<{MASK}>"


@pytest.mark.parametrize("cut", ["…", "..."])
def test_pieces_of_a_value_at_a_cut_are_masked(cut: str) -> None:
    known = secrets(SECRET)
    for letters in range(9, len(SECRET)):
        beginning, end = (json.dumps(s)[1:-1] for s in (SECRET[:letters], SECRET[-letters:]))
        assert known.mask(f"<{beginning}{cut}") == f"<{MASK}{cut}"
        assert known.mask(f"{cut}{end}>") == f"{cut}{MASK}>"
    for escape in ("ä", "%C3%A4", "\\u00e4", "&#228;"):  # cut within an escape
        text = f"hunter2-hunter{escape}-hunter2-hunter3"
        known = secrets("hunter2-hunterä-hunter2-hunter3")
        for at in range(14, 15 + len(escape)):
            masked = known.mask(f"<{text[:at]}{cut} {cut}{text[at:]}>")
            assert "hunter" not in masked.replace(MASK, "")


def test_what_is_forgotten_is_no_longer_masked_and_what_is_kept_is() -> None:
    known = secrets(PLAIN)
    values = [f"value-{number:04d}-of-many" for number in range(REMEMBERED + 1)]
    for value in (PLAIN, *values):
        known.suspect([value])
        known.saw(value, "password")
    assert known.mask(values[0]) == values[0]
    assert known.mask(PLAIN) == known.mask(values[-1]) == known.mask(values[1]) == MASK


def test_a_path_that_ends_like_a_secret_is_no_header() -> None:
    sentence = "GET /users/{leafUserId}/panorama-credentials: none, /a/b-token: 404 Not Found"
    assert Secrets(["password"]).mask(sentence) == sentence
    assert Secrets().mask("X-Auth-Token: abc") == "X-Auth-Token: ***"


@pytest.mark.parametrize("quote", ['"', '\\"'])
@pytest.mark.parametrize("name", ["password", "clientSecret"])
def test_a_variable_of_the_shell_stands_in_a_command_and_hides_nothing(
    name: str, quote: str
) -> None:
    for shown in ("$PANORAMA_PASSWORD", "$LEAF_TOKEN"):
        text = f"{{{quote}{name}{quote}: {quote}{shown}{quote}}}"
        assert secrets().mask(text) == text
    for secret in ("$ecret-Pa55-word", "$PANORAMA_PASSWORD and more", "$lower_case"):
        text = f"{{{quote}{name}{quote}: {quote}{secret}{quote}}}"
        assert secret not in secrets().mask(text)
