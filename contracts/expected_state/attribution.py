"""Which requirement an answer breaks that contradicts what must stand for a Leaf user.

An answer alone does not tell: credentials that are gone may never have been stored, or a request
that was refused has deleted them. The expectations of the request know what happened before. RULES
is the table by which one of them is chosen: the first rule that applies to an expectation decides,
and of several expectations the one that rests on the latest exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.expected_state.kinds import (
    DIFFERENT,
    FOUND,
    ISOLATED,
    LOST,
    MISSING,
    NEVER,
    NOTHING,
    PRESENT,
    SHOWN,
    STAYS,
    UNCHANGED,
)
from contracts.http.exchange import Exchange, Expectation
from contracts.masking.masking import is_telling


@dataclass(frozen=True)
class Contradiction:
    """What an answer shows against what must stand.

    `shown` are the values that it shows, by field, and `text` all of it. `differing` are the fields
    that must be shown otherwise. `unlike`: nothing of what must be shown is there.
    """

    kind: str
    shown: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    differing: frozenset[str] = frozenset()
    unlike: bool = False

    def values_of(self, expectation: Expectation) -> list[str]:
        """The fields whose values are those of an expectation, and could not be so by chance."""
        if self.kind == DIFFERENT:
            names = self.differing & expectation.values.keys()
            same = (n for n in names if expectation.values[n] == self.shown.get(n))
            return sorted(n for n in same if is_telling(str(self.shown[n])))
        return [
            name
            for name, value in expectation.values.items()
            if is_telling(str(value)) and str(value) in self.text
        ]


@dataclass(frozen=True)
class Rule:
    """A row of the table: which expectations it is about, and when it applies to one of them."""

    name: str
    kinds: tuple[str, ...]
    applies: Callable[[Contradiction, Expectation], bool]


def _has_its_values(found: Contradiction, expectation: Expectation) -> bool:
    return found.kind in (PRESENT, DIFFERENT) and bool(found.values_of(expectation))


def _can_be_its_cause(found: Contradiction, expectation: Expectation) -> bool:
    return found.kind in expectation.explains


def _has_nothing_in_common(found: Contradiction, _: Expectation) -> bool:
    return found.kind == DIFFERENT and found.unlike


def _of_kind(kind: str) -> Callable[[Contradiction, Expectation], bool]:
    return lambda found, _: found.kind == kind


RULES = (
    Rule("shows the values of other credentials", (NEVER,), _has_its_values),
    Rule("changed by a request that must not change it", (UNCHANGED,), _can_be_its_cause),
    Rule("has nothing in common with what stands", (ISOLATED,), _has_nothing_in_common),
    Rule("shows another value than the one that stands", (SHOWN,), _of_kind(DIFFERENT)),
    Rule("does not find what stands", (FOUND,), _of_kind(MISSING)),
    Rule("shows something where nothing stands", (NOTHING,), _of_kind(PRESENT)),
    Rule("lacks log entries that were shown before", (STAYS,), _of_kind(LOST)),
)


@dataclass(frozen=True)
class Attribution:
    """The expectation that a contradiction breaks, and the rule that chose it."""

    rule: Rule
    expectation: Expectation


def attribute(found: Contradiction, expected: Iterable[Expectation]) -> Attribution | None:
    """Choose the expectation that is broken; None where none of them is about the contradiction.

    Usage:
        attribute(Contradiction(MISSING), exchange.intent.expected)
    """
    expected = tuple(expected)
    for rule in RULES:
        fitting = [e for e in expected if e.kind in rule.kinds and rule.applies(found, e)]
        if fitting:
            # The one with most of the values that are shown; of equal ones, the latest.
            return Attribution(rule, max(reversed(fitting), key=lambda e: _weight(found, e)))
    return None


def _weight(found: Contradiction, expectation: Expectation) -> int:
    return len(found.values_of(expectation)) if expectation.kind == NEVER else 0


def story(*expectations: Expectation | None) -> tuple[Exchange, ...]:
    """The exchanges that expectations rest on, in the order in which they were sent."""
    rested = (
        exchange
        for expectation in expectations
        if expectation is not None
        for exchange in (*expectation.before, expectation.since)
        if exchange is not None
    )
    found = {id(exchange): exchange for exchange in rested}
    return tuple(sorted(found.values(), key=lambda exchange: exchange.sent))
