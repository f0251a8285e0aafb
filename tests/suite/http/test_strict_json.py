"""The reader of JSON: what it refuses, with which reason, and that it is quick and never breaks."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.http.strict_json import MAX_DEPTH, NotJson, loads


def nested(depth: int, opening: str = "[", closing: str = "]", inner: str = "") -> bytes:
    return (opening * depth + inner + closing * depth).encode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the body is empty"),
        (b" \n", "the body is empty"),
        (b"\xef\xbb\xbf{}", "byte-order mark"),
        (b'"\xff"', "byte 1 is not UTF-8"),
        (b"{", "line 1, column 2"),
        (b"[NaN]", "NaN is not JSON"),
        (b"-Infinity", "-Infinity is not JSON"),
        (b'{"a": 1, "b": 2, "a": 3}', "the name 'a' stands twice"),
        (b'["\\ud800"]', "half of a surrogate pair"),
        (b"9" * 5000, "an integer of 5000 digits"),
    ],
)
def test_what_is_not_json_is_refused_with_a_reason(content: bytes, reason: str) -> None:
    with pytest.raises(NotJson, match=reason):
        loads(content)


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 700, 5000, 200_000])
@pytest.mark.parametrize(
    ("opening", "closing", "inner"), [("[", "]", ""), ('{"a":', "}", "1"), ('[{"a":', "}]", "1")]
)
def test_json_that_is_nested_too_deep_is_refused_with_a_reason(
    opening: str, closing: str, inner: str, depth: int
) -> None:
    with pytest.raises(NotJson, match=f"deeper than {MAX_DEPTH} levels"):
        loads(nested(depth, opening, closing, inner))


def test_json_that_is_nested_as_deep_as_it_is_read_is_read() -> None:
    loads(nested(MAX_DEPTH))
    loads(nested(MAX_DEPTH, '{"a":', "}", "1"))
    assert len(loads(b"[" + b"[[]]," * 10_000 + b"[]]")) == 10_001


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            b"{" + b",".join(b'"n%05d": 1' % n for n in range(36_000)) + b', "n35999": 1}',
            id="a repeated name",
        ),
        pytest.param(b'["' + b"\\u00e4" * 100_000 + b'\\ud800"]', id="escapes"),
        pytest.param(b"[" * 500_000, id="brackets"),
        pytest.param(b'{"' + b"n" * 500_000 + b'": 1, "' + b"n" * 500_000 + b'": 1}', id="a name"),
    ],
)
def test_a_hostile_text_is_refused_in_a_short_time_and_a_short_sentence(content: bytes) -> None:
    started = time.process_time()
    with pytest.raises(NotJson) as raised:
        loads(content)
    assert time.process_time() - started < 3
    assert len(str(raised.value)) < 200


@given(st.binary())
def test_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        loads(content)
    except NotJson:
        return


@given(st.text(st.sampled_from('[]{}",:1a\\u0d8e\n')))
def test_what_is_read_is_what_python_reads(text: str) -> None:
    try:
        value = loads(text.encode())
    except NotJson:
        return
    assert value == json.loads(text)
