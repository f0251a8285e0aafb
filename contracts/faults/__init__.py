"""The catalogue: what a service can do wrong, and what a conforming one may do differently.

Knows: the contract and the embedded service. An entry names the requirement it breaks, or none.
Must not know: how answers are judged, the suite.
Start with `fault`, then any of the modules that list entries.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from contracts.faults.answers import (
    choices,
    fields,
    forms,
    instants,
    leaks,
    status_codes,
    texts,
    timestamp_forms,
)
from contracts.faults.entry import FAULT, LAWFUL, Fault
from contracts.faults.requests import authorization, bad_input
from contracts.faults.sockets import wire
from contracts.faults.storage import events, isolation, life, mixups, postponed
from contracts.faults.variants import conforming
from contracts.service.hooks import Behaviour
from contracts.spec.model import Contract

__all__ = ["FAULT", "LAWFUL", "Fault", "behaviours", "catalogue"]

GROUPS = {
    "form": forms.faults,
    "field": fields.faults,
    "enum": choices.faults,
    "timestamp": timestamp_forms.faults,
    "instant": instants.faults,
    "events": events.faults,
    "life": life.faults,
    "accepted": postponed.faults,
    "status": status_codes.faults,
    "text": texts.faults,
    "authorization": authorization.faults,
    "isolation": isolation.faults,
    "mix-up": mixups.faults,
    "secrets": leaks.faults,
    "bad input": bad_input.faults,
    "lawful": conforming.variants,
}
SUGGESTED = 3


def catalogue(contract: Contract) -> Mapping[str, Fault]:
    """All faults and lawful variants by name, in the order of their groups."""
    # A contract cannot be hashed, so it is known by its identity, and kept alive by the cache.
    return _catalogue(_Known(contract))


def behaviours(names: Iterable[str], contract: Contract) -> list[Behaviour]:
    """Fresh behaviours for these names, in their order; ValueError for an unknown name."""
    known = catalogue(contract)
    found: list[Behaviour] = []
    for name in names:
        if name not in known:
            raise ValueError(_unknown(name, known))
        found += known[name].make()
    return found


def _unknown(name: str, known: Iterable[str]) -> str:
    if name in wire.CATALOGUE or name in wire.LAWFUL:
        return f"{name!r} needs a raw socket, and is run by {wire.RUN_BY}"
    near = difflib.get_close_matches(name, known, SUGGESTED, cutoff=0.5)
    hint = f"; near it are {', '.join(near)}" if near else ""
    return f"there is no fault or lawful variant {name!r}{hint}"


class _Known:
    def __init__(self, contract: Contract) -> None:
        self.contract = contract

    def __hash__(self) -> int:
        return id(self.contract)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.contract is self.contract


@lru_cache(maxsize=4)
def _catalogue(known: _Known) -> Mapping[str, Fault]:
    found: dict[str, Fault] = {}
    for entry in entries(known.contract):
        if entry.breaks and entry.breaks not in known.contract.requirements:
            continue  # this contract gives no occasion for it
        if entry.name in found:
            raise ValueError(f"the name {entry.name!r} stands twice in the catalogue")
        level = known.contract.requirements[entry.breaks].level if entry.breaks else ""
        found[entry.name] = replace(entry, level=level)
    return MappingProxyType(found)


def entries(contract: Contract) -> Iterator[Fault]:
    """All entries, also those that break what this contract does not have."""
    for group, made in GROUPS.items():
        for entry in made(contract):
            yield replace(entry, group=group)
