# ruff: noqa: E501 (a table is read line by line)
"""Texts that are not kept as they were sent: folded, cut, escaped or put into another encoding."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import quote, unquote

from contracts.faults.entry import Fault, fault, hooks, taken_by
from contracts.service.hooks import Call
from contracts.service.store import Record
from contracts.spec.model import CREATE, Contract

SHORT = 20
LONG = 255
# What is stored in place of a text; each changes some text that the suite sends.
WAYS: dict[str, tuple[str, Callable[[str], str]]] = {
    "trimmed": ("trimmed", str.strip),
    "blanks-collapsed": ("stored with single blanks", lambda text: re.sub(r"\s+", " ", text)),
    "cut-at-20": ("cut after 20 characters", lambda text: text[:SHORT]),
    "cut-at-255": ("cut after 255 characters", lambda text: text[:LONG]),
    "lower-case": ("stored in lower case", str.lower),
    "upper-case": ("stored in upper case", str.upper),
    "mojibake": ("read as Latin-1", lambda text: text.encode().decode("latin-1")),
    "ascii-only": ("stored in ASCII", lambda text: text.encode("ascii", "replace").decode()),
    "latin-1-only": ("stored in Latin-1", lambda text: text.encode("latin-1", "replace").decode("latin-1")),
    "three-bytes-only": ("stored without letters of four bytes", lambda text: re.sub("[^\0-\uffff]", "?", text)),
    "normalised": ("normalised", lambda text: unicodedata.normalize("NFC", text)),
    "folded-compatibly": ("normalised by compatibility", lambda text: unicodedata.normalize("NFKC", text)),
    "html-escaped": ("escaped for HTML", html.escape),
    "url-decoded": ("decoded as from a URL", unquote),
    "url-encoded": ("encoded as for a URL", lambda text: quote(text, safe="")),
    "quotes-doubled": ("stored with quotes doubled", lambda text: text.replace("'", "''")),
    "backslashes-lost": ("stored without backslashes", lambda text: text.replace("\\", "")),
    "cut-at-nul": ("cut at the first NUL", lambda text: text.partition("\0")[0]),
    "control-letters-lost": ("stored without control letters", lambda text: re.sub(r"[\x01-\x1f\x7f]", "", text)),
    "accents-lost": ("stored without accents", lambda text: re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFD", text))),
    "tags-lost": ("stored without what looks like a tag", lambda text: re.sub("<[^>]*>", "", text)),
    "empty-for-blank": ("emptied when there are only blanks", lambda text: text if text.strip() else ""),
    "read-as-number": ("stored as a number, if it is one", lambda text: str(int(text)) if re.fullmatch("[0-9]+", text) else text),
    "pluses-lost": ("decoded as from a form", lambda text: text.replace("+", " ")),
    "zero-width-lost": ("stored without letters of no width", lambda text: re.sub("[\u200b\u200d]", "", text)),
}  # fmt: skip


def faults(contract: Contract) -> Iterator[Fault]:
    """Every way, spread over the texts that a read shows."""
    names = [
        name
        for name in taken_by(contract, CREATE)
        if f"create.text.{name}" in contract.requirements
        and f"read.keeps.{name}" in contract.requirements
    ]
    for number, (label, (words, way)) in enumerate(WAYS.items() if names else ()):
        # A token that is not the one sent is lawful; only a damaged one is not.
        name = names[number % len(names)]
        if contract.fields[name].volatile:
            name = names[0]

        def store(
            call: Call, record: Record | None, field: str = name, change: Callable[[str], str] = way
        ) -> Record | None:
            if record is None or not isinstance(record.values.get(field), str):
                return record
            return record.changed(**{field: change(record.values[field])})

        yield fault(
            f"create-text-{label}",
            f"`{name}` is {words}.",
            f"read.keeps.{name}",
            hooks(store=store),
            provoked_by=[f"create.text.{name}"],
        )
