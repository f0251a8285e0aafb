"""The OpenAPI documents say what the contracts say, and are valid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from openapi_spec_validator import validate as validate_openapi

from contracts.cli import schema_files
from contracts.derived.json_schema import form_schema
from contracts.derived.openapi import document, operation_id
from contracts.spec.load import DEFAULT, load, names

CONTRACT = load()


def checked_in(name: str) -> dict[str, Any]:
    """The document of a contract, as it is checked in."""
    text = (schema_files.folder_of(name) / "openapi.json").read_text(encoding="utf-8")
    loaded = json.loads(text)
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    return checked_in(DEFAULT)


def operations(openapi: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in openapi["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method.upper(), operation


@pytest.mark.parametrize("name", names())
def test_the_openapi_document_is_valid(name: str) -> None:
    openapi = checked_in(name)
    validate_openapi(openapi)
    assert openapi == document(load(name))
    assert openapi["openapi"].startswith("3.1.")


def test_the_validator_of_openapi_documents_would_say_so(openapi: dict[str, Any]) -> None:
    without_title = {**openapi, "info": {"version": "1"}}
    with pytest.raises(ValidationError, match="title"):
        validate_openapi(without_title)


def test_every_endpoint_is_described_and_nothing_else(openapi: dict[str, Any]) -> None:
    described = [(method, path) for path, method, _ in operations(openapi)]
    assert sorted(described) == sorted((e.method, e.path) for e in CONTRACT.endpoints.values())
    assert openapi["servers"] == [{"url": CONTRACT.base_url}]


def test_every_operation_needs_a_token_and_the_documented_body(openapi: dict[str, Any]) -> None:
    assert openapi["security"] == [{"bearer": []}]
    known = {(e.method, e.path): e for e in CONTRACT.endpoints.values()}
    for path, method, operation in operations(openapi):
        endpoint = known[method, path]
        assert "security" not in operation
        assert "401" in operation["responses"]
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        assert (body is not None) == (endpoint.takes is not None)
        answer = operation["responses"]["2XX"].get("content", {}).get("application/json")
        assert (answer is not None) == (endpoint.answers is not None)
        for content, form in ((body, endpoint.takes), (answer, endpoint.answers)):
            if content is not None and form is not None:
                assert content["schema"] == {"$ref": f"#/components/schemas/{form.id}"}
                validator = Draft202012Validator(form_schema(CONTRACT, form))
                assert validator.is_valid(content["example"])


@pytest.mark.parametrize("name", names())
def test_the_components_are_the_schemas_with_what_is_only_sent_or_only_shown(name: str) -> None:
    contract = load(name)
    answers = [e.answers.fields for e in contract.endpoints.values() if e.answers]
    bodies = [e.takes.fields for e in contract.endpoints.values() if e.takes]
    shown, sent = ({field for fields in forms for field in fields} for forms in (answers, bodies))
    for form_name, component in checked_in(name)["components"]["schemas"].items():
        form = contract.forms[form_name]
        record = component["items"] if form.is_list else component
        marks = {
            field: (described.pop("readOnly", False), described.pop("writeOnly", False))
            for field, described in record["properties"].items()
        }
        alone = form_schema(contract, form)
        assert component == {k: v for k, v in alone.items() if k not in ("$schema", "$id")}
        is_answer = form in [e.answers for e in contract.endpoints.values()]
        expected = {
            field: (is_answer and field not in sent, not is_answer and field not in shown)
            for field in form.fields
        }
        assert marks == expected


def test_an_operation_says_what_is_documented_of_it_alone(openapi: dict[str, Any]) -> None:
    said = {o["operationId"]: o["description"] for _, _, o in operations(openapi)}
    assert "30 days" in said["events"]
    assert "no longer available" in said["delete"]
    assert all(about.startswith("Documented under") for about in said.values())
    read = CONTRACT.requirements["read.succeeds"].sentence
    assert not any(read in about for about in said.values())


def test_the_token_and_its_life_are_described(openapi: dict[str, Any]) -> None:
    about = openapi["components"]["securitySchemes"]["bearer"]["description"]
    assert "`id_token`" in about
    assert "POST https://api.withleaf.io/api/authenticate" in about
    assert "30 days" in about


def test_every_operation_can_be_refused_busy_or_failing(openapi: dict[str, Any]) -> None:
    for _, _, operation in operations(openapi):
        assert set(operation["responses"]) == {"2XX", "401", "429", "4XX", "5XX"}
    assert "Retry-After" in openapi["components"]["responses"]["busy"]["headers"]


def test_the_path_parameter_is_a_uuid_with_the_example_that_is_served(
    openapi: dict[str, Any],
) -> None:
    for item in openapi["paths"].values():
        (parameter,) = item["parameters"]
        assert parameter["name"] == "leafUserId"
        assert parameter["required"] is True
        assert parameter["schema"]["format"] == "uuid"
        assert parameter["example"] == "00000000-0000-4000-8000-000000000001"


def test_the_links_lead_from_each_writing_operation_to_those_that_need_no_body(
    openapi: dict[str, Any],
) -> None:
    by_id = {operation["operationId"]: path for path, _, operation in operations(openapi)}
    bodiless = {operation_id(e) for e in CONTRACT.endpoints.values() if not e.takes}
    for path, _, operation in operations(openapi):
        links = operation["responses"]["2XX"].get("links", {})
        assert {link["operationId"] for link in links.values()} == (
            bodiless if "requestBody" in operation else set()
        )
        for link in links.values():
            assert link["parameters"] == {"leafUserId": "$request.path.leafUserId"}
            assert "{leafUserId}" in by_id[link["operationId"]]
            assert "{leafUserId}" in path
