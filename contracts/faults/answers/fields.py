"""Faults made by rule from the contract: each field of each answer lost, null, renamed, retyped,
and each kept text shown otherwise."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

from contracts.derived.strategies import wrong_types
from contracts.faults.entry import Fault, Values, answering, answers, fault, records, with_value
from contracts.spec.model import Contract, Endpoint
from contracts.spec.types import Text, Type

# Ways to show a text that are wrong whatever the text is, provided that it has two letters.
MUTATIONS: dict[str, Callable[[str], str]] = {
    "cut": lambda text: text[:-1],
    "beheaded": lambda text: text[1:],
    "padded": lambda text: text + " ",
    "indented": lambda text: " " + text,
    "other-case": lambda text: text.swapcase(),
    "emptied": lambda text: "",
    "in-quotes": lambda text: f'"{text}"',
    "doubled": lambda text: text + text,
    "with-a-newline": lambda text: text + "\n",
}
# These make another text of it, which is lawful where background processing may do so.
REPLACEMENTS: dict[str, Callable[[str], str]] = {
    "reversed": lambda text: text[::-1],
    "constant": lambda text: "a-constant-value",
    "hidden": lambda text: "*" * len(text),
    "escaped": lambda text: html.escape(text).replace("-", "&#45;"),
}


def faults(contract: Contract) -> Iterator[Fault]:
    """Each rule at each field of each answer."""
    for endpoint in answering(contract):
        fields = endpoint.answers.fields if endpoint.answers else {}
        for name, kind in fields.items():
            yield from _spoilt(endpoint, name, kind)
            if f"{endpoint.id}.keeps.{name}" in contract.requirements and isinstance(kind, Text):
                yield from _altered(contract, endpoint, name)


def _spoilt(endpoint: Endpoint, name: str, kind: Type) -> Iterator[Fault]:
    def one(label: str, words: str, change: Callable[[Values], Any]) -> Fault:
        return fault(
            f"{endpoint.id}-{_kebab(name)}-{label}",
            f"`{name}` in an answer to {endpoint.request} {words}.",
            f"{endpoint.id}.response.{name}",
            answers(records(change), endpoint.id),
        )

    yield one("missing", "is missing", lambda record: record.pop(name, None))
    yield one("null", "is null", lambda record: record.update({name: None}))
    other = _renamed(name)
    yield one("renamed", f"is called `{other}`", lambda record: _rename(record, name, other))
    for label, value in wrong_types(kind):
        if label in ("number", "decimal", "in-a-list", "text"):
            yield one(f"as-{label}", f"is of another type ({label})", _setting(name, value))


def _setting(name: str, value: object) -> Callable[[Values], Any]:
    return lambda record: record.update({name: value})


def _rename(record: Values, name: str, other: str) -> None:
    if name in record:
        record[other] = record.pop(name)


def _altered(contract: Contract, endpoint: Endpoint, name: str) -> Iterator[Fault]:
    replaceable = contract.fields[name].volatile
    rules = MUTATIONS if replaceable else MUTATIONS | REPLACEMENTS
    for label, change in rules.items():
        yield fault(
            f"{endpoint.id}-{_kebab(name)}-{label}",
            f"`{name}` in an answer to {endpoint.request} is {label.replace('-', ' ')}.",
            f"{endpoint.id}.keeps.{name}",
            answers(with_value(name, change), endpoint.id),
        )


def _renamed(name: str) -> str:
    """The field in another convention of spelling."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return snake if snake != name else name.title()


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
