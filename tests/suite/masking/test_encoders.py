"""Whoever writes a secret, and in whatever way, it is masked: round trips with real encoders."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.masking.escapes import unescaped
from contracts.masking.masking import MASK, Secrets
from tests.helpers.encoders import ENCODERS, ESCAPES, WHOLE, traces

HERE = Path(__file__).parent
# Between them, these have every letter that some encoder escapes.
VALUES = {
    "punctuation": "p~a'ss\"wd+4/2&<x>=*`!()@:#?$;,%\\ end",
    "Latin-1": "pä\"ss/ wörd+42&'\\=<é>",
    "plain": "hunter2-hunter2-x",
    "alphanumeric": "Zm9vYmFyYmF6cXV4",
    "another script": "пароль-для-входа 1",
    "beyond the first plane": "grain 🌾 and 🚜-0815",
    "that looks escaped": "50%25-of&amp;all\\u0041s%2",
}


def known(value: str) -> Secrets:
    secrets = Secrets()
    secrets.keep(value, "password")
    return secrets


def in_latin_1(value: str) -> bool:
    return value.encode("latin-1", "replace").decode("latin-1") == value


# A value in a character set without its letters is no longer that value.
CASES = [
    (name, encoder)
    for name, value in VALUES.items()
    for encoder in ENCODERS
    if "Latin-1" not in encoder or in_latin_1(value)
]


@pytest.mark.parametrize(("name", "encoder"), CASES)
def test_a_value_is_masked_in_the_writing_of_every_encoder(name: str, encoder: str) -> None:
    value, encode = VALUES[name], ENCODERS[encoder]
    left = {*traces(value)} if encoder in WHOLE else {encode(value).encode()}
    for before in ("", "a", "ab", "me:", "user:"):
        masked = known(value).mask(encode(f"{before}{value}, after"))
        assert MASK in masked
        assert not [trace for trace in left if trace in masked.encode()]


@pytest.mark.parametrize("encoder", ESCAPES)
def test_what_stands_around_a_value_stays_as_it_was(encoder: str) -> None:
    encode, value = ESCAPES[encoder], VALUES["Latin-1"]
    masked = known(value).mask(f"before {encode(value)} after")
    assert masked == f"before {MASK} after"


@pytest.mark.parametrize("outer", ["JSON", "URL", "HTML", "Python"])
@pytest.mark.parametrize("middle", ["JSON", "form of Java", "HTML of Go"])
@pytest.mark.parametrize("inner", ["JSON of .NET", "URL of JavaScript", "HTML of mustache"])
def test_a_value_is_masked_in_texts_within_texts_of_any_kind(
    inner: str, middle: str, outer: str
) -> None:
    value = VALUES["Latin-1"]
    text = ENCODERS[outer](ENCODERS[middle](ENCODERS[inner](value)))
    assert known(value).mask(f"<{text}>") == f"<{MASK}>"


# ------------------------------------------------------------- real ones


def check(value: str, written: dict[str, str]) -> None:
    secrets = known(value)
    shown = {name: secrets.mask(text) for name, text in written.items()}
    assert [name for name, masked in shown.items() if MASK not in masked] == []
    parts = [value[start : start + 8] for start in range(len(value) - 7)]
    for name, masked in shown.items():
        assert not [part for part in parts if part in unescaped(masked).letters], name


REAL = {name: VALUES[name] for name in ("punctuation", "Latin-1", "plain", "alphanumeric")}


@pytest.mark.skipif(not shutil.which("node"), reason="no Node.js here: its encoders are not tried")
@pytest.mark.parametrize("value", REAL.values(), ids=REAL)
def test_a_value_is_masked_however_node_writes_it(value: str) -> None:
    done = subprocess.run(
        ["node", str(HERE / "encoders.mjs")],
        input=json.dumps(value), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    written = json.loads(done.stdout)
    assert len(written) >= 20
    check(value, written)


@pytest.mark.skipif(not shutil.which("java"), reason="no Java here: its encoders are not tried")
@pytest.mark.parametrize("value", REAL.values(), ids=REAL)
def test_a_value_is_masked_however_java_writes_it(value: str) -> None:
    done = subprocess.run(
        ["java", "-XX:TieredStopAtLevel=1", str(HERE / "Encoders.java")],
        input=value.encode(), capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    lines = done.stdout.decode().splitlines()
    pairs = (map(bytes.fromhex, line.split("\t")) for line in lines)
    written = {name.decode(): text.decode() for name, text in pairs}
    assert len(written) >= 16
    check(value, written)


# ------------------------------------------------------------- reading without escapes

encoders = st.sampled_from([*ESCAPES.values()])


@given(text=st.text(st.characters(exclude_characters="\\%&+\n")), encode=encoders)
def test_a_reading_is_the_text_that_was_written(text: str, encode: object) -> None:
    write = ESCAPES["JSON in letters"] if not text.isascii() else encode
    assert callable(write)
    assert unescaped(write(text)).text == unescaped(text).text


@given(text=st.text(st.sampled_from('\\%&u025xabc;#amp"n\nä🌾')), data=st.data())
def test_each_part_of_a_reading_stands_somewhere_in_the_text(
    text: str, data: st.DataObject
) -> None:
    reading = unescaped(text)
    places = [reading.place(at, at + 1) for at in range(len(reading.text))]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert places == sorted(places)
    if text.isascii() and not set(text) & {*"\\%&\n"}:
        assert places == [(at, at + 1) for at in range(len(text))]


@pytest.mark.parametrize("sign", ["\\", "%25", "&amp;", "\\u005c", "%5C", "a" * 60 + "\n"])
def test_a_long_text_of_escapes_is_read_in_no_time(sign: str) -> None:
    assert len(unescaped(sign * 20_000).text) < 2_000_000
