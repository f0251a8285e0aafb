"""The OpenAPI 3.1 document of all endpoints, derived from the contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from contracts.derived.json_schema import form_schema, schema_of
from contracts.spec.model import HANDSHAKE, Contract, Endpoint, PathParameter, Requirement

JSON = "application/json"
UNDOCUMENTED = "The page documents no form for this answer."
RETRY_AFTER = {"description": "How many seconds to wait.", "schema": {"type": "string"}}
RESPONSES = {
    "unauthorized": {"description": "The token is missing, expired or invalid."},
    "refused": {"description": f"The request is refused. {UNDOCUMENTED}"},
    "busy": {
        "description": f"There are too many requests; ask again later. {UNDOCUMENTED}",
        "headers": {"Retry-After": RETRY_AFTER},
    },
    "failed": {
        "description": f"The service fails, or is busy; ask again later. {UNDOCUMENTED}",
        "headers": {"Retry-After": RETRY_AFTER},
    },
}


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
            "description": "\n".join(_description(contract)),
            "contact": {"name": "panorama-contracts"},
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": contract.base_url}],
        "security": [{"bearer": []}],
        "tags": [{"name": "credentials", "description": contract.title}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": _bearer(contract)},
            "schemas": {name: _component(contract, name) for name in forms},
            "responses": RESPONSES,
        },
    }


def _component(contract: Contract, name: str) -> dict[str, Any]:
    schema = form_schema(contract, contract.forms[name])
    _mark_directions(contract, name, schema)
    # Inside the document the schemas are addressed by their place, and the dialect is global.
    return {key: value for key, value in schema.items() if key not in ("$schema", "$id")}


def _mark_directions(contract: Contract, name: str, schema: dict[str, Any]) -> None:
    """Mark what is only ever sent, in bodies, and what is only ever shown, in answers."""
    endpoints = contract.endpoints.values()
    is_body = any(e.takes and e.takes.id == name for e in endpoints)
    is_answer = any(e.answers and e.answers.id == name for e in endpoints)
    shown = {field for e in endpoints if e.answers for field in e.answers.fields}
    elsewhere, mark = (shown, "writeOnly") if is_body else (contract.sendable_fields, "readOnly")
    if is_body and is_answer:
        return
    record = schema["items"] if contract.forms[name].is_list else schema
    for field, described in record["properties"].items():
        if field not in elsewhere:
            described[mark] = True


def _description(contract: Contract) -> Iterator[str]:
    yield "What a conforming service may choose:"
    yield ""
    yield from (f"- {freedom.sentence}" for freedom in contract.freedoms.values())


def _bearer(contract: Contract) -> dict[str, Any]:
    """How requests are authorised, and where the token is from."""
    login = contract.support["login"]
    host = "{0.scheme}://{0.netloc}".format(urlsplit(contract.base_url))
    shown = " and ".join(f"`{name}`" for name in (login.answers.fields if login.answers else ()))
    taken = [
        f"- `{name}`: {login.takes.described[name].description}"
        for name in (login.takes.fields if login.takes else ())
        if login.takes
    ]
    text = (
        f"The token is {shown} in the answer to `{login.method} {host}{login.path}`, which takes:"
    )
    return {"type": "http", "scheme": "bearer", "description": "\n".join([text, "", *taken])}


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
        "description": "\n".join(_said_of(contract, endpoint)),
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
        "429": {"$ref": "#/components/responses/busy"},
        "4XX": {"$ref": "#/components/responses/refused"},
        "5XX": {"$ref": "#/components/responses/failed"},
    }
    return operation


def _said_of(contract: Contract, endpoint: Endpoint) -> Iterator[str]:
    """Where an endpoint is described, and what is documented of it alone."""
    yield f"Documented under “{endpoint.source}”."
    found = [r for r in contract.requirements.values() if _is_of_its_own(r, endpoint)]
    if found:
        yield ""
        yield from (f"- {requirement.sentence}" for requirement in found)


def _is_of_its_own(requirement: Requirement, endpoint: Endpoint) -> bool:
    is_about_it_whole = set(requirement.parameters) <= {"endpoint"}
    holds_for_others = requirement.family.startswith("{endpoint}")
    is_its_own = requirement.endpoint == endpoint.id and not requirement.advisory
    return is_its_own and is_about_it_whole and not holds_for_others


def _content(contract: Contract, form: str) -> dict[str, Any]:
    return {
        "schema": {"$ref": f"#/components/schemas/{form}"},
        "example": contract.example(contract.forms[form]),
    }


def _success(contract: Contract, endpoint: Endpoint) -> dict[str, Any]:
    if endpoint.answers is None:
        done = "It is started." if endpoint.role == HANDSHAKE else "It is done."
        answer: dict[str, Any] = {"description": f"{done} {UNDOCUMENTED}"}
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
