"""The JSON Schema of contract files says what the loader says, and editors can find it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contracts.cli.schema_files import CONTRACT_SCHEMA
from contracts.spec import structure, yaml_nodes
from contracts.spec.load import FOLDER
from contracts.spec.yaml_nodes import DataError
from tests.helpers.small_contract import DATA, text

SCHEMA = json.loads(CONTRACT_SCHEMA.read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)
FILES = sorted(FOLDER.glob("*.yaml"))
SHARED = {name: part for name, part in DATA.items() if name in structure.SHARED}
OTHERS: list[Any] = [None, "", "a word", 5, -1, True, [], ["a"], [[]], {}, {"odd": "b"}]


def test_the_schema_is_what_the_loader_reads_by() -> None:
    assert structure.schema() == SCHEMA


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_names_the_schema_first_and_keeps_to_it(path: Path) -> None:
    first, _, _ = path.read_text(encoding="utf-8").partition("\n")
    assert first == f"# yaml-language-server: $schema={CONTRACT_SCHEMA.name}"
    VALIDATOR.validate(yaml_nodes.read(path).data())


def is_accepted(shape: structure.Shape, value: object) -> bool:
    try:
        shape.check(yaml_nodes.parse(text(value), "small.yaml"))
    except DataError:
        return False
    return True


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every mapping and list inside of a value, with each of its keys."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


def mutations(value: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The value with one place changed, left out or added to, each with a name."""
    for index, (_, key) in enumerate(places(value)):
        # A third of the values in each place, and all of them in neighbouring places.
        for number, other in enumerate([*OTHERS[index % 3 :: 3], "gone", "further"]):
            changed = deepcopy(value)
            inside, _ = list(places(changed))[index]
            if other == "gone":
                del inside[key]
            elif other == "further" and isinstance(inside, dict):
                inside["further"] = {"odd": "b"}
            else:
                inside[key] = deepcopy(other)
            yield f"{index}-{key}-{number}", changed


@pytest.mark.parametrize(
    ("shape", "value"),
    [pytest.param(structure.CONTRACT, DATA, id="contract"),
     pytest.param(structure.FAMILIES, SHARED, id="families")],
)  # fmt: skip
def test_the_schema_and_the_loader_agree_on_every_change_of_a_place(
    shape: structure.Shape, value: dict[str, Any]
) -> None:
    assert is_accepted(shape, value)
    kinds = {True: 0, False: 0}
    for name, changed in mutations(value):
        if shape is structure.CONTRACT and "contract" not in changed:
            continue  # that is taken for a file of families
        accepted = is_accepted(shape, changed)
        assert VALIDATOR.is_valid(changed) == accepted, name
        kinds[accepted] += 1
    assert min(kinds.values()) > 100
