"""What of a request body an answer must show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.http.exchange import Exchange
from contracts.http.strict_json import NotJson, loads
from contracts.spec.model import READ, Contract, Endpoint, choice_values

ACCEPTED = 202


def json_object(content: bytes) -> dict[str, Any]:
    """The JSON object that was sent; empty for anything else."""
    try:
        value = loads(content)
    except NotJson:
        return {}
    return value if isinstance(value, dict) else {}


def echo(endpoint: Endpoint | None, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a body that an answer of this endpoint must show, with their values."""
    shown = endpoint.answers.fields if endpoint and endpoint.answers else {}
    return {
        name: value
        for name, value in sent.items()
        if name in shown
        and isinstance(value, str)
        # What is not a value of an enum need not be kept; that has a requirement of its own.
        and value in (choice_values(shown[name]) or (value,))
    }


def read_values(contract: Contract, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a body that every read must show once it is stored."""
    return echo(next(iter(contract.having(READ)), None), sent)


def lasting_values(contract: Contract, made: Exchange, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What every read must show of credentials: what was sent, and what lasts of the answer."""
    broken = {finding.requirement for finding in made.judgement.findings}
    # What was only accepted is not made yet.
    is_made = made.status != ACCEPTED
    answered = made.json if is_made and isinstance(made.json, dict) else {}
    found = read_values(contract, sent)
    for name in read_values(contract, answered):
        has_its_form = f"{made.endpoint}.response.{name}" in made.judgement.proved - broken
        if name not in found and has_its_form and not contract.fields[name].volatile:
            found[name] = answered[name]
    return found


def innocent(contract: Contract, sent: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts of a body that an answer may show, whatever else it holds."""
    return tuple(
        value
        for name, value in sent.items()
        if isinstance(value, str) and name not in contract.secret_fields
    )


def accepted_values(endpoint: Endpoint, sent: Mapping[str, Any]) -> Iterator[str]:
    """The requirements that a value of an enum is accepted, for each that a body holds."""
    for name, values in endpoint.takes.choices.items() if endpoint.takes else ():
        if sent.get(name) in values:
            yield f"{endpoint.id}.value.{name}.{sent[name]}"
