# ruff: noqa: E501 (a table is read line by line)
"""Answers whose shape, encoding or label is wrong, whatever their fields hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from contracts.faults.entry import (
    Change,
    Fault,
    answering,
    answers,
    content,
    fault,
    raw,
    with_header,
)
from contracts.service.hooks import Answer
from contracts.spec.model import Contract, Endpoint


def _inserted(text: bytes) -> Change:
    """A member put first into the first object."""
    return raw(lambda body: body.replace(b"{", b"{" + text + b", ", 1))


def _label(value: str) -> Change:
    return with_header("Content-Type", value)


def _cut_in_a_letter(body: bytes) -> bytes:
    return body.replace(b'":"', b'":"\xc3', 1).replace(b'": "', b'": "\xc3', 1)


# Name, sentence, the last part of the requirement's id, the change.
_ENCODED: list[tuple[str, str, str, Change]] = [
    ("truncated", "is cut off in the middle", "json", raw(lambda body: body[: len(body) // 2])),
    ("last-brace-missing", "lacks its last letter", "json", raw(lambda body: body[:-1])),
    ("duplicate-name", "has an object with one name twice", "json", _inserted(b'"id": "a", "id": "a"')),
    ("nan", "has a further field that is NaN", "json", _inserted(b'"score": NaN')),
    ("infinity", "has a further field that is -Infinity", "json", _inserted(b'"score": -Infinity')),
    ("byte-order-mark", "starts with a byte-order mark", "json", raw(lambda body: b"\xef\xbb\xbf" + body)),
    ("invalid-utf-8", "has a byte that is not UTF-8", "json", raw(_cut_in_a_letter)),
    ("lone-surrogate", "has half of a surrogate pair", "json", _inserted(rb'"note": "\ud83c"')),
    ("raw-newline", "has a bare line break in a text", "json", _inserted(b'"note": "a\nb"')),
    ("trailing-comma", "has a comma before its end", "json", raw(lambda body: body[:-1] + b"," + body[-1:])),
    ("single-quotes", "is Python's notation, not JSON", "json", content(lambda value: repr(value).encode())),
    ("sent-twice", "comes twice in one body", "json", raw(lambda body: body + body)),
    ("guarded", "has a guard against script inclusion before it", "json", raw(lambda body: b")]}',\n" + body)),
    ("in-a-call", "is wrapped in a function call", "json", raw(lambda body: b"callback(" + body + b")")),
    ("cut-in-zeros", "is filled up with NUL bytes", "json", raw(lambda body: body + bytes(16))),
    ("utf-16", "is in UTF-16 under a label that does not say so", "json", raw(lambda body: body.decode().encode("utf-16"))),
    ("labelled-text", "is labelled as plain text", "media-type", _label("text/plain;charset=utf-8")),
    ("labelled-html", "is labelled as HTML", "media-type", _label("text/html")),
    ("labelled-javascript", "is labelled as a script", "media-type", _label("application/javascript")),
    ("labelled-octets", "is labelled as bytes", "media-type", _label("application/octet-stream")),
    ("labelled-latin-1", "is labelled as Latin-1", "media-type", _label("application/json; charset=ISO-8859-1")),
    ("labelled-utf-16", "is labelled as UTF-16", "media-type", _label("application/json;charset=utf-16")),
    ("label-misspelt", "has a label with a slip of the pen", "media-type", _label("application/jsno")),
    ("no-label", "has no media type", "media-type", with_header("Content-Type")),
]  # fmt: skip
_SHAPED: list[tuple[str, str, Change]] = [
    ("twice-encoded", "is a text that holds JSON", content(json.dumps)),
    ("in-data", "is wrapped in an object `data`", content(lambda value: {"data": value})),
    ("in-object", "is wrapped in an envelope with a status", content(lambda value: {"object": value, "status": 200})),
    ("error-with-200", "is an error under 200", content(lambda _: {"error": "internal", "code": 17})),
    ("as-values", "holds the values without their names", content(lambda value: _values(value))),
    ("number", "is a number", content(lambda _: 1)),
    ("true", "is true", content(lambda _: True)),
]  # fmt: skip
_OBJECTS: list[tuple[str, str, Change]] = [
    ("list-for-object", "is a list with the object in it", content(lambda value: [value])),
]
_LISTS: list[tuple[str, str, Change]] = [
    ("object-for-list", "is the first entry, without a list", content(lambda value: value[0] if value else {})),
    ("page-for-list", "is a page of a list", content(lambda value: {"content": value, "totalElements": len(value)})),
    ("map-for-list", "is an object with the entries by their number", content(lambda value: dict(enumerate(value)))),
    ("list-of-lists", "has the list in a list", content(lambda value: [value])),
    ("list-of-texts", "has entries that are texts with JSON in them", content(lambda value: [json.dumps(entry) for entry in value])),
    ("list-with-null", "has a null among its entries", content(lambda value: [*value, None])),
]  # fmt: skip
# Without credentials, nothing is a lawful answer to a read: what such a body breaks is different.
_NOTHING: list[tuple[str, str, Change, str]] = [
    ("empty-body", "is empty", content(lambda _: None), "json"),
    ("blank-body", "is a line break", raw(lambda _: b"\r\n"), "json"),
    ("null-body", "is null", raw(lambda _: b"null"), "shape"),
    ("empty-object", "is an object without fields", raw(lambda _: b"{}"), "shape"),
]


def _values(value: Any) -> Any:
    return [_values(entry) for entry in value] if isinstance(value, list) else list(value.values())


def _empty_list(answer: Answer) -> Answer:
    return Answer(200, [("Content-Type", "application/json")], [])


def faults(contract: Contract) -> Iterator[Fault]:
    """Each wrong form at each endpoint whose answers have one."""
    for endpoint in answering(contract):
        yield from _of(endpoint)
        yield from _nothing(endpoint)
    yield fault(
        "events-in-data-when-empty",
        "The answer to events is wrapped in an object, also when there are no log entries.",
        "events.shape",
        answers(_empty_list, "events", where=lambda answer: answer.status == 404),
        answers(content(lambda value: {"data": value}), "events"),
    )


def _of(endpoint: Endpoint) -> Iterator[Fault]:
    shaped = _SHAPED + (_LISTS if endpoint.answers and endpoint.answers.is_list else _OBJECTS)
    table = [*_ENCODED, *((name, words, "shape", change) for name, words, change in shaped)]
    for name, words, part, change in table:
        yield fault(
            f"{endpoint.id}-{name}",
            f"The answer to {endpoint.request} {words}.",
            f"{endpoint.id}.{part}",
            answers(change, endpoint.id),
        )
    for name, _, part, change in table[::8]:
        yield fault(
            f"{endpoint.id}-{name}-now-and-then",
            f"Every third answer to {endpoint.request} is {name}.",
            f"{endpoint.id}.{part}",
            answers(change, endpoint.id, every=3),
        )


def _nothing(endpoint: Endpoint) -> Iterator[Fault]:
    for name, words, change, part in _NOTHING:
        reads = endpoint.id == "read"
        yield fault(
            f"{endpoint.id}-{name}",
            f"The answer to {endpoint.request} {words}.",
            "create.stores" if reads else f"{endpoint.id}.{part}",
            answers(change, endpoint.id),
            also=[f"read.{part}"] if reads else [],
            because="A read that shows nothing says that nothing is stored, however it was created.",
        )
