"""Passwords and tokens where they should not be: in answers, headers, errors and logs."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from contracts.faults.entry import Fault, Hooks, fault, hooks, own, shown_by
from contracts.service.hooks import Answer, Behaviour, Call
from contracts.service.store import Entry
from contracts.spec.model import READ, Contract

Put = Callable[[Answer, str], None]


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _into(name: str, write: Callable[[str], Any] = str) -> Put:
    """The secret in a further field of the answer or of its entries."""

    def put(answer: Answer, secret: str) -> None:
        if answer.content is None:
            answer.status, answer.content = 200, {}
            answer.headers.append(("Content-Type", "application/json"))
        for record in answer.content if isinstance(answer.content, list) else [answer.content]:
            record[name] = write(secret)

    return put


def _into_header(answer: Answer, secret: str) -> None:
    # Not every server lets a letter beyond ASCII into a header.
    shown = secret if secret.isascii() else json.dumps(secret)[1:-1]
    answer.headers.append(("X-Debug-Password", shown))


def _into_cookie(answer: Answer, secret: str) -> None:
    answer.headers.append(("Set-Cookie", f"last={quote(secret)}; HttpOnly"))


WAYS: dict[str, tuple[str, Put]] = {
    "password": ("under its own name", _into("password")),
    "password-as-secret": ("under another name", _into("secret")),
    "password-nested": ("deep in a further field", _into("request", lambda text: {"body": [text]})),
    "password-in-text": (
        "in the midst of a text",
        _into("note", lambda text: f"created with {text}."),
    ),
    "password-in-base64": ("in base64", _into("credentials", _base64)),
    "password-in-hex": (
        "in hexadecimal",
        _into("credentials", lambda text: text.encode().hex()),
    ),
    "basic-credentials": (
        "as Basic credentials in base64",
        _into("basic", lambda text: _base64(f"user:{text}")),
    ),
    "password-in-header": ("in a header", _into_header),
    "password-in-cookie": ("in a cookie", _into_cookie),
}


def faults(contract: Contract) -> Iterator[Fault]:
    """The password in successful answers, secrets in errors, tokens in the log."""
    yield from _errors(contract)
    for secret in contract.secrets_never_answered[:1]:
        yield from _answered(contract, secret)
        yield from _log(contract, secret)


def _answered(contract: Contract, secret: str) -> Iterator[Fault]:
    for endpoint in contract.endpoints.values():
        for label, (words, put) in WAYS.items():
            yield fault(
                f"{endpoint.id}-shows-{label}",
                f"{endpoint.request} answers the `{secret}` {words}.",
                f"{endpoint.id}.hides.{secret}",
                lambda e=endpoint.id, put=put: Hooks(**_showing(e, secret, put)),  # type: ignore[misc]
            )


def _showing(endpoint: str, secret: str, put: Put) -> dict[str, Callable[..., Any]]:
    """Hooks that keep the record at hand, for after a deletion it is gone."""

    def remember(call: Call) -> None:
        call.scratch["record"] = own(call)

    def answer(call: Call, answer: Answer) -> Answer:
        record = own(call) or call.scratch.get("record")
        if call.endpoint == endpoint and 200 <= answer.status < 300 and record:
            put(answer, record.values[secret])
        return answer

    return {"on_request": remember, "answer": answer}


def _errors(contract: Contract) -> Iterator[Fault]:
    def token(call: Call, _: Answer) -> str:
        return f"bad header: {call.headers.get('Authorization', '')}"

    def body(call: Call, _: Answer) -> str:
        return f"cannot use {call.raw.decode('utf-8', 'replace')}"

    for endpoint in contract.endpoints.values():
        provoked_by = [f"{endpoint.id}.no-server-error", f"{endpoint.id}.unknown-user"]
        yield _error(endpoint.id, "token", "the token that it was sent", token, provoked_by)
        if endpoint.takes:
            yield _error(
                endpoint.id,
                "body",
                "the body that it was sent",
                body,
                ["create.requires.username", "one-click.malformed"],
            )

    def stored(call: Call, _: Answer) -> str:
        record = own(call)
        return str(dict(record.values)) if record else ""

    yield _error(
        "create", "stored-tokens", "what is stored", stored, ["create.refused-stores-nothing"]
    )


def _error(
    endpoint: str,
    label: str,
    words: str,
    text: Callable[[Call, Answer], str],
    provoked_by: list[str] | None = None,
) -> Fault:
    def answer(call: Call, answer: Answer) -> Answer:
        # In a refusal of a token nothing but that token could be repeated.
        if call.endpoint == endpoint and answer.status >= 400 and answer.status != 401:
            answer.content = {"status": answer.status, "message": text(call, answer)}
        return answer

    return fault(
        f"{endpoint}-error-shows-{label}",
        f"An error answer at {endpoint} repeats {words}.",
        f"{endpoint}.errors-hide-secrets",
        hooks(answer=answer),
        provoked_by=provoked_by or [],
    )


def _log(contract: Contract, secret: str) -> Iterator[Fault]:
    for name in sorted(contract.secret_fields & shown_by(contract, READ).keys()):
        for field, form in (("body", '{{"token": "{}"}}'), ("headers", "authorization: Bearer {}")):
            yield fault(
                f"events-{field}-shows-{name.lower()}",
                f"A log entry shows the `{name}` in its `{field}`.",
                "events.hides-tokens",
                _logging(field, name, form.format),
            )
    yield fault(
        "events-headers-show-basic",
        f"A log entry shows the `{secret}` in the header of its request.",
        f"events.hides.{secret}",
        _logging(
            "headers", secret, lambda text: f"authorization: Basic {_base64('grower:' + text)}"
        ),
    )
    yield fault(
        "events-body-shows-posted-form",
        f"A log entry shows the form with the `{secret}` that was posted.",
        f"events.hides.{secret}",
        _logging("body", secret, lambda text: f"grant_type=password&password={quote(text)}"),
    )


def _logging(field: str, name: str, write: Callable[[str], str]) -> Callable[[], Behaviour]:
    def entries(call: Call, found: list[Entry]) -> list[Entry]:
        record = own(call)
        value = record.values.get(name) if record else None
        return (
            [entry.changed(**{field: write(value)}) for entry in found]
            if isinstance(value, str)
            else found
        )

    return hooks(entries=entries)
