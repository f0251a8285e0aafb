# ruff: noqa: E501 (a table is read line by line)
"""Lawful variants: what the page leaves open, chosen otherwise, alone and in combinations."""

from __future__ import annotations

import gzip
import json
import re
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any
from uuid import UUID

from contracts.behaviour import Answer, Behaviour, Call, Refusal, Stop
from contracts.faults.fault import (
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
    sent,
    stops,
    with_fields,
    with_header,
    with_value,
)
from contracts.model import Contract
from contracts.store import Entry, Record

Make = Callable[[], Behaviour]
MAX_TEXT = 255
PAUSE = 0.05
HTML = b"<!doctype html><title>Error</title><h1>Something is wrong</h1>"


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


def _packed(coding: str, pack: Callable[[bytes], bytes]) -> Change:
    return both(with_header("Content-Encoding", coding), raw(pack))


# ------------------------------------------------------------- one freedom each

_HAS_BODY: Callable[[Answer], bool] = lambda answer: bool(answer.content)  # noqa: E731

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
    "one-click-text": ("One-click answers with a page.", answers(lambda _: Answer(200, [("Content-Type", "text/html")], HTML), "one-click")),
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
    "gzip": ("Answers are compressed.", answers(_packed("gzip", gzip.compress), where=_HAS_BODY)),
    "deflate": ("Answers are deflated.", answers(_packed("deflate", zlib.compress), where=_HAS_BODY)),
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


# ------------------------------------------------------------- freedoms with a memory or a rule


def _refuses_to_replace(call: Call, record: Record | None) -> Record | None:
    if own(call):
        raise Stop(call.service.problem(call, 409))
    return record


def _refuses_to_replace_400(call: Call, record: Record | None) -> Record | None:
    if call.endpoint == "create" and own(call):
        raise Stop(call.service.problem(call, 400))
    return record


class _Keeps(Behaviour):
    """A second POST changes the credentials in place: id and creation stay, and the log goes on."""

    def store(self, call: Call, record: Record | None) -> Record | None:
        old = own(call)
        if record is None or old is None:
            return record
        same = {name: old.values[name] for name in ("id", "createdTime")}
        return Record(old.created, {**record.values, **same}, (*record.entries, *old.entries))

    def answer(self, call: Call, answer: Answer) -> Answer:
        stored = own(call)
        if (
            call.endpoint == "create"
            and is_success(answer)
            and stored
            and isinstance(answer.content, dict)
        ):
            answer.content.update({name: stored.values[name] for name in ("id", "createdTime")})
        return answer


class _Processes(Behaviour):
    """Background processing happens before every read."""

    def __init__(self, *, refresh: bool = False, status: str | None = None) -> None:
        self._refresh, self._status = refresh, status

    def find(self, call: Call, record: Record | None) -> Record | None:
        if call.endpoint != "read" or record is None:
            return record
        call.service.process(call.leaf_user or "", status=self._status)
        renewed = own(call)
        if renewed and self._refresh:
            renewed = renewed.changed(refreshToken=call.service.make.token())
            call.service.store.put(call.leaf_user or "", renewed)
        return renewed


class _Counts(Behaviour):
    """The status is another one on every read."""

    def __init__(self) -> None:
        self._numbers = count()

    def answer(self, call: Call, answer: Answer) -> Answer:
        if call.endpoint == "read" and is_success(answer):
            answer.content["status"] = f"STATE_{next(self._numbers)}"
        return answer


def _many(call: Call, entries: list[Entry]) -> list[Entry]:
    return [entry.changed(id=call.service.make.uuid()) for entry in entries for _ in range(300)]


class _NumbersEntries(Behaviour):
    """Log entries are numbered from 1 for each Leaf user, oldest first."""

    def entries(self, call: Call, entries: list[Entry]) -> list[Entry]:
        return [e.changed(id=str(len(entries) - place)) for place, e in enumerate(entries)]


class _Busy(Behaviour):
    """Every fifth request is answered with this status, and a word on when to come again."""

    def __init__(self, status: int) -> None:
        self._status, self._numbers = status, count(1)

    def on_request(self, call: Call) -> None:
        if next(self._numbers) % 5 == 0:
            answer = call.service.problem(call, self._status)
            answer.headers.append(("Retry-After", "0"))
            raise Stop(answer)


class _Slow(Behaviour):
    """Every answer takes a while."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def on_request(self, call: Call) -> None:
        time.sleep(self._seconds)


def _texts(call: Call) -> list[str]:
    return [value for value in sent(call).values() if isinstance(value, str)]


def _undocumented(call: Call) -> bool:
    form = call.service.contract.endpoints["create"].takes
    return bool(sent(call).keys() - (form.fields.keys() if form else set()))


def _coerced(call: Call, refusals: list[Refusal]) -> list[Refusal]:
    """Numbers and booleans are taken for texts, and stored as Java writes them."""
    for name, value in sent(call).items():
        if name != "clientEnvironment" and isinstance(value, bool | int | float):
            call.body[name] = json.dumps(value)
            refusals = [
                refusal for refusal in refusals if not refusal.sentence.startswith(f"{name} ")
            ]
    return refusals


def _answers_options(call: Call) -> None:
    if call.request.method == "OPTIONS":
        raise Stop(Answer(204, [("Allow", "GET, POST, DELETE, OPTIONS")]))


RULES: dict[str, tuple[str, Make]] = {
    "create-on-existing-409": ("POST on existing credentials is refused with 409.", hooks(store=_refuses_to_replace)),
    "create-on-existing-400": ("POST on existing credentials is refused with 400.", hooks(store=_refuses_to_replace_400)),
    "create-on-existing-in-place": ("POST on existing credentials keeps their id and log.", _Keeps),
    "token-renewed-on-every-read": ("Background processing renews the access token before every read.", _Processes),
    "refresh-token-rotated": ("Background processing replaces the refresh token, too.", lambda: _Processes(refresh=True)),
    "becomes-invalid": ("Background processing finds credentials invalid at once.", lambda: _Processes(status="INVALID")),
    "status-changes": ("The status is another one on every read.", _Counts),
    "no-events": ("There are never any log entries.", hooks(entries=lambda *_: [])),
    "events-oldest-first": ("Log entries come oldest first.", hooks(entries=lambda _, found: found[::-1])),
    "many-events": ("The log is long.", hooks(entries=_many)),
    "events-numbered-per-user": ("Log entries are numbered for each Leaf user.", _NumbersEntries),
    "slow": ("Every answer takes a twentieth of a second.", lambda: _Slow(PAUSE)),
    "rate-limit": ("Every fifth request is answered with 429.", lambda: _Busy(429)),
    "maintenance": ("Every fifth request is answered with 503.", lambda: _Busy(503)),
    "refuses-unknown-fields": ("Fields that are not documented are refused.", stops("create", 400, _undocumented)),
    "refuses-empty-texts": ("Empty texts are refused.", stops("create", 400, lambda call: any(not t.strip() for t in _texts(call)))),
    "refuses-control-letters": ("Control letters are refused.", stops("create", 400, lambda call: any(re.search(r"[\x00-\x1f\x7f]", t) for t in _texts(call)))),
    "refuses-long-texts": ("Texts of more than 255 characters are refused.", stops("create", 400, lambda call: any(len(t) > MAX_TEXT for t in _texts(call)))),
    "refuses-non-ascii": ("Letters beyond ASCII are refused.", stops("create", 400, lambda call: any(not t.isascii() for t in _texts(call)))),
    "coerces-scalars": ("Numbers and booleans are taken as texts.", hooks(accept=_coerced)),
    "takes-any-media-type": ("JSON is taken under any label.", hooks(accept=lambda _, refusals: [r for r in refusals if r.status != 415])),
    "scheme-in-any-case": ("The scheme Bearer may be written in any case.", hooks(authorize=lambda call, allowed: allowed or _any_scheme(call))),
    "options": ("OPTIONS is answered.", hooks(on_request=_answers_options)),
}  # fmt: skip


def _any_scheme(call: Call) -> bool:
    scheme, _, token = call.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and token == call.service.token


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
