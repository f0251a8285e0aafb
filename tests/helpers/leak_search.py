"""Searches whatever left a process for secrets, in the writing of every known encoder."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.helpers.encoders import traces

GRAM = 8  # bytes: whatever is twice as long holds a whole one at a multiple of it


def planted(label: str) -> str:
    """A fresh secret with letters that every encoder has to escape."""
    return f"{label}-{secrets.token_urlsafe(9)}+/&\"'<é> ~{secrets.token_hex(6)}="


class Search:
    """Looks for many secrets at once. A short one can't be told from chance, and is refused."""

    def __init__(self, known: Iterable[str]) -> None:
        self._grams: dict[bytes, set[tuple[str, bytes]]] = {}
        for secret in known:
            for spelt in {*traces(secret)}:
                if len(spelt) < 2 * GRAM:
                    raise ValueError("a secret is too short to be searched for")
                for start in range(len(spelt) - GRAM + 1):
                    gram = spelt[start : start + GRAM]
                    self._grams.setdefault(gram, set()).add((secret, spelt))

    def found_in(self, content: bytes) -> set[str]:
        """The secrets that stand in the content."""
        grams = (content[start : start + GRAM] for start in range(0, len(content), GRAM))
        near = set().union(*(self._grams.get(gram, ()) for gram in grams))
        return {secret for secret, spelt in near if spelt in content}

    def found_below(self, folder: Path) -> Mapping[str, set[str]]:
        """Path → secrets, of every file below a folder that holds one."""
        files = (path for path in sorted(folder.rglob("*")) if path.is_file())
        found = {str(path.relative_to(folder)): self.found_in(path.read_bytes()) for path in files}
        return {name: secrets for name, secrets in found.items() if secrets}


def shortly(content: bytes, secret: str, around: int = 100) -> list[str]:
    """Where a secret stands, with what stands around it, for a failing test's message."""
    places = []
    for spelt in {*traces(secret)}:
        at = content.find(spelt)
        if at >= 0:
            places.append(content[max(0, at - around) : at + around].decode("utf-8", "replace"))
    return places
