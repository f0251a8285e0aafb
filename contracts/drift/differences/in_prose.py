"""Sentences of the page against the contract's statements: key terms, figures and negations.

A statement stands when one sentence under its heading (or two that follow each other) has all of
its terms. However it is worded, nothing that is telling may stand in it that no term has.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise

from contracts.drift.differences.change import Change, main_page
from contracts.drift.differences.telling import NEGATIONS, Telling, telling
from contracts.drift.differences.wordings import places, words
from contracts.drift.page.model import Page, Sentence
from contracts.spec.model import Contract, Statement


@dataclass(frozen=True)
class _Match:
    """How far a statement stands in a sentence: the places of its terms, and the terms missing."""

    sentence: Sentence
    covered: frozenset[int]
    missing: tuple[str, ...]


def changes(
    contract: Contract, page: Page, renamed: Mapping[str, str], known: Collection[str]
) -> Iterator[Change]:
    """Statements that vanished or changed, and telling texts that are new.

    `renamed` maps the contract's headings to those that the page has instead; `known` are names in
    lower case that say nothing new.
    """
    yield from _Reader(contract, page, renamed, known).changes()


class _Reader:
    """Finds out which sentence stands for which statement."""

    def __init__(
        self, contract: Contract, page: Page, renamed: Mapping[str, str], known: Collection[str]
    ) -> None:
        self._page, self._known = page, known
        self._top = main_page(contract).title
        self._secrets = frozenset(name.lower() for name in contract.secret_fields)
        self._statements = dict(contract.statements)
        self._headings = {
            s.id: renamed.get(s.source.heading, s.source.heading) for s in self._statements.values()
        }
        # What may stand for a statement, with the texts that are no prose behind those that are.
        self._texts = [*page.sentences, *(r for r in page.remarks if r.what != "title")]
        self._found: dict[str, list[_Match]] = {}
        self._nearly: dict[str, _Match] = {}  # of statements that do not stand
        self._claimed: set[Sentence] = set()
        self._missing: list[Statement] = []
        for statement in self._statements.values():
            self._find(statement, self._under(statement))
        for statement in self._take_missing():
            self._find(statement, self._free_pairs(statement))

    def changes(self) -> Iterator[Change]:
        for statement in self._take_missing():
            change, sentence = self._not_found(statement)
            yield change
            self._claimed |= {sentence} if sentence else set()
        yield from self._contrary()
        for sentence in (*self._page.sentences, *self._page.remarks):
            if sentence not in self._claimed:
                familiar = any(s.within == sentence.within for s in self._claimed)
                yield from self._new(sentence, familiar)

    def _under(self, statement: Statement) -> list[Sentence]:
        heading = self._headings[statement.id]
        top = heading == self._top
        return [s for s in self._texts if heading in s.headings or (top and not s.headings)]

    def _find(self, statement: Statement, sentences: Iterable[Sentence]) -> None:
        matches = (_match(statement, sentence) for sentence in sentences)
        standing = [match for match in matches if not match.missing]
        if not standing:
            self._missing.append(statement)
            return
        self._found[statement.id] = standing
        for match in standing:
            self._claimed.add(match.sentence)
            self._claimed.update(_parts(match.sentence, self._texts))

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
        free = [s for s in self._texts if s not in self._claimed]
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
            self._nearly[statement.id] = near
            return _change("changed", statement, line, "breaking", text), near.sentence
        text = f"no sentence under “{heading}” says this any more"
        line = self._page.line_of(heading)
        return _change("removed", statement, line, "breaking", text), None

    def _contrary(self) -> Iterator[Change]:
        """What is telling in a sentence and in none of its statements, at the nearest of them."""
        here: dict[Sentence, dict[str, _Match]] = {}
        for name, match in self._matches():
            here.setdefault(match.sentence, {})[name] = match
        for sentence, matches in here.items():
            covered = frozenset().union(*(match.covered for match in matches.values()))
            by_statement: dict[str, list[Telling]] = {}
            for piece in self._telling(sentence):
                if not piece.places or max(piece.places) not in covered:
                    by_statement.setdefault(_nearest(piece, matches), []).append(piece)
            for name, pieces in by_statement.items():
                if name in self._found:
                    yield self._stray(self._statements[name], sentence, pieces)

    def _matches(self) -> Iterator[tuple[str, _Match]]:
        found = ((name, match) for name, matches in self._found.items() for match in matches)
        return chain(found, self._nearly.items())

    def _stray(self, statement: Statement, sentence: Sentence, pieces: Sequence[Telling]) -> Change:
        shown = ", ".join(dict.fromkeys(f"“{piece.shown}”" for piece in pieces))
        others = (m.sentence for m in self._found[statement.id] if m.sentence != sentence)
        if any(not self._facts(other) for other in others):
            return _added(sentence, shown)  # the statement stands elsewhere
        grave = any(piece.fact for piece in pieces)
        text = f"the sentence has {shown}, which the statement has not"
        severity = "breaking" if grave else "notable"
        return _change("changed", statement, sentence.line, severity, text)

    def _telling(self, sentence: Sentence) -> list[Telling]:
        # A table or a heading may name any field; a sentence that does says something of it.
        secrets = self._secrets if sentence.what == "sentence" else ()
        return telling(sentence.text, sentence.codes, self._known, secrets)

    def _facts(self, sentence: Sentence) -> bool:
        covered = {at for _, m in self._matches() if m.sentence == sentence for at in m.covered}
        return any(p.fact and not p.places & covered for p in self._telling(sentence))

    def _new(self, sentence: Sentence, familiar: bool) -> Iterator[Change]:
        """A text that nothing is known of; `familiar` when something near it is known."""
        pieces = self._telling(sentence)
        if pieces:
            yield _added(sentence, f"“{pieces[0].shown}”")
        elif sentence.admonition and not familiar and sentence.what == "sentence":
            text = f"a sentence in a {sentence.admonition} that the contract does not know"
            yield Change("added", "statement", sentence.heading, sentence.line, "notable", text)


def _added(sentence: Sentence, shown: str) -> Change:
    text = f"a {sentence.what} with {shown} that the contract does not know"
    return Change("added", "statement", sentence.heading, sentence.line, "notable", text)


def _nearest(piece: Telling, matches: Mapping[str, _Match]) -> str:
    """The statement whose own words stand nearest to a piece of the sentence."""

    def distance(name: str) -> int:
        others = {at for other, m in matches.items() if other != name for at in m.covered}
        own = matches[name].covered - others or matches[name].covered
        return min((abs(a - b) for a in piece.places for b in own), default=0)

    return min(matches, key=distance)


def _joined(first: Sentence, second: Sentence) -> Sentence:
    text = f"{first.text} {second.text}"
    return replace(first, text=text, codes=first.codes + second.codes)


def _parts(sentence: Sentence, sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    """The sentences that a matched one consists of."""
    return (s for s in sentences if s.headings == sentence.headings and s.text in sentence.text)


def _match(statement: Statement, sentence: Sentence) -> _Match:
    text = words(sentence.text)
    found = [
        [place for term in alternatives for place in places(term, text)]
        for alternatives in statement.terms
    ]
    covered: set[int] = set()
    for one in found:
        others = [other for other in found if other is not one]
        denials = [place for place in one if NEGATIONS.intersection(text[at] for at in place)]
        # One denial is meant; a further one says something else.
        meant = min(denials, key=lambda place: _distance(place, others), default=None)
        covered |= {at for place in one if place not in denials or place == meant for at in place}
    missing = [terms[0] for terms, one in zip(statement.terms, found, strict=True) if not one]
    return _Match(sentence, frozenset(covered), tuple(missing))


def _distance(place: range, others: Sequence[Sequence[range]]) -> int:
    """How far the words of other terms are away, in words, those of each term taken together."""
    return sum(min(abs(place.start - p.start) for p in ranges) for ranges in others if ranges)


def _change(kind: str, statement: Statement, line: int, severity: str, sentence: str) -> Change:
    return Change(
        kind, "statement", statement.id, line, severity, sentence, requirements=statement.supports
    )
