"""What an answer shows: nothing, something, or that there is nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.http.exchange import Answer, Exchange, Intent, Request, Shown
from contracts.spec.load import load

CONTRACT = load()
NOW = datetime(2026, 3, 1, tzinfo=UTC)
PROBLEM = {"type": "x", "title": "Not Found", "status": 404, "path": "/", "message": "", "id": "1"}
PAGE = b"<!doctype html><body id='b'><p>status: nothing here</p></body>"
ANSWERING = [e.id for e in CONTRACT.endpoints.values() if e.answers]


def shown(endpoint: str) -> Shown:
    form = CONTRACT.endpoints[endpoint].answers
    fields = frozenset(form.fields if form else ())
    return Shown(fields, fields & (CONTRACT.sendable_fields | CONTRACT.secret_fields))


def exchange(endpoint: str, content: Any, status: int = 200) -> Exchange:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    request = Request("GET", "http://localhost/x", [])
    answer = Answer(status, "", [], body)
    return Exchange(endpoint, request, answer, Intent(), NOW, NOW, shown=shown(endpoint))


def documented(endpoint: str) -> Any:
    form = CONTRACT.endpoints[endpoint].answers
    assert form
    return CONTRACT.example(form)


@pytest.mark.parametrize("endpoint", ANSWERING)
@pytest.mark.parametrize(
    "content",
    [b"", b"  ", None, {}, [], "", "none", False, PROBLEM, [PROBLEM], {"data": []}, PAGE],
    ids=["no-body", "blanks", "null", "object", "list", "empty-text", "text", "false", "error",
         "errors", "envelope", "page"],
)  # fmt: skip
def test_what_holds_no_documented_field_shows_nothing(endpoint: str, content: Any) -> None:
    assert exchange(endpoint, content).shows_nothing
    assert exchange(endpoint, content).says_nothing_is_there


@pytest.mark.parametrize("endpoint", ANSWERING)
@pytest.mark.parametrize(
    "wrap",
    [
        lambda value: value,
        lambda value: {"data": value},
        lambda value: [[value]],
        lambda value: json.dumps(value).encode()[:-1],
    ],
    ids=["plain", "envelope", "lists", "truncated"],
)
def test_what_holds_them_shows_something_however_it_is_wrapped(endpoint: str, wrap: Any) -> None:
    assert not exchange(endpoint, wrap(documented(endpoint))).shows_nothing


def test_a_single_telling_field_shows_something() -> None:
    for name in sorted(shown("read").telling):
        assert not exchange("read", {name: "x", "further": 1}).shows_nothing, name


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_refusal_to_show_says_that_nothing_is_there(status: int) -> None:
    assert exchange("read", PROBLEM, status).says_nothing_is_there


@pytest.mark.parametrize("status", [301, 401, 403, 429, 500])
def test_other_errors_show_nothing_and_say_nothing(status: int) -> None:
    assert exchange("read", PROBLEM, status).shows_nothing
    assert not exchange("read", PROBLEM, status).says_nothing_is_there


@pytest.mark.parametrize(
    ("status", "content", "found_nothing"),
    [(404, PROBLEM, True), (410, b"", True), (204, b"", True), (200, [], True),
     (200, PROBLEM, False), (200, PAGE, False), (400, PROBLEM, False), (500, b"", False)],
    ids=["404", "410", "204", "list", "wrapped", "page", "400", "500"],
)  # fmt: skip
def test_only_a_plain_word_is_taken_for_nothing_where_something_must_be(
    status: int, content: Any, found_nothing: bool
) -> None:
    assert exchange("read", content, status).found_nothing == found_nothing


@pytest.mark.parametrize(
    ("status", "about"), [(200, True), (400, True), (403, True), (401, False), (429, False),
                          (500, False)], ids=str
)  # fmt: skip
def test_a_refused_token_and_a_limit_are_not_about_the_request(status: int, about: bool) -> None:
    assert exchange("create", {}, status).is_about_the_request == about
