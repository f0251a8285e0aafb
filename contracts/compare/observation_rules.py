"""How much a change of an observation matters to those who integrate with the API.

What is observed is undocumented, so relying on it is nobody's right. Statuses have rules of their
own, in `statuses`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from contracts.compare.changes import BREAKING, HARMLESS, NOTABLE

Values = Sequence[str]
Entry = Mapping[str, Any]

# What is seen only when an occasion comes up, such as two log entries at once.
OCCASIONAL = {"order", "delay"}


def severity(kind: str, old: Values, new: Values) -> str:
    """The class of a change of the values of an observation other than a status."""
    rule = RULES.get(kind)
    return rule(old, new) if rule else NOTABLE


def came_up(gone: Entry, report: Entry) -> bool:
    """Whether a run met the case of an observation that it did not make."""
    where, circumstance = gone["endpoint"], gone["circumstance"]
    if gone["type"] in OCCASIONAL:
        return False
    if any(
        (seen["endpoint"], seen["circumstance"]) == (where, circumstance)
        for seen in report["observations"]
    ):
        return True
    family = f"{where}.{circumstance}"
    return bool(circumstance) and any(
        f"{requirement['id']}.".startswith(f"{family}.")
        and (requirement["evidence"] or requirement["violations"])
        for requirement in report["requirements"]
    )


def _media_type(old: Values, new: Values) -> str:
    essences = [{value.partition(";")[0].strip().lower() for value in each} for each in (old, new)]
    return HARMLESS if essences[0] == essences[1] else NOTABLE


def _body(old: Values, new: Values) -> str:
    """More fields in an object are harmless; another kind of body or fewer fields are not."""
    objects = "an object with "
    if len(old) == len(new) == 1 and old[0].startswith(objects) and new[0].startswith(objects):
        fields = [set(value[0].removeprefix(objects).split(", ")) for value in (old, new)]
        return HARMLESS if fields[0] <= fields[1] else NOTABLE
    return NOTABLE


def _effect(old: Values, new: Values) -> str:
    """Code that sends new credentials relies on it that they take the place of the old ones."""
    return BREAKING if old and not new else NOTABLE


def _appeared(old: Values, new: Values) -> str:
    """A new value may surprise; one that was not seen this time does not."""
    return NOTABLE if set(new) - set(old) else HARMLESS


def _vanished(old: Values, new: Values) -> str:
    """What was there may be used; what is new is ignored."""
    return NOTABLE if set(old) - set(new) else HARMLESS


def _delay(old: Values, new: Values) -> str:
    seconds = [
        min((int(word) for value in each for word in value.split() if word.isdigit()), default=0)
        for each in (old, new)
    ]
    return NOTABLE if seconds[1] > seconds[0] else HARMLESS


RULES: Mapping[str, Callable[[Values, Values], str]] = {
    "media-type": _media_type,
    "body": _body,
    "effect": _effect,
    "further-fields": _vanished,
    "id-shape": _appeared,
    "values": _appeared,
    "delay": _delay,
    "caching-headers": _vanished,
    "security-headers": _vanished,
    "encoding-headers": _appeared,
    "rate-limit-headers": _appeared,
}
