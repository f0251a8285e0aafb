"""Read the contract from its file.

`load()` reads `panorama.yaml` (or another file of the same form) and raises `DataError`, one
sentence with the line, for whatever is wrong in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from contracts.spec import yaml_nodes
from contracts.spec.families import read_requirements, read_source
from contracts.spec.model import (
    CHANGE,
    CREATE,
    DELETE,
    HANDSHAKE,
    LOG,
    READ,
    ROLES,
    SAFE_METHODS,
    SINGLE_ROLES,
    Contract,
    Endpoint,
    Field,
    Form,
    Freedom,
    Page,
    PathParameter,
    Source,
)
from contracts.spec.parser import NotationError, parse
from contracts.spec.statements import read_questions, read_statements
from contracts.spec.types import ContradictionError, ListOf, Record, Type, misfit, narrow
from contracts.spec.yaml_nodes import Node

TOLERANCES = ("clock_skew", "retention", "retention_slack", "same_instant")
CONTRACT_FILE = Path(__file__).parents[1] / "panorama.yaml"
# What of other pages the suite asks, and which forms it needs for that.
SUPPORT = {
    "login": ("takes", "answers"),
    "create-leaf-user": ("takes", "answers"),
    "delete-leaf-user": (),
}
# The forms that an endpoint with a role must have.
NEEDED = {
    READ: ("answers",),
    CREATE: ("takes",),
    CHANGE: ("takes",),
    DELETE: (),
    LOG: ("answers",),
    HANDSHAKE: ("takes",),
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@cache
def load(path: Path = CONTRACT_FILE) -> Contract:
    """Read a contract file; `DataError` names the line of the first mistake."""
    return read(yaml_nodes.read(path))


def read(root: Node) -> Contract:
    """Read a contract from the root of its YAML; see `load`."""
    parts = root.record(
        ["contract", "title", "version", "base_url", "pages", "path_parameters", "fields",
         "forms", "endpoints", "tolerances", "requirements"],
        ["support", "freedoms", "statements", "questions", "errors"],
    )  # fmt: skip
    pages = {name: _page(name, node) for name, node in parts["pages"].mapping().items()}
    fields = {name: _field(name, node) for name, node in parts["fields"].mapping().items()}
    forms = _forms(parts["forms"], pages, fields)
    path_parameters = {
        name: _path_parameter(name, node, pages)
        for name, node in parts["path_parameters"].mapping().items()
    }
    _check_examples(parts["fields"], fields, forms)
    endpoints = _endpoints(parts["endpoints"], pages, forms, path_parameters)
    support: dict[str, Endpoint] = {}
    if "support" in parts:
        _check_support(parts["support"])
        support = _endpoints(parts["support"], pages, forms, path_parameters)
    contract = Contract(
        name=parts["contract"].text(),
        title=parts["title"].text(),
        version=parts["version"].text(),
        base_url=_base_url(parts["base_url"]),
        path_parameters=path_parameters,
        fields=fields,
        forms=forms,
        endpoints=endpoints,
        support=support,
        tolerances=_tolerances(parts["tolerances"]),
        requirements={},
        freedoms=_freedoms(parts.get("freedoms"), pages),
    )
    requirements = read_requirements(parts["requirements"], contract, pages)
    contract = replace(contract, requirements=requirements)
    return replace(
        contract,
        statements=read_statements(parts.get("statements"), contract, pages),
        questions=read_questions(parts.get("questions"), pages),
        errors=tuple(_errors(parts.get("errors"), pages)),
    )


def _page(name: str, node: Node) -> Page:
    parts = node.record(["title"], ["documented"])
    documented = parts["documented"].flag() if "documented" in parts else True
    return Page(name, parts["title"].text(), documented)


def _field(name: str, node: Node) -> Field:
    parts = node.record(["description", "example"], ["secret", "volatile", "identifier"])
    return Field(
        name,
        parts["description"].text(),
        parts["example"].data(),
        secret="secret" in parts and parts["secret"].flag(),
        volatile="volatile" in parts and parts["volatile"].flag(),
        identifier="identifier" in parts and parts["identifier"].flag(),
    )


def _base_url(node: Node) -> str:
    text = node.text().rstrip("/")
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise node.error(f"{text!r} is no URL: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise node.error(f"{text!r} is no http or https URL")
    return text


def _path_parameter(name: str, node: Node, pages: Mapping[str, Page]) -> PathParameter:
    parts = node.record(["notation", "description", "example"], ["source"])
    if "source" in parts:
        read_source(parts["source"], pages)
    kind, example = _notation(parts["notation"]), parts["example"].text()
    why = misfit(kind, example)
    if why is not None:
        raise parts["example"].error(f"the example {example!r} {why}")
    return PathParameter(name, kind, parts["description"].text(), example)


def _notation(node: Node) -> Type:
    text = node.text()
    try:
        return parse(text)
    except NotationError as error:
        below = error.line if "\n" in text else 0  # a block text starts on the line after its key
        raise node.error(f"the notation cannot be read: {error}", below=below) from error


def _forms(node: Node, pages: Mapping[str, Page], fields: Mapping[str, Field]) -> dict[str, Form]:
    """Read all forms and let each page's most exact notation of a field hold on that page."""
    raw: dict[str, tuple[Node, Form]] = {}
    for name, child in node.mapping().items():
        parts = child.record(["title", "source", "notation"])
        form = Form(
            name,
            parts["title"].text(),
            read_source(parts["source"], pages),
            parts["notation"].text(),
            _notation(parts["notation"]),
        )
        try:
            form.record  # noqa: B018, a form must describe an object
        except TypeError as error:
            below = 1 if "\n" in form.notation else 0
            raise parts["notation"].error(str(error), below=below) from error
        for used in form.fields:
            if used not in fields:
                raise parts["notation"].error(
                    f"form {name!r} has {used!r}, which `fields` does not describe"
                )
        raw[name] = (child, form)
    exact: dict[tuple[str, str], Type] = {}
    for child, form in raw.values():
        for used, kind in form.fields.items():
            key = (form.source.page.id, used)
            try:
                exact[key] = narrow(exact[key], kind) if key in exact else kind
            except ContradictionError as error:
                raise child.error(
                    f"`{used}` in form {form.id!r} contradicts another form: {error}"
                ) from error
    return {name: _resolved(form, exact) for name, (_, form) in raw.items()}


def _check_examples(node: Node, fields: Mapping[str, Field], forms: Mapping[str, Form]) -> None:
    described = node.mapping()
    for form in forms.values():
        for name, kind in form.fields.items():
            why = misfit(kind, fields[name].example)
            if why is not None:
                raise (
                    described[name]
                    .mapping()["example"]
                    .error(
                        f"the example {fields[name].example!r} of {name!r} {why}, which form "
                        f"{form.id!r} says"
                    )
                )


def _check_support(node: Node) -> None:
    for name, child in node.record(SUPPORT).items():
        child.record(["request", "source", *SUPPORT[name]], ["summary"])


def _resolved(form: Form, exact: Mapping[tuple[str, str], Type]) -> Form:
    record = form.record
    fields = {name: exact[form.source.page.id, name] for name in record.fields}
    resolved: Type = Record(fields, record.open_ended)
    if form.is_list:
        resolved = ListOf(resolved)
    return Form(form.id, form.title, form.source, form.notation, resolved)


def _endpoints(
    node: Node,
    pages: Mapping[str, Page],
    forms: Mapping[str, Form],
    path_parameters: Mapping[str, PathParameter],
) -> dict[str, Endpoint]:
    found: dict[str, Endpoint] = {}
    for name, child in node.mapping().items():
        parts = child.record(
            ["request", "source"], ["summary", "takes", "answers", "query", "role", "listed"]
        )
        method, _, path = parts["request"].text().partition(" ")
        if method not in METHODS or not path.startswith("/"):
            raise parts["request"].error(
                f"{parts['request'].text()!r} is no request line such as 'GET /users'"
            )
        if any((e.method, e.path) == (method, path) for e in found.values()):
            raise parts["request"].error(f"the request line {method} {path} stands here twice")
        for parameter in braced(path):
            if parameter not in path_parameters:
                raise parts["request"].error(f"the path parameter {parameter!r} is not described")
        chosen: dict[str, Form] = {
            place: forms[parts[place].one_of(forms, "form")]
            for place in ("takes", "answers")
            if place in parts
        }
        found[name] = Endpoint(
            name,
            method,
            path,
            parts["summary"].text() if "summary" in parts else name,
            read_source(parts["source"], pages),
            takes=chosen.get("takes"),
            answers=chosen.get("answers"),
            role=_role(parts["role"], method, chosen, found) if "role" in parts else None,
            listed="listed" in parts and parts["listed"].flag(),
            query=tuple(n.text() for n in parts["query"].items()) if "query" in parts else (),
        )
    return found


def _role(
    node: Node, method: str, forms: Mapping[str, Form], others: Mapping[str, Endpoint]
) -> str:
    """What an endpoint is for; what its role needs must be there."""
    role = node.one_of(ROLES, "role")
    if role in SINGLE_ROLES and any(other.role == role for other in others.values()):
        raise node.error(f"two endpoints have the role {role!r}")
    for needed in NEEDED[role]:
        if needed not in forms:
            raise node.error(f"an endpoint with the role {role!r} needs a form under `{needed}`")
    if (method in SAFE_METHODS) != (role in (READ, LOG)):
        raise node.error(f"{method} does not fit the role {role!r}")
    if role == LOG and not forms["answers"].is_list:
        raise node.error(f"the form {forms['answers'].id!r} of a log describes no list")
    return role


def _errors(node: Node | None, pages: Mapping[str, Page]) -> Iterator[tuple[Source, Type]]:
    for child in node.items() if node else ():
        parts = child.record(["source", "notation"])
        yield read_source(parts["source"], pages), _notation(parts["notation"])


def braced(path: str) -> Iterator[str]:
    """The names in the braces of a path."""
    for part in path.split("{")[1:]:
        yield part.partition("}")[0]


def _tolerances(node: Node) -> dict[str, float]:
    return {name: child.number() for name, child in node.record(TOLERANCES).items()}


def _freedoms(node: Node | None, pages: Mapping[str, Page]) -> dict[str, Freedom]:
    found: dict[str, Freedom] = {}
    for child in node.items() if node else ():
        parts = child.record(["id", "sentence", "source"])
        name = parts["id"].text()
        if name in found:
            raise child.error(f"the freedom {name!r} stands here twice")
        found[name] = Freedom(name, parts["sentence"].text(), read_source(parts["source"], pages))
    return found
