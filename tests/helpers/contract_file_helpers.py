"""The contract file with a mistake in it, for tests."""

from __future__ import annotations

import pytest

from contracts.spec import yaml_nodes
from contracts.spec.load import CONTRACT_FILE, read
from contracts.spec.model import Contract
from contracts.spec.yaml_nodes import DataError

TEXT = CONTRACT_FILE.read_text(encoding="utf-8")
LINES = TEXT.splitlines()
NAME = "contract.yaml"


def read_text(text: str) -> Contract:
    return read(yaml_nodes.parse(text, NAME))


def complaint(text: str) -> str:
    """What is said of a contract with a mistake: one sentence."""
    with pytest.raises(DataError) as caught:
        read_text(text)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def line_of(start: str, text: str = TEXT) -> int:
    """The 1-based number of the first line that starts so (but for blanks before it)."""
    lines = text.splitlines()
    return next(n for n, line in enumerate(lines, start=1) if line.lstrip().startswith(start))


def replaced(start: str, *lines: str) -> str:
    """The contract with other lines in place of the first one that starts so."""
    at = line_of(start) - 1
    return "\n".join([*LINES[:at], *lines, *LINES[at + 1 :]]) + "\n"


def changed(start: str, old: str, new: str) -> tuple[str, int]:
    """The contract with `new` for `old` in the first line that starts so, and its number."""
    at = line_of(start)
    assert old in LINES[at - 1]
    return replaced(start, LINES[at - 1].replace(old, new, 1)), at
