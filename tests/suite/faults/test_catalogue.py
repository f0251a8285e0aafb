"""The catalogue for any contract: what has no target is left out, and nothing else is."""

from __future__ import annotations

from copy import deepcopy

import pytest

from contracts.faults import catalogue, entries
from contracts.spec.load import load, names
from tests.helpers.small_contract import DATA, SOURCE, small


def kind_of(requirement: str) -> str:
    """The endpoint and the family: `create.null` of `create.null.code`."""
    return ".".join(requirement.split(".")[:2])


def test_what_is_left_out_of_one_contract_is_of_a_kind_that_another_has() -> None:
    """It is not misspelt."""
    known = {kind_of(each) for name in names() for each in load(name).requirements}
    broken = {entry.breaks for name in names() for entry in entries(load(name)) if entry.breaks}
    assert {kind_of(each) for each in broken} - known == set()


def test_the_first_contract_has_every_entry_that_is_made_for_it() -> None:
    contract = load()
    assert [entry.name for entry in entries(contract)] == [*catalogue(contract)]


@pytest.mark.parametrize("name", names())
def test_each_shipped_contract_has_entries_of_all_kinds(name: str) -> None:
    found = catalogue(load(name)).values()
    assert {entry.group for entry in found} >= {"form", "life", "isolation", "lawful"}
    assert all(entry.breaks in load(name).requirements for entry in found if entry.breaks)


def test_two_lists_of_values_have_entries_of_their_own() -> None:
    forms, fields = deepcopy(DATA["forms"]), deepcopy(DATA["fields"])
    fields["size"] = {"description": "A size.", "example": "TALL"}
    for name in ("key", "key-body"):
        forms[name]["notation"] = forms[name]["notation"][:-1] + ', "size": "TALL or WIDE"}'
    endpoints = deepcopy(DATA["endpoints"])
    endpoints["create"]["answers"] = "key"
    endpoints["events"] = {
        "request": "GET /users/{leafUserId}/keys/log", "source": SOURCE, "answers": "key-log",
        "role": "log",
    }  # fmt: skip
    found = catalogue(small(forms=forms, fields=fields, endpoints=endpoints))
    assert {"read-enum-swapped", "read-enum-size-swapped"} <= found.keys()
    assert found["read-enum-size-swapped"].breaks == "read.keeps.size"
