"""Requirement families: one entry of the contract file, spread over endpoints, fields and values.

An entry whose id has {braces} is a family. `each` says over what: a list of names, a mapping of
names to the words that the sentence uses for them, or one of the derived axes below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from string import Formatter

from contracts.spec.model import (
    LEVELS,
    READ,
    Contract,
    Endpoint,
    Page,
    Requirement,
    Source,
    choice_values,
)
from contracts.spec.types import Choice, Text, Timestamp, describe
from contracts.spec.yaml_nodes import Node

# What has been chosen for a family's braces so far; `words` are what the sentence says instead.
Parameters = dict[str, str]
Axis = Callable[[Contract, Endpoint, Parameters], list[str]]


def _answered(contract: Contract, endpoint: Endpoint, _: Parameters) -> list[str]:
    return list(endpoint.answers.fields) if endpoint.answers else []


def _taken(contract: Contract, endpoint: Endpoint, _: Parameters) -> list[str]:
    return list(endpoint.takes.fields) if endpoint.takes else []


def _taken_and_answered(contract: Contract, endpoint: Endpoint, chosen: Parameters) -> list[str]:
    answered = _answered(contract, endpoint, chosen)
    return [name for name in _taken(contract, endpoint, chosen) if name in answered]


def _taken_and_read(contract: Contract, endpoint: Endpoint, chosen: Parameters) -> list[str]:
    read = {name for e in contract.having(READ) if e.answers for name in e.answers.fields}
    return [name for name in _taken(contract, endpoint, chosen) if name in read]


def _lasting(contract: Contract, endpoint: Endpoint, chosen: Parameters) -> list[str]:
    return [
        name
        for name in _answered(contract, endpoint, chosen)
        if not contract.fields[name].volatile or name in contract.sendable_fields
    ]


def _choices_taken(contract: Contract, endpoint: Endpoint, _: Parameters) -> list[str]:
    fields = endpoint.takes.fields if endpoint.takes else {}
    return [name for name, kind in fields.items() if isinstance(kind, Choice)]


def _texts_taken(contract: Contract, endpoint: Endpoint, _: Parameters) -> list[str]:
    fields = endpoint.takes.fields if endpoint.takes else {}
    return [name for name, kind in fields.items() if isinstance(kind, Text)]


def _timestamps_answered(contract: Contract, endpoint: Endpoint, _: Parameters) -> list[str]:
    fields = endpoint.answers.fields if endpoint.answers else {}
    return [name for name, kind in fields.items() if isinstance(kind, Timestamp)]


def _values_of_field(contract: Contract, endpoint: Endpoint, chosen: Parameters) -> list[str]:
    return list(choice_values(endpoint.takes.fields[chosen["field"]])) if endpoint.takes else []


def _secrets_never_answered(contract: Contract, endpoint: Endpoint, _: Parameters) -> list[str]:
    return list(contract.secrets_never_answered)


AXES: Mapping[str, Axis] = {
    "fields answered": _answered,
    "fields taken": _taken,
    "fields taken and answered": _taken_and_answered,
    "fields taken and read": _taken_and_read,
    "fields that last": _lasting,
    "choices taken": _choices_taken,
    "texts taken": _texts_taken,
    "timestamps answered": _timestamps_answered,
    "values of field": _values_of_field,
    "secrets never answered": _secrets_never_answered,
}
SOURCE_WORDS = ("endpoint", "answer", "body")


def read_source(node: Node, pages: Mapping[str, Page]) -> Source:
    """`{page: …, heading: …}`; the page must be one of `pages`."""
    parts = node.record(["page", "heading"])
    return Source(pages[parts["page"].one_of(pages, "page")], parts["heading"].text())


def read_requirements(
    node: Node, contract: Contract, pages: Mapping[str, Page]
) -> dict[str, Requirement]:
    """Read and spread every entry; `DataError` names the line of a mistake."""
    found: dict[str, Requirement] = {}
    for entry in node.items():
        for requirement in _spread(entry, contract, pages):
            if requirement.id in found:
                raise entry.error(f"the requirement {requirement.id!r} stands here twice")
            found[requirement.id] = requirement
    return found


def _spread(entry: Node, contract: Contract, pages: Mapping[str, Page]) -> Iterator[Requirement]:
    parts = entry.record(["id", "level", "sentence", "source"], ["each", "endpoint"])
    template = parts["id"].text()
    level = parts["level"].one_of(LEVELS, "level")
    braces = _braces(parts["id"])
    axes = parts["each"].mapping() if "each" in parts else {}
    if braces - set(axes):
        raise parts["id"].error(f"{template!r} has braces that `each` does not fill")
    if ("endpoint" in axes) == ("endpoint" in parts):
        raise entry.error("give either `endpoint` or `each: {endpoint: …}`")
    if "endpoint" in parts:
        axes = {"endpoint": parts["endpoint"], **axes}
    for chosen, words in _combinations(list(axes.items()), contract, {}, {}):
        endpoint = contract.endpoints[chosen["endpoint"]]
        source = _source(parts["source"], endpoint, pages)
        if level == "documented" and not source.page.documented:
            raise parts["source"].error(f"a documented requirement needs a Leaf page, not {source}")
        try:
            sentence = parts["sentence"].text().format_map(_words(endpoint, chosen, words))
        except (KeyError, ValueError, IndexError, AttributeError) as error:
            raise parts["sentence"].error(
                f"the sentence has braces that nothing fills: {error}"
            ) from error
        yield Requirement(
            template.format_map(chosen),
            template,
            level,
            endpoint.id,
            sentence,
            source,
            dict(chosen),
        )


def _braces(node: Node) -> set[str]:
    """The names in the braces of an id."""
    try:
        names = [name for _, name, _, _ in Formatter().parse(node.text()) if name is not None]
    except ValueError as error:
        raise node.error(f"the braces of {node.text()!r} cannot be read: {error}") from error
    if not all(name.isidentifier() for name in names):
        raise node.error(f"{node.text()!r} has braces without a name in them")
    return set(names)


def _combinations(
    axes: list[tuple[str, Node]], contract: Contract, chosen: Parameters, words: Parameters
) -> Iterator[tuple[Parameters, Parameters]]:
    """Every way to fill the braces; later axes may depend on what earlier ones chose."""
    if not axes:
        yield chosen, words
        return
    (name, node), rest = axes[0], axes[1:]
    for value, word in _values(name, node, contract, chosen):
        yield from _combinations(rest, contract, {**chosen, name: value}, {**words, name: word})


def _values(
    name: str, node: Node, contract: Contract, chosen: Parameters
) -> Iterator[tuple[str, str]]:
    if name != "endpoint" and "endpoint" not in chosen:
        raise node.key_error("in `each`, the endpoint comes first")
    if node.is_mapping():
        for value, child in node.mapping().items():
            if name == "endpoint" and value not in contract.endpoints:
                raise child.key_error(f"unknown endpoint {value!r}")
        yield from ((value, child.text()) for value, child in node.mapping().items())
    elif name == "endpoint":
        for child in node.items() if node.is_list() else [node]:
            value = child.one_of(contract.endpoints, "endpoint")
            yield value, value
    elif node.is_list():
        for child in node.items():
            known = contract.fields if name == "field" else [child.text()]
            value = child.one_of(known, "field")
            yield value, value
    else:
        axis = AXES[node.one_of(AXES, "axis")]
        endpoint = contract.endpoints[chosen["endpoint"]]
        try:
            values = axis(contract, endpoint, chosen)
        except KeyError as error:
            raise node.error(f"{node.text()!r} needs {error} before it") from error
        if not values:
            raise node.error(f"{endpoint.id!r} has no {node.text()}")
        yield from ((value, value) for value in values)


def _source(node: Node, endpoint: Endpoint, pages: Mapping[str, Page]) -> Source:
    if node.is_mapping():
        return read_source(node, pages)
    word = node.one_of(SOURCE_WORDS, "source")
    form = {"endpoint": endpoint, "answer": endpoint.answers, "body": endpoint.takes}[word]
    if form is None:
        raise node.error(f"{endpoint.id!r} has no documented form for {word!r}")
    return form.source


def _words(endpoint: Endpoint, chosen: Parameters, words: Parameters) -> dict[str, str]:
    extra = {"request": endpoint.request}
    if endpoint.answers:
        extra["shape"] = "a list of objects" if endpoint.answers.is_list else "an object"
        if chosen.get("field") in endpoint.answers.fields:
            extra["type"] = describe(endpoint.answers.fields[chosen["field"]])
    return {**words, **extra}
