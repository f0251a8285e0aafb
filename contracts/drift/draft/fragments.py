"""Pieces of a draft: scalars and comments of YAML, types in the notation, and examples of them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import yaml

from contracts.masking.masking import Secrets, without_credentials
from contracts.spec.types import (
    Boolean,
    Choice,
    Integer,
    ListOf,
    Number,
    Record,
    Text,
    Timestamp,
    Type,
    Uuid,
)

EXAMPLE_MOMENT = datetime(2026, 1, 15, 9, 30, 0, 123456, tzinfo=UTC)
EXAMPLE_UUID = "00000000-0000-4000-8000-000000000001"
# By the words of a field's name; a draft's reader has the last word.
SECRET_WORDS = frozenset(
    ("password", "passwd", "pwd", "passphrase", "passcode", "pin", "secret", "token", "jwt",
     "credential", "credentials", "cookie", "apikey", "privatekey", "accesskey", "iv")
)  # fmt: skip
SECRET_ENDS = (("session", "id"), ("initialization", "vector"), ("init", "vector"), ("sid",))
# What a word behind those says is no secret: tokenType, passwordExpiry, tokenUrl.
DESCRIBING = frozenset(
    ("type", "name", "url", "uri", "endpoint", "metadata", "info", "scope", "scopes", "status",
     "count", "hint", "date", "time", "at", "in", "length", "expiry", "expires", "expired",
     "expiration", "issuer", "id", "policy", "valid", "required", "version", "ttl")
)  # fmt: skip
# Keys that are told to everybody, or that say who asks.
OPEN_KEYS = frozenset(
    ("public", "primary", "foreign", "client", "consumer", "sort", "partition", "error", "row",
     "message", "object", "natural", "business", "cache", "index", "group", "field")
)  # fmt: skip
_WIDTH = 10_000  # so that a scalar stays on its line


def secret(name: str) -> bool:
    """Whether a field of this name is likely to be secret."""
    words = [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]
    if not words or words[-1] in DESCRIBING:
        return any(tuple(words[-len(end) :]) == end for end in SECRET_ENDS)
    ends_so = any(tuple(words[-len(end) :]) == end for end in SECRET_ENDS)
    is_key = words[-1] == "key" and len(words) > 1 and words[-2] not in OPEN_KEYS
    return ends_so or is_key or not SECRET_WORDS.isdisjoint(words)


def scalar(text: str) -> str:
    """A text as YAML that stays on its line, with anybody's credentials masked."""
    masked = without_credentials(" ".join(text.split()))
    return yaml.safe_dump(masked, allow_unicode=True, width=_WIDTH).removesuffix("...\n").strip()


def comment(text: str, names: tuple[str, ...] = ()) -> str:
    """A text as a YAML comment; the values of secret fields among `names` are masked."""
    masked = Secrets(name for name in names if secret(name)).mask(" ".join(text.split()))
    return "# " + "".join(char if char.isprintable() else "?" for char in masked)


def written(kind: Type, indent: str = "") -> str:
    """A type in the documentation's notation."""
    inner = f"{indent}  "
    match kind:
        case Text():
            return '"str"'
        case Uuid():
            return '"uuid"'
        case Integer():
            return '"int"'
        case Number():
            return '"double"'
        case Boolean():
            return '"boolean"'
        case Choice(values):
            return " or ".join(json.dumps(value) for value in values)
        case Timestamp(pattern):
            return json.dumps(pattern.source, ensure_ascii=False)
        case ListOf(item):
            return f"[{written(item, indent)}]"
        case Record(fields, open_ended):
            members = [
                f"{inner}{json.dumps(name, ensure_ascii=False)}: {written(field, inner)}"
                for name, field in fields.items()
            ]
            return "{\n" + ",\n".join([*members, *[f"{inner}...."] * open_ended]) + f"\n{indent}}}"


def example(name: str, kind: Type) -> Any:
    """A JSON value of a type; that of a secret says that it is an example."""
    match kind:
        case Uuid():
            return EXAMPLE_UUID
        case Integer():
            return 1
        case Number():
            return 1.5
        case Boolean():
            return True
        case Choice(values):
            return values[0]
        case Timestamp(pattern):
            return pattern.format(EXAMPLE_MOMENT)
        case ListOf(item):
            return [example(name, item)]
        case Record(fields):
            return {inner: example(inner, field) for inner, field in fields.items()}
    return f"an-example-{name}" if secret(name) else f"example {name}"
