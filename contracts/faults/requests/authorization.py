# ruff: noqa: E501 (a table is read line by line)
"""Tokens that are taken though they are not valid, and refusals that are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from contracts.faults.entry import (
    Answers,
    Change,
    Fault,
    Hooks,
    answers,
    as_json,
    fault,
    open_texts,
    own,
    to_status,
)
from contracts.service.hooks import Answer, Behaviour, Call
from contracts.spec.model import Contract, Endpoint

Takes = Callable[[str, str], bool]
SCHEME = "Bearer "
ENOUGH = 4
INVALID = ("missing", "made-up", "truncated")
SAME_TOKEN = ("other-scheme", "no-scheme")  # the right one, written otherwise
OF_ONE_WORD = ("made-up", "truncated", "extended", "other-case")


def _bare(header: str) -> str:
    return header.removeprefix(SCHEME) if header.startswith(SCHEME) else ""


# What else is taken, given the header and the right token: label, words, rule, the requirement's
# last part, and the parts that go with it.
TAKEN: list[tuple[str, str, Takes, str, tuple[str, ...]]] = [
    ("without-token", "a request without a token", lambda header, _: not header, "missing", ()),
    ("any-token", "any token", lambda header, _: len(_bare(header)) >= ENOUGH, "made-up",
     ("truncated", "extended", "other-case", "two-tokens")),
    ("start-of-token", "the first letters of the token",
     lambda header, token: len(_bare(header)) >= ENOUGH and token.startswith(_bare(header)), "truncated", ()),
    ("longer-token", "a token that starts with the right one",
     lambda header, token: _bare(header).startswith(token) and " " not in _bare(header), "extended", ()),
    ("token-in-any-case", "the token in upper or lower case",
     lambda header, token: _bare(header).lower() == token.lower(), "other-case", ()),
    ("other-scheme", "the token under the scheme Basic", lambda header, token: header == f"Basic {token}", "other-scheme", ()),
    ("no-scheme", "the token without a scheme", lambda header, token: header == token, "no-scheme", ()),
    ("scheme-alone", "the scheme without a token", lambda header, _: header.strip() == "Bearer", "scheme-only", ()),
    ("first-of-two-tokens", "a header whose first token is right",
     lambda header, token: _bare(header).split(" ")[0] == token and " " in _bare(header), "two-tokens", ()),
]  # fmt: skip


def faults(contract: Contract) -> Iterator[Fault]:
    """Each endpoint by itself: which tokens it takes, and how it refuses the others."""
    for endpoint in contract.endpoints.values():
        yield from _taken(endpoint)
        yield from _refused(endpoint)
        yield from _shown(endpoint)
        if endpoint.writes:
            yield _done(endpoint)


def _taken(endpoint: Endpoint) -> Iterator[Fault]:
    changes = (f"{endpoint.id}.auth-changes-nothing",) if endpoint.writes else ()
    required = f"{endpoint.id}.auth-required"
    for label, words, rule, part, more in TAKEN:
        # An invalid token that is taken breaks what is documented, whichever way it is invalid.
        breaks = f"{endpoint.id}.auth.{part}" if part in (*INVALID, *SAME_TOKEN) else required
        related = (f"{endpoint.id}.auth.{other}" for other in (part, *more))
        also = dict.fromkeys((*related, *(() if part in SAME_TOKEN else (required,)), *changes))
        yield fault(
            f"{endpoint.id}-takes-{label}",
            f"{endpoint.request} takes {words}.",
            breaks,
            _taking(endpoint.id, rule),
            also=tuple(name for name in also if name != breaks),
            because="What is taken is done, and whoever takes any token takes these, too.",
        )


def _taking(endpoint: str, rule: Takes) -> Callable[[], Behaviour]:
    def authorize(call: Call, allowed: bool) -> bool:
        header = call.headers.get("Authorization", "")
        return allowed or (call.endpoint == endpoint and rule(header, call.service.token))

    return lambda: Hooks(authorize=authorize)


def _is_401(answer: Answer) -> bool:
    return answer.status == 401


def _refused(endpoint: Endpoint) -> Iterator[Fault]:
    first, *more = (f"{endpoint.id}.auth.{part}" for part in INVALID)
    yield fault(
        f"{endpoint.id}-refuses-with-403",
        f"{endpoint.request} answers 403 to every token that is not valid.",
        first,
        answers(to_status(403), endpoint.id, where=_is_401),
        also=more,
        because="The status is wrong in each of the documented cases.",
    )
    ways = {
        "empty-200": ("200 without a body", to_status_only(200)),
        "500": ("500", to_status(500)),
        "302": ("a redirect to a login", to_status(302, Location="https://login.example.com/")),
        "404": ("404", to_status(404)),
    }
    for label, (words, change) in ways.items():
        yield fault(
            f"{endpoint.id}-without-token-{label}",
            f"{endpoint.request} without a token is answered with {words}.",
            first,
            lambda change=change: _OnMissing(change, endpoint.id, where=_is_401),  # type: ignore[misc]
            also=(f"{endpoint.id}.auth-required",) if "200" in label else (),
            because="A 2xx says that it was let in.",
        )
    for label, words, rule, part, _ in TAKEN:
        if part not in (*INVALID, *SAME_TOKEN):
            yield fault(
                f"{endpoint.id}-{label}-500",
                f"{endpoint.request} answers 500 to {words}.",
                f"{endpoint.id}.auth.{part}",
                partial(_OnToken, rule, to_status(500), endpoint.id),
            )


def to_status_only(status: int) -> Callable[[Answer], Answer]:
    return lambda _: Answer(status)


class _OnMissing(Answers):
    """Changes answers to requests without a token only."""

    def answer(self, call: Call, answer: Answer) -> Answer:
        return answer if call.headers.get("Authorization") else super().answer(call, answer)


class _OnToken(Answers):
    """Changes answers to requests whose header a rule of TAKEN is about."""

    def __init__(self, rule: Takes, change: Change, endpoint: str) -> None:
        super().__init__(change, endpoint, where=_is_401)
        self._rule = rule

    def answer(self, call: Call, answer: Answer) -> Answer:
        header = call.headers.get("Authorization", "")
        return super().answer(call, answer) if self._rule(header, call.service.token) else answer


def _shown(endpoint: Endpoint) -> Iterator[Fault]:
    def show(call: Call, answer: Answer) -> Answer:
        record = own(call)
        if call.endpoint != endpoint.id or not _is_401(answer) or record is None:
            return answer
        contract = call.service.contract
        names = (*contract.identifiers, *open_texts(contract))
        return as_json(call, {name: record.values.get(name) for name in names}, 401)

    yield fault(
        f"{endpoint.id}-401-shows-data",
        f"The 401 to {endpoint.request} shows the credentials in its body.",
        f"{endpoint.id}.auth-shows-nothing",
        lambda: Hooks(answer=show),
    )


def _done(endpoint: Endpoint) -> Fault:
    class WritesAllTheSame(Behaviour):
        """Does what it is asked, and answers 401 afterwards."""

        def authorize(self, call: Call, allowed: bool) -> bool:
            call.scratch[self] = allowed
            return allowed or call.endpoint == endpoint.id

        def answer(self, call: Call, answer: Answer) -> Answer:
            return answer if call.scratch.get(self, True) else call.service.unauthorized(call)

    return fault(
        f"{endpoint.id}-done-in-spite-of-401",
        f"{endpoint.request} without a valid token is answered with 401 and done all the same.",
        f"{endpoint.id}.auth-changes-nothing",
        WritesAllTheSame,
    )
