"""The contracts that are shipped: each can be found by name, and adding one is one file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from contracts.__main__ import main
from contracts.cli import schema_files
from contracts.spec import load as loading
from contracts.spec.load import FAMILIES_FILE, FOLDER, load, names
from contracts.spec.model import CREATE, DELETE, LOG, READ
from contracts.spec.yaml_nodes import DataError
from tests.helpers.small_contract import data, text

NAMES = names()
for_each_contract = pytest.mark.parametrize("name", NAMES)


def test_the_names_are_those_of_the_files() -> None:
    files = {path.stem for path in FOLDER.glob("*.yaml")} - {FAMILIES_FILE.stem}
    assert set(NAMES) == files
    assert len(NAMES) >= 8


@for_each_contract
def test_a_contract_is_found_by_its_name_and_by_its_file(name: str) -> None:
    contract = load(name)
    assert contract.name == f"{name}-credentials"
    assert load(FOLDER / f"{name}.yaml").requirements == contract.requirements


def test_an_unknown_name_is_one_sentence_with_those_that_are_known() -> None:
    with pytest.raises(DataError, match=r"there is no contract 'lindsey'; known are .*lindsay"):
        load("lindsey")


@for_each_contract
def test_a_contract_has_the_endpoints_of_such_a_page_by_role(name: str) -> None:
    contract = load(name)
    ids = [contract.the(role).id for role in (READ, CREATE, DELETE, LOG)]
    assert ids == ["read", "create", "delete", "events"]
    assert all(endpoint.role for endpoint in contract.endpoints.values())


@for_each_contract
def test_a_contract_leaves_questions_under_headings_of_its_page(name: str) -> None:
    contract = load(name)
    headings = {form.source.heading for form in contract.forms.values()}
    headings |= {endpoint.source.heading for endpoint in contract.endpoints.values()}
    assert len(contract.questions) >= 20
    assert {question.source.heading for question in contract.questions.values()} <= headings


@for_each_contract
def test_every_field_that_a_contract_describes_is_in_its_forms(name: str) -> None:
    contract = load(name)
    own = loading.yaml_nodes.read(FOLDER / f"{name}.yaml").mapping()
    described = set(own["fields"].mapping()) if "fields" in own else set()
    assert described <= {field for form in contract.forms.values() for field in form.fields}


@for_each_contract
def test_what_is_secret_says_so_in_its_example(name: str) -> None:
    contract = load(name)
    assert all("example" in str(contract.fields[field].example) for field in contract.secret_fields)


def test_a_contract_without_a_field_for_a_mark_says_so() -> None:
    assert load("raven-slingshot").markable_fields == ()
    assert load("lindsay").markable_fields == ("clientId",)


@for_each_contract
def test_the_derived_files_are_what_the_contract_says(name: str) -> None:
    assert schema_files.stale(load(name), schema_files.folder_of(name)) == []


def test_every_folder_of_derived_files_belongs_to_a_contract() -> None:
    folders = {path.name for path in schema_files.SCHEMAS.iterdir() if path.is_dir()}
    assert folders | {loading.DEFAULT} == set(NAMES)


@for_each_contract
def test_the_ids_of_schemas_are_those_of_one_contract(name: str) -> None:
    for path in schema_files.folder_of(name).glob("credentials-*.schema.json"):
        assert f":{name}-credentials:" in json.loads(path.read_text(encoding="utf-8"))["$id"]


# ------------------------------------------------------------- adding a provider


def test_adding_a_provider_is_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "meadow.yaml").write_text(text(data()), encoding="utf-8")
    monkeypatch.setattr(loading, "FOLDER", tmp_path)
    assert load("meadow").title == "Meadow keys"
    written = tmp_path / "schemas"
    assert main(["schemas", "--contract", "meadow", "--to", str(written)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len([*written.iterdir()]) == 4
    assert schema_files.stale(load("meadow"), written) == []
    body = json.loads((written / "key-body.schema.json").read_text(encoding="utf-8"))
    example = load("meadow").example(load("meadow").forms["key-body"])
    assert Draft202012Validator(body).is_valid(example)


def test_a_contract_elsewhere_needs_a_place_for_its_schemas(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "meadow.yaml"
    path.write_text(text(data()), encoding="utf-8")
    assert main(["schemas", "--contract", str(path)]) == 4
    assert "--to DIR" in capsys.readouterr().err
    assert main(["schemas", "--contract", "no-such"]) == 4
    assert "there is no contract 'no-such'" in capsys.readouterr().err
