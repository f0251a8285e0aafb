"""How the embedded service reads a body, and why it refuses one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.http.strict_json import NotJson, loads
from contracts.service.hooks import MAX_BODY, Answer, Call, Refusal
from contracts.spec.types import Text, Type, describe, misfit

MAX_TEXT = 10_000  # characters
JSON = "application/json"
CURLS_OWN = "application/x-www-form-urlencoded"


def json_answer(status: int, content: Any) -> Answer:
    """An answer with a JSON value."""
    return Answer(status, [("Content-Type", JSON)], content)


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
        elif misfit(kind, call.body[name]) is not None:
            yield Refusal(400, f"{name} is no {describe(kind)}.")
        elif isinstance(kind, Text) and len(call.body[name]) > MAX_TEXT:
            yield Refusal(400, f"{name} is longer than {MAX_TEXT} characters.")
