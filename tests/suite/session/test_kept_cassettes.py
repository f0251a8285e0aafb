"""The cassettes that are kept: in order, without secrets, and together complete."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.masking.masking import Secrets
from contracts.service.app import DEFAULT_TOKEN
from contracts.service.store import known_leaf_users
from contracts.session.cassette_files import (
    complaints,
    secrets_in,
)
from contracts.session.folders import CASSETTES
from contracts.spec.load import load
from contracts.spec.types import Choice, Timestamp

CONTRACT = load()
ROOT = Path(__file__).parents[3]
RECORDINGS = "tests/contract/test_recordings.py"
FIRST, _ = known_leaf_users(CONTRACT)
FILES = sorted(CASSETTES.glob("*.yaml"))


for_each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def interactions(path: Path) -> list[dict[str, Any]]:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    found: list[dict[str, Any]] = data["interactions"]
    return found


@for_each_file
def test_a_kept_cassette_is_in_order_and_holds_no_secret(path: Path) -> None:
    assert path.suffix == ".yaml"
    assert list(complaints(path)) == []
    secrets = Secrets(CONTRACT.secret_fields)
    secrets.keep(DEFAULT_TOKEN, "token")
    assert not secrets_in(path, secrets, CONTRACT.identifiers)
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


def test_together_the_cassettes_send_every_value_of_every_enum_and_a_refused_one() -> None:
    sent: dict[str, list[tuple[str, int]]] = {name: [] for name in CONTRACT.endpoints}
    for path in FILES:
        for interaction in interactions(path):
            status = interaction["response"]["status"]["code"]
            sent[endpoint_of(interaction["request"])].append(
                (interaction["request"]["body"], status)
            )
    for name, endpoint in CONTRACT.endpoints.items():
        for field, values in endpoint.takes.choices.items() if endpoint.takes else ():
            shown = [
                (json.loads(body)[field], status)
                for body, status in sent[name]
                if body and field in json.loads(body)
            ]
            taken = {value for value, status in shown if status < 300}
            refused = {value for value, status in shown if 400 <= status < 500 and status != 401}
            assert taken == {*values}, name
            assert refused - {*values}, name


def endpoint_of(request: dict[str, Any]) -> str:
    path = request["uri"].removeprefix(CONTRACT.base_url).replace(FIRST, "{leafUserId}")
    (name,) = (
        e.id for e in CONTRACT.endpoints.values() if (e.method, e.path) == (request["method"], path)
    )
    return name
