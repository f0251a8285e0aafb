"""What a comparison found, as text for people and as JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from contracts.drift.differences.change import SEVERITIES, Change
from contracts.drift.differences.in_examples import SENDS
from contracts.drift.questions.every import new
from contracts.drift.questions.question import Found
from contracts.spec.model import Contract

SHOWN = 8  # ids on a line; JSON has them all


def agrees(changes: Sequence[Change], questions: Sequence[Found], contract: Contract) -> bool:
    """Whether the page says what the contract was read from, its new questions included."""
    return not changes and not new(questions, contract.questions)


def as_text(
    name: str, changes: Sequence[Change], questions: Sequence[Found], contract: Contract
) -> str:
    """The changes, the gravest first, and the questions to the documentation."""
    return "\n".join(_lines(name, changes, questions, contract)) + "\n"


def as_json(
    name: str, changes: Sequence[Change], questions: Sequence[Found], contract: Contract
) -> dict[str, Any]:
    """The same as a JSON value: page, agrees, changes, questions, answered."""
    return {
        "page": name,
        "agrees": agrees(changes, questions, contract),
        "changes": [asdict(change) for change in changes],
        "questions": [
            {
                "id": question.id,
                "lines": list(question.lines),
                "sentence": question.sentence,
                "known": question.id in contract.questions,
            }
            for question in questions
        ],
        "answered": _answered(questions, contract),
    }


def _lines(
    name: str, changes: Sequence[Change], questions: Sequence[Found], contract: Contract
) -> Iterator[str]:
    yield f"{name}: {_verdict(changes, len(new(questions, contract.questions)))}"
    for change in sorted(changes, key=lambda c: SEVERITIES.index(c.severity)):
        yield ""
        yield f"{change.severity}, line {change.line}: {change.what} {change.name} {change.kind}"
        yield f"    {change.sentence}"
        if change.requirements:
            yield f"    touches {_listed(change.requirements)}"
        if change.would_add:
            yield f"    would add {_listed(change.would_add)}"
    if questions:
        yield ""
        yield f"Questions to the documentation ({len(questions)})"
    for question in questions:
        lines = ", ".join(map(str, question.lines))
        mark = "" if question.id in contract.questions else " (new)"
        yield f"  {question.id}{mark}, line{'s' * (len(question.lines) > 1)} {lines}"
        yield f"    {question.sentence}"
    answered = _answered(questions, contract)
    if answered:
        yield ""
        yield f"No longer asked: {', '.join(answered)}"


def _verdict(changes: Sequence[Change], new_questions: int) -> str:
    counts = Counter(change.severity for change in changes)
    parts = [f"{counts[name]} {name}" for name in SEVERITIES if counts[name]]
    if new_questions:
        parts.append(f"{new_questions} new question{'s' * (new_questions > 1)}")
    if not parts:
        return "the page agrees with the contract"
    return f"the page differs from the contract ({', '.join(parts)})"


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
    return ", ".join(ids[:SHOWN]) + more


def _answered(questions: Sequence[Found], contract: Contract) -> list[str]:
    """Questions of the contract that the page no longer raises."""
    asked = {question.id for question in questions}
    return [name for name in contract.questions
            if name not in asked and not name.startswith(SENDS)]  # fmt: skip
