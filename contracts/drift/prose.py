"""Sentences of the page against the contract's statements: key terms, figures and negations.

A statement stands when one sentence under its heading (or two that follow each other) has all of
its terms. However it is worded, no figure and no negation may stand in it that no term has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import pairwise

from contracts.drift.change import Change
from contracts.drift.page import Page, Sentence
from contracts.model import Contract, Statement

NEGATIONS = frozenset(
    ("no", "not", "never", "cannot", "nor", "neither", "none", "nothing", "without", "isn't",
     "aren't", "won't", "doesn't", "don't", "can't")
)  # fmt: skip
# What a sentence that no statement knows must not slip in with.
TELLING = (
    "deprecat*", "sunset*", "discontinued", "obsolete", "must", "mandatory", "required", "optional",
    "limit*", "maximum", "minimum", "expire*",
)  # fmt: skip
NUMBER_WORDS = {"thirty": "30", "sixty": "60", "ninety": "90", "seven": "7", "fourteen": "14"}
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def words(text: str) -> list[str]:
    """The words of a text in lower case; a possessive counts as the word."""
    found = (word.lower().replace("’", "'").removesuffix("'s") for word in _WORD.findall(text))
    return [NUMBER_WORDS.get(word, word) for word in found]


@dataclass(frozen=True)
class _Match:
    """How far a statement stands in a sentence: the places of its terms, and the terms missing."""

    sentence: Sentence
    covered: frozenset[int]
    missing: tuple[str, ...]


def changes(contract: Contract, page: Page, renamed: Mapping[str, str]) -> Iterator[Change]:
    """Statements that vanished or changed, and telling sentences that are new.

    `renamed` maps the contract's headings to those that the page has instead.
    """
    reader = _Reader(page, list(contract.statements.values()), renamed)
    yield from reader.changes()


class _Reader:
    """Finds out which sentence stands for which statement."""

    def __init__(
        self, page: Page, statements: Sequence[Statement], renamed: Mapping[str, str]
    ) -> None:
        self._page = page
        self._headings = {
            s.id: renamed.get(s.source.heading, s.source.heading) for s in statements
        }  # fmt: skip
        self._found: dict[str, list[_Match]] = {}
        self._claimed: set[Sentence] = set()
        self._missing: list[Statement] = []
        for statement in statements:
            self._find(statement, self._under(statement))
        for statement in self._take_missing():
            self._find(statement, self._free_pairs(statement))
        self._statements = {s.id: s for s in statements}

    def changes(self) -> Iterator[Change]:
        for statement in self._take_missing():
            change, sentence = self._not_found(statement)
            yield change
            self._claimed |= {sentence} if sentence else set()
        yield from self._contrary()
        for sentence in self._page.sentences:
            if sentence not in self._claimed:
                familiar = any(s.within == sentence.within for s in self._claimed)
                yield from _new(sentence, familiar)

    def _under(self, statement: Statement) -> list[Sentence]:
        heading = self._headings[statement.id]
        return [s for s in self._page.sentences if heading in s.headings]

    def _find(self, statement: Statement, sentences: Iterable[Sentence]) -> None:
        matches = (_match(statement, sentence) for sentence in sentences)
        standing = [match for match in matches if not match.missing]
        if not standing:
            self._missing.append(statement)
            return
        self._found[statement.id] = standing
        for match in standing:
            self._claimed.add(match.sentence)
            self._claimed.update(_parts(match.sentence, self._page.sentences))

    def _take_missing(self) -> list[Statement]:
        missing, self._missing = self._missing, []
        return missing

    def _free_pairs(self, statement: Statement) -> list[Sentence]:
        """Two sentences in a row as one, where neither says something else by itself."""
        return [
            _joined(one, other)
            for one, other in pairwise(self._under(statement))
            if not {one, other} & self._claimed
        ]

    def _not_found(self, statement: Statement) -> tuple[Change, Sentence | None]:
        """What to say of a statement that stands nowhere under its heading; its sentence now."""
        heading = self._headings[statement.id]
        free = [s for s in self._page.sentences if s not in self._claimed]
        elsewhere = next((s for s in free if not _match(statement, s).missing), None)
        if elsewhere:
            place = elsewhere.heading or "the top"
            text = f"the statement stands under “{place}”, not under “{heading}”"
            return _change("changed", statement, elsewhere.line, "harmless", text), elsewhere
        near = min(
            (_match(statement, s) for s in self._under(statement)),
            key=lambda match: (len(match.missing), match.sentence in self._claimed),
            default=None,
        )
        if near and len(near.missing) * 2 <= len(statement.terms):
            missing = ", ".join(f"“{term}”" for term in near.missing)
            text = f"the sentence no longer has {missing}"
            line = near.sentence.line
            return _change("changed", statement, line, "breaking", text), near.sentence
        text = f"no sentence under “{heading}” says this any more"
        line = self._page.line_of(heading)
        return _change("removed", statement, line, "breaking", text), None

    def _contrary(self) -> Iterator[Change]:
        """Figures and negations in a sentence that none of its statements has."""
        covered: dict[Sentence, set[int]] = {}
        for match in (m for matches in self._found.values() for m in matches):
            covered.setdefault(match.sentence, set()).update(match.covered)
        for name, matches in self._found.items():
            for sentence in (match.sentence for match in matches):
                stray = _stray(sentence, covered[sentence])
                if stray:
                    shown = ", ".join(f"“{word}”" for word in stray)
                    text = f"the sentence has {shown}, which the statement has not"
                    statement = self._statements[name]
                    yield _change("changed", statement, sentence.line, "breaking", text)


def _joined(first: Sentence, second: Sentence) -> Sentence:
    return replace(first, text=f"{first.text} {second.text}")


def _parts(sentence: Sentence, sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    """The sentences that a matched one consists of."""
    return (s for s in sentences if s.headings == sentence.headings and s.text in sentence.text)


def _match(statement: Statement, sentence: Sentence) -> _Match:
    text = words(sentence.text)
    covered: set[int] = set()
    missing: list[str] = []
    for alternatives in statement.terms:
        places = {at for term in alternatives for at in _places(words_of_term(term), text)}
        covered |= places
        if not places:
            missing.append(alternatives[0])
    return _Match(sentence, frozenset(covered), tuple(missing))


def words_of_term(term: str) -> list[str]:
    """The words of a term; a `*` at the end of one stands for any further letters."""
    return [NUMBER_WORDS.get(word, word) for word in re.split(r"[\s-]+", term.lower())]


def _places(term: list[str], text: list[str]) -> Iterator[int]:
    """The places of all words of a term, wherever its words stand in a row."""
    for start in range(len(text) - len(term) + 1):
        if all(fnmatchcase(text[start + i], word) for i, word in enumerate(term)):
            yield from range(start, start + len(term))


def _stray(sentence: Sentence, covered: set[int]) -> list[str]:
    return [
        word
        for at, word in enumerate(words(sentence.text))
        if at not in covered and (word in NEGATIONS or word[0].isdigit())
    ]


def _new(sentence: Sentence, familiar: bool) -> Iterator[Change]:
    """A sentence that nothing is known of; `familiar` when something near it is known."""
    telling = [
        word
        for word in words(sentence.text)
        if word[0].isdigit() or any(fnmatchcase(word, pattern) for pattern in TELLING)
    ]
    if telling or (sentence.admonition and not familiar):
        why = f"with “{telling[0]}”" if telling else f"in a {sentence.admonition}"
        text = f"a sentence {why} that the contract does not know"
        yield Change("added", "statement", sentence.heading, sentence.line, "notable", text)


def _change(kind: str, statement: Statement, line: int, severity: str, sentence: str) -> Change:
    return Change(
        kind, "statement", statement.id, line, severity, sentence, requirements=statement.supports
    )
