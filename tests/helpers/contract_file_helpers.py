"""A contract, and what all contracts share, with a mistake in one of the two, for tests."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from contracts.spec import structure, yaml_nodes
from contracts.spec.load import CONTRACT_FILE, FAMILIES_FILE, read
from contracts.spec.model import Contract
from contracts.spec.yaml_nodes import DataError

NAME, SHARED_NAME = "contract.yaml", "families.yaml"
TEXT = CONTRACT_FILE.read_text(encoding="utf-8")
SHARED_TEXT = FAMILIES_FILE.read_text(encoding="utf-8")
LINES = TEXT.splitlines()


class Texts(NamedTuple):
    """The text of a contract, and that of what all contracts share."""

    own: str = TEXT
    shared: str = SHARED_TEXT


class Place(NamedTuple):
    """A line of one of the two files."""

    file: str
    line: int

    def led(self, below: int = 0) -> str:
        """How a complaint about this line, or one further down, begins."""
        return f"{self.file}:{self.line + below}: "


def read_texts(texts: Texts) -> Contract:
    shared = yaml_nodes.parse(texts.shared, SHARED_NAME)
    structure.FAMILIES.check(shared)
    return read(yaml_nodes.parse(texts.own, NAME), shared)


def read_text(text: str) -> Contract:
    return read_texts(Texts(own=text))


def complaint(text: str | Texts) -> str:
    """What is said of a contract with a mistake: one sentence."""
    with pytest.raises(DataError) as caught:
        read_texts(text if isinstance(text, Texts) else Texts(own=text))
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def line_of(start: str, text: str = TEXT) -> int:
    """The 1-based number of the first line that starts so (but for blanks before it)."""
    lines = text.splitlines()
    return next(n for n, line in enumerate(lines, start=1) if line.lstrip().startswith(start))


def place_of(start: str) -> Place:
    """The first line that starts so: of the contract, else of what all contracts share."""
    for name, text in ((NAME, TEXT), (SHARED_NAME, SHARED_TEXT)):
        if any(line.lstrip().startswith(start) for line in text.splitlines()):
            return Place(name, line_of(start, text))
    raise AssertionError(f"no line starts with {start!r}")


def replaced(start: str, *lines: str) -> Texts:
    """Both texts with other lines in place of the first one that starts so."""
    name, line = place_of(start)
    text = TEXT if name == NAME else SHARED_TEXT
    old = text.splitlines()
    new = "\n".join([*old[: line - 1], *lines, *old[line:]]) + "\n"
    return Texts(own=new) if name == NAME else Texts(shared=new)


def changed(start: str, old: str, new: str) -> tuple[Texts, Place]:
    """Both texts with `new` for `old` in the first line that starts so, and its place."""
    place = place_of(start)
    line = (TEXT if place.file == NAME else SHARED_TEXT).splitlines()[place.line - 1]
    assert old in line
    return replaced(start, line.replace(old, new, 1)), place
