"""Texts as words: how terms are written, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

NUMBER_WORDS = {"thirty": "30", "sixty": "60", "ninety": "90", "seven": "7", "fourteen": "14"}
_WORD = re.compile(r"[^\W_]+(?:[_'’][^\W_]+)*")


def words(text: str) -> list[str]:
    """The words of a text in lower case; a possessive counts as the word."""
    found = (word.lower().replace("’", "'").removesuffix("'s") for word in _WORD.findall(text))
    return [NUMBER_WORDS.get(word, word) for word in found]


def words_of_term(term: str) -> list[str]:
    """The words of a term; a `*` at the end of one stands for any further letters."""
    return [NUMBER_WORDS.get(word, word) for word in re.split(r"[\s-]+", term.lower())]


def places(term: str, text: Sequence[str]) -> Iterator[range]:
    """Wherever the words of a term stand in a row."""
    wanted = words_of_term(term)
    for start in range(len(text) - len(wanted) + 1):
        if all(_is(text[start + i], word) for i, word in enumerate(wanted)):
            yield range(start, start + len(wanted))


def _is(word: str, wanted: str) -> bool:
    if wanted.endswith("*"):
        return word.startswith(wanted[:-1])
    return word == wanted
