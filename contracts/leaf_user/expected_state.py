"""What stands for a Leaf user, as far as it is known, and what every read must show of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.http.exchange import Exchange
from contracts.http.strict_json import NotJson, loads
from contracts.spec.model import Contract, choice_values


@dataclass(frozen=True)
class Stored:
    """Credentials that stand: what was sent for them and the exchange that made them.

    Both are None for credentials that were there before. `kept` is what every read must show.
    `ordinary`: a lawful service cannot have taken offence at what was sent. `settled`: they must
    stand by now; a handshake that was only accepted (202) may finish later.
    """

    sent: dict[str, Any] | None = None
    created: Exchange | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)
    ordinary: bool = True
    settled: bool = True

    @property
    def since(self) -> datetime | None:
        """When they were created, by the service's clock."""
        return self.created.sent if self.created else None

    @property
    def made_by(self) -> str:
        """The endpoint that made them; empty for credentials that were there before."""
        return self.created.endpoint if self.created else ""


UNKNOWN = object()


def echo(contract: Contract, endpoint: str, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What of a body an answer of this endpoint must show."""
    answers = contract.endpoints[endpoint].answers
    shown = answers.fields if answers else {}
    return {
        name: value
        for name, value in sent.items()
        if name in shown
        and isinstance(value, str)
        # What is no value of an enum need not be kept; see its own requirement.
        and value in (choice_values(shown[name]) or (value,))
    }


def kept(contract: Contract, made: Exchange, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What every read must show of credentials: what was sent, and what lasts of the answer."""
    broken = {finding.requirement for finding in made.judgement.findings}
    answered = made.json if isinstance(made.json, dict) else {}
    found = echo(contract, "read", sent)
    for name in echo(contract, "read", answered):
        right = f"{made.endpoint}.response.{name}" in made.judgement.proved - broken
        if name not in found and right and not contract.fields[name].volatile:
            found[name] = answered[name]
    return found


def shows(contract: Contract, read: Exchange, stored: Stored) -> bool:
    """Whether a read shows these credentials, as far as what they keep tells."""
    shown = read.json if isinstance(read.json, dict) else {}
    lasting = {n: v for n, v in stored.kept.items() if not contract.fields[n].volatile}
    return not read.found_nothing and lasting.items() <= _texts(shown).items()


def innocent(contract: Contract, sent: Mapping[str, Any]) -> tuple[str, ...]:
    """What an answer may show of a body, whatever else it holds."""
    texts = _texts(sent)
    return tuple(value for name, value in texts.items() if name not in contract.secret_fields)


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in values.items() if isinstance(value, str)}


def accepted_values(contract: Contract, endpoint: str, sent: Mapping[str, Any]) -> Iterator[str]:
    """The requirements that a value of an enum is accepted, for each that a body holds."""
    takes = contract.endpoints[endpoint].takes
    for name, values in takes.choices.items() if takes else ():
        if sent.get(name) in values:
            yield f"{endpoint}.value.{name}.{sent[name]}"


def json_object(content: bytes) -> dict[str, Any]:
    """The JSON object that was sent; empty for anything else."""
    try:
        value = loads(content)
    except NotJson:
        return {}
    return value if isinstance(value, dict) else {}
