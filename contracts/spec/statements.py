"""What a contract file says of its page beyond the forms: `statements` and `questions`."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.spec.families import read_source
from contracts.spec.model import Contract, Page, Question, Statement
from contracts.spec.yaml_nodes import Node

OR = " | "  # between the alternatives of a term


def read_statements(
    node: Node | None, contract: Contract, pages: Mapping[str, Page]
) -> dict[str, Statement]:
    """Id → statement; `DataError` names the line of a mistake, an unknown requirement included."""
    found: dict[str, Statement] = {}
    for entry in node.items() if node else ():
        parts = entry.record(["id", "source", "terms", "supports"])
        name = _new(parts["id"], found, "statement")
        terms = tuple(tuple(term.text().split(OR)) for term in parts["terms"].items())
        if not terms:
            raise parts["terms"].error("a statement needs a term by which it is known")
        supports = tuple(
            name for child in parts["supports"].items() for name in _supported(child, contract)
        )
        found[name] = Statement(name, read_source(parts["source"], pages), terms, supports)
    return found


def read_questions(node: Node | None, pages: Mapping[str, Page]) -> dict[str, Question]:
    """Id → question; `DataError` names the line of a mistake."""
    found: dict[str, Question] = {}
    for entry in node.items() if node else ():
        parts = entry.record(["id", "sentence", "source"])
        name = _new(parts["id"], found, "question")
        found[name] = Question(name, parts["sentence"].text(), read_source(parts["source"], pages))
    return found


def _new(node: Node, found: Mapping[str, object], what: str) -> str:
    name = node.text()
    if name in found:
        raise node.error(f"the {what} {name!r} stands here twice")
    return name


def _supported(node: Node, contract: Contract) -> list[str]:
    """The ids that a name, a family's template or a pattern with `*` stands for."""
    name = node.text()
    if name in contract.freedoms:
        return [name]
    try:
        return [requirement.id for requirement in contract.named(name)]
    except KeyError:
        raise node.error(f"there is no requirement and no freedom {name!r}") from None
