"""Requirement families: one entry of a file, spread over endpoints, fields and values.

What an entry may say is written at the top of `contracts/families.yaml`. An entry that has nothing
to be about in a contract (no endpoint with its role, no field on its axis) gives no requirement.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from string import Formatter

from contracts.spec.model import (
    READ,
    ROLES,
    Contract,
    Endpoint,
    Page,
    Requirement,
    Source,
    choice_values,
)
from contracts.spec.structure import EVERY_ENDPOINT
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


def _required(contract: Contract, endpoint: Endpoint, _: Parameters) -> list[str]:
    return list(endpoint.takes.required) if endpoint.takes else []


def _not_required(contract: Contract, endpoint: Endpoint, chosen: Parameters) -> list[str]:
    required = _required(contract, endpoint, chosen)
    return [name for name in _taken(contract, endpoint, chosen) if name not in required]


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
    "fields required": _required,
    "fields not required": _not_required,
    "fields taken and read": _taken_and_read,
    "fields that last": _lasting,
    "choices taken": _choices_taken,
    "texts taken": _texts_taken,
    "timestamps answered": _timestamps_answered,
    "values of field": _values_of_field,
    "secrets never answered": _secrets_never_answered,
}


def read_source(node: Node, pages: Mapping[str, Page]) -> Source:
    """`{page: …, heading: …}`; the page must be one of `pages`."""
    parts = node.mapping()
    return Source(pages[parts["page"].one_of(pages, "page")], parts["heading"].text())


def find_source(
    node: Node, contract: Contract, pages: Mapping[str, Page], endpoint: Endpoint | None = None
) -> Source | None:
    """A source as `read_source` has it, or what a word stands for.

    The word is a role (where the endpoint with it is described), or a part of `endpoint`. None
    where the contract has no such endpoint.
    """
    if node.is_mapping():
        return read_source(node, pages)
    word = node.text()
    if word in ROLES:
        return next((other.source for other in contract.having(word)), None)
    if endpoint is None:
        raise node.error(f"{word!r} says where a requirement stands; name a role or a page")
    if word == "endpoint":
        return endpoint.source
    form = endpoint.answers if word == "answer" else endpoint.takes
    if form is None:
        return None
    return form.required_source if word == "required" else form.source


class Families:
    """The requirements of a contract, spread from the entries of one file after the other."""

    def __init__(
        self, contract: Contract, pages: Mapping[str, Page], without: Container[str]
    ) -> None:
        self._contract, self._pages, self._without = contract, pages, without
        self.names: dict[str, None] = {}
        self.requirements: dict[str, Requirement] = {}

    def read(self, entries: Iterable[Node], *, own: bool) -> None:
        """Spread every entry; `DataError` names the line of a mistake.

        The contract's `own` entries may name endpoints by their ids, the shared ones only by role.
        """
        for entry in entries:
            template = entry.mapping()["id"].text()
            self.names[template] = None
            for requirement in self._spread(entry, own):
                if requirement.id in self.requirements:
                    raise entry.error(f"the requirement {requirement.id!r} stands here twice")
                self.requirements[requirement.id] = requirement

    @property
    def without_requirement(self) -> tuple[str, ...]:
        """The families that are not switched off and have nothing to be about."""
        found = {requirement.family for requirement in self.requirements.values()}
        return tuple(n for n in self.names if n not in found and n not in self._without)

    def _spread(self, entry: Node, own: bool) -> Iterator[Requirement]:
        parts = entry.mapping()
        template, level = parts["id"].text(), parts["level"].text()
        axes = parts["each"].mapping() if "each" in parts else {}
        endpoints = self._endpoints(parts["id"], axes, own)
        if template in self._without or not all(
            self._contract.having(role.text()) for role in _items(parts.get("needs"))
        ):
            return
        others = [axis for axis in axes.items() if axis[0] != "endpoint"]
        roles = {role: e.id for role in ROLES for e in self._contract.having(role)[:1]}
        if any(name in ROLES and name not in roles for name in _braces(parts["id"])):
            return
        for endpoint in endpoints:
            source = find_source(parts["source"], self._contract, self._pages, endpoint)
            for chosen, words in _combinations(others, self._contract, endpoint, {}, {}):
                if source is None:
                    continue
                if level == "documented" and not source.page.documented:
                    raise parts["source"].error(
                        f"a documented requirement needs a Leaf page, not {source}"
                    )
                sentence = _filled(parts["sentence"], {**words, **_words(endpoint, chosen)})
                _, dot, rest = template.partition(".")
                name = f"{endpoint.id}{dot}{rest.format_map({**roles, **chosen})}"
                chosen = {"endpoint": endpoint.id, **chosen}
                yield Requirement(name, template, level, endpoint.id, sentence, source, chosen)

    def _endpoints(self, node: Node, axes: Mapping[str, Node], own: bool) -> list[Endpoint]:
        """What the beginning of an id names: `{endpoint}`, a role in braces, or an endpoint."""
        first, _, rest = node.text().partition(".")
        filled = {*axes, *ROLES, *([first[1:-1]] if first.startswith("{") else [])}
        if not rest or _braces(node) - filled:
            raise node.error(f"{node.text()!r} has braces that `each` does not fill")
        if (first == "{endpoint}") != ("endpoint" in axes):
            raise node.error("`each` says what {endpoint} is, at the beginning of the id")
        if first != "{endpoint}":
            name = first[1:-1] if first.startswith("{") else first
            return self._named(node, name, own, ids=not first.startswith("{"))
        axis = axes["endpoint"]
        if not axis.is_list():
            axis.one_of([EVERY_ENDPOINT], "endpoint axis")
            return list(self._contract.endpoints.values())
        return [e for child in axis.items() for e in self._named(child, child.text(), own)]

    def _named(self, node: Node, name: str, own: bool, ids: bool = True) -> list[Endpoint]:
        if own and ids and name in self._contract.endpoints:
            return [self._contract.endpoints[name]]
        known = [*ROLES, *(self._contract.endpoints if own else ())]
        if name not in ROLES:
            raise node.error(f"unknown endpoint {name!r}; known are {', '.join(known)}")
        return list(self._contract.having(name))


def _items(node: Node | None) -> Iterable[Node]:
    return node.items() if node else ()


def _filled(node: Node, words: Mapping[str, str]) -> str:
    try:
        return node.text().format_map(words)
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        raise node.error(f"the sentence has braces that nothing fills: {error}") from error


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
    axes: list[tuple[str, Node]],
    contract: Contract,
    endpoint: Endpoint,
    chosen: Parameters,
    words: Parameters,
) -> Iterator[tuple[Parameters, Parameters]]:
    """Every way to fill the braces; later axes may depend on what earlier ones chose."""
    if not axes:
        yield chosen, words
        return
    (name, node), rest = axes[0], axes[1:]
    for value, word in _values(name, node, contract, endpoint, chosen):
        yield from _combinations(
            rest, contract, endpoint, {**chosen, name: value}, {**words, name: word}
        )


def _values(
    name: str, node: Node, contract: Contract, endpoint: Endpoint, chosen: Parameters
) -> Iterator[tuple[str, str]]:
    if node.is_mapping():
        yield from ((value, child.text()) for value, child in node.mapping().items())
    elif node.is_list():
        for child in node.items():
            known = contract.fields if name == "field" else [child.text()]
            value = child.one_of(known, "field")
            yield value, value
    else:
        axis = AXES[node.one_of(AXES, "axis")]
        try:
            values = axis(contract, endpoint, chosen)
        except KeyError as error:
            raise node.error(f"{node.text()!r} needs {error} before it") from error
        yield from ((value, value) for value in values)


def _words(endpoint: Endpoint, chosen: Parameters) -> dict[str, str]:
    words = {"request": endpoint.request, "endpoint": endpoint.id}
    if endpoint.answers:
        words["shape"] = "a list of objects" if endpoint.answers.is_list else "an object"
        if chosen.get("field") in endpoint.answers.fields:
            words["type"] = describe(endpoint.answers.fields[chosen["field"]])
    return words
