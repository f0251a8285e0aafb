"""The OpenAPI 3.1 document of all endpoints, derived from the contract."""

from __future__ import annotations

from typing import Any

from contracts.derived.json_schema import form_schema, schema_of
from contracts.spec.model import Contract, Endpoint, PathParameter

JSON = "application/json"
UNDOCUMENTED = "The page documents no form for this answer."


def document(contract: Contract) -> dict[str, Any]:
    """The OpenAPI document: paths, security, forms, examples, and links between operations."""
    paths: dict[str, Any] = {}
    for endpoint in contract.endpoints.values():
        item = paths.setdefault(endpoint.path, {"parameters": _parameters(contract, endpoint)})
        item[endpoint.method.lower()] = _operation(contract, endpoint)
    forms = {
        f.id: f for e in contract.endpoints.values() for f in (e.takes, e.answers) if f is not None
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": contract.title,
            "version": contract.version,
            "summary": "Derived from the contract; not published by Leaf.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": contract.base_url}],
        "security": [{"bearer": []}],
        "tags": [{"name": "credentials"}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {name: _component(contract, name) for name in forms},
            "responses": {
                "unauthorized": {"description": "The token is missing, expired or invalid."},
                "refused": {"description": f"The request is refused. {UNDOCUMENTED}"},
            },
        },
    }


def _component(contract: Contract, name: str) -> dict[str, Any]:
    schema = form_schema(contract, contract.forms[name])
    # Inside the document the schemas are addressed by their place, and the dialect is global.
    return {key: value for key, value in schema.items() if key not in ("$schema", "$id")}


def _parameters(contract: Contract, endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        _parameter(parameter)
        for parameter in contract.path_parameters.values()
        if f"{{{parameter.name}}}" in endpoint.path
    ]


def _parameter(parameter: PathParameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": "path",
        "required": True,
        "description": parameter.description,
        "schema": schema_of(parameter.type),
        "example": parameter.example,
    }


def operation_id(endpoint: Endpoint) -> str:
    """The operationId of an endpoint: its id in camel case (`one-click` → `oneClick`)."""
    first, *rest = endpoint.id.split("-")
    return first + "".join(word.capitalize() for word in rest)


def _operation(contract: Contract, endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": operation_id(endpoint),
        "summary": endpoint.summary,
        "description": f"Documented under “{endpoint.source}”.",
        "tags": ["credentials"],
    }
    if endpoint.query:
        operation["parameters"] = [{"name": n, "in": "query", "schema": {}} for n in endpoint.query]
    if endpoint.takes:
        operation["requestBody"] = {
            "required": True,
            "content": {JSON: _content(contract, endpoint.takes.id)},
        }
    operation["responses"] = {
        "2XX": _success(contract, endpoint),
        "401": {"$ref": "#/components/responses/unauthorized"},
        "4XX": {"$ref": "#/components/responses/refused"},
    }
    return operation


def _content(contract: Contract, form: str) -> dict[str, Any]:
    return {
        "schema": {"$ref": f"#/components/schemas/{form}"},
        "example": contract.example(contract.forms[form]),
    }


def _success(contract: Contract, endpoint: Endpoint) -> dict[str, Any]:
    if endpoint.answers is None:
        answer: dict[str, Any] = {"description": f"It is done. {UNDOCUMENTED}"}
    else:
        answer = {
            "description": endpoint.answers.title,
            "content": {JSON: _content(contract, endpoint.answers.id)},
        }
    links = _links(contract, endpoint)
    return {**answer, "links": links} if links else answer


def _links(contract: Contract, endpoint: Endpoint) -> dict[str, Any]:
    """After a write, every operation on the same Leaf user that needs no body can follow."""
    if not endpoint.takes:
        return {}
    followers = [e for e in contract.endpoints.values() if not e.takes]
    return {
        f"{operation_id(endpoint)}Then{operation_id(follower).capitalize()}": {
            "operationId": operation_id(follower),
            "parameters": {
                name: f"$request.path.{name}"
                for name in contract.path_parameters
                if f"{{{name}}}" in follower.path
            },
        }
        for follower in followers
    }
