"""Bodies with something wrong that are taken, or that make the service fail."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from contracts.behaviour import Answer, Behaviour, Call, Refusal, Stop
from contracts.faults.fault import Fault, answers, fault, hooks, own, sent, stops
from contracts.model import Contract
from contracts.notation import Choice
from contracts.store import Record

FILLER = "filled-in"
LONG = 255
UNLISTED = "It is not on the list of values either."


def faults(contract: Contract) -> Iterator[Fault]:
    """Field by field, then whole bodies, then requests for what is not there."""
    form = contract.endpoints["create"].takes
    for name, kind in (form.fields if form else {}).items():
        filler = kind.values[0] if isinstance(kind, Choice) else FILLER
        unlisted = (f"create.refuses-others.{name}",) if isinstance(kind, Choice) else ()
        yield from _of_field(name, filler, unlisted)
    yield from _texts()
    for endpoint in ("create", "one-click"):
        yield from _malformed(endpoint)
    yield from _other()
    yield from _refused_but_stored()
    yield from _nothing_there()


def _complains(refusal: Refusal, name: str) -> bool:
    return refusal.sentence.startswith(f"{name} ")


def _of_field(name: str, filler: str, unlisted: tuple[str, ...]) -> Iterator[Fault]:
    def filled(call: Call, refusals: list[Refusal], when: Callable[[], bool]) -> list[Refusal]:
        if call.endpoint != "create" or not isinstance(call.body, dict) or not when():
            return refusals
        call.body[name] = filler
        return [refusal for refusal in refusals if not _complains(refusal, name)]

    label = name.lower()
    yield fault(
        f"create-without-{label}-taken",
        f"POST without `{name}` is taken.",
        f"create.requires.{name}",
        hooks(accept=lambda call, refusals: filled(call, refusals, lambda: name not in call.body)),
    )
    yield fault(
        f"create-without-{label}-500",
        f"POST without `{name}` is answered with 500.",
        f"create.requires.{name}",
        stops("create", 500, lambda call: isinstance(call.body, dict) and name not in call.body),
        also=("create.no-server-error",),
        because="It is a 5xx to what was sent.",
    )
    yield fault(
        f"create-null-{label}-taken",
        f"POST with null as `{name}` is taken.",
        f"create.null.{name}",
        hooks(accept=lambda call, refusals: filled(call, refusals, lambda: _is_null(call, name))),
        also=unlisted,
        because=UNLISTED,
    )
    yield fault(
        f"create-null-{label}-500",
        f"POST with null as `{name}` is answered with 500.",
        f"create.null.{name}",
        stops("create", 500, lambda call: _is_null(call, name)),
        also=unlisted,
        because=UNLISTED,
    )
    for type_label, type_of in (("number", int), ("list", list), ("object", dict)):
        yield fault(
            f"create-{type_label}-as-{label}-500",
            f"POST with a {type_label} as `{name}` is answered with 500.",
            f"create.type.{name}",
            stops("create", 500, lambda call, t=type_of: type(sent(call).get(name)) is t),  # type: ignore[misc]
            also=unlisted,
            because=UNLISTED,
        )


def _is_null(call: Call, name: str) -> bool:
    return name in sent(call) and sent(call)[name] is None


def _texts() -> Iterator[Fault]:
    table: list[tuple[str, str, str, Callable[[str], Any]]] = [
        ("long-text", "username", "of more than 255 characters", lambda text: len(text) > LONG),
        ("nul", "clientId", "with a NUL", lambda text: "\0" in text),
        (
            "astral",
            "organizationCode",
            "with letters of four bytes",
            lambda text: re.search("[^\0-\uffff]", text),
        ),
        ("non-ascii", "password", "with letters beyond ASCII", lambda text: not text.isascii()),
        (
            "control",
            "refreshToken",
            "with a control letter",
            lambda text: re.search("[\x01-\x1f]", text),
        ),
        ("quote", "username", "with a quotation mark", lambda text: "'" in text),
        ("empty-text", "clientId", "that is empty", lambda text: not text),
        ("blank-text", "password", "of blanks", lambda text: text and not text.strip()),
        ("percent", "organizationCode", "with a percent sign", lambda text: "%" in text),
        ("backslash", "refreshToken", "with a backslash", lambda text: "\\" in text),
    ]
    for label, name, words, is_one in table:

        def when(call: Call, field: str = name, test: Callable[[str], Any] = is_one) -> bool:
            return isinstance(sent(call).get(field), str) and bool(test(sent(call)[field]))

        yield fault(
            f"create-{label}-500",
            f"POST with a `{name}` {words} is answered with 500.",
            f"create.text.{name}",
            stops("create", 500, when),
        )


def _malformed(endpoint: str) -> Iterator[Fault]:
    def is_malformed(call: Call) -> bool:
        return not isinstance(call.body, dict)

    yield fault(
        f"{endpoint}-malformed-500",
        f"A body that is no JSON object is answered with 500 at {endpoint}.",
        f"{endpoint}.malformed",
        stops(endpoint, 500, is_malformed),
        also=(f"{endpoint}.no-server-error",),
        because="It is a 5xx to what was sent.",
    )
    yield fault(
        f"{endpoint}-no-json-500",
        f"A body that cannot be parsed is answered with 500 at {endpoint}.",
        f"{endpoint}.no-server-error",
        stops(endpoint, 500, lambda call: call.body is None and call.raw.strip()[:1] == b"t"),
        also=(f"{endpoint}.malformed",),
        because="What cannot be parsed is no JSON object.",
    )
    readers: dict[str, tuple[str, Callable[[bytes], Any]]] = {
        "array": ("a list with the object in it", lambda body: json.loads(body)[0]),
        "trailing-comma": (
            "a comma before the end",
            lambda body: json.loads(body.replace(b",}", b"}")),
        ),
        "single-quotes": ("single quotes", lambda body: ast.literal_eval(body.decode())),
        "invalid-utf-8": (
            "bytes that are not UTF-8",
            lambda body: json.loads(body.replace(b"\xff", b"")),
        ),
    }
    for label, (words, reader) in readers.items():
        yield fault(
            f"{endpoint}-takes-{label}",
            f"A body with {words} is taken at {endpoint}.",
            f"{endpoint}.malformed",
            hooks(accept=_reading(endpoint, reader)),
        )

    def nothing(call: Call, refusals: list[Refusal]) -> list[Refusal]:
        return [] if call.endpoint == endpoint and is_malformed(call) else refusals

    yield fault(
        f"{endpoint}-malformed-taken",
        f"A body that is no JSON object is taken for an empty one at {endpoint}.",
        f"{endpoint}.malformed",
        hooks(accept=nothing),
    )


def _reading(endpoint: str, reader: Callable[[bytes], Any]) -> Callable[..., list[Refusal]]:
    """A hook that reads bodies in another way when they are no JSON object."""

    def accept(call: Call, refusals: list[Refusal]) -> list[Refusal]:
        if call.endpoint != endpoint or isinstance(call.body, dict):
            return refusals
        try:
            value = reader(call.raw)
        except (ValueError, SyntaxError, LookupError, TypeError):
            return refusals
        if not isinstance(value, dict):
            return refusals
        call.body = value
        return []

    return accept


def _other() -> Iterator[Fault]:
    known = {
        "clientId",
        "username",
        "password",
        "organizationCode",
        "refreshToken",
        "clientEnvironment",
    }
    yield fault(
        "create-unknown-field-500",
        "POST with a field that is not documented is answered with 500.",
        "create.unknown-field",
        stops("create", 500, lambda call: bool(sent(call).keys() - known)),
    )
    yield fault(
        "create-nested-unknown-field-500",
        "POST with an object in an undocumented field is answered with 500.",
        "create.unknown-field",
        stops(
            "create",
            500,
            lambda call: any(isinstance(sent(call)[n], dict) for n in sent(call).keys() - known),
        ),
    )

    def other_type(call: Call) -> bool:
        return not call.headers.get("Content-Type", "").startswith("application/json")

    yield fault(
        "create-other-media-type-500",
        "POST under another media type is answered with 500.",
        "create.other-media-type",
        stops("create", 500, other_type),
    )
    yield fault(
        "create-no-media-type-500",
        "POST without a media type is answered with 500.",
        "create.other-media-type",
        stops("create", 500, lambda call: not call.headers.get("Content-Type")),
    )


def _refused_but_stored() -> Iterator[Fault]:
    def stores(call: Call, refusals: list[Refusal]) -> list[Refusal]:
        form = call.service.contract.endpoints["read"].answers
        body = sent(call)
        if call.endpoint == "create" and refusals and body and form:
            values = {name: value for name, value in body.items() if isinstance(value, str)}
            record = call.service.make.record(form.fields, values)
            call.service.store.put(call.leaf_user or "", record)
        return refusals

    def drops(call: Call, refusals: list[Refusal]) -> list[Refusal]:
        if call.endpoint == "create" and refusals and own(call):
            call.service.store.drop(call.leaf_user or "")
        return refusals

    yield fault(
        "create-refused-but-stored",
        "POST without a field is refused, and the rest is stored.",
        "create.refused-stores-nothing",
        hooks(accept=stores),
    )
    yield fault(
        "create-refused-drops",
        "POST without a field is refused and deletes what was there.",
        "create.refused-stores-nothing",
        hooks(accept=drops),
    )


class _NeverHadAny(Behaviour):
    """DELETE fails where nothing has ever been stored."""

    def __init__(self) -> None:
        self._had: set[str] = set()

    def store(self, call: Call, record: Record | None) -> Record | None:
        self._had.add(call.leaf_user or "")
        return record

    def find(self, call: Call, record: Record | None) -> Record | None:
        if call.endpoint == "delete" and call.leaf_user not in self._had:
            raise Stop(call.service.problem(call, 500))
        return record


def _nothing_there() -> Iterator[Fault]:
    def fails(answer: Answer) -> Answer:
        return Answer(500, answer.headers, answer.content)

    yield fault(
        "delete-twice-500",
        "A DELETE that finds nothing is answered with 500.",
        "delete.twice",
        answers(fails, "delete", where=lambda answer: answer.status == 404),
        also=("delete.no-server-error",),
        because="It is a 5xx to what was sent.",
    )
    yield fault(
        "delete-none-500",
        "DELETE for a Leaf user who never had credentials is answered with 500.",
        "delete.no-server-error",
        _NeverHadAny,
    )
    yield fault(
        "read-none-500",
        "GET without credentials is answered with 500.",
        "read.no-server-error",
        answers(fails, "read", where=lambda answer: answer.status == 404),
        also=("read.unknown-user",),
        because="An unknown Leaf user has no credentials either.",
    )

    def none(call: Call, found: Any) -> Any:
        if own(call) is None:
            raise Stop(call.service.problem(call, 500))
        return found

    yield fault(
        "events-none-500",
        "Events without credentials is answered with 500.",
        "events.no-server-error",
        hooks(entries=none),
    )
