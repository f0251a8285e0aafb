"""Holding an answer against what must stand for the Leaf user: found, shown, nothing, and whose.

What is expected comes with the exchange. What an answer contradicts is attributed to one of the
expectations by `attribution`; every other expectation that an answer can show is evidence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from unicodedata import normalize

from contracts.expected_state.attribution import Contradiction, attribute, story
from contracts.expected_state.kinds import (
    DIFFERENT,
    FOUND,
    GONE,
    LOST,
    MAYBE,
    MISSING,
    NEVER,
    NOTHING,
    OWN,
    PRESENT,
    SHOWN,
    STAYS,
    UNCHANGED,
)
from contracts.expected_state.stored import belongs
from contracts.http.exchange import Exchange, Expectation
from contracts.http.wording import (
    describe_answer,
    describe_difference,
    describe_hidden,
    describe_json,
    quoted,
)
from contracts.judging.instants import InstantJudge
from contracts.judging.notes import Notes
from contracts.masking.masking import is_telling
from contracts.spec.model import LOG, READ, Contract, Endpoint, Form
from contracts.spec.types import Choice

PLAIN = re.compile(r"[A-Za-z0-9.@_-]+")
TOO_MANY_FOR_CHANCE = 2  # values that differ, and nobody has changed them one by one


class StandingJudge:
    """Judges the answers of one endpoint that shows credentials or their log."""

    def __init__(
        self, contract: Contract, endpoint: Endpoint, form: Form, instants: InstantJudge
    ) -> None:
        self._endpoint = endpoint
        self._instants = instants
        # Values that two credentials share only by mistake.
        self._telling = {n for n, kind in form.fields.items() if not isinstance(kind, Choice)}
        self._volatile = {n for n in form.fields if contract.fields[n].volatile}
        self._secret = contract.secret_fields
        # What log entries are told apart by.
        self._naming = {*instants.patterns, *(form.fields.keys() & {*contract.identifiers})}

    # ------------------------------------------------------------ whether something is shown

    def finds(self, exchange: Exchange, notes: Notes) -> bool:
        """Judge whether the answer finds what stands, and nothing where nothing stands.

        Answers whether what the answer shows can be judged any further.
        """
        intent = exchange.intent
        if exchange.failed or exchange.unread or not _says_something(exchange):
            return True
        if intent.present and exchange.found_nothing and not self._endpoint.creates:
            return self._missing(exchange, notes)
        nothing = intent.expecting(NOTHING)
        if not nothing:
            return True
        if exchange.shows_nothing:
            self._finds_nothing(exchange, nothing[0], notes)
        elif not self._handshake(exchange, exchange.json):
            self._present(exchange, notes)
        return True

    def _missing(self, exchange: Exchange, notes: Notes) -> bool:
        if self._endpoint.role != READ:
            return True
        found = attribute(Contradiction(MISSING), exchange.intent.expected)
        if found is None:
            return False  # somebody else may have taken away what this suite has not made
        notes.breaks(
            found.expectation.requirement,
            "the credentials that stand for this Leaf user",
            f"{describe_answer(exchange)}, nothing is found{_after(found.expectation)}",
            story=story(*exchange.intent.expecting(FOUND), found.expectation),
            rule=found.rule.name,
        )
        return False

    def _finds_nothing(self, exchange: Exchange, nothing: Expectation, notes: Notes) -> None:
        is_evidence = exchange.says_nothing_is_there or (
            exchange.intent.about == nothing.requirement and exchange.refused
        )
        if is_evidence:
            for expectation in exchange.intent.expecting(NOTHING, UNCHANGED, NEVER, GONE):
                _is_kept(expectation, notes)

    def _present(self, exchange: Exchange, notes: Notes) -> None:
        if isinstance(exchange.json, list) and self._others_entries(exchange, notes):
            return
        shown = Contradiction(PRESENT, text=exchange.text)
        found = attribute(shown, exchange.intent.expected)
        if found is None:
            return
        notes.breaks(
            found.expectation.requirement,
            "nothing, since no credentials stand for this Leaf user",
            f"{describe_answer(exchange)} with {describe_json(exchange.json)}"
            f"{_after(found.expectation)}",
            story=story(*exchange.intent.expecting(NOTHING), found.expectation),
            rule=found.rule.name,
        )

    def _handshake(self, exchange: Exchange, record: Any) -> Expectation | None:
        """The handshake that was started before and has come to its end with these values.

        Where nothing else was sent since, whatever is shown has come from there.
        """
        if not isinstance(record, dict):
            return None
        started = exchange.intent.expecting(MAYBE)
        stands = next((e.values for e in exchange.intent.expecting(SHOWN)), {})
        fitting = [start for start in started[::-1] if belongs(start.values, record, stands)]
        if fitting:
            # What stood before may share values with what was sent: take what fits best.
            return max(fitting, key=lambda start: _share(start.values, record))
        others = Contradiction(PRESENT, text=exchange.text)
        foreign = any(others.values_of(e) for e in exchange.intent.expecting(NEVER))
        only_this_happened = not stands and not foreign and not exchange.intent.expecting(UNCHANGED)
        return started[-1] if started and only_this_happened else None

    # ------------------------------------------------------------ which values are shown

    def judge_record(
        self, record: Mapping[str, Any], wrong: Iterable[str], exchange: Exchange, notes: Notes
    ) -> None:
        """Compare what is shown with what must be shown, as far as it has the right form."""
        intent = exchange.intent
        handshake = self._handshake(exchange, record)
        shown = handshake or next(iter(intent.expecting(SHOWN)), None)
        must = {n: v for n, v in shown.values.items() if n not in wrong} if shown else {}
        differing = {n for n, value in must.items() if not self._same(n, value, record.get(n))}
        if intent.present is False and not handshake and not self._endpoint.creates:
            return  # nothing stands; that something is shown has been judged already
        # A token that is exchanged is not wrong, unless it is one of other credentials.
        exchanged = {n for n in must if n in self._volatile and record.get(n) != must[n]}
        compared = differing | exchanged if shown else record.keys() - set(wrong)
        contradiction = Contradiction(
            DIFFERENT,
            record,
            exchange.text,
            frozenset(compared & self._telling if shown is None else compared),
            shown is not None and self._is_another(must, differing, record),
        )
        expected = [e for e in intent.expected if e.kind != SHOWN]
        if not differing:
            expected = [e for e in expected if e.kind == NEVER]
        found = attribute(contradiction, expected) if compared else None
        if found is not None and (shown is not None or found.expectation.kind == NEVER):
            self._of_another(found.expectation, found.rule.name, contradiction, exchange, notes)
            return
        if shown is not None:
            self._field_by_field(shown, must, differing, record, notes)
        if self._endpoint.role != READ:
            return
        if not differing:
            self._own_identifiers(record, exchange, notes)
            for expectation in intent.expecting(FOUND, UNCHANGED, NEVER):
                _is_kept(expectation, notes)

    def _of_another(
        self,
        broken: Expectation,
        rule: str,
        contradiction: Contradiction,
        exchange: Exchange,
        notes: Notes,
    ) -> None:
        taken = contradiction.values_of(broken) or sorted(contradiction.differing)
        names = ", ".join(f"`{name}`" for name in taken)
        notes.breaks(
            broken.requirement,
            "the credentials that stand for this Leaf user",
            f"other values of {names}{_after(broken)}",
            story=story(*exchange.intent.expecting(SHOWN), broken),
            rule=rule,
        )

    def _field_by_field(
        self,
        shown: Expectation,
        must: Mapping[str, Any],
        differing: set[str],
        record: Mapping[str, Any],
        notes: Notes,
    ) -> None:
        for name, value in must.items():
            requirement = shown.requirement.format(field=name)
            if name in differing:
                show = describe_hidden if name in self._secret else quoted
                actual = f"{show(record[name])}{describe_difference(value, record[name])}"
                notes.breaks(
                    requirement, show(value), actual, story=story(shown),
                    rule="shows another value than the one that stands",
                )  # fmt: skip
            elif record[name] == value or name not in self._volatile:
                notes.holds(requirement)

    def _own_identifiers(self, record: Mapping[str, Any], exchange: Exchange, notes: Notes) -> None:
        for own in exchange.intent.expecting(OWN):
            same = [n for n, value in own.values.items() if record.get(n) == value]
            if same:
                notes.breaks(
                    own.requirement,
                    f"another `{same[0]}` than the credentials of another Leaf user have",
                    f"the same `{same[0]}`",
                    story=story(own),
                )
            else:
                notes.holds(own.requirement)

    def _is_another(
        self, must: Mapping[str, Any], differing: set[str], record: Mapping[str, Any]
    ) -> bool:
        """Whether a record has nothing in common with what must be shown: it is somebody else's."""
        compared = (must.keys() & self._telling) - self._instants.patterns.keys() - self._volatile
        unlike = {n for n in compared if not _resembles(str(must[n]), str(record[n]))}
        nothing_in_common = compared <= differing
        too_many_for_chance = len(unlike) >= TOO_MANY_FOR_CHANCE
        differ_each_in_its_way = len({str(record[name]) for name in unlike}) == len(unlike)
        return nothing_in_common and too_many_for_chance and differ_each_in_its_way

    def _same(self, name: str, expected: Any, actual: Any) -> bool:
        if name in self._instants.patterns:
            return self._instants.is_same(name, expected, actual)
        if name in self._volatile:
            # A provider may exchange a token at any moment; it may not damage it.
            return not is_altered(str(expected), str(actual))
        return bool(expected == actual)

    # ------------------------------------------------------------ log entries

    def judge_log(self, exchange: Exchange, notes: Notes) -> None:
        """Compare the entries of a log with those that were shown before, here and elsewhere."""
        entries = [entry for entry in exchange.json if isinstance(entry, dict)]
        if exchange.intent.present is not False:
            self._others_entries(exchange, notes)
        for before in exchange.intent.expecting(STAYS):
            lost = [
                entry
                for entry in before.entries
                if not any(entry.get(n) == other.get(n) for other in entries for n in self._naming)
                and not self._instants.may_expire(entry, exchange)
            ]
            # A list that is as long as before may be one page of a longer one.
            if lost and len(entries) < len(before.entries):
                self._lost(lost, before, exchange, notes)
            elif not lost:
                for kept in (before, *exchange.intent.expecting(UNCHANGED)):
                    _is_kept(kept, notes)

    def _lost(
        self,
        lost: list[Mapping[str, Any]],
        before: Expectation,
        exchange: Exchange,
        notes: Notes,
    ) -> None:
        found = attribute(Contradiction(LOST), exchange.intent.expected)
        if found is None:
            return
        notes.breaks(
            found.expectation.requirement,
            "the log entries that were shown before",
            f"{len(lost)} of {len(before.entries)} log entries are not there any more"
            f"{_after(found.expectation)}",
            story=story(before, found.expectation),
            rule=found.rule.name,
        )

    def _others_entries(self, exchange: Exchange, notes: Notes) -> bool:
        """Judge whether log entries of other credentials are shown; whether some are.

        They are compared as a whole, for their ids may be counted anew.
        """
        entries = [entry for entry in exchange.json if isinstance(entry, dict)]
        shown = {canonical(entry): entry for entry in entries}
        found = False
        for gone in exchange.intent.expecting(GONE):
            common = [shown[key] for key in map(canonical, gone.entries) if key in shown]
            if common:
                found = True
                notes.breaks(
                    gone.requirement,
                    f"none of {gone.why}",
                    f"{len(common)} of them, such as {describe_json(common[0])}",
                    story=story(gone),
                    rule="shows log entries of other credentials",
                )
            else:
                _is_kept(gone, notes)
        return found


def _says_something(exchange: Exchange) -> bool:
    """Whether the status is about what was asked, not about the caller or the moment."""
    return exchange.is_about_the_request


def _is_kept(expectation: Expectation, notes: Notes) -> None:
    if not expectation.weak:
        notes.holds(expectation.requirement)


def _share(values: Mapping[str, Any], record: Mapping[str, Any]) -> float:
    """Which share of these values a record shows, from 0 to 1."""
    same = [name for name, value in values.items() if record.get(name) == value]
    return len(same) / max(1, len(values))


def _after(expectation: Expectation) -> str:
    """Where it comes from, as the end of a sentence about what an answer shows."""
    if expectation.kind in (UNCHANGED, NEVER):
        if expectation.kind == UNCHANGED:
            return f", after {expectation.why}"
        return f": the values of {expectation.why}"
    return ""


def canonical(entry: Mapping[str, Any]) -> str:
    """A JSON object as a text that is the same for equal objects."""
    return json.dumps(entry, sort_keys=True)


def is_altered(sent: str, shown: str) -> bool:
    """Whether a volatile value is the one that was sent, but damaged.

    Another token may be shown in its place; the same one cut, padded or folded may not.
    """
    if sent == shown or not sent:
        return False
    one, other = (normalize("NFKC", text).strip().casefold() for text in (sent, shown))
    return bool(one) and (one in other or other in one)


def _resembles(sent: str, shown: str) -> bool:
    """Whether what is shown may come from what was sent, as letters and digits in it tell."""
    plain = max(PLAIN.findall(sent), key=len, default="")
    return is_altered(sent, shown) or (is_telling(plain) and plain in shown)


def is_log(endpoint: Endpoint) -> bool:
    """Whether an endpoint answers log entries."""
    return endpoint.role == LOG
