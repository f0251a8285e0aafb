"""As much of a page's forms as can stand in one contract, with notes on what cannot.

A field that the notation cannot read is left out; so is one that contradicts an earlier form,
because a contract says one thing of a field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from contracts.drift.draft.fragments import written
from contracts.drift.page.model import Template
from contracts.spec.parser import NotationError, parse
from contracts.spec.types import ContradictionError, ListOf, Record, Type, narrow


@dataclass(frozen=True)
class Note:
    """Something that was left out: the line of the page, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Reading:
    """A form as it can be kept; `type` is None when nothing of it can."""

    template: Template
    text: str
    type: Type | None
    notes: tuple[Note, ...] = ()

    @property
    def fields(self) -> Mapping[str, Type]:
        """The fields of the object, or of the list's items."""
        inner = self.type.item if isinstance(self.type, ListOf) else self.type
        return inner.fields if isinstance(inner, Record) else {}


def readings(templates: Sequence[Template]) -> dict[int, Reading]:
    """By the line of the template: what can be kept of each, without contradictions."""
    known: dict[str, tuple[Type, int]] = {}
    return {
        template.line: _read(template) if template.role == "error"  # its fields are others
        else _consistent(_read(template), known)
        for template in templates
    }  # fmt: skip


def _read(template: Template) -> Reading:
    """The form, without the fields that cannot be read."""
    kind = template.type
    lines = template.text.splitlines()
    notes = [
        Note(template.line + error.line - 1, f"{error.sentence}: {lines[error.line - 1].strip()}")
        for error in (problem.error for problem in template.problems)
    ]
    record = template.record
    if kind is not None and record is None:
        notes.append(Note(template.line, "this form is no object and no list of objects"))
        kind = None
    elif record is not None and len(template.fields) < len(record.fields):
        readable = Record(template.fields, record.open_ended)
        kind = ListOf(readable) if isinstance(kind, ListOf) else readable
    text = template.text.strip("\n")
    if kind is not None and not _says(text, kind):
        text = written(kind)
    return Reading(template, text, kind, tuple(notes))


def _says(text: str, kind: Type) -> bool:
    """Whether the page's own text can stand in the contract: it means this type."""
    try:
        return parse(text) == kind
    except NotationError:
        return False


def _consistent(reading: Reading, known: dict[str, tuple[Type, int]]) -> Reading:
    """The form, without fields that contradict what an earlier one says; `known` grows."""
    inner = reading.type.item if isinstance(reading.type, ListOf) else reading.type
    if not isinstance(inner, Record):
        return reading
    kept: dict[str, Type] = {}
    notes = list(reading.notes)
    for name, kind in inner.fields.items():
        first, line = known.get(name, (kind, reading.template.line_of(name)))
        try:
            known[name] = (narrow(first, kind), line)
            kept[name] = kind
        except ContradictionError as error:
            here = reading.template.line_of(name)
            notes.append(Note(here, f"`{name}` contradicts line {line}: {error}"))
    if kept.keys() == inner.fields.keys():
        return reading
    record: Type = Record(kept, inner.open_ended)
    whole = ListOf(record) if isinstance(reading.type, ListOf) else record
    return replace(reading, text=written(whole), type=whole, notes=tuple(notes))
