"""The field with a list of values: shown, taken and stored in other ways than documented."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from contracts.faults.entry import (
    Fault,
    answers,
    choices,
    fault,
    hooks,
    sent,
    stops,
    with_value,
)
from contracts.service.hooks import Behaviour, Call, Refusal
from contracts.service.store import Record
from contracts.spec.model import Contract

FEW_LETTERS = 3


def faults(contract: Contract) -> Iterator[Fault]:
    """What may be wrong with the documented list of values."""
    for number, (name, values) in enumerate(choices(contract)):
        for entry in _of(contract, name, values):
            # Names are told apart where there is more than one list.
            label = "enum" if not number else f"enum-{name.lower()}"
            yield replace(entry, name=entry.name.replace("enum", label, 1))


def _of(contract: Contract, name: str, values: tuple[str, ...]) -> Iterator[Fault]:
    yield from _misspelt(name, values)
    yield from _swapped(name, values)
    for endpoint in contract.endpoints.values():
        if endpoint.takes and name in endpoint.takes.choices:
            yield from _refused(endpoint.id, name, values)
            if endpoint.handshake:
                yield _ignored(endpoint.id, name, values)
            yield from _taken(endpoint.id, name, values)


def _misspelt(name: str, values: tuple[str, ...]) -> Iterator[Fault]:
    spellings: dict[str, Callable[[str], Any]] = {
        "lower-case": str.lower,
        "title-case": str.title,
        "alias": lambda value: value[:FEW_LETTERS],
        "index": lambda value: values.index(value) if value in values else 0,
        "index-as-text": lambda value: str(values.index(value)) if value in values else "0",
        "padded": lambda value: value + " ",
        "with-its-type": lambda value: f"{name[0].upper()}{name[1:]}.{value}",
        "in-a-list": lambda value: [value],
        "in-an-object": lambda value: {"name": value},
        "translated": lambda value: {"STAGE": "Testumgebung"}.get(value, "Betrieb"),
        "with-a-hidden-letter": lambda value: value + "\N{ZERO WIDTH SPACE}",
    }
    for endpoint in ("read", "create"):
        for label, spell in spellings.items():
            yield fault(
                f"{endpoint}-enum-{label}",
                f"`{name}` is answered {label.replace('-', ' ')}, at {endpoint}.",
                f"{endpoint}.response.{name}",
                answers(with_value(name, spell), endpoint),
            )


def _swapped(name: str, values: tuple[str, ...]) -> Iterator[Fault]:
    swap = dict(zip(values, values[1:] + values[:1], strict=True))
    for endpoint in ("read", "create"):
        yield fault(
            f"{endpoint}-enum-swapped",
            f"`{name}` is answered with another value of the list, at {endpoint}.",
            f"{endpoint}.keeps.{name}",
            answers(with_value(name, lambda value: swap.get(value, value)), endpoint),
        )
        for value in values:
            yield fault(
                f"{endpoint}-enum-always-{value.lower()}",
                f"`{name}` is always answered as {value}, at {endpoint}.",
                f"{endpoint}.keeps.{name}",
                answers(with_value(name, lambda _, fixed=value: fixed), endpoint),  # type: ignore[misc]
                provoked_by=[f"create.value.{name}.{swap[value]}"],
            )
    yield fault(
        "enum-stored-swapped",
        f"Another value of `{name}` is stored than was sent.",
        f"read.keeps.{name}",
        hooks(
            store=lambda _, record: record and record.changed(**{name: swap[record.values[name]]})
        ),
    )


def _ignored(endpoint: str, name: str, values: tuple[str, ...]) -> Fault:
    def store(call: Call, record: Record | None) -> Record | None:
        return (
            record.changed(**{name: values[0]}) if record and call.endpoint == endpoint else record
        )

    return fault(
        f"{endpoint}-enum-ignored",
        f"Whatever {endpoint} is sent as `{name}`, the first value is stored.",
        f"{endpoint}.keeps.{name}",
        hooks(store=store),
        provoked_by=[f"{endpoint}.value.{name}.{value}" for value in values[1:]],
    )


def _refused(endpoint: str, name: str, values: tuple[str, ...]) -> Iterator[Fault]:
    succeeds = f"{endpoint}.succeeds"
    for position, value in enumerate(values):
        for status, red in ((400, [succeeds]), (500, [succeeds, f"{endpoint}.no-server-error"])):
            yield fault(
                f"{endpoint}-enum-{value.lower()}-answers-{status}",
                f"A POST to {endpoint} with {value} as `{name}` is answered with {status}.",
                f"{endpoint}.value.{name}.{value}",
                stops(endpoint, status, lambda call, v=value: sent(call).get(name) == v),  # type: ignore[misc]
                also=() if position else red,
                because="Every ordinary body has the first value, and a 500 is a server's error.",
            )


def _taken(endpoint: str, name: str, values: tuple[str, ...]) -> Iterator[Fault]:
    shows = ("read", endpoint) if endpoint == "create" else ("read",)
    folds: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "as-they-are": ("as they are", lambda value: value),
        "as-the-first": ("as the first value", lambda value: values[0]),
    }
    for label, (words, fold) in folds.items():
        yield fault(
            f"{endpoint}-enum-unknown-stored-{label}",
            f"At {endpoint}, values of `{name}` that are not on the list are stored {words}.",
            f"{endpoint}.refuses-others.{name}",
            hooks(accept=_taking(endpoint, name, values, fold)),
            also=[f"{one}.response.{name}" for one in shows] if label == "as-they-are" else (),
            because="What is stored is shown, and is none of the documented values.",
        )
    yield fault(
        f"{endpoint}-enum-any-case",
        f"At {endpoint}, `{name}` is taken in upper and lower case, and put right.",
        f"{endpoint}.refuses-others.{name}",
        hooks(
            accept=_taking(
                endpoint, name, values, _upper, only=lambda value: _upper(value) in values
            )
        ),
    )
    yield fault(
        f"{endpoint}-enum-trimmed",
        f"At {endpoint}, `{name}` is taken with blanks around it, and put right.",
        f"{endpoint}.refuses-others.{name}",
        hooks(
            accept=_taking(
                endpoint, name, values, _strip, only=lambda value: _strip(value) in values
            )
        ),
    )
    yield fault(
        f"{endpoint}-enum-index-taken",
        f"At {endpoint}, `{name}` is taken as a number on the list.",
        f"{endpoint}.refuses-others.{name}",
        hooks(
            accept=_taking(
                endpoint, name, values, lambda v: values[v], only=lambda v: type(v) is int and v < 2
            )
        ),
    )
    yield fault(
        f"{endpoint}-enum-unknown-answers-500",
        f"At {endpoint}, a `{name}` that is not on the list is answered with 500.",
        f"{endpoint}.refuses-others.{name}",
        stops(
            endpoint,
            500,
            lambda call: isinstance(sent(call).get(name), str) and sent(call)[name] not in values,
        ),
    )


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _taking(
    endpoint: str,
    name: str,
    values: tuple[str, ...],
    fold: Callable[[Any], Any],
    only: Callable[[Any], bool] = lambda value: isinstance(value, str),
) -> Callable[[Behaviour, Call, list[Refusal]], list[Refusal]]:
    """A hook that takes other values of the field and puts something in their place."""

    def accept(call: Call, refusals: list[Refusal]) -> list[Refusal]:
        value = sent(call).get(name)
        if (
            call.endpoint != endpoint
            or name not in sent(call)
            or value in values
            or not only(value)
        ):
            return refusals
        call.body[name] = fold(value)
        return [refusal for refusal in refusals if not refusal.sentence.startswith(f"{name} ")]

    return accept  # type: ignore[return-value]
