"""Recordings: without secrets, matched exactly, dated, and together complete."""

from __future__ import annotations

import ast
import base64
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from vcr.request import Request

from contracts.masking.masking import Secrets
from contracts.service.app import DEFAULT_TOKEN
from contracts.service.store import known_leaf_users
from contracts.session.cassettes import (
    HEADER,
    MATCH_ON,
    MAX_AGE_DAYS,
    Scrubber,
    Serializer,
    authorised,
    canonical_body,
    complaints,
    secrets_in,
)
from contracts.session.folders import CASSETTES
from contracts.spec.load import load
from contracts.spec.types import Choice, Timestamp

CONTRACT = load()
ROOT = Path(__file__).parents[3]
RECORDINGS = "tests/contract/test_recordings.py"
FIRST, SECOND = known_leaf_users(CONTRACT)
FILES = sorted(CASSETTES.glob("*"))
TOKEN, LEAF_USER = "a-real-token-9b1f4c77", "7d3c2f6e-52f0-4a55-9a0e-2f4b8a1c9d10"
BASE_URL = "https://staging.example.com/services/usermanagement/api"
TODAY = datetime(2026, 6, 1, tzinfo=UTC)

for_each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def interactions(path: Path) -> list[dict[str, Any]]:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    found: list[dict[str, Any]] = data["interactions"]
    return found


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


# ------------------------------------------------------------- what is complained of


def test_a_cassette_says_when_and_from_what_it_was_recorded(tmp_path: Path) -> None:
    serializer = Serializer("a test")
    text = serializer.serialize({"version": 1, "interactions": [EXCHANGE]})
    assert text.startswith(f"{HEADER}:\n")
    assert "Größe" in text
    data = serializer.deserialize(text)
    assert data[HEADER]["from"] == "a test"
    assert data[HEADER]["recorded"] == f"{datetime.now(UTC):%Y-%m-%d}"
    assert data["interactions"] == [EXCHANGE]
    path = tmp_path / "one.yaml"
    path.write_text(text, encoding="utf-8")
    assert complaints(path) == []


EXCHANGE = {
    "request": {"method": "GET", "uri": f"{CONTRACT.base_url}/x", "body": "", "headers": {}},
    "response": {"status": {"code": 200}, "headers": {}, "body": {"string": "Größe"}},
}


def cassette(recorded: object = "2026-05-01", source: str | None = "a test") -> str:
    header = {k: v for k, v in {"recorded": recorded, "from": source}.items() if v is not None}
    return yaml.safe_dump({HEADER: header, "interactions": [EXCHANGE]})


COMPLAINTS = {
    "undated": (cassette(None), "does not say when it was recorded"),
    "badly dated": (cassette("last week"), "does not say when it was recorded"),
    "without source": (cassette(source=None), "does not say from what it was recorded"),
    "old": (cassette(f"{TODAY - timedelta(days=MAX_AGE_DAYS + 1):%Y-%m-%d}"), "401 days old"),
    "empty": ("", "holds no recorded exchange"),
    "without exchange": ("interactions: []", "holds no recorded exchange"),
    "a list": ("- 1", "holds no recorded exchange"),
    "no YAML": ("a: [", "is no YAML"),
    "without header": (yaml.safe_dump({"interactions": [EXCHANGE]}), "does not say when"),
    "an exchange that is none": ("interactions: [1]", "something that is no recorded exchange"),
    "half an exchange": (
        yaml.safe_dump({"interactions": [EXCHANGE, {"request": EXCHANGE["request"]}]}),
        "something that is no recorded exchange",
    ),
}


@pytest.mark.parametrize("name", COMPLAINTS)
def test_a_cassette_that_is_not_in_order_is_complained_of(name: str, tmp_path: Path) -> None:
    text, words = COMPLAINTS[name]
    path = tmp_path / "one.yaml"
    path.write_text(text, encoding="utf-8")
    (complaint,) = complaints(path, TODAY)
    assert complaint.startswith("one.yaml ")
    assert words in complaint


@pytest.mark.parametrize("recorded", ["2026-05-01", "2025-05-01", TODAY.date()], ids=str)
def test_a_cassette_in_order_is_not_complained_of(recorded: object, tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(cassette(recorded), encoding="utf-8")
    assert complaints(path, TODAY) == []


def test_a_header_that_is_no_mapping_is_complained_of(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(yaml.safe_dump({HEADER: "text", "interactions": [EXCHANGE]}), encoding="utf-8")
    assert complaints(path, TODAY) == ["one.yaml does not say when it was recorded"]


# ------------------------------------------------------------- the cassettes that are kept


@for_each_file
def test_a_kept_cassette_is_in_order_and_holds_no_secret(path: Path) -> None:
    assert path.suffix == ".yaml"
    assert complaints(path) == []
    secrets = Secrets(CONTRACT.secret_fields)
    secrets.keep(DEFAULT_TOKEN, "token")
    assert not secrets_in(path, secrets)
    for interaction in interactions(path):
        for name, values in interaction["request"]["headers"].items():
            if name.lower() == "authorization":
                assert values == ["Bearer ***"]
        for part in ("request", "response"):
            body = interaction[part]["body"]
            text = body["string"] if isinstance(body, dict) else body or ""
            assert isinstance(text, str), "stored as binary, out of sight of a search"
            for secret in CONTRACT.secret_fields:
                assert not re.search(rf'"{secret}": "(?!\*\*\*")', text)


@for_each_file
def test_a_kept_cassette_knows_the_documented_address_only(path: Path) -> None:
    for interaction in interactions(path):
        uri = interaction["request"]["uri"]
        assert uri.startswith(f"{CONTRACT.base_url}/users/{FIRST}/")
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^/\s\"']+", text)) == {"https://api.withleaf.io"}


def recorded_tests() -> list[str]:
    """The names that the cassettes of the recorded tests have, without running them."""
    tree = ast.parse((ROOT / RECORDINGS).read_text(encoding="utf-8"))
    functions = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name[:5] == "test_"]
    return [function.name.removeprefix("test_") for function in functions]


def test_each_recorded_test_has_its_cassette_and_each_cassette_its_test() -> None:
    names = recorded_tests()
    tests_of = {path.name: [n for n in names if path.stem.partition("-")[0] == n] for path in FILES}
    assert [name for name, tests in tests_of.items() if len(tests) != 1] == [], "orphans"
    assert set(names) == {test for tests in tests_of.values() for test in tests}


def test_together_the_cassettes_show_every_endpoint_value_and_timestamp() -> None:
    answered: dict[str, list[str]] = {name: [] for name in CONTRACT.endpoints}
    for path in FILES:
        for interaction in interactions(path):
            if interaction["response"]["status"]["code"] // 100 == 2:
                name = endpoint_of(interaction["request"])
                answered[name].append(str(interaction["response"]["body"]["string"]))
    assert [name for name, bodies in answered.items() if not bodies] == []
    for name, endpoint in CONTRACT.endpoints.items():
        for field, kind in endpoint.answers.fields.items() if endpoint.answers else ():
            if isinstance(kind, Choice):
                for value in kind.values:
                    assert any(f'"{field}": "{value}"' in body for body in answered[name]), value
            if isinstance(kind, Timestamp):
                assert any(f'"{field}": "2' in body for body in answered[name]), field


def endpoint_of(request: dict[str, Any]) -> str:
    path = request["uri"].removeprefix(CONTRACT.base_url).replace(FIRST, "{leafUserId}")
    (name,) = (
        e.id for e in CONTRACT.endpoints.values() if (e.method, e.path) == (request["method"], path)
    )
    return name
