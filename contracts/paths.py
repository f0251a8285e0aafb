"""Paths that a client asked for: which documented one is near, and what of them may be shown.

A path can hold anything, secrets included; only what the contract knows is ever shown of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from contracts.model import Contract, Endpoint

NEAR = 0.75  # of two words, 1 being the same
MAX_SEGMENTS, MAX_WORD = 16, 40
HIDDEN = "…"
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PLAIN = re.compile(r"[A-Za-z0-9_.{}-]+")


class Paths:
    """The paths of these endpoints, below the contract's base URL."""

    def __init__(self, contract: Contract, endpoints: Iterable[Endpoint]) -> None:
        self._endpoints = tuple(endpoints)
        self._base = _segments(urlsplit(contract.base_url).path)
        words = [s for e in self._endpoints for s in _segments(e.path)]
        self._words = frozenset([*self._base, *words])

    def near(self, path: str, method: str = "") -> Endpoint | None:
        """The documented endpoint whose path a path all but has; with this method, if there is one.

        Every word must be near its documented one, and whatever stands in front must be near words
        of the base URL: other services of Leaf have the same last words.
        """
        asked = _segments(path)[: MAX_SEGMENTS + 1]
        found = [e for e in self._endpoints if self._fits(asked, _segments(e.path))]
        if not found:
            return None
        return max(found, key=lambda e: (_likeness(asked, _segments(e.path)), e.method == method))

    def shown(self, path: str) -> str:
        """The path with everything hidden but ids and words that are, or are near, documented."""
        parts = path.split("/")
        shown = [part if self._may_be_shown(part) else HIDDEN for part in parts[:MAX_SEGMENTS]]
        return "/".join(shown) + ("/" + HIDDEN if len(parts) > MAX_SEGMENTS else "")

    def _may_be_shown(self, part: str) -> bool:
        if not part or part in self._words or is_uuid(part):
            return True
        plain = len(part) <= MAX_WORD and _PLAIN.fullmatch(part)
        return bool(plain) and any(_is_near(part, word) for word in self._words)

    def _fits(self, asked: Sequence[str], wanted: Sequence[str]) -> bool:
        front, last = asked[: -len(wanted)], asked[-len(wanted) :]
        return (
            len(last) == len(wanted)
            and all(_is_parameter(w) or _is_near(a, w) for a, w in zip(last, wanted, strict=True))
            and all(any(_is_near(part, word) for word in self._base) for part in front)
        )


def is_uuid(text: str) -> bool:
    """Whether this is the text of a UUID as Leaf writes them, in either case."""
    return _UUID.fullmatch(text) is not None


def _segments(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _is_parameter(word: str) -> bool:
    return word.startswith("{")


def _is_near(one: str, other: str) -> bool:
    return one == other or (len(one) <= MAX_WORD and _ratio(one, other) >= NEAR)


def _likeness(asked: Sequence[str], wanted: Sequence[str]) -> tuple[int, float]:
    """How well two paths fit: the longer one first, then by their words."""
    pairs = zip(asked[-len(wanted) :], wanted, strict=True)
    return len(wanted), sum(_ratio(a, w) for a, w in pairs if not _is_parameter(w))


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower(), other.lower(), autojunk=False).ratio()
