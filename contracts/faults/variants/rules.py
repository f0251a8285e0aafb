# ruff: noqa: E501 (a table is read line by line)
"""Lawful variants that have a memory or a rule: what is replaced, refused, processed, and when."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count

from contracts.faults.entry import (
    hooks,
    is_success,
    own,
    refuses_to_replace,
    sent,
    stops,
    taken_by,
    texts,
)
from contracts.faults.storage.postponed import postpones
from contracts.service.body import CURLS_OWN
from contracts.service.hooks import Answer, Behaviour, Call, Refusal, Serving, Stop
from contracts.service.store import Entry, Record
from contracts.spec.model import CREATE, DELETE, HANDSHAKE, LOG, READ

Make = Callable[[], Behaviour]
MAX_TEXT = 255
PAUSE = 0.01  # seconds


def _refuses_to_replace_400(call: Call, record: Record | None) -> Record | None:
    if call.role == CREATE and own(call):
        raise Stop(call.service.problem(call, 400))
    return record


def _made(call: Call) -> list[str]:
    """The fields that a read shows whose values the service makes, and that last."""
    contract = call.service.contract
    shown = contract.the(READ).answers
    return [
        name
        for name in (shown.fields if shown else ())
        if name not in contract.sendable_fields and not contract.fields[name].volatile
    ]


class _Keeps(Behaviour):
    """A second POST changes the credentials in place: id and creation stay, and the log goes on."""

    def store(self, call: Call, record: Record | None) -> Record | None:
        old = own(call)
        if record is None or old is None:
            return record
        same = {name: old.values[name] for name in _made(call) if name in old.values}
        return Record(old.created, {**record.values, **same}, (*record.entries, *old.entries))

    def answer(self, call: Call, answer: Answer) -> Answer:
        stored = own(call)
        if (
            call.role == CREATE
            and is_success(answer)
            and stored
            and isinstance(answer.content, dict)
        ):
            answer.content.update({name: stored.values[name] for name in _made(call)})
        return answer


class _Processes(Behaviour):
    """Background processing happens before every read."""

    def __init__(self, *, refresh: bool = False, status: str | None = None) -> None:
        self._refresh, self._status = refresh, status

    def find(self, call: Call, record: Record | None) -> Record | None:
        if call.role != READ or record is None:
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
        if call.role == READ and is_success(answer):
            answer.content["status"] = f"STATE_{next(self._numbers)}"
        return answer


class _FinishesLater(Behaviour):
    """A one-click integration is answered with 202, and done after a while."""

    WAIT = 3  # further requests for the Leaf user

    def __init__(self) -> None:
        self._begun: dict[str, tuple[Record, int]] = {}

    def on_request(self, call: Call) -> None:
        user = call.leaf_user or ""
        record, left = self._begun.get(user, (None, 0))
        if record is None or call.role == HANDSHAKE:
            return
        if call.role == CREATE or (call.role == DELETE and own(call)):
            del self._begun[user]
        elif left:
            self._begun[user] = (record, left - 1)
        else:
            call.service.store.put(user, record)
            del self._begun[user]

    def store(self, call: Call, record: Record | None) -> Record | None:
        if call.role != HANDSHAKE or record is None:
            return record
        self._begun[call.leaf_user or ""] = (record, self.WAIT)
        return None

    def answer(self, call: Call, answer: Answer) -> Answer:
        begun = call.role == HANDSHAKE and is_success(answer)
        return Answer(202) if begun else answer


class _SignsIn(Behaviour):
    """A handshake only answers where to sign in; it ends when somebody confirms it, or never."""

    def __init__(self) -> None:
        self._waiting: dict[str, Record] = {}

    def store(self, call: Call, record: Record | None) -> Record | None:
        if record is None or call.role != HANDSHAKE:
            return record
        self._waiting[call.leaf_user or ""] = record
        return None

    def answer(self, call: Call, answer: Answer) -> Answer:
        if call.role != HANDSHAKE or not is_success(answer):
            return answer
        return replace(answer, status=200, content={"signInUrl": "https://sign-in.example/start"})

    def confirm(self, service: Serving, leaf_user: str) -> bool:
        """Attach the credentials, as the provider's callback does."""
        record = self._waiting.pop(leaf_user, None)
        if record is not None and service.store.profile(leaf_user) is not None:
            service.store.put(leaf_user, record)
        return record is not None


class _LogsLater(Behaviour):
    """Log entries are written by background processing only, and an empty log is no content."""

    def entries(self, call: Call, entries: list[Entry]) -> list[Entry]:
        return entries[:-1]

    def answer(self, call: Call, answer: Answer) -> Answer:
        empty = call.role == LOG and answer.content == []
        return Answer(204) if empty else answer


def _refuses_forms(call: Call, refusals: list[Refusal]) -> list[Refusal]:
    if call.headers.get("Content-Type") == CURLS_OWN:
        raise Stop(call.service.problem(call, 415))
    return refusals


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


class _Limits(Behaviour):
    """Every two-hundredth request is answered with 429, and no word on when to come again."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def on_request(self, call: Call) -> None:
        if next(self._numbers) % 200 == 0:
            raise Stop(call.service.problem(call, 429))


class _Slow(Behaviour):
    """Every answer takes a while."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def on_request(self, call: Call) -> None:
        time.sleep(self._seconds)


def _texts(call: Call) -> list[str]:
    return [value for value in sent(call).values() if isinstance(value, str)]


def _undocumented(call: Call) -> bool:
    return bool(sent(call).keys() - taken_by(call.service.contract, CREATE).keys())


def _coerced(call: Call, refusals: list[Refusal]) -> list[Refusal]:
    """Numbers and booleans are taken for texts, and stored as Java writes them."""
    for name, value in sent(call).items():
        if name in texts(call.service.contract) and isinstance(value, bool | int | float):
            call.body[name] = json.dumps(value)
            refusals = [
                refusal for refusal in refusals if not refusal.sentence.startswith(f"{name} ")
            ]
    return refusals


def _answers_options(call: Call) -> None:
    if call.request.method == "OPTIONS":
        raise Stop(Answer(204, [("Allow", "GET, POST, DELETE, OPTIONS")]))


RULES: dict[str, tuple[str, Make]] = {
    "create-on-existing-409": ("POST on existing credentials is refused with 409.", hooks(store=refuses_to_replace)),
    "create-on-existing-400": ("POST on existing credentials is refused with 400.", hooks(store=_refuses_to_replace_400)),
    "create-on-existing-in-place": ("POST on existing credentials keeps their id and log.", _Keeps),
    "token-renewed-on-every-read": ("Background processing renews the access token before every read.", _Processes),
    "refresh-token-rotated": ("Background processing replaces the refresh token, too.", lambda: _Processes(refresh=True)),
    "becomes-invalid": ("Background processing finds credentials invalid at once.", lambda: _Processes(status="INVALID")),
    "status-changes": ("The status is another one on every read.", _Counts),
    "no-content-without-events": ("There are no log entries yet, and the log answers 204.", _LogsLater),
    "one-click-later": ("One-click is accepted (202), and finishes when three more requests have come.", _FinishesLater),
    "one-click-sign-in": ("One-click answers a signInUrl; the credentials come when POST /__contract/confirm/{id} says so.", _SignsIn),
    "create-later": ("POST is accepted (202); the credentials stand when two reads have come.", postpones("create")),
    "delete-later": ("DELETE is accepted (202); the credentials are gone when two reads have come.", postpones("delete")),
    "all-later": ("Every write is accepted (202) and done when three reads have come.", postpones("create", "delete", "one-click", reads=2)),
    "refuses-curls-label": ("JSON under curl's own media type is refused with 415.", hooks(accept=_refuses_forms)),
    "no-events": ("There are never any log entries.", hooks(entries=lambda *_: [])),
    "events-oldest-first": ("Log entries come oldest first.", hooks(entries=lambda _, found: found[::-1])),
    "many-events": ("The log is long.", hooks(entries=_many)),
    "events-numbered-per-user": ("Log entries are numbered for each Leaf user.", _NumbersEntries),
    "slow": ("Every answer takes a hundredth of a second longer.", lambda: _Slow(PAUSE)),
    "rate-limit": ("Every fifth request is answered with 429.", lambda: _Busy(429)),
    "rate-limit-without-a-word": ("Now and then a request is answered with 429, and no Retry-After.", _Limits),
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
