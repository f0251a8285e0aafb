"""The pages, fields, forms and endpoints of a contract, read from their nodes.

Each reader takes a mapping of names to nodes, and raises `DataError` with the line of a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from contracts.spec.families import read_source
from contracts.spec.model import (
    CHANGE,
    CREATE,
    DELETE,
    HANDSHAKE,
    LOG,
    READ,
    SAFE_METHODS,
    SINGLE_ROLES,
    Endpoint,
    Field,
    Form,
    Page,
    PathParameter,
)
from contracts.spec.parser import NotationError, parse
from contracts.spec.structure import ALL
from contracts.spec.types import ContradictionError, ListOf, Record, Type, misfit, narrow
from contracts.spec.yaml_nodes import Node

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


def read_page(name: str, node: Node) -> Page:
    parts = node.mapping()
    url = parts["url"].text() if "url" in parts else None
    documented = "documented" not in parts or parts["documented"].flag()
    return Page(name, parts["title"].text(), documented, url)


def read_field(name: str, node: Node) -> Field:
    parts = node.mapping()
    secret, volatile, identifier = (
        key in parts and parts[key].flag() for key in ("secret", "volatile", "identifier")
    )
    description, example = parts["description"].text(), parts["example"].data()
    return Field(name, description, example, secret, volatile, identifier)


def read_path_parameter(name: str, node: Node, pages: Mapping[str, Page]) -> PathParameter:
    parts = node.mapping()
    if "source" in parts:
        read_source(parts["source"], pages)
    kind, example = read_notation(parts["notation"]), parts["example"].text()
    why = misfit(kind, example)
    if why is not None:
        raise parts["example"].error(f"the example {example!r} {why}")
    return PathParameter(name, kind, parts["description"].text(), example)


def read_notation(node: Node) -> Type:
    """The type that a documented form or a path parameter has."""
    text = node.text()
    try:
        return parse(text)
    except NotationError as error:
        below = error.line if "\n" in text else 0  # a block text starts on the line after its key
        raise node.error(f"the notation cannot be read: {error}", below=below) from error


def read_forms(
    nodes: Mapping[str, Node], pages: Mapping[str, Page], fields: Mapping[str, Field]
) -> dict[str, Form]:
    """Read all forms and let each page's most exact notation of a field hold on that page."""
    forms = {
        name: replace(_form(name, node, pages, fields), described=fields)
        for name, node in nodes.items()
    }
    exact: dict[tuple[str, str], Type] = {}
    for form in forms.values():
        for used, kind in form.fields.items():
            key = (form.source.page.id, used)
            try:
                exact[key] = narrow(exact[key], kind) if key in exact else kind
            except ContradictionError as error:
                raise nodes[form.id].error(
                    f"`{used}` in form {form.id!r} contradicts another form: {error}"
                ) from error
    return {name: _resolved(form, exact) for name, form in forms.items()}


def _form(name: str, node: Node, pages: Mapping[str, Page], fields: Mapping[str, Field]) -> Form:
    parts = node.mapping()
    notation = parts["notation"]
    form = Form(
        name,
        parts["title"].text(),
        read_source(parts["source"], pages),
        notation.text(),
        read_notation(notation),
    )
    try:
        form.record  # noqa: B018, a form must describe an object
    except TypeError as error:
        below = 1 if "\n" in form.notation else 0
        raise notation.error(str(error), below=below) from error
    for used in form.fields:
        if used not in fields:
            raise notation.error(f"form {name!r} has {used!r}, which `fields` does not describe")
    return _with_required(form, parts["required"], pages) if "required" in parts else form


def _with_required(form: Form, node: Node, pages: Mapping[str, Page]) -> Form:
    parts = node.mapping()
    source = read_source(parts["source"], pages)
    if not parts["fields"].is_list():
        parts["fields"].one_of([ALL], "word")
        return replace(form, required=tuple(form.fields), required_source=source)
    names = [child.one_of(form.fields, "field") for child in parts["fields"].items()]
    return replace(form, required=tuple(names), required_source=source)


def _resolved(form: Form, exact: Mapping[tuple[str, str], Type]) -> Form:
    record = form.record
    fields = {name: exact[form.source.page.id, name] for name in record.fields}
    resolved: Type = Record(fields, record.open_ended)
    return replace(form, type=ListOf(resolved) if form.is_list else resolved)


def check_examples(forms: Mapping[str, Form], nodes: Mapping[str, Node]) -> None:
    """The example of each field must be what every form says of it; `nodes` are the fields'."""
    for form in forms.values():
        for name, kind in form.fields.items():
            example = form.described[name].example
            why = misfit(kind, example)
            if why is not None:
                mistake = f"the example {example!r} of {name!r} {why}, which form {form.id!r} says"
                raise nodes[name].mapping()["example"].error(mistake)


def read_endpoints(
    nodes: Mapping[str, Node],
    pages: Mapping[str, Page],
    forms: Mapping[str, Form],
    path_parameters: Mapping[str, PathParameter],
) -> dict[str, Endpoint]:
    """Read the request lines; what an endpoint's role needs must be there."""
    found: dict[str, Endpoint] = {}
    for name, node in nodes.items():
        parts = node.mapping()
        method, path = _request_line(parts["request"], path_parameters)
        if any((e.method, e.path) == (method, path) for e in found.values()):
            raise parts["request"].error(f"the request line {method} {path} stands here twice")
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


def _request_line(node: Node, path_parameters: Mapping[str, PathParameter]) -> tuple[str, str]:
    method, _, path = node.text().partition(" ")
    if method not in METHODS or not path.startswith("/"):
        raise node.error(f"{node.text()!r} is no request line such as 'GET /users'")
    for parameter in braced(path):
        if parameter not in path_parameters:
            raise node.error(f"the path parameter {parameter!r} is not described")
    return method, path


def _role(
    node: Node, method: str, forms: Mapping[str, Form], others: Mapping[str, Endpoint]
) -> str:
    """What an endpoint is for; what its role needs must be there."""
    role = node.text()
    if role in SINGLE_ROLES and any(other.role == role for other in others.values()):
        raise node.error(f"two endpoints have the role {role!r}")
    for needed in NEEDED[role]:
        if needed not in forms:
            raise node.error(f"an endpoint with the role {role!r} needs a form under `{needed}`")
    if (method in SAFE_METHODS) != (role in (READ, LOG)):
        raise node.error(f"{method} does not fit the role {role!r}")
    if role == LOG and not forms["answers"].is_list:
        raise node.error(f"the form {forms['answers'].id!r} of a log describes no list")
    if role == READ and forms["answers"].is_list:
        raise node.error(f"the form {forms['answers'].id!r} of what is read describes no object")
    return role


def braced(path: str) -> Iterator[str]:
    """The names in the braces of a path."""
    for part in path.split("{")[1:]:
        yield part.partition("}")[0]
