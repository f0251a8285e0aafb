"""The field with a list of values: shown, taken and stored in other ways than documented."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from contracts.behaviour import Behaviour, Call, Refusal
from contracts.faults.fault import (
    Fault,
    answers,
    choice,
    fault,
    hooks,
    sent,
    stops,
    with_value,
)
from contracts.model import Contract

FEW_LETTERS = 3
FAILS = ("create.no-server-error",)


def faults(contract: Contract) -> Iterator[Fault]:
    """What may be wrong with the documented list of values."""
    name, values = choice(contract)
    yield from _misspelt(name, values)
    yield from _swapped(name, values)
    yield from _refused(name, values)
    yield from _taken(name, values)


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


def _refused(name: str, values: tuple[str, ...]) -> Iterator[Fault]:
    for position, value in enumerate(values):
        for status in (400, 500):
            yield fault(
                f"create-enum-{value.lower()}-answers-{status}",
                f"POST with {value} as `{name}` is answered with {status}.",
                f"create.value.{name}.{value}",
                stops("create", status, lambda call, v=value: sent(call).get(name) == v),  # type: ignore[misc]
                also=() if position else ("create.succeeds", *(FAILS if status == 500 else ())),
                because="Every ordinary body has the first value, and a 500 is a server's error.",
            )


def _taken(name: str, values: tuple[str, ...]) -> Iterator[Fault]:
    shows = (f"create.response.{name}", f"read.response.{name}")
    folds: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "as-they-are": ("as they are", lambda value: value),
        "as-the-first": ("as the first value", lambda value: values[0]),
    }
    for label, (words, fold) in folds.items():
        yield fault(
            f"create-enum-unknown-stored-{label}",
            f"Values of `{name}` that are not on the list are stored {words}.",
            f"create.refuses-others.{name}",
            hooks(accept=_taking(name, values, fold)),
            also=shows if label == "as-they-are" else (),
            because="What is stored is shown, and is none of the documented values.",
        )
    yield fault(
        "create-enum-any-case",
        f"`{name}` is taken in upper and lower case, and put right.",
        f"create.refuses-others.{name}",
        hooks(accept=_taking(name, values, _upper, only=lambda value: _upper(value) in values)),
    )
    yield fault(
        "create-enum-trimmed",
        f"`{name}` is taken with blanks around it, and put right.",
        f"create.refuses-others.{name}",
        hooks(accept=_taking(name, values, _strip, only=lambda value: _strip(value) in values)),
    )
    yield fault(
        "create-enum-index-taken",
        f"`{name}` is taken as a number on the list.",
        f"create.refuses-others.{name}",
        hooks(
            accept=_taking(
                name, values, lambda v: values[v], only=lambda v: type(v) is int and v < 2
            )
        ),
    )
    yield fault(
        "create-enum-unknown-answers-500",
        f"A `{name}` that is not on the list is answered with 500.",
        f"create.refuses-others.{name}",
        stops(
            "create",
            500,
            lambda call: isinstance(sent(call).get(name), str) and sent(call)[name] not in values,
        ),
    )


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _taking(
    name: str,
    values: tuple[str, ...],
    fold: Callable[[Any], Any],
    only: Callable[[Any], bool] = lambda value: isinstance(value, str),
) -> Callable[[Behaviour, Call, list[Refusal]], list[Refusal]]:
    """A hook that takes other values of the field and puts something in their place."""

    def accept(call: Call, refusals: list[Refusal]) -> list[Refusal]:
        value = sent(call).get(name)
        if (
            call.endpoint != "create"
            or name not in sent(call)
            or value in values
            or not only(value)
        ):
            return refusals
        call.body[name] = fold(value)
        return [refusal for refusal in refusals if not refusal.sentence.startswith(f"{name} ")]

    return accept  # type: ignore[return-value]
