"""A small contract that is none of the shipped ones, as data, for tests."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import yaml

from contracts.spec import yaml_nodes
from contracts.spec.load import read
from contracts.spec.model import Contract

SOURCE = {"page": "meadow", "heading": "Keys"}
DATA: dict[str, Any] = {
    "contract": "meadow-keys",
    "title": "Meadow keys",
    "version": "0.1.0",
    "base_url": "https://api.meadow.example/v1",
    "pages": {"meadow": {"title": "Meadow keys", "url": "https://meadow.example/keys"}},
    "fields": {
        "code": {"description": "A code.", "example": "a-code"},
        "kind": {"description": "A kind.", "example": "SMALL"},
        "token": {"description": "A token.", "example": "an-example", "secret": True},
    },
    "forms": {
        "key": {
            "title": "A key",
            "source": SOURCE,
            "notation": '{"id": "str", "code": "str", "kind": "SMALL" or "LARGE"}',
        },
        "key-body": {
            "title": "A key, to be made",
            "source": SOURCE,
            "required": {"fields": ["code"], "source": SOURCE},
            "notation": '{"code": "str", "kind": "SMALL or LARGE", "token": "str"}',
        },
        "key-log": {
            "title": "A log",
            "source": SOURCE,
            "notation": '[{"createdDate": "yyyy-MM-dd"}]',
        },
    },
    "endpoints": {
        "read": {
            "request": "GET /users/{leafUserId}/keys",
            "source": SOURCE,
            "answers": "key",
            "role": "read",
            "listed": True,
            "query": ["page"],
        },
        "create": {
            "request": "POST /users/{leafUserId}/keys",
            "source": SOURCE,
            "takes": "key-body",
            "role": "create",
        },
        "delete": {
            "request": "DELETE /users/{leafUserId}/keys",
            "source": SOURCE,
            "role": "delete",
        },
        "peek": {"request": "HEAD /users/{leafUserId}/keys", "source": SOURCE},
    },
    "tolerances": {"clock_skew": 5},
    "requirements": [
        {
            "id": "{endpoint}.own.{word}",
            "each": {"endpoint": ["peek"], "word": {"a": "b"}},
            "level": "advisory",
            "needs": ["read"],
            "sentence": "{request} {word}.",
            "source": "endpoint",
        }
    ],
    "freedoms": [{"id": "any", "sentence": "Anything.", "source": "read"}],
    "statements": [
        {"id": "says", "source": SOURCE, "terms": ["key"], "supports": ["any", "{read}.json"]}
    ],
    "questions": [{"id": "why", "sentence": "Why?", "source": SOURCE}],
    "errors": [{"source": SOURCE, "notation": '{"message": "str"}'}],
    "without": {"{endpoint}.malformed": "bodies are not looked at"},
    "retired": {"{create}.old": "it was never documented"},
}
DATA["fields"]["createdDate"] = {"description": "A day.", "example": "2026-01-15"}


def data(**parts: Any) -> dict[str, Any]:
    """The contract as data, with these parts in place of its own; None leaves a part out."""
    changed = {**deepcopy(DATA), **parts}
    return {name: part for name, part in changed.items() if part is not None}


def text(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)


def small(**parts: Any) -> Contract:
    """The contract, with these parts in place of its own."""
    return read(yaml_nodes.parse(text(data(**parts)), "small.yaml"))


def without_endpoint(*names: str) -> Contract:
    """The contract without some of its endpoints."""
    kept = {n: e for n, e in DATA["endpoints"].items() if n not in names}
    return small(endpoints=deepcopy(kept))
