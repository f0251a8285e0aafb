"""How two readings of one form differ: fields, types, values and date patterns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.spec.types import Choice, ListOf, Record, Timestamp, Type, describe


@dataclass(frozen=True)
class Difference:
    """One difference: `what` is field, type, value, pattern, shape or dots.

    `path` is the field's, dotted, and empty for the form itself. `before` and `after` are in
    words; for a value they are the value, or empty.
    """

    kind: str
    what: str
    path: str
    before: str = ""
    after: str = ""

    @property
    def field(self) -> str:
        """The field of the form itself in which the difference is."""
        return self.path.partition(".")[0]


def differences(before: Type, after: Type, path: str = "") -> Iterator[Difference]:
    """What differs between two types; spelling and order never do."""
    match before, after:
        case _ if before == after:
            return
        case Record(), Record():
            yield from _fields(before, after, path)
        case ListOf(one), ListOf(other):
            yield from differences(one, other, path)
        case Choice(one), Choice(other):
            yield from _values(one, other, path)
        case Timestamp(one), Timestamp(other):
            yield Difference("changed", "pattern", path, one.source, other.source)
        case _:
            what = "type" if path else "shape"
            yield Difference("changed", what, path, describe(before), describe(after))


def _fields(before: Record, after: Record, path: str) -> Iterator[Difference]:
    gone = [name for name in before.fields if name not in after.fields]
    new = [name for name in after.fields if name not in before.fields]
    for old, renamed in list(zip(gone, new, strict=False)):
        if _took_the_place(before, after, old, renamed):
            yield Difference("changed", "field", _join(path, old), old, renamed)
            gone.remove(old)
            new.remove(renamed)
    for name in gone:
        yield Difference("removed", "field", _join(path, name), describe(before.fields[name]))
    for name in new:
        after_words = describe(after.fields[name])
        yield Difference("added", "field", _join(path, name), after=after_words)
    for name in before.fields:
        if name in after.fields:
            yield from differences(before.fields[name], after.fields[name], _join(path, name))
    if before.open_ended != after.open_ended:
        yield Difference("added" if after.open_ended else "removed", "dots", path)


def _took_the_place(before: Record, after: Record, old: str, new: str) -> bool:
    """Whether a field was renamed: another one of the same type stands where it stood."""
    return before.fields[old] == after.fields[new] and list(before.fields).index(old) == list(
        after.fields
    ).index(new)


def _values(before: tuple[str, ...], after: tuple[str, ...], path: str) -> Iterator[Difference]:
    gone = [value for value in before if value not in after]
    new = [value for value in after if value not in before]
    if len(gone) == len(new) == 1:
        yield Difference("changed", "value", path, gone[0], new[0])
        return
    yield from (Difference("removed", "value", path, before=value) for value in gone)
    yield from (Difference("added", "value", path, after=value) for value in new)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
