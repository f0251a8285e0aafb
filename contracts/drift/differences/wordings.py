"""Texts as words: how terms are written, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

NUMBER_WORDS = {"thirty": "30", "sixty": "60", "ninety": "90", "seven": "7", "fourteen": "14"}
_WORD = re.compile(r"[^\W_]+(?:[_'’][^\W_]+)*")


def words(text: str) -> list[str]:
    """The words of a text in lower case; a possessive counts as the word."""
    found = (word.lower().replace("’", "'").removesuffix("'s") for word in _WORD.findall(text))
    return [NUMBER_WORDS.get(word, word) for word in found]


@cache
def words_of_term(term: str) -> tuple[str, ...]:
    """The words of a term; a `*` at the end of one stands for any further letters."""
    return tuple(NUMBER_WORDS.get(word, word) for word in re.split(r"[\s-]+", term.lower()))


def places(term: str, text: Sequence[str]) -> Iterator[range]:
    """Wherever the words of a term stand in a row."""
    first, *others = words_of_term(term)
    for start, word in enumerate(text):
        if _is(word, first) and start + len(others) < len(text):
            following = text[start + 1 : start + 1 + len(others)]
            if all(_is(one, other) for one, other in zip(following, others, strict=True)):
                yield range(start, start + 1 + len(others))


def _is(word: str, wanted: str) -> bool:
    if wanted.endswith("*"):
        return word.startswith(wanted[:-1])
    return word == wanted
