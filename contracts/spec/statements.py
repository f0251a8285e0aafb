"""What is said of a page beyond its forms: `freedoms`, `statements` and `questions`.

What rests on an endpoint that a contract does not have is left out of that contract.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from contracts.spec.families import find_source, read_source
from contracts.spec.model import ROLES, Contract, Freedom, Page, Question, Statement
from contracts.spec.yaml_nodes import Node

OR = " | "  # between the alternatives of a term


def read_freedoms(
    entries: Iterable[Node], contract: Contract, pages: Mapping[str, Page], without: Container[str]
) -> dict[str, Freedom]:
    """Id → freedom; `DataError` names the line of a mistake."""
    found: dict[str, Freedom] = {}
    for entry in entries:
        parts = entry.mapping()
        name = _new(parts["id"], found, "freedom")
        source = find_source(parts["source"], contract, pages)
        if source and name not in without:
            found[name] = Freedom(name, parts["sentence"].text(), source)
    return found


def read_statements(
    shared: Iterable[Node],
    own: Iterable[Node],
    contract: Contract,
    pages: Mapping[str, Page],
) -> dict[str, Statement]:
    """Id → statement; `DataError` names the line of a mistake.

    What a shared statement supports and the contract does not have is left out. What an `own` one
    supports must be there.
    """
    found: dict[str, Statement] = {}
    for entry, is_own in [*((e, False) for e in shared), *((e, True) for e in own)]:
        parts = entry.mapping()
        name = _new(parts["id"], found, "statement")
        terms = tuple(tuple(term.text().split(OR)) for term in parts["terms"].items())
        if not terms:
            raise parts["terms"].error("a statement needs a term by which it is known")
        supports = tuple(
            known
            for child in parts["supports"].items()
            for known in _supported(child, contract, is_own)
        )
        source = find_source(parts["source"], contract, pages)
        if source and name not in contract.without:
            found[name] = Statement(name, source, terms, supports)
    return found


def read_questions(entries: Iterable[Node], pages: Mapping[str, Page]) -> dict[str, Question]:
    """Id → question; `DataError` names the line of a mistake."""
    found: dict[str, Question] = {}
    for entry in entries:
        parts = entry.mapping()
        name = _new(parts["id"], found, "question")
        found[name] = Question(name, parts["sentence"].text(), read_source(parts["source"], pages))
    return found


def _new(node: Node, found: Mapping[str, object], what: str) -> str:
    name = node.text()
    if name in found:
        raise node.error(f"the {what} {name!r} stands here twice")
    return name


def _supported(node: Node, contract: Contract, must_be_there: bool) -> Iterator[str]:
    """The ids that a freedom, a requirement, a family or a pattern with `*` stands for.

    A role in braces at the beginning (`{read}.succeeds`) is the endpoint that has it.
    """
    name = node.text()
    if name in contract.freedoms:
        yield name
        return
    role, dot, rest = name.partition(".")
    if role[1:-1] in ROLES and role == f"{{{role[1:-1]}}}":
        names = [f"{endpoint.id}{dot}{rest}" for endpoint in contract.having(role[1:-1])]
    else:
        names = [name]
    for known in names:
        try:
            yield from (requirement.id for requirement in contract.named(known))
        except KeyError:
            if must_be_there:
                raise node.error(f"there is no requirement and no freedom {name!r}") from None
