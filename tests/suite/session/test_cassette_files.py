"""The files of recordings: what is wrong with one is said in a sentence, whatever stands in it."""

from __future__ import annotations

import base64
import copy
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.masking.masking import Secrets
from contracts.session.cassette_files import (
    HEADER,
    MAX_AGE_DAYS,
    complaints,
    orphans,
    out_of_date,
    secrets_in,
    unusable,
)
from contracts.session.cassettes import Serializer
from contracts.session.folders import CASSETTES, cassettes_of
from contracts.spec.load import CONTRACT_FILE, DEFAULT, load

CONTRACT = load()
TOKEN = "a-real-token-9b1f4c77"
TODAY = datetime(2026, 6, 1, tzinfo=UTC)


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
    assert list(complaints(path)) == []


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
    "header without mapping": (
        yaml.safe_dump({HEADER: "text", "interactions": [EXCHANGE]}),
        "does not say when",
    ),
    "without header": (yaml.safe_dump({"interactions": [EXCHANGE]}), "does not say when"),
}


@pytest.mark.parametrize("name", COMPLAINTS)
def test_a_cassette_that_is_not_in_order_is_complained_of(name: str, tmp_path: Path) -> None:
    text, words = COMPLAINTS[name]
    path = tmp_path / "one.yaml"
    path.write_text(text, encoding="utf-8")
    complaint, *_ = complaints(path)
    assert complaint.startswith("one.yaml ")
    assert words in complaint
    assert unusable(path) is None


def changed(*path: str, value: object) -> str:
    """A cassette with one value of its exchange replaced."""
    exchange = copy.deepcopy(EXCHANGE)
    inner: Any = exchange
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return yaml.safe_dump({"interactions": [exchange]})


HOSTILE = {
    "empty": "",
    "without exchange": "interactions: []",
    "a list": "- 1",
    "a text": "text",
    "no YAML": "a: [",
    "no UTF-8": b"\xff\xfe",
    "two documents": "a: 1\n---\nb: 2",
    "a key twice": "interactions: []\ninteractions: []",
    "another key": yaml.safe_dump({"metadata": {}, "interactions": [EXCHANGE]}),
    "an exchange that is none": "interactions: [1]",
    "exchanges that are a text": "interactions: text",
    "half an exchange": yaml.safe_dump({"interactions": [{"request": EXCHANGE["request"]}]}),
    "a part of the exchange more": changed("more", value=1),
    "a part of the request more": changed("request", "more", value=1),
    "a method that is a number": changed("request", "method", value=5),
    "a method that is none": changed("request", "method", value="G ET"),
    "an address that is a number": changed("request", "uri", value=5),
    "an address that is none": changed("request", "uri", value="http://[::1"),
    "a body that is a list": changed("request", "body", value=["x"]),
    "headers that are a list": changed("request", "headers", value=["x"]),
    "a header that is a number": changed("request", "headers", value={"x": [5]}),
    "a header in Latin-1": changed("response", "headers", value={"x": ["\u00e9"]}),
    "a header of two lines": changed("response", "headers", value={"x": ["a\r\nb: c"]}),
    "a header without a name": changed("response", "headers", value={"a b": ["c"]}),
    "a compressed body": changed("response", "headers", value={"Content-Encoding": ["gzip"]}),
    "a status that is a text": changed("response", "status", value={"code": "200"}),
    "a status that is true": changed("response", "status", value={"code": True}),
    "a status that is none": changed("response", "status", value={"code": 20}),
    "a reason in Latin-1": changed("response", "status", value={"code": 200, "message": "\xe9"}),
    "an answer without a body": changed("response", "body", value=None),
    "an answer in binary": changed("response", "body", value={"string": b"\xff\x00"}),
    "an answer that is a number": changed("response", "body", value={"string": 5}),
    "a Python object": "interactions: !!python/object/apply:os.getcwd []",
    "a number that is none": "interactions: [!!int abc]",
    "nested deep": "[" * 30_000,
    "headers nested deep": changed("request", "headers", value=json.loads("[" * 60 + "]" * 60)),
    "aliases that multiply": "a: &a [x,x]\n"
    + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(20)
    ),
    "huge": "# " + "x" * 5_000_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_cassette_that_cannot_be_replayed_is_refused_in_a_sentence_at_once(
    name: str, tmp_path: Path
) -> None:
    content, path = HOSTILE[name], tmp_path / "one.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    started = time.process_time()
    problem = unusable(path)
    assert time.process_time() - started < 3
    assert problem is not None
    assert "one.yaml" in problem
    assert "--record-mode=rewrite" in problem
    assert len(problem.splitlines()) == 1
    assert list(complaints(path)) == [problem]
    assert list(out_of_date(tmp_path)) == []


def test_the_exchange_that_hostile_ones_are_made_of_is_read(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(changed("request", "method", value="GET"), encoding="utf-8")
    assert unusable(path) is None


def test_a_missing_cassette_is_refused_in_a_sentence(tmp_path: Path) -> None:
    assert unusable(tmp_path / "one.yaml") == (
        "one.yaml is missing: record it with --record-mode=rewrite"
    )


@pytest.mark.parametrize("recorded", ["2026-05-01", "2025-05-01", TODAY.date()], ids=str)
def test_a_cassette_in_order_is_not_complained_of(recorded: object, tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(cassette(recorded), encoding="utf-8")
    assert list(complaints(path)) == list(out_of_date(tmp_path, TODAY)) == []


def test_a_cassette_that_is_old_or_undated_is_warned_of(tmp_path: Path) -> None:
    old = f"{TODAY - timedelta(days=MAX_AGE_DAYS + 1):%Y-%m-%d}"
    (tmp_path / "old.yaml").write_text(cassette(old), encoding="utf-8")
    (tmp_path / "undated.yaml").write_text(cassette(None), encoding="utf-8")
    assert list(out_of_date(tmp_path, TODAY)) == [
        "old.yaml is 401 days old: record it anew with --record-mode=rewrite",
        "undated.yaml does not say when it was recorded",
    ]


def test_each_contract_has_a_folder_of_its_own() -> None:
    assert cassettes_of(DEFAULT) == cassettes_of(CONTRACT_FILE) == CASSETTES
    assert cassettes_of("another") == cassettes_of(Path("x/another.yaml")) == CASSETTES / "another"
    assert "another is played by no test" not in str(orphans([], CASSETTES))


@pytest.mark.parametrize(
    "text",
    [
        f"a {TOKEN} in a text",
        f"folded at its spaces: {'a word ' * 15} {TOKEN}",
        json.dumps({"inner": json.dumps({"x": TOKEN})}),
        base64.b64encode(TOKEN.encode()).decode(),
        "session=0123456789abcdef0123456789abcdef0123456789abcdef",
        '{"x": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"}',
    ],
)
def test_a_secret_is_found_in_a_cassette_wherever_it_stands(text: str, tmp_path: Path) -> None:
    secrets = Secrets(CONTRACT.secret_fields)
    secrets.keep(TOKEN, "token")
    path = tmp_path / "one.yaml"
    for content in (
        changed("response", "body", value={"string": text}),
        changed("response", "headers", value={"x": [text]}),
        changed("request", "body", value=text),
        f"# {text}\n{cassette()}",
    ):
        path.write_text(content, encoding="utf-8")
        assert secrets_in(path, secrets) or (content.startswith("#") and TOKEN not in text)
    path.write_text(cassette(), encoding="utf-8")
    assert not secrets_in(path, secrets)


def test_an_identifier_that_looks_like_a_token_may_stand_in_a_cassette(tmp_path: Path) -> None:
    word = "0123456789abcdef0123456789abcdef0123456789abcdef"
    secrets, path = Secrets(CONTRACT.secret_fields), tmp_path / "one.yaml"
    body = {"string": json.dumps([{"id": word, "note": f"about {word}"}])}
    path.write_text(changed("response", "body", value=body), encoding="utf-8")
    assert secrets_in(path, secrets)
    assert not secrets_in(path, secrets, ["id"])
