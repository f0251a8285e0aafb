"""Exchanges to be judged, for tests: lawful ones, and lawful ones with one thing changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from contracts.http.exchange import Answer, Exchange, Judgement, Request
from contracts.judging.judge import Judge
from contracts.masking.masking import Secrets
from contracts.spec.load import load
from contracts.spec.model import Endpoint, Form
from contracts.spec.types import Timestamp
from tests.helpers.intents import intent as intent_of

CONTRACT = load()
ENDPOINTS = list(CONTRACT.endpoints.values())
ANSWERING = [endpoint for endpoint in ENDPOINTS if endpoint.answers]
FIELDS = [(e, name) for e in ANSWERING if e.answers for name in e.answers.fields]
TIMES = [(e, n) for e, n in FIELDS if e.answers and isinstance(e.answers.fields[n], Timestamp)]
JSON = ("Content-Type", "application/json")
# A second after the instants of the contract's examples.
CREATED = datetime(2026, 1, 15, 9, 30, 0, 123456, UTC)
NOW = CREATED + timedelta(seconds=5)
DATE = ("Date", format_datetime(NOW, usegmt=True))
PASSWORD, TOKEN = "a-planted-password-7f3a", "a-planted-token-91c4d"
NEVER = CONTRACT.secrets_never_answered[0]


def judge(exchange: Exchange) -> Judgement:
    secrets = Secrets(CONTRACT.secret_fields)
    secrets.keep(PASSWORD, NEVER)
    secrets.keep(TOKEN, "token")
    return Judge(CONTRACT, secrets)(exchange)


def form_of(endpoint: Endpoint) -> Form:
    assert endpoint.answers
    return endpoint.answers


def lawful_value(endpoint: Endpoint) -> Any:
    return json.loads(json.dumps(CONTRACT.example(form_of(endpoint))))


def body_with(endpoint: Endpoint, **changes: Any) -> Any:
    """The documented answer with other values; `...` leaves a field out."""
    value = lawful_value(endpoint)
    record = value[0] if form_of(endpoint).is_list else value
    record.update(changes)
    for name in [name for name, new in changes.items() if new is ...]:
        del record[name]
    return value


def exchange(
    endpoint: Endpoint | str,
    value: Any = None,
    status: int = 200,
    *headers: tuple[str, str],
    content: bytes | None = None,
    **intent: Any,
) -> Exchange:
    """An exchange of a moment after the creation; valid unless it is said otherwise."""
    known = endpoint if isinstance(endpoint, Endpoint) else CONTRACT.endpoints[endpoint]
    given = {"valid": True, "present": known.takes is None, "since": CREATED, **intent}
    encoded = b"" if value is None else json.dumps(value).encode()
    return Exchange(
        known.id,
        Request(known.method, CONTRACT.base_url + known.path, []),
        Answer(status, "", headers or (JSON, DATE), encoded if content is None else content),
        intent_of(known.id, **given),
        sent=CREATED - timedelta(seconds=1),
        moment=NOW,
    )


def lawful(endpoint: Endpoint | str, *headers: tuple[str, str], **intent: Any) -> Exchange:
    known = endpoint if isinstance(endpoint, Endpoint) else CONTRACT.endpoints[endpoint]
    value = lawful_value(known) if known.answers else None
    return exchange(known, value, 200, *headers, **intent)


def accused(exchange: Exchange) -> list[str]:
    return [finding.requirement for finding in judge(exchange).findings]


def for_each(endpoints: list[Endpoint]) -> Any:
    return pytest.mark.parametrize("endpoint", endpoints, ids=lambda endpoint: endpoint.id)


def for_each_field(pairs: list[tuple[Endpoint, str]]) -> Any:
    ids = [f"{endpoint.id}-{name}" for endpoint, name in pairs]
    return pytest.mark.parametrize(("endpoint", "name"), pairs, ids=ids)
