# ruff: noqa: E501 (a table is read line by line)
"""Lawful variants: what the page leaves open, chosen otherwise, alone and in combinations."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

from contracts.faults.entry import (
    Answers,
    Change,
    Fault,
    Values,
    answers,
    both,
    content,
    hooks,
    is_success,
    lawful,
    own,
    raw,
    records,
    shown,
    with_fields,
    with_header,
    with_value,
)
from contracts.faults.variants.rules import RULES
from contracts.service.hooks import Answer, Behaviour, Call, Stop
from contracts.spec.model import HANDSHAKE, Contract

Make = Callable[[], Behaviour]
HTML = b"<!doctype html><title>Error</title><h1>Something is wrong</h1>"

# As Leaf's other endpoints show errors.
NOT_FOUND = {
    "type": "about:blank",
    "title": "Not Found",
    "status": 404,
    "path": "/",
    "message": "none",
    "errorKey": "none",
}


def _is_error(answer: Answer) -> bool:
    return answer.status >= 400


def _is_404(answer: Answer) -> bool:
    return answer.status == 404


def _status(status: int) -> Change:
    """Another status for the same answer."""
    return lambda answer: Answer(status, answer.headers, answer.content)


def _bare(status: int) -> Change:
    return lambda _: Answer(status)


def _json(status: int, value: Any) -> Change:
    text = json.dumps(value).encode()
    return lambda _: Answer(status, [("Content-Type", "application/json")], text)


def _label(value: str) -> Change:
    return with_header("Content-Type", value)


def _page(media_type: str, body: bytes) -> Change:
    """Another body; the status and the headers stay, so that Retry-After does."""
    return both(with_header("Content-Type", *filter(None, [media_type])), raw(lambda _: body))


def _credentials(call: Call, answer: Answer) -> Answer:
    made = own(call)
    if call.role != HANDSHAKE or not is_success(answer) or made is None:
        return answer
    return Answer(200, answer.headers, shown(call, made))


def _served(page: bytes) -> Change:
    return lambda _: Answer(200, [("Content-Type", "text/html")], page)


# ------------------------------------------------------------- one freedom each

_HAS_BODY: Callable[[Answer], bool] = lambda answer: bool(answer.content)  # noqa: E731


class _Packs(Answers):
    """Compresses answers for clients that take it; for those that say nothing of it, a server may."""

    def __init__(self, coding: str, pack: Callable[[bytes], bytes]) -> None:
        super().__init__(both(with_header("Content-Encoding", coding), raw(pack)), where=_HAS_BODY)
        self._coding = coding

    def answer(self, call: Call, answer: Answer) -> Answer:
        says = "Accept-Encoding" in call.headers
        if says and not call.request.accept_encodings[self._coding]:
            return answer
        return super().answer(call, answer)


STATUSES: dict[str, tuple[str, Make]] = {
    "create-200": ("POST answers 200.", answers(_status(200), "create")),
    "create-202": ("POST answers 202.", answers(_status(202), "create")),
    "delete-200": ("DELETE answers 200 without a body.", answers(_bare(200), "delete")),
    "delete-202": ("DELETE answers 202 without a body.", answers(_bare(202), "delete")),
    "delete-json": ("DELETE answers 200 with a sentence.", answers(_json(200, {"message": "deleted"}), "delete")),
    "delete-text": ("DELETE answers 200 with a word.", answers(lambda _: Answer(200, [("Content-Type", "text/plain")], b"OK"), "delete")),
    "delete-null": ("DELETE answers 200 with null.", answers(_json(200, None), "delete")),
    "delete-none-204": ("DELETE answers 204 where nothing is.", answers(_bare(204), "delete", where=_is_404)),
    "delete-none-410": ("DELETE answers 410 where nothing is.", answers(_status(410), "delete", where=_is_404)),
    "delete-none-409": ("DELETE answers 409 where nothing is.", answers(_status(409), "delete", where=_is_404)),
    "delete-none-400": ("DELETE answers 400 where nothing is.", answers(_status(400), "delete", where=_is_404)),
    "one-click-200": ("One-click answers 200.", answers(_status(200), "one-click")),
    "one-click-202": ("One-click answers 202 without a body.", answers(_bare(202), "one-click")),
    "one-click-204": ("One-click answers 204.", answers(_bare(204), "one-click")),
    "one-click-shows-credentials": ("One-click answers with the credentials that it made.", hooks(answer=_credentials)),
    "one-click-text": ("One-click answers with a page.", answers(_served(HTML), "one-click")),
}  # fmt: skip
NONE_THERE: dict[str, tuple[str, Make]] = {
    "read-none-400": ("GET answers 400 where nothing is.", answers(_status(400), "read", where=_is_404)),
    "read-none-410": ("GET answers 410 where nothing is.", answers(_status(410), "read", where=_is_404)),
    "read-none-403": ("GET answers 403 where nothing is.", answers(_status(403), "read", where=_is_404)),
    "read-none-204": ("GET answers 204 where nothing is.", answers(_bare(204), "read", where=_is_404)),
    "read-none-null": ("GET answers 200 with null where nothing is.", answers(_json(200, None), "read", where=_is_404)),
    "read-none-object": ("GET answers 200 with {} where nothing is.", answers(_json(200, {}), "read", where=_is_404)),
    "read-none-list": ("GET answers 200 with [] where nothing is.", answers(_json(200, []), "read", where=_is_404)),
    "read-none-empty": ("GET answers 200 without a body where nothing is.", answers(_bare(200), "read", where=_is_404)),
    "read-none-error-200": ("GET wraps an error into a 200 where nothing is.", answers(_json(200, NOT_FOUND), "read", where=_is_404)),
    "read-none-page-200": ("GET answers 200 with a page where nothing is.", answers(_served(HTML), "read", where=_is_404)),
    "events-none-error-200": ("Events wraps an error into a 200 where nothing is.", answers(_json(200, NOT_FOUND), "events", where=_is_404)),
    "events-none-200": ("Events answers 200 with [] where nothing is.", answers(_json(200, []), "events", where=_is_404)),
    "events-none-400": ("Events answers 400 where nothing is.", answers(_status(400), "events", where=_is_404)),
    "events-none-204": ("Events answers 204 where nothing is.", answers(_bare(204), "events", where=_is_404)),
}  # fmt: skip
LABELS: dict[str, tuple[str, Make]] = {
    "charset": ("JSON is labelled with a charset.", answers(_label("application/json;charset=UTF-8"), where=_HAS_BODY)),
    "charset-in-quotes": ("The charset stands in quotes.", answers(_label('application/json; charset="utf-8"'), where=_HAS_BODY)),
    "label-in-capitals": ("The media type is in capitals.", answers(_label("Application/JSON; Charset=utf-8"), where=_HAS_BODY)),
    "hal-json": ("Answers are labelled as HAL.", answers(_label("application/hal+json"), "read", "create", "events")),
    "escaped-json": ("All letters beyond ASCII are escaped.", answers(content(lambda v: json.dumps(v, indent=2).encode()), where=_HAS_BODY)),
    "sorted-json": ("Fields come in another order.", answers(content(lambda v: json.dumps(v, sort_keys=True).encode()), where=_HAS_BODY)),
    "json-with-blanks": ("JSON has line breaks around it.", answers(raw(lambda body: b"\r\n" + body + b"\n"), where=_HAS_BODY)),
    "gzip": ("Answers are compressed.", lambda: _Packs("gzip", gzip.compress)),
    "deflate": ("Answers are deflated.", lambda: _Packs("deflate", zlib.compress)),
    "identity": ("Answers say that they are not compressed.", answers(with_header("Content-Encoding", "identity"))),
    "cookies-and-caching": ("Answers carry cookies and say that they may not be kept.", answers(both(
        with_header("Set-Cookie", "JSESSIONID=9A1F; HttpOnly", "lb=node-3; Path=/"), with_header("Cache-Control", "no-store"),
        with_header("Vary", "Origin, Accept-Encoding"), with_header("ETag", 'W/"1"'), with_header("X-Request-Id", "7d1e")))),
}  # fmt: skip
ERRORS: dict[str, tuple[str, Make]] = {
    "errors-empty": ("Errors have no body.", answers(_page("", b""), where=_is_error)),
    "errors-html": ("Errors are HTML pages.", answers(_page("text/html", HTML), where=_is_error)),
    "errors-text": ("Errors are plain text.", answers(_page("text/plain", b"no"), where=_is_error)),
    "errors-json": ("Errors are plain JSON.", answers(_label("application/json"), where=_is_error)),
    "errors-422": ("What is wrong in a body is answered with 422.", answers(_status(422), "create", "one-click", where=lambda a: a.status == 400)),
    "errors-as-list": ("Errors are a list of texts.", answers(_page("application/json", b'["wrong"]'), where=_is_error)),
    "no-challenge": ("A 401 has no WWW-Authenticate.", answers(with_header("WWW-Authenticate"), where=lambda a: a.status == 401)),
    "odd-tokens-400": ("A header that holds no token at all is answered with 400.", hooks(authorize=lambda call, allowed: _odd(call, allowed))),
}  # fmt: skip
FIELDS: dict[str, tuple[str, Make]] = {
    "further-fields": ("Answers have further fields.", answers(with_fields(tenant="a", score=1.5, tags=["x"], note=None, deep={"a": {"b": []}}), "read", "create", "events", "one-click")),
    "password-masked": ("The password is shown as asterisks.", answers(with_fields(password="********"), "read", "create")),  # noqa: S106
    "password-null": ("The password is shown as null.", answers(with_fields(password=None), "read", "create")),
    "password-set": ("It is said that there is a password.", answers(with_fields(password=True), "read", "create")),
    "upper-case-ids": ("Ids are UUIDs in upper case.", answers(records(lambda r: _upper_ids(r)), "read", "create", "events")),
    "numeric-ids": ("Ids are numbers, as texts.", answers(records(lambda r: _numeric_ids(r)), "read", "create", "events")),
    "odd-status": ("The status is a word that nobody knows.", answers(with_value("status", lambda _: "verbunden ✓"), "read", "create")),
    "empty-status": ("The status is empty.", answers(with_value("status", lambda _: ""), "read", "create")),
    "nested-log": ("Log entries hold JSON, headers and line breaks.", answers(both(
        with_value("body", lambda _: '{"error":"invalid_grant","list":[1,2]}'), with_value("headers", lambda _: "a: 1\r\nb: \"2\"")), "events")),
    "empty-log-texts": ("Log entries have empty bodies and headers.", answers(both(with_value("body", lambda _: ""), with_value("headers", lambda _: "")), "events")),
    "log-of-failures": ("The log holds failed exchanges.", answers(with_value("statusCode", lambda _: 503), "events")),
    "log-without-status": ("The status of a log entry is 0: no answer came.", answers(with_value("statusCode", lambda _: 0), "events")),
}  # fmt: skip


def _odd(call: Call, allowed: bool) -> bool:
    header = call.headers.get("Authorization", "")
    if header and not header.startswith("Bearer ") and not allowed:
        raise Stop(call.service.problem(call, 400))
    return allowed


def _upper_ids(record: Values) -> None:
    record["id"] = record["id"].upper()


def _numeric_ids(record: Values) -> None:
    record["id"] = str(UUID(record["id"]).int % 10**12) if "-" in record["id"] else record["id"]


# Several freedoms at once, as services have them.
COMBINATIONS: dict[str, Sequence[str]] = {
    "like-spring": ("create-200", "delete-none-400", "create-on-existing-400", "errors-json", "charset", "cookies-and-caching"),
    "like-a-gateway": ("errors-html", "no-challenge", "maintenance", "gzip"),
    "strict-at-the-door": ("refuses-unknown-fields", "refuses-empty-texts", "refuses-control-letters", "refuses-long-texts", "errors-422"),
    "terse": ("delete-200", "read-none-204", "events-none-204", "errors-empty", "one-click-202", "no-challenge"),
    "talkative": ("further-fields", "password-masked", "many-events", "nested-log", "delete-json", "charset-in-quotes"),
    "restless": ("refresh-token-rotated", "status-changes", "events-oldest-first", "rate-limit"),
    "frugal": ("events-oldest-first", "events-none-200", "read-none-null", "create-on-existing-409", "deflate"),
    "lenient": ("coerces-scalars", "takes-any-media-type", "scheme-in-any-case", "delete-none-204", "read-none-object"),
    "in-place": ("create-on-existing-in-place", "create-200", "numeric-ids", "errors-as-list", "further-fields"),
}  # fmt: skip


def variants(contract: Contract) -> Iterator[Fault]:
    """Every freedom by itself, then some together."""
    single: dict[str, tuple[str, Make]] = {
        **STATUSES, **NONE_THERE, **LABELS, **ERRORS, **FIELDS, **RULES,
    }  # fmt: skip
    for name, (sentence, make) in single.items():
        yield lawful(f"lawful-{name}", sentence, make)
    for name, parts in COMBINATIONS.items():
        makes = [single[part][1] for part in sorted(parts, key=_packs_last)]
        yield lawful(f"lawful-{name}", f"Together: {', '.join(parts)}.", *makes)


def _packs_last(name: str) -> bool:
    """Whether a behaviour leaves nothing but bytes to those that come after it."""
    return name in ("gzip", "deflate")
