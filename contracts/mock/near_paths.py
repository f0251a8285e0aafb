"""Paths that a client asked for: which documented one is near, and what of them may be shown.

A path can hold anything, secrets included; only what the contract knows is ever shown of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from contracts.spec.model import Contract, Endpoint
from contracts.spec.types import is_uuid

NEAR, NEAR_PART = 0.75, 0.6  # of two words, and of their parts; 1 is the same
MAX_SEGMENTS, MAX_WORD = 16, 40
HIDDEN = "…"
_PARTS = re.compile("[-_]")
_PLAIN = re.compile(r"[A-Za-z0-9_.{}-]+")


class Paths:
    """The paths of these endpoints, below the contract's base URL."""

    def __init__(self, contract: Contract, endpoints: Iterable[Endpoint]) -> None:
        self._endpoints = tuple(endpoints)
        self._own = frozenset(contract.endpoints)
        self._base = _segments(urlsplit(contract.base_url).path)
        words = [s for e in self._endpoints for s in _segments(e.path)]
        self._words = frozenset([*self._base, *words])

    def near(self, path: str, method: str = "") -> Endpoint | None:
        """The documented endpoint whose path a path all but has; with this method, if there is one.

        Every word must be near its documented one. The contract's own endpoints may have other
        words around them, and nothing where a parameter belongs. Those that only support them end
        as other services of Leaf do, so what stands in front must be near the base URL.
        """
        fits = [(fit, e) for e in self._endpoints if (fit := self._fit(path, e)) is not None]
        if not fits:
            return None
        return max(fits, key=lambda found: (found[0], found[1].method == method))[1]

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

    def _fit(self, path: str, endpoint: Endpoint) -> tuple[int, float] | None:
        """How well a path fits: the longer one first, then by their words; None: not at all."""
        wanted = _segments(endpoint.path)
        if endpoint.id not in self._own:
            asked = _segments(path)[: MAX_SEGMENTS + 1]
            front = asked[: -len(wanted)]
            if not all(any(_is_near(part, word) for word in self._base) for part in front):
                return None
            return _likeness(asked[-len(wanted) :], wanted)
        found = [
            _likeness(asked[start : start + len(wanted)], wanted)
            for asked in (_segments(path)[:MAX_SEGMENTS], path.split("/")[:MAX_SEGMENTS])
            for start in range(len(asked) - len(wanted) + 1)
        ]
        return max((fit for fit in found if fit is not None), default=None)


def _segments(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _is_parameter(word: str) -> bool:
    return word.startswith("{")


def _is_near(one: str, other: str) -> bool:
    return one == other or (len(one) <= MAX_WORD and _are_alike(one, other))


def _are_alike(one: str, other: str) -> bool:
    """Whether two words are much the same; those with as many parts, in each part.

    The providers' words have most of their letters in common, and mean others.
    """
    if _ratio(one, other) < NEAR:
        return False
    parts, others = _PARTS.split(one), _PARTS.split(other)
    return len(parts) != len(others) or all(
        _ratio(part, meant) >= NEAR_PART for part, meant in zip(parts, others, strict=True)
    )


def _likeness(asked: Sequence[str], wanted: Sequence[str]) -> tuple[int, float] | None:
    """How well as many words fit: their number, and their likeness; None: not at all."""
    if len(asked) != len(wanted):
        return None
    pairs = [(a, w) for a, w in zip(asked, wanted, strict=True) if not _is_parameter(w)]
    if not all(_is_near(a, w) for a, w in pairs):
        return None
    return len(wanted), sum(_ratio(a, w) for a, w in pairs)


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower(), other.lower(), autojunk=False).ratio()
