"""Bodies with something wrong that are taken, or that make the service fail."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

from contracts.faults.entry import (
    Fault,
    answers,
    fault,
    hooks,
    own,
    sent,
    shown_by,
    stops,
    taken_by,
    texts,
)
from contracts.service.hooks import Answer, Behaviour, Call, Refusal, Stop
from contracts.service.store import Record
from contracts.spec.model import CREATE, DELETE, READ, Contract
from contracts.spec.types import Choice, Text

FILLER = "filled-in"
LONG = 255
FAILS = "It is a 5xx to what was sent."
UNLISTED = "It is not on the list of values either."


def faults(contract: Contract) -> Iterator[Fault]:
    """Field by field, then whole bodies, then requests for what is not there."""
    for name, kind in taken_by(contract, CREATE).items():
        filler = kind.values[0] if isinstance(kind, Choice) else FILLER
        unlisted = (f"create.refuses-others.{name}",) if isinstance(kind, Choice) else ()
        yield from _of_field(name, filler, unlisted)
    yield from _texts(texts(contract))
    yield from _at_one_click(contract)
    for endpoint in (e.id for e in contract.endpoints.values() if e.creates):
        yield from _malformed(endpoint)
        yield from _other(contract, endpoint)
        yield from _refused_but_stored(endpoint)
    yield from _nothing_there()


def _complains(refusal: Refusal, name: str) -> bool:
    return refusal.sentence.startswith(f"{name} ")


def _of_field(name: str, filler: str, unlisted: tuple[str, ...]) -> Iterator[Fault]:
    def filled(call: Call, refusals: list[Refusal], when: Callable[[], bool]) -> list[Refusal]:
        if call.role != CREATE or not isinstance(call.body, dict) or not when():
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
        because=FAILS,
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
    yield from _of_type("create", name, unlisted)


def _of_type(endpoint: str, name: str, unlisted: tuple[str, ...]) -> Iterator[Fault]:
    for label, kind in (("number", int), ("list", list), ("object", dict)):
        yield fault(
            f"{endpoint}-{label}-as-{name.lower()}-500",
            f"A POST to {endpoint} with a {label} as `{name}` is answered with 500.",
            f"{endpoint}.type.{name}",
            stops(endpoint, 500, lambda call, kind=kind: type(sent(call).get(name)) is kind),  # type: ignore[misc]
            also=unlisted,
            because=UNLISTED,
        )


def _at_one_click(contract: Contract) -> Iterator[Fault]:
    known = contract.endpoints.get("one-click")
    form = known.takes if known else None
    odd = cycle(
        [
            ("long-text", "a long text", lambda text: len(text) > LONG),
            ("nul", "a NUL", lambda text: "\0" in text),
            ("non-ascii", "letters beyond ASCII", lambda text: not text.isascii()),
            ("empty-text", "no letters", lambda text: not text),
        ]
    )
    for name, kind in (form.fields if form else {}).items():
        unlisted = (f"one-click.refuses-others.{name}",) if isinstance(kind, Choice) else ()
        yield fault(
            f"one-click-without-{name.lower()}-500",
            f"A POST to one-click without `{name}` is answered with 500.",
            f"one-click.missing.{name}",
            stops("one-click", 500, lambda c, n=name: isinstance(c.body, dict) and n not in c.body),  # type: ignore[misc]
            provoked_by=["one-click.refused-stores-nothing"],
            also=("one-click.no-server-error",),
            because=FAILS,
        )
        yield fault(
            f"one-click-null-{name.lower()}-500",
            f"A POST to one-click with null as `{name}` is answered with 500.",
            f"one-click.missing.{name}",
            stops("one-click", 500, lambda call, n=name: _is_null(call, n)),  # type: ignore[misc]
            also=unlisted,
            because=UNLISTED,
        )
        yield from _of_type("one-click", name, unlisted)
        if isinstance(kind, Text):
            label, words, is_one = next(odd)

            def when(call: Call, field: str = name, test: Callable[[str], Any] = is_one) -> bool:
                return isinstance(sent(call).get(field), str) and bool(test(sent(call)[field]))

            yield fault(
                f"one-click-{label}-500",
                f"A POST to one-click with {words} in `{name}` is answered with 500.",
                f"one-click.text.{name}",
                stops("one-click", 500, when),
            )


def _is_null(call: Call, name: str) -> bool:
    return name in sent(call) and sent(call)[name] is None


def _texts(names: list[str]) -> Iterator[Fault]:
    # Which of the fields, by its place; where there are fewer, they take turns.
    table: list[tuple[str, int, str, Callable[[str], Any]]] = [
        ("long-text", 1, "of more than 255 characters", lambda text: len(text) > LONG),
        ("nul", 0, "with a NUL", lambda text: "\0" in text),
        (
            "astral",
            3,
            "with letters of four bytes",
            lambda text: re.search("[^\0-\uffff]", text),
        ),
        ("non-ascii", 2, "with letters beyond ASCII", lambda text: not text.isascii()),
        (
            "control",
            4,
            "with a control letter",
            lambda text: re.search("[\x01-\x1f]", text),
        ),
        ("quote", 1, "with a quotation mark", lambda text: "'" in text),
        ("empty-text", 0, "that is empty", lambda text: not text),
        ("blank-text", 2, "of blanks", lambda text: text and not text.strip()),
        ("percent", 3, "with a percent sign", lambda text: "%" in text),
        ("backslash", 4, "with a backslash", lambda text: "\\" in text),
    ]
    for label, place, words, is_one in table if names else ():
        name = names[place % len(names)]

        def when(call: Call, field: str = name, test: Callable[[str], Any] = is_one) -> bool:
            return isinstance(sent(call).get(field), str) and bool(test(sent(call)[field]))

        yield fault(
            f"create-{label}-500",
            f"POST with a `{name}` {words} is answered with 500.",
            f"create.text.{name}",
            stops("create", 500, when),
            also=("create.no-server-error",),
            because=FAILS,
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
        because=FAILS,
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


def _other(contract: Contract, endpoint: str) -> Iterator[Fault]:
    form = contract.endpoints[endpoint].takes
    known = form.fields.keys() if form else set()

    def nested(call: Call) -> bool:
        return any(isinstance(sent(call)[n], dict) for n in sent(call).keys() - known)

    def other_type(call: Call) -> bool:
        return not call.headers.get("Content-Type", "").startswith("application/json")

    table: dict[str, tuple[str, str, Callable[[Call], bool]]] = {
        "unknown-field": ("a field that is not documented", "unknown-field",
                          lambda call: bool(sent(call).keys() - known)),
        "nested-unknown-field": ("an object in an undocumented field", "unknown-field", nested),
        "other-media-type": ("another media type", "other-media-type", other_type),
        "no-media-type": ("no media type", "other-media-type",
                          lambda call: not call.headers.get("Content-Type")),
    }  # fmt: skip
    for label, (words, topic, when) in table.items():
        yield fault(
            f"{endpoint}-{label}-500",
            f"A POST to {endpoint} with {words} is answered with 500.",
            f"{endpoint}.{topic}",
            stops(endpoint, 500, when),
        )


def _refused_but_stored(endpoint: str) -> Iterator[Fault]:
    def stores(call: Call, refusals: list[Refusal]) -> list[Refusal]:
        fields = shown_by(call.service.contract, READ)
        body = sent(call)
        if call.endpoint == endpoint and refusals and body and fields:
            values = {name: value for name, value in body.items() if isinstance(value, str)}
            record = call.service.make.record(fields, values)
            call.service.store.put(call.leaf_user or "", record)
        return refusals

    def drops(call: Call, refusals: list[Refusal]) -> list[Refusal]:
        if call.endpoint == endpoint and refusals and own(call):
            call.service.store.drop(call.leaf_user or "")
        return refusals

    yield fault(
        f"{endpoint}-refused-but-stored",
        f"A POST to {endpoint} without a field is refused, and the rest is stored.",
        f"{endpoint}.refused-stores-nothing",
        hooks(accept=stores),
    )
    yield fault(
        f"{endpoint}-refused-drops",
        f"A POST to {endpoint} without a field is refused and deletes what was there.",
        f"{endpoint}.refused-stores-nothing",
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
        if call.role == DELETE and call.leaf_user not in self._had:
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
        because=FAILS,
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
