"""The ways in which a secret may be written in a text, whole or cut short, and how it is found."""

from __future__ import annotations

import base64
import html
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from urllib.parse import quote, quote_plus

from contracts.masking.escapes import BROKEN_END, BROKEN_START, as_it_is, readings, unescaped

MIN_LENGTH = 4
MIN_ENCODED = 8  # letters of an encoded value; less of it stands somewhere by chance
LONG = 10_000  # letters; a longer value is looked for as it is, and not encoded
END = 8  # letters at either end by which a form is found
FEW = 50  # letters of a text for each beginning, from which on it is searched for one by one
CUT = re.compile(r"\.\.\.|…")
CUT_WITHIN = 2000  # letters before and behind a cut in which a piece of a secret is looked for

Encode = Callable[[str], str]


def _base64(raw: bytes) -> set[str]:
    """What stays the same of a longer text's base64, wherever in it the value begins."""
    found = set()
    for skipped in range(3):
        encoded = base64.b64encode(bytes(skipped) + raw).decode()
        core = encoded[(0, 2, 3)[skipped] : len(encoded) - (4 if encoded.endswith("=") else 0)]
        found |= {core, core.replace("+", "-").replace("/", "_")}
    return found


def _hexadecimal(raw: bytes) -> set[str]:
    return {raw.hex(), raw.hex().upper()}


# How letters become bytes, and how bytes are read as letters again. UnicodeError: they do not.
CHARACTER_SETS: dict[str, Encode] = {
    "UTF-8": lambda text: text,
    "UTF-8 read as Latin-1": lambda text: _bytes(text).decode("latin-1"),
    "Latin-1 in a URL": lambda text: quote(text.encode("latin-1")),
    "Python": lambda text: repr(text)[1:-1],
}
# Of letters that the character set does not have, a mark is left.
UNREADABLE: dict[str, Encode] = {
    "UTF-8 read as Windows-1252": lambda text: _bytes(text).decode("cp1252", "replace"),
    "Latin-1 read as UTF-8": lambda text: text.encode("latin-1", "replace").decode(
        errors="replace"
    ),
    "ASCII": lambda text: text.encode("ascii", "replace").decode(),
}
# How single letters are escaped in a text that is then encoded as a whole.
ESCAPED: dict[str, Encode] = {
    "as it is": lambda text: text,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON in letters": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "URL": lambda text: quote(_bytes(text), safe=""),
    "form": lambda text: quote_plus(_bytes(text)),
    "HTML": html.escape,
    "Python": lambda text: repr(text)[1:-1],
}
# How a text is encoded as a whole, whatever is in it.
ENCODED: dict[str, Callable[[bytes], set[str]]] = {
    "hexadecimal": _hexadecimal,
    "base64": _base64,
    "base64 of base64": lambda raw: set().union(*(_base64(core.encode()) for core in _base64(raw))),
}
DOUBLE = ("base64 of base64",)  # masked, but no proof that a service shows a value


def forms(value: str, *, but: Iterable[str] = ()) -> set[str]:
    """What a value reads as, in the sense of `Reading`, however it is written.

    `but` are kinds of `ENCODED` that are left out.
    """
    found = {as_it_is(value).text}
    undone = _undone(value)
    found.add(undone)
    if not value.isascii() or not value.isprintable():
        found |= set(_in_character_sets(value))
    if len(undone) < MIN_LENGTH:
        # So little is left without backslashes that only its spellings can be looked for.
        found |= {as_it_is(write(value)).text for write in ESCAPED.values()}
    if len(value) <= LONG:
        kinds = [encode for name, encode in ENCODED.items() if name not in but]
        for raw in _all_bytes(value):
            for encode in kinds:
                found |= {
                    text.replace("+", " ") for text in encode(raw) if len(text) >= MIN_ENCODED
                }
    return {form for form in found if len(form) >= MIN_LENGTH}


def _undone(text: str) -> str:
    return unescaped(text).text


def _in_character_sets(value: str) -> Iterator[str]:
    for write in CHARACTER_SETS.values():
        with suppress(UnicodeError):
            yield _undone(write(value))
    for write in UNREADABLE.values():
        form = _undone(write(value))
        if len(form) >= END and len(set(form)) > END // 2:  # more than question marks is left
            yield form


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _all_bytes(value: str) -> set[bytes]:
    """The bytes that a value may be encoded from."""
    if value.isascii() and value.isalnum():
        return {value.encode()}
    found = {_bytes(write(value)) for write in ESCAPED.values()}
    return found | {value.encode("latin-1", "replace")}


class Index:
    """Finds which of thousands of forms stand in a text, in one pass and whatever their case.

    Forms of fewer than `END` letters are found in their own case only.
    """

    def __init__(self) -> None:
        self._added: Counter[str] = Counter()
        # Forms by how they begin and by their length; and by how they end.
        self._heads: dict[str, dict[int, set[str]]] = {}
        self._tails: dict[str, set[str]] = {}
        self._short: set[str] = set()

    def add(self, found: Iterable[str]) -> None:
        for form in map(_folded, found):
            self._added[form] += 1
            if self._added[form] > 1:
                continue
            if len(form) < END:
                self._short.add(form)
            else:
                lengths = self._heads.setdefault(form[:END], {})
                lengths.setdefault(len(form), set()).add(form)
                self._tails.setdefault(form[-END:], set()).add(form)

    def discard(self, found: Iterable[str]) -> None:
        for form in map(_folded, found):
            self._added[form] -= 1
            if self._added[form] > 0:
                continue
            del self._added[form]
            self._short.discard(form)
            if len(form) >= END:
                self._forget(form)

    def _forget(self, form: str) -> None:
        lengths, tails = self._heads[form[:END]], self._tails[form[-END:]]
        lengths[len(form)].discard(form)
        if not lengths[len(form)]:
            del lengths[len(form)]
        if not lengths:
            del self._heads[form[:END]]
        tails.discard(form)
        if not tails:
            del self._tails[form[-END:]]

    def masked(self, text: str, mask: str) -> str:
        """The text with everything that reads as one of the forms masked.

        Forms that overlap are masked together.
        """
        if not self._added:
            return text
        places = [
            reading.place(start, end)
            for reading in readings(text)
            for start, end in self._found(reading.text)
        ]
        return _covered(text, places, mask)

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        for form in self._short:
            at = text.find(form)
            while at >= 0:
                yield at, at + len(form)
                at = text.find(form, at + 1)
        folded = text.lower()
        for start in self._starts(folded):
            lengths = self._heads[folded[start : start + END]]
            fitting = (n for n, known in lengths.items() if folded[start : start + n] in known)
            longest = max(fitting, default=0)
            if longest:
                yield start, start + longest

    def _starts(self, text: str) -> list[int]:
        """Where a form may begin."""
        heads = self._heads
        if len(heads) < len(text) / FEW and not any(head in text for head in heads):
            return []
        return [at for at in range(len(text) - END + 1) if text[at : at + END] in heads]

    def without_pieces(self, text: str, mask: str) -> str:
        """The text without the beginnings and ends of forms that it was cut in."""
        cuts = list(CUT.finditer(text))
        if not cuts or not self._heads:
            return text
        parts: list[str] = []
        at = 0
        for cut in cuts:
            parts += [text[at : cut.start()], cut[0]]
            at = cut.end()
        parts.append(text[at:])
        for number in range(0, len(parts) - 2, 2):
            parts[number] = self._without_beginning_of_form(parts[number], mask)
            parts[number + 2] = self._without_end_of_form(parts[number + 2], mask)
        return "".join(parts)

    def _without_beginning_of_form(self, text: str, mask: str) -> str:
        """The text without the beginning of a form that it ends with."""
        kept = BROKEN_END.sub("", text[-CUT_WITHIN:])
        before = max(0, len(text) - CUT_WITHIN)
        for reading in readings(kept):
            folded = reading.text.lower()
            for start in self._starts(folded):
                rest = folded[start:]
                known = self._heads[rest[:END]].values()
                if any(form.startswith(rest) for alike in known for form in alike):
                    return text[: before + reading.place(start, start + 1)[0]] + mask
        return text

    def _without_end_of_form(self, text: str, mask: str) -> str:
        """The text without the end of a form that it begins with."""
        window = text[:CUT_WITHIN]
        broken = BROKEN_START.match(window)
        skipped = {0, *range(broken.end() + 1 if broken else 1)}
        for reading in readings(window):
            folded = reading.text.lower()
            for start in range(len(folded) - END + 1):
                known = self._tails.get(folded[start : start + END], ())
                pieces = [folded[first : start + END] for first in skipped if first <= start]
                if any(form.endswith(piece) for form in known for piece in pieces):
                    return mask + text[reading.place(start, start + END)[1] :]
        return text


def _folded(form: str) -> str:
    return form if len(form) < END else form.lower()


def _covered(text: str, places: list[tuple[int, int]], mask: str) -> str:
    """The text with a mask in place of whatever stands at these places."""
    parts: list[str] = []
    done = 0  # up to where the text is written out or masked
    for start, end in sorted(places):
        if parts and start < done:
            done = max(done, end)
            continue
        parts += (text[done:start], mask)
        done = end
    parts.append(text[done:])
    return "".join(parts)
