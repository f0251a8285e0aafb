"""Masking, whatever the text is: odd, hostile, long, deep."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.masking.masking import (
    MASK,
    MAX_DEPTH,
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


# ------------------------------------------------------------- whatever the text is

# Without the mask's own letter: a secret that holds it cannot be told from a mask.
letters = st.characters(exclude_characters="*")
values = st.text(letters, min_size=4, max_size=30)


@given(text=st.text(), kept=st.lists(values, max_size=3))
def test_masking_never_fails_and_masking_twice_is_masking_once(text: str, kept: list[str]) -> None:
    known = secrets(*kept)
    once = known.mask(text)
    assert known.mask(once) == once
    json.dumps(known.mask_json({"text": text, text: [text]}))
    known.mask_header("Authorization", text)


@given(value=values, before=st.text(max_size=10), after=st.text(max_size=10))
def test_no_value_is_left_in_any_text(value: str, before: str, after: str) -> None:
    known = secrets(value)
    for spelling in (value, json.dumps(value)[1:-1], repr(value)[1:-1]):
        assert spelling not in known.mask(f"{before}*{spelling}*{after}")


@given(text=st.text(st.sampled_from("\"'\\:={}password "), max_size=60))
def test_no_text_full_of_quotes_and_backslashes_makes_it_fail(text: str) -> None:
    known = secrets()
    assert known.mask(known.mask(text)) == known.mask(known.mask(known.mask(text)))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('"password": "' * 20_000, id="quotes"),
        pytest.param('"password":"\\' * 20_000, id="escapes"),
        pytest.param("\\" * 10_000, id="backslashes"),
        pytest.param('"a_' * 20_000, id="beginnings of names"),
        pytest.param("x-" * 20_000, id="beginnings of headers"),
        pytest.param("token" * 10_000, id="ends of names"),
    ],
)
def test_a_long_text_does_not_take_for_ever(text: str) -> None:
    started = time.process_time()
    secrets(PLAIN).mask(text)
    assert time.process_time() - started < 10  # a careless expression takes minutes


@pytest.mark.parametrize("depth", [MAX_DEPTH, MAX_DEPTH + 1, 100_000])
def test_json_that_is_nested_deep_is_masked(depth: int) -> None:
    value: object = {"inner": PLAIN}
    for _ in range(depth):
        value = [value]
    known = secrets(PLAIN)
    known.suspect(value)
    known.learn(value)
    masked = known.mask_json(value)
    for _ in range(min(depth, MAX_DEPTH + 1)):
        assert isinstance(masked, list)
        (masked,) = masked
    assert masked == ({"inner": MASK} if depth == MAX_DEPTH else MASK)


def test_many_secrets_are_masked_in_a_long_text_in_one_pass() -> None:
    values = [f"pass/{number}+wörd \"'<{number:012x}" for number in range(2000)]
    known = secrets(*values)
    text = "\n".join(json.dumps({"x": value, "y": quote(value)}) for value in values * 4)
    started = time.process_time()
    masked = known.mask(text)
    assert time.process_time() - started < 10, "it took minutes"
    assert masked.count(MASK) == 2 * 4 * len(values)
