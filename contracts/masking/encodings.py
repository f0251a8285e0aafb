"""The ways in which a secret may stand in a text, whole or cut short, and how they are found."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

MIN_LENGTH = 4
MIN_BASE64 = 12  # letters of a value; less of it stands somewhere by chance
NESTED = 2  # texts within texts: JSON within JSON
PLAIN = re.compile(r"""[^"'\\\x00-\x1f\x7f-\U0010ffff]*""")  # stays the same within any text
END = 8  # letters at either end by which a spelling is found
FEW = 50  # letters of a text for each beginning, from which on it is searched for one by one
CUT = re.compile(r"\.\.\.|…")
CUT_WITHIN = 2000  # letters before and behind a cut in which a piece of a secret is looked for


def spellings(value: str) -> tuple[str, ...]:
    """The ways in which a value commonly appears in text, the longest first."""
    raw = value.encode("utf-8", "surrogatepass")
    found = {
        raw.hex(),
        raw.hex().upper(),
        quote(raw),
        quote(raw, safe=""),
        quote_plus(raw),
        json.dumps(value)[1:-1].replace("/", "\\/"),
    }
    inner = {value, raw.decode("latin-1")}  # the second is UTF-8 in a header
    inner |= {outer for text in inner for outer in _in_markup(text)}
    for _ in range(NESTED):
        inner |= {outer for text in inner for outer in _in_json(text) | _in_python(text)}
    # Whatever stands in an answer may stand in a traceback that shows the answer.
    found |= inner.union(*map(_in_python, inner))
    if len(value) >= MIN_BASE64:
        # Base64 of a longer text that holds the value, at each of the three alignments.
        for skipped in range(3):
            encoded = base64.b64encode(bytes(skipped) + raw).decode()
            core = encoded[(0, 2, 3)[skipped] : len(encoded) - (4 if encoded.endswith("=") else 0)]
            found |= {core, core.replace("+", "-").replace("/", "_")}
    return tuple(sorted((s for s in found if len(s) >= MIN_LENGTH), key=len, reverse=True))


def _in_markup(text: str) -> set[str]:
    """How a text stands within HTML and XML, as a text and in an attribute."""
    escaped = html.escape(text)
    spelt = {escaped.replace("&#x27;", mark) for mark in ("&#x27;", "&#39;", "'")}
    return {*spelt, html.escape(text, quote=False)}


def _in_json(text: str) -> set[str]:
    """How a text stands within JSON."""
    if PLAIN.fullmatch(text):
        return set()
    return {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}


def _in_python(text: str) -> set[str]:
    """How a text stands within what Python shows of texts and of bytes."""
    if PLAIN.fullmatch(text):
        return set()
    # Which quotes Python escapes depends on what else stands in the text.
    parts = text.split("'")
    shown = (
        [repr(part)[1:-1] for part in parts],
        [repr(part.encode("utf-8", "surrogatepass"))[2:-1] for part in parts],
    )
    return {mark.join(each) for each in shown for mark in ("'", "\\'")}


class Index:
    """Finds which of thousands of spellings may stand in a text without looking for each."""

    def __init__(self) -> None:
        self._heads: dict[str, set[str]] = {}
        self._tails: dict[str, set[str]] = {}
        # Of spellings that are shorter than what they would be found by.
        self._short: set[str] = set()

    def add(self, spelt: Iterable[str]) -> None:
        for text in spelt:
            if len(text) < END:
                self._short.add(text)
            else:
                self._heads.setdefault(text[:END].lower(), set()).add(text)
                self._tails.setdefault(text[-END:].lower(), set()).add(text)

    def discard(self, spelt: Iterable[str]) -> None:
        for text in spelt:
            self._short.discard(text)
            for ends, end in ((self._heads, text[:END]), (self._tails, text[-END:])):
                known = ends.get(end.lower(), set())
                known.discard(text)
                if not known:
                    ends.pop(end.lower(), None)

    def near(self, text: str) -> list[str]:
        """The spellings that may stand in a text, the longest first."""
        text = text.lower()
        if len(self._heads) < len(text) / FEW:
            heads = {head for head in self._heads if head in text}
        else:
            heads = {text[start : start + END] for start in range(len(text) - END + 1)}
        known = (self._heads.get(head, ()) for head in heads)
        return sorted(self._short.union(*known), key=len, reverse=True)

    def without_pieces(self, text: str, mask: str) -> str:
        """The text without the beginnings and ends of spellings that it was cut in."""
        parts: list[str] = []
        cuts = list(CUT.finditer(text))
        at = 0
        for cut in cuts:
            parts += [text[at : cut.start()], cut[0]]
            at = cut.end()
        parts.append(text[at:])
        for number in range(0, len(parts) - 2, 2):
            parts[number] = self._without_end(parts[number], mask)
            parts[number + 2] = self._without_beginning(parts[number + 2], mask)
        return "".join(parts)

    def _without_end(self, text: str, mask: str) -> str:
        """The text without the beginning of a spelling that it ends with."""
        window = text[-CUT_WITHIN:]
        for start, known in _known_at(window.lower(), self._heads):
            if any(spelt.startswith(window[start:]) for spelt in known):
                return text[: len(text) - len(window) + start] + mask
        return text

    def _without_beginning(self, text: str, mask: str) -> str:
        """The text without the end of a spelling that it begins with."""
        window = text[:CUT_WITHIN]
        for start, known in _known_at(window.lower(), self._tails):
            if any(spelt.endswith(window[: start + END]) for spelt in known):
                return mask + text[start + END :]
        return text


def _known_at(text: str, ends: dict[str, set[str]]) -> Iterator[tuple[int, set[str]]]:
    for start in range(len(text) - END + 1):
        known = ends.get(text[start : start + END])
        if known:
            yield start, known
