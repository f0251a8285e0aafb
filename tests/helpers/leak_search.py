"""Searches whatever left a process for secrets, in every spelling that they commonly have."""

from __future__ import annotations

import base64
import html
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

GRAM = 8  # bytes: whatever is twice as long holds a whole one at a multiple of it


def planted(label: str) -> str:
    """A fresh secret with letters that every spelling has to escape."""
    return f"{label}-{secrets.token_urlsafe(9)}+/&\"'<é> {secrets.token_hex(6)}="


def spellings(secret: str) -> set[bytes]:
    """The ways in which a text could stand somewhere: escaped once or twice, or in base64."""
    raw = secret.encode()
    inner = {secret, raw.decode("latin-1")}
    for _ in range(2):
        inner |= {outer for text in inner for outer in _within_texts(text)}
    inner |= {shown for text in inner for shown in _in_markup(text)}
    escaped = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    escaped |= {raw.hex(), raw.hex().upper()}
    return {text.encode() for text in inner | escaped} | set(_in_base64(raw))


def _within_texts(text: str) -> Iterator[str]:
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    for other in ("|", "|'", '|"', "|'\""):  # what else stands in a text decides what is escaped
        yield repr(text + other)[1:].rpartition("|")[0]
        yield repr((text + other).encode())[2:].rpartition("|")[0]


def _in_markup(text: str) -> Iterator[str]:
    """As HTML and XML have it, in a text and in an attribute."""
    yield html.escape(text, quote=False)
    yield html.escape(text)
    for apostrophe in ("'", "&#39;", "&apos;"):
        yield html.escape(text).replace("&#x27;", apostrophe)


def _in_base64(raw: bytes) -> Iterator[bytes]:
    """What stays the same of a longer text's base64, wherever in it the secret begins."""
    for skipped in range(3):
        whole = base64.b64encode(bytes(skipped) + raw)
        core = whole[(0, 2, 3)[skipped] : len(whole) - (4 if whole.endswith(b"=") else 0)]
        yield from (core, core.replace(b"+", b"-").replace(b"/", b"_"))


class Search:
    """Looks for many secrets at once. A short one can't be told from chance, and is refused."""

    def __init__(self, known: Iterable[str]) -> None:
        self._grams: dict[bytes, set[tuple[str, bytes]]] = {}
        for secret in known:
            for spelt in spellings(secret):
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
    for spelt in spellings(secret):
        at = content.find(spelt)
        if at >= 0:
            places.append(content[max(0, at - around) : at + around].decode("utf-8", "replace"))
    return places
