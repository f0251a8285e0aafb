"""What is written into a recording, and what matches: without secrets, and exactly."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any
from urllib.parse import quote

import pytest
from vcr.request import Request

from contracts.masking.masking import Secrets
from contracts.service.store import known_leaf_users
from contracts.session.cassettes import MATCH_ON, Scrubber, authorised, canonical_body
from contracts.spec.load import load

CONTRACT = load()
FIRST, SECOND = known_leaf_users(CONTRACT)
TOKEN, LEAF_USER = "a-real-token-9b1f4c77", "7d3c2f6e-52f0-4a55-9a0e-2f4b8a1c9d10"
BASE_URL = "https://staging.example.com/services/usermanagement/api"

# ------------------------------------------------------------- what is written down


@pytest.fixture
def scrubber() -> Scrubber:
    secrets = Secrets(CONTRACT.secret_fields)
    secrets.keep(TOKEN, "token")
    values = {"grower-of-acme@example.com": "contract-suite@example.com", "ACME": "short"}
    return Scrubber(CONTRACT, secrets, f"{BASE_URL}/", (LEAF_USER, SECOND), values)


def request(
    body: bytes = b"", uri: str = f"{BASE_URL}/users/{LEAF_USER}/x", **headers: str
) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", uri, body, named)


def response(body: bytes, **headers: str) -> dict[str, Any]:
    return {
        "status": {"code": 200, "message": "OK"},
        "headers": {name.replace("_", "-"): [value] for name, value in headers.items()},
        "body": {"string": body},
    }


def test_a_request_is_written_without_its_token_and_with_few_headers(scrubber: Scrubber) -> None:
    written = scrubber.request(
        request(Authorization=f"Bearer {TOKEN}", Accept="a/b", Cookie="c=1", X_Trace=TOKEN)
    )
    assert dict(written.headers) == {"Authorization": "Bearer ***", "Accept": "a/b"}


def test_the_request_that_is_sent_stays_as_it_was(scrubber: Scrubber) -> None:
    sent = request(b'{"password": "a-real-password-1"}', Authorization=f"Bearer {TOKEN}")
    scrubber.request(sent)
    assert sent.body == b'{"password": "a-real-password-1"}'
    assert sent.headers["Authorization"] == f"Bearer {TOKEN}"


def test_an_address_is_written_as_the_documented_one(scrubber: Scrubber) -> None:
    for user, example in ((LEAF_USER, FIRST), (SECOND, SECOND)):
        written = scrubber.request(request(uri=f"{BASE_URL}/users/{user}/x?t={quote(TOKEN)}"))
        assert written.uri == f"{CONTRACT.base_url}/users/{example}/x?t=***"


def test_a_body_is_written_without_secrets_by_name_and_by_value(scrubber: Scrubber) -> None:
    body = {
        "password": "a-real-password-1",
        "nested": [{"refreshToken": "r", "access_token": "s", "Password": 5}],
        "note": f"I am {TOKEN}, and {base64.b64encode(TOKEN.encode()).decode()}",
        "username": "grower-of-acme@example.com",
        "organizationCode": "ACME",
    }
    written = json.loads(scrubber.request(request(json.dumps(body).encode())).body)
    assert written == {
        "password": "***",
        "nested": [{"refreshToken": "***", "access_token": "***", "Password": "***"}],
        "note": "I am ***, and ***",
        "username": "contract-suite@example.com",
        "organizationCode": "short",
    }


def test_a_secret_that_was_sent_is_not_written_when_it_comes_back(scrubber: Scrubber) -> None:
    scrubber.request(request(b'{"password": "a-real-password-1"}'))
    echo = scrubber.response(response(b'{"message": "a-real-password-1 is too weak"}'))
    assert echo["body"]["string"] == b'{"message": "*** is too weak"}'


def test_an_answer_is_written_without_secrets_and_with_a_length_that_is_right(
    scrubber: Scrubber,
) -> None:
    answer = response(
        b'{"accessToken": "a-real-access-token-1"}',
        Content_Length="40", Set_Cookie="s=1", Server="nginx", X_Echo=TOKEN, Location=BASE_URL,
    )  # fmt: skip
    written = scrubber.response(answer)
    assert written["body"]["string"] == b'{"accessToken": "***"}'
    assert written["headers"] == {
        "Content-Length": ["22"], "X-Echo": ["***"], "Location": [CONTRACT.base_url],
    }  # fmt: skip
    assert answer["body"]["string"] == b'{"accessToken": "a-real-access-token-1"}'


@pytest.mark.parametrize("coding", ["gzip", "deflate", "x-gzip", "gzip, gzip"])
def test_a_compressed_body_is_written_decoded_and_without_secrets(
    coding: str, scrubber: Scrubber
) -> None:
    body = b'{"accessToken": "a-real-access-token-1", "note": "N\xc3\xb6"}'
    packed = zlib.compress(body) if coding == "deflate" else gzip.compress(body)
    packed = gzip.compress(packed) if "," in coding else packed
    written = scrubber.response(response(packed, Content_Encoding=coding, Content_Length="9"))
    plain = '{"accessToken": "***", "note": "Nö"}'.encode()
    assert written["body"]["string"] == plain
    assert written["headers"] == {"Content-Length": [str(len(plain))]}


@pytest.mark.parametrize(
    "packed", [b"no gzip", gzip.compress(b"a-real-secret")[:-9]], ids=["another", "cut"]
)
def test_a_body_that_is_not_what_it_says_is_left_out(packed: bytes, scrubber: Scrubber) -> None:
    written = scrubber.response(response(packed, Content_Encoding="gzip"))
    assert written["body"]["string"] == b""


def test_headers_are_written_in_ascii(scrubber: Scrubber) -> None:
    answer = response(b"", X_Place="Münster", X_Odd="a\x01b", X_Echo=f"é {TOKEN}")
    answer["status"]["message"] = f"Nicht möglich {TOKEN}"
    written = scrubber.response(answer)
    assert written["headers"] == {
        "X-Place": ["M\\xfcnster"], "X-Odd": ["a\\x01b"], "X-Echo": ["\\xe9 ***"],
    }  # fmt: skip
    assert written["status"] == {"code": 200, "message": "Nicht m\\xf6glich ***"}


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"session": JWT, "id": "x"}),
        json.dumps({"deep": [{"note": f"use {JWT}, please"}]}),
        json.dumps({"body": json.dumps({"headers": f"x-trace: {JWT}"})}),
        f"<p>{JWT}</p>",
        f'{{"session": "{JWT}", "cut',
        "x",
    ],
    ids=["field", "text", "JSON in JSON", "HTML", "cut", "header alone"],
)
def test_what_looks_like_a_token_is_not_written(body: str, scrubber: Scrubber) -> None:
    written = scrubber.response(response(body.encode(), X_Session=JWT))
    assert JWT not in str(written)
    assert written["headers"]["X-Session"] == ["***"]


def test_what_was_sent_and_identifiers_are_written_though_they_look_like_tokens(
    scrubber: Scrubber,
) -> None:
    sent, given = "0123456789abcdef" * 3, "fedcba9876543210" * 3
    scrubber.request(request(json.dumps({"clientId": sent}).encode()))
    body = json.dumps({"id": given, "clientId": sent, "note": f"about {given}"}).encode()
    assert scrubber.response(response(body))["body"]["string"] == body


def test_a_body_that_is_no_json_is_written_without_secrets_too(scrubber: Scrubber) -> None:
    written = scrubber.response(response(f"<p>{TOKEN} of {LEAF_USER}</p>".encode()))
    assert written["body"]["string"] == f"<p>*** of {FIRST}</p>".encode()


# ------------------------------------------------------------- what matches


def test_bodies_match_as_json() -> None:
    one = request(b'{"a": 1, "clientEnvironment": "STAGE"}')
    assert canonical_body(one, request(b'{ "clientEnvironment":"STAGE","a":1 }'))
    for other in (
        b'{"a": 1, "clientEnvironment": "PRODUCTION"}', b'{"a": 1}', b'{"a": "1"}', b"",
        b'{"a": true, "clientEnvironment": "STAGE"}', b"[1]",
    ):  # fmt: skip
        assert not canonical_body(one, request(other)), other
    assert canonical_body(request(b"no json"), request(b"no json"))
    assert not canonical_body(request(b"no json"), request(b"other"))


def test_a_request_with_a_token_does_not_match_one_without() -> None:
    with_token, without = request(Authorization="Bearer ***"), request()
    assert authorised(with_token, request(authorization="Bearer x"))
    assert authorised(without, request(Accept="x"))
    assert not authorised(with_token, without)


def test_all_of_it_must_match() -> None:
    assert set(MATCH_ON) == {"method", "uri", "canonical_body", "authorised"}
