"""How the embedded service reads a body, and why it refuses one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.http.strict_json import NotJson, loads
from contracts.service.hooks import MAX_BODY, Call, Refusal
from contracts.spec.parser import Boolean, Choice, Integer, ListOf, Number, Text, Type, describe
from contracts.spec.parser import Record as Fields

MAX_TEXT = 10_000  # characters
JSON = "application/json"
CURLS_OWN = "application/x-www-form-urlencoded"


def refusals_of(call: Call, kinds: Mapping[str, Type]) -> Iterator[Refusal]:
    """Read the body into `call.body` and say what is wrong with it. No value is repeated."""
    media_type = call.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    # The page's curl example sends JSON under curl's own media type, and must succeed.
    if media_type not in (JSON, CURLS_OWN) and not media_type.endswith("+json"):
        yield Refusal(415, f"The body must be {JSON}.")
    if len(call.raw) > MAX_BODY:
        yield Refusal(413, f"The body is larger than {MAX_BODY} bytes.")
        return
    try:
        call.body = loads(call.raw)
    except NotJson:
        yield Refusal(400, "The body is no JSON text in UTF-8.")
        return
    if not isinstance(call.body, dict):
        yield Refusal(400, "The body is no JSON object.")
        return
    for name, kind in kinds.items():
        if name not in call.body:
            yield Refusal(400, f"{name} is missing.")
        elif not fits(kind, call.body[name]):
            yield Refusal(400, f"{name} is no {describe(kind)}.")
        elif isinstance(kind, Text) and len(call.body[name]) > MAX_TEXT:
            yield Refusal(400, f"{name} is longer than {MAX_TEXT} characters.")


def fits(kind: Type, value: Any) -> bool:
    """Whether a value is of the kind; what is inside of lists and objects is not looked at."""
    match kind:
        case Choice(values):
            return isinstance(value, str) and value in values
        case Boolean():
            return isinstance(value, bool)
        case Integer():
            return isinstance(value, int) and not isinstance(value, bool)
        case Number():
            return isinstance(value, int | float) and not isinstance(value, bool)
        case ListOf():
            return isinstance(value, list)
        case Fields():
            return isinstance(value, dict)
    return isinstance(value, str)
