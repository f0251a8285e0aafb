"""Intents of requests, for tests, with what their answers must show in a few words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from contracts.expected_state.kinds import (
    FOUND,
    ISOLATED,
    LOST,
    MAYBE,
    NEVER,
    NOTHING,
    PRESENT,
    SHOWN,
    STAYS,
    UNCHANGED,
)
from contracts.http.exchange import Expectation, Intent
from contracts.spec.load import load

STAYS_ID = load().about("log", "stays")


def intent(endpoint: str, **given: Any) -> Intent:
    """An intent; what is not one of its own words is an expectation, by the words below."""
    words = {name: given.pop(name) for name in list(given) if name in WORDS}
    expected = [e for name, value in words.items() for e in WORDS[name](endpoint, value, words)]
    return Intent(**given, expected=tuple(expected))


def _kept(endpoint: str, values: Mapping[str, Any], words: dict[str, Any]) -> list[Expectation]:
    requirement = words.get("kept_by") or f"{endpoint}.keeps.{{field}}"
    return [Expectation(SHOWN, requirement, values=values)]


def _never(
    _: str, mistakes: Iterable[tuple[str, Mapping[str, Any]]], __: dict[str, Any]
) -> list[Expectation]:
    return [Expectation(NEVER, requirement, values=values) for requirement, values in mistakes]


def _logged(_: str, entries: Any, words: dict[str, Any]) -> list[Expectation]:
    suspect = words.get("lost")
    found = [Expectation(STAYS, STAYS_ID or "", entries=tuple(entries))]
    if suspect and suspect != STAYS_ID:
        found.insert(0, Expectation(UNCHANGED, suspect, explains=(LOST,)))
    return found


WORDS: dict[str, Any] = {
    "kept": _kept,
    "kept_by": lambda *_: [],
    "started": lambda _, values, __: [Expectation(MAYBE, "", values=values)],
    "elsewhere": lambda _, name, __: [Expectation(ISOLATED, name)],
    "never": _never,
    "missing": lambda _, name, __: [Expectation(FOUND, name)],
    "gone": lambda _, name, __: [Expectation(NOTHING, name, explains=(PRESENT,))],
    "unchanged": lambda _, names, __: [
        Expectation(UNCHANGED, name, explains=(PRESENT,)) for name in names
    ],
    "logged": _logged,
    "lost": lambda *_: [],
}
