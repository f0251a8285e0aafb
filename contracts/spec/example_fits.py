"""Whether an example is what its notation says."""

from __future__ import annotations

from uuid import UUID

from contracts.spec.parser import (
    Boolean,
    Choice,
    Integer,
    ListOf,
    Number,
    Record,
    Timestamp,
    Type,
    Uuid,
    describe,
)


def misfit(kind: Type, example: object) -> str | None:
    """Why an example is not of a type, in words that follow it; None when it is.

    The contract file has no examples of lists and objects, so none of these is a misfit.
    """
    match kind:
        case ListOf() | Record():
            return None
        case Integer():
            fits = isinstance(example, int) and not isinstance(example, bool)
        case Number():
            fits = isinstance(example, int | float) and not isinstance(example, bool)
        case Boolean():
            fits = isinstance(example, bool)
        case Choice(values):
            fits = example in values
        case Timestamp(pattern) if isinstance(example, str):
            try:
                pattern.parse(example)
            except ValueError as error:
                return f"is no {describe(kind)}: {error}"
            return None
        case Uuid():
            fits = isinstance(example, str) and _is_uuid(example)
        case _:
            fits = isinstance(example, str)
    return None if fits else f"is not {_article(describe(kind))}"


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _article(words: str) -> str:
    return words if words.startswith(("the ", "one ", "true ", "text")) else f"a {words}"
