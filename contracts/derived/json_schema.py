"""From notation to JSON Schema (2020-12), by rule.

A type becomes the schema that accepts what the notation means and nothing else. Schemas carry
`description` and `examples` from the contract's fields, so that they can be read on their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.spec.java_dates import JavaPattern
from contracts.spec.model import Contract, Field, Form
from contracts.spec.types import (
    UUID_REGEX,
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

ID_PREFIX = "urn:panorama-contracts:"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
UUID_LENGTH = 36

Schema = dict[str, Any]


def schema_of(kind: Type, fields: Mapping[str, Field] | None = None) -> Schema:
    """The JSON Schema of a notation type; `fields` lends descriptions and examples."""
    match kind:
        case Text():
            return {"type": "string"}
        case Integer():
            return {"type": "integer"}
        case Number():
            return {"type": "number"}
        case Boolean():
            return {"type": "boolean"}
        case Uuid():
            return {"type": "string", "format": "uuid", "pattern": UUID_REGEX,
                    "minLength": UUID_LENGTH, "maxLength": UUID_LENGTH}  # fmt: skip
        case Choice(values=values):
            return {"type": "string", "enum": list(values)}
        case Timestamp(pattern=pattern):
            return _timestamp(pattern)
        case ListOf(item=item):
            return {"type": "array", "items": schema_of(item, fields)}
        case Record():
            return _record(kind, fields or {})


def _timestamp(pattern: JavaPattern) -> Schema:
    # The lengths shut out a trailing newline, which `$` alone lets through in some engines;
    # only the format says that the date must exist.
    schema: Schema = {
        "type": "string",
        "pattern": pattern.regex,
        "minLength": pattern.min_length,
        "maxLength": pattern.max_length,
    }
    if pattern.rfc3339:
        schema["format"] = "date-time"
    return schema


def _record(kind: Record, fields: Mapping[str, Field]) -> Schema:
    properties = {name: _property(name, inner, fields) for name, inner in kind.fields.items()}
    # Further fields are lawful, so there is no additionalProperties: false.
    return {"type": "object", "required": list(kind.fields), "properties": properties}


def _property(name: str, kind: Type, fields: Mapping[str, Field]) -> Schema:
    schema = schema_of(kind, fields)
    known = fields.get(name)
    if known is None:
        return schema
    return {"description": known.description, **schema, "examples": [known.example]}


def form_schema(contract: Contract, form: Form) -> Schema:
    """The whole JSON Schema of a form: dialect, `$id`, title, description, examples."""
    return {
        "$schema": DIALECT,
        "$id": f"{ID_PREFIX}{contract.name}:{form.id}:{contract.version}",
        "title": form.title,
        "description": f"As documented under “{form.source}”.",
        **schema_of(form.type, form.described),
        "examples": [contract.example(form)],
    }
