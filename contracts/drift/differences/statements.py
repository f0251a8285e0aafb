"""Which sentences of a page make the statements that requirements rest on.

A statement stands when one sentence under its heading (or two that follow each other) has all of
its terms. What else the sentence says is no business of this module: see `in_prose`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from contracts.drift.differences.change import Change, main_page
from contracts.drift.page.model import Page, Sentence
from contracts.spec.model import Contract, Statement

NUMBERS = {"thirty": "30", "sixty": "60", "ninety": "90", "seven": "7", "fourteen": "14"}
_WORD = re.compile(r"[^\W_]+(?:[_'’][^\W_]+)*")


@dataclass(frozen=True)
class Standing:
    """What was found: the sentences of each statement by its id, and what is to be said of those
    that do not stand under their heading; `blamed` are the sentences named there.
    """

    sentences: Mapping[str, tuple[Sentence, ...]]
    changes: tuple[Change, ...]
    blamed: frozenset[Sentence]


def standing(contract: Contract, page: Page, renamed: Mapping[str, str]) -> Standing:
    """Hold the statements of a contract against a page; `renamed` maps old headings to new ones."""
    texts = [*page.sentences, *(r for r in page.remarks if r.what != "title")]
    top = main_page(contract).title
    found: dict[str, tuple[Sentence, ...]] = {}
    changes: list[Change] = []
    blamed: set[Sentence] = set()
    for statement in contract.statements.values():
        under = _under(statement, texts, top, renamed)
        whole = tuple(s for s in under if not _missing(statement, (s,)))
        if whole:
            found[statement.id] = whole
    # A sentence that makes one statement is neither a part of another, nor where that one went.
    made = {sentence for sentences in found.values() for sentence in sentences}
    free = [sentence for sentence in texts if sentence not in made]
    for statement in (s for name, s in contract.statements.items() if name not in found):
        under = [s for s in _under(statement, texts, top, renamed) if s not in made]
        pairs = [pair for pair in pairwise(under) if not _missing(statement, pair)]
        if pairs:
            found[statement.id] = tuple(dict.fromkeys(s for pair in pairs for s in pair))
            continue
        heading = renamed.get(statement.source.heading, statement.source.heading)
        change, sentence = _lost(statement, heading, under, free, page.line_of(heading))
        changes.append(change)
        if sentence:
            blamed.add(sentence)
    return Standing(found, tuple(changes), frozenset(blamed))


def _under(
    statement: Statement, texts: Iterable[Sentence], top: str, renamed: Mapping[str, str]
) -> list[Sentence]:
    """The sentences under a statement's heading; `top` is the title, above all headings."""
    heading = renamed.get(statement.source.heading, statement.source.heading)
    is_top = heading == top
    return [s for s in texts if heading in s.headings or (is_top and not s.headings)]


def _lost(
    statement: Statement,
    heading: str,
    under: Sequence[Sentence],
    texts: Iterable[Sentence],
    line: int,
) -> tuple[Change, Sentence | None]:
    """What to say of a statement that stands nowhere under its heading, and its sentence now."""
    elsewhere = next((s for s in texts if not _missing(statement, (s,))), None)
    if elsewhere:
        place = elsewhere.heading or "the top"
        text = f"the statement stands under “{place}”, not under “{heading}”"
        return _change("changed", statement, elsewhere.line, "harmless", text), elsewhere
    near = min(under, key=lambda s: len(_missing(statement, (s,))), default=None)
    if near:
        missing = _missing(statement, (near,))
        if len(missing) * 2 <= len(statement.terms):
            words = ", ".join(f"“{term}”" for term in missing)
            text = f"the sentence no longer has {words}"
            return _change("changed", statement, near.line, "breaking", text), near
    text = f"no sentence under “{heading}” says this any more"
    return _change("removed", statement, line, "breaking", text), None


def _missing(statement: Statement, sentences: Sequence[Sentence]) -> list[str]:
    """The terms of a statement that do not stand in these sentences, taken as one."""
    text = [word for sentence in sentences for word in words(sentence.text)]
    return [terms[0] for terms in statement.terms if not any(_stands(term, text) for term in terms)]


def _change(kind: str, statement: Statement, line: int, severity: str, sentence: str) -> Change:
    return Change(kind, "statement", statement.id, line, severity, sentence, statement.supports)


def words(text: str) -> list[str]:
    """The words of a text in lower case; a possessive counts as the word."""
    found = (word.lower().replace("’", "'").removesuffix("'s") for word in _WORD.findall(text))
    return [NUMBERS.get(word, word) for word in found]


@cache
def _words_of_term(term: str) -> tuple[str, ...]:
    """The words of a term; a `*` at the end of one stands for any further letters."""
    return tuple(NUMBERS.get(word, word) for word in re.split(r"[\s-]+", term.lower()))


def _stands(term: str, text: Sequence[str]) -> bool:
    wanted = _words_of_term(term)
    return any(all(map(_is, row, wanted)) for row in _rows(text, len(wanted)))


def _rows(text: Sequence[str], length: int) -> Iterator[Sequence[str]]:
    return (text[at : at + length] for at in range(len(text) - length + 1))


def _is(word: str, wanted: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted
