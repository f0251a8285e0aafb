"""Find a contract by its name or file, and read it together with what all contracts share.

`load("panorama")` reads `contracts/panorama.yaml` and `contracts/families.yaml`. What the contract
says itself goes before what is shared. `DataError` is one sentence with file and line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from contracts.spec import structure, yaml_nodes
from contracts.spec.families import Families, read_source
from contracts.spec.forms import (
    check_examples,
    read_endpoints,
    read_field,
    read_forms,
    read_notation,
    read_page,
    read_path_parameter,
)
from contracts.spec.model import Contract, Field, Form, Page, Source
from contracts.spec.statements import read_freedoms, read_questions, read_statements
from contracts.spec.types import Record, Type, misfit
from contracts.spec.yaml_nodes import DataError, Node

FOLDER = Path(__file__).parents[1]
FAMILIES_FILE = FOLDER / "families.yaml"
DEFAULT = "panorama"
CONTRACT_FILE = FOLDER / f"{DEFAULT}.yaml"


def names() -> list[str]:
    """The names of the contracts that are shipped."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml") if path.name != FAMILIES_FILE.name)


def path_of(contract: str | Path) -> Path:
    """The file of a contract that is given by its name or its file; `DataError` for neither."""
    path = Path(contract)
    if isinstance(contract, Path) or path.suffix or path.parent != Path("."):
        return path
    if contract not in names():
        known = ", ".join(names())
        raise DataError(f"there is no contract {contract!r}; known are {known}, or name a file")
    return FOLDER / f"{contract}.yaml"


@cache
def load(contract: str | Path = DEFAULT) -> Contract:
    """The contract with a name, or in a file; `DataError` names the line of the first mistake."""
    return read(yaml_nodes.read(path_of(contract)))


def read(root: Node, shared: Node | None = None) -> Contract:
    """Read a contract from the root of its YAML; see `load`."""
    structure.CONTRACT.check(root)
    parts = _Parts(root, shared or _shared())
    page_nodes = parts.named("pages")
    pages = {name: read_page(name, node) for name, node in page_nodes.items()}
    fields, forms = _described_forms(parts, pages)
    path_parameters = {
        name: read_path_parameter(name, node, pages)
        for name, node in parts.named("path_parameters").items()
    }
    own = parts.own
    return _with_requirements(
        parts,
        pages,
        Contract(
            name=own["contract"].text(),
            title=own["title"].text(),
            version=own["version"].text(),
            base_url=_base_url(own["base_url"]),
            path_parameters=path_parameters,
            fields=fields,
            forms=forms,
            endpoints=read_endpoints(own["endpoints"].mapping(), pages, forms, path_parameters),
            support=read_endpoints(_complete(parts, "support"), pages, forms, path_parameters),
            tolerances={n: child.number() for n, child in _complete(parts, "tolerances").items()},
            requirements={},
            freedoms={},
            questions=read_questions(_items(own.get("questions")), pages),
            errors=tuple(_errors(_items(own.get("errors")), pages)),
            without=_reasons(own.get("without")),
            retired={**_reasons(parts.shared.get("retired")), **_reasons(own.get("retired"))},
        ),
    )


class _Parts:
    """The parts of a contract's file, and those of the file that all contracts share."""

    def __init__(self, root: Node, shared: Node) -> None:
        self.root = root
        self.own, self.shared = root.mapping(), shared.mapping()

    def named(self, part: str) -> dict[str, Node]:
        """What has names in a part, by name; what is the contract's own goes before."""
        own, shared = (
            each[part].mapping() if part in each else {} for each in (self.own, self.shared)
        )
        return {**own, **{name: node for name, node in shared.items() if name not in own}}

    def listed(self, part: str) -> tuple[list[Node], list[Node]]:
        """The entries of a part: the shared ones, and the contract's own."""
        return list(_items(self.shared.get(part))), list(_items(self.own.get(part)))


def _described_forms(
    parts: _Parts, pages: Mapping[str, Page]
) -> tuple[dict[str, Field], dict[str, Form]]:
    """All fields and forms. To the shared forms belongs what is shared of their fields."""
    own, shared = (
        each["fields"].mapping() if "fields" in each else {} for each in (parts.own, parts.shared)
    )
    own_forms = parts.own["forms"].mapping()
    shared_forms = {n: node for n, node in parts.named("forms").items() if n not in own_forms}
    forms: dict[str, Form] = {}
    for form_nodes, nodes in ((shared_forms, {**own, **shared}), (own_forms, {**shared, **own})):
        fields = {name: read_field(name, node) for name, node in nodes.items()}
        found = read_forms(form_nodes, pages, fields)
        check_examples(found, nodes)
        forms = {**found, **forms}
    return fields, forms


@cache
def _shared() -> Node:
    root = yaml_nodes.read(FAMILIES_FILE)
    structure.FAMILIES.check(root)
    return root


def shared_path_parameters() -> frozenset[str]:
    """The path parameters that families.yaml describes for all contracts."""
    return frozenset(_shared().mapping()["path_parameters"].mapping())


def fits_shared(name: str, kind: Type) -> bool:
    """Whether families.yaml describes a field for all contracts, with an example of this type."""
    fields = _shared().mapping()["fields"].mapping()
    if name not in fields:
        return False
    example = read_field(name, fields[name]).example
    if isinstance(kind, Record) and isinstance(example, dict):
        return kind.fields.keys() == example.keys()
    return misfit(kind, example) is None


def _with_requirements(parts: _Parts, pages: Mapping[str, Page], contract: Contract) -> Contract:
    shared, own = parts.listed("requirements")
    families = Families(contract, pages, contract.without)
    families.read(shared, own=False)
    families.read(own, own=True)
    entries = [*parts.listed("freedoms")[0], *parts.listed("freedoms")[1]]
    contract = replace(
        contract,
        requirements=families.requirements,
        families_without_requirement=families.without_requirement,
        freedoms=read_freedoms(entries, contract, pages, contract.without),
    )
    _check_without(parts, families.names)
    return replace(
        contract, statements=read_statements(*parts.listed("statements"), contract, pages)
    )


def _check_without(parts: _Parts, families: Iterable[str]) -> None:
    """What is switched off must be there to be switched off."""
    known = {
        *families,
        *(
            entry.mapping()["id"].text()
            for part in ("freedoms", "statements")
            for entries in parts.listed(part)
            for entry in entries
        ),
    }
    for name, node in (parts.own["without"].mapping() if "without" in parts.own else {}).items():
        if name not in known:
            raise node.key_error(f"there is no family, freedom or statement {name!r}")


def _complete(parts: _Parts, part: str) -> dict[str, Node]:
    """A part that must have all its entries, the contract's own and the shared ones together."""
    found = parts.named(part)
    needed = {"support": structure.SUPPORT, "tolerances": structure.TOLERANCES}[part]
    for name in needed:
        if name not in found:
            raise parts.own.get(part, parts.root).error(f"the key {name!r} is missing")
    return found


def _base_url(node: Node) -> str:
    text = node.text().rstrip("/")
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise node.error(f"{text!r} is no URL: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise node.error(f"{text!r} is no http or https URL")
    return text


def _errors(entries: Iterable[Node], pages: Mapping[str, Page]) -> Iterator[tuple[Source, Type]]:
    for entry in entries:
        parts = entry.mapping()
        yield read_source(parts["source"], pages), read_notation(parts["notation"])


def _reasons(node: Node | None) -> dict[str, str]:
    return {name: child.text() for name, child in node.mapping().items()} if node else {}


def _items(node: Node | None) -> Iterable[Node]:
    return node.items() if node else ()
