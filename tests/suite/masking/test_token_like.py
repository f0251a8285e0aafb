"""What looks like a token is masked wherever it stands, and accuses nobody."""

from __future__ import annotations

import base64
import time

import pytest

from contracts.masking.masking import (
    MASK,
    MAX_WORDS,
    Secrets,
)
from contracts.spec.load import load

CONTRACT = load()
SECRET = "pä\"ss/ wörd+42&'\\=<x>"
PLAIN = "hunter2-hunter2-x"


def secrets(*kept: str) -> Secrets:
    found = Secrets(CONTRACT.secret_fields)
    for value in kept:
        found.keep(value, "password")
    return found


TOKENS = {
    "hexadecimal": "0123456789abcdef" * 3,
    "JWT": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "base64": base64.b64encode(bytes(range(60))).decode(),
}
NO_TOKENS = {
    "an id": "6f1c8f3e-6a0b-4b3e-9a43-0d1f4f6a7b10",
    "a path": "/users/6f1c8f3e-6a0b-4b3e-9a43-0d1f4f6a7b10/panorama-credentials",
    "a URL": "https://example.com/users/6f1c8f3e-6a0b-4b3e-9a43-0d1f4f6a7b10",
    "words": "a-name-of-many-words-that-are-joined-by-lines",
    "prose": "it is the 1st sentence of many in which a number stands",
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_what_looks_like_a_token_is_masked_wherever_it_stood(token: str) -> None:
    known = secrets()
    known.suspect([["ACTIVE", {"at": [token]}]])
    assert known.mask(f"it is {token}.") == "it is ***."
    assert not known.shown_in(token), "it accuses"


WITHIN = {
    "a text": "it is {} as I said",
    "a sentence": "it is {}.",
    "JSON within a text": '{{"headers": "x-trace: {}"}}',
    "JSON within JSON": '"{{\\"session\\": \\"{}\\"}}"',
    "JSON that is cut": '{{"id": 5, "session": "{}", "o',
    "HTML": "<p title='{}'>It failed.</p>",
    "HTML of a form": "<input value=&quot;{}&quot;>",
    "a URL": "https://host.example/callback?code={}&state=x",
    "a path": "/callback/{}/done",
    "a form": "grant=refresh&session={}",
    "a log": "2026-01-01 10:00:00 INFO [http-1] session={}; user=me",
}


@pytest.mark.parametrize("text", WITHIN.values(), ids=WITHIN)
@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_what_looks_like_a_token_is_masked_within_a_text(token: str, text: str) -> None:
    known = secrets()
    known.suspect({"message": text.format(token)})
    assert token not in known.mask(text.format(token))
    assert token not in known.mask(f"elsewhere {token}")
    assert not known.shown_in(token), "it accuses"


def test_of_a_hostile_answer_so_many_words_are_masked_in_a_short_time() -> None:
    known = secrets()
    words = [f"{number:040x}a" for number in range(100_000)]
    started = time.process_time()
    known.suspect(words)
    known.suspect(["z9" * 2_000_000])
    assert time.process_time() - started < 5
    assert known.mask(words[0]) == known.mask(words[MAX_WORDS - 1]) == MASK


def test_words_of_what_was_sent_are_left_alone_wherever_they_stand() -> None:
    known, text = secrets(), TOKENS["hexadecimal"]
    known.suspect({"message": f"unknown client {text}"}, innocent=[f"{text}-recorded"])
    assert known.mask(text) == text


@pytest.mark.parametrize("text", NO_TOKENS.values(), ids=NO_TOKENS)
def test_what_only_is_long_is_left_alone(text: str) -> None:
    known = secrets()
    known.suspect({"text": text})
    assert known.mask(text) == text


def test_a_token_is_left_alone_where_it_was_sent_as_something_else() -> None:
    known, text = secrets(), TOKENS["hexadecimal"]
    known.suspect({"clientId": text}, innocent=[text])
    assert known.mask(text) == text


def test_a_suspicion_that_is_confirmed_accuses() -> None:
    known, text = secrets(), TOKENS["hexadecimal"]
    known.suspect([text])
    known.learn({"accessToken": text})
    assert known.shown_in(text, "accessToken")
