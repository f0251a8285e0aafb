"""Whatever a YAML file holds, reading it ends soon, with one sentence that names the line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.spec import known_failures, yaml_nodes
from contracts.spec.load import load
from contracts.spec.yaml_nodes import MAX_BYTES, MAX_DEPTH, MAX_VALUES, DataError

SOON = 2.0  # seconds, on a busy machine
LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = {
    "lists in lists": ("[" * 30_000, "levels deep"),
    "mappings in mappings": ("{a: " * 30_000, "levels deep"),
    "blocks in blocks": ("\n".join(" " * n + "-" for n in range(400)), "levels deep"),
    "aliases that multiply": (LAUGHS, "values"),
    "an alias inside of itself": ("a: &a [*a]", "inside"),
    "many values": ("- a\n" * (MAX_VALUES + 1), "values"),
    "a large file": ("a: " + "b" * MAX_BYTES, "larger"),
    "values behind each other and no end": ("- a: b\n" * 9_000 + "]", ""),
    "a tag for another value": ("a: !!int abc", "does not fit the tag"),
    "a truth value that is none": ("a: !!bool perhaps", "does not fit the tag"),
    "a number of 5,000 digits": ("a: " + "9" * 5_000, "does not fit the tag"),
    "a number without digits": ("a: 0x_", "does not fit the tag"),
    "not a number": ("a: .nan", "number"),
    "without end": ("a: -.inf", "number"),
    "a strange tag": ("a: !!python/object/apply:os.system [x]", "single value"),
    "binary data": ("a: !!binary AAAA", "tag"),
    "a key that is a list": ("? [a, b]\n: c", "key"),
    "a key twice": ("a: b\na: c", "twice"),
    "a zero byte": ("a: b\0", "YAML"),
    "an alias of nothing": ("a: *b", "alias"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gets_one_sentence_soon(name: str, tmp_path: Path) -> None:
    text, word = HOSTILE[name]
    path = tmp_path / "hostile.yaml"
    path.write_text(text, encoding="utf-8")
    for reader in (load, lambda p: {n: c.value() for n, c in yaml_nodes.read(p).mapping().items()}):
        began = time.monotonic()
        with pytest.raises(DataError) as caught:
            reader(path)
        assert time.monotonic() - began < SOON
        message = str(caught.value)
        assert len(message.splitlines()) == 1
        assert len(message) < 300
    assert word in message


def test_a_hostile_list_of_known_failures_gets_one_sentence_soon(tmp_path: Path) -> None:
    path = tmp_path / "known.yaml"
    for text, _ in HOSTILE.values():
        path.write_text(text, encoding="utf-8")
        began = time.monotonic()
        with pytest.raises(DataError):
            known_failures.read(path, ())
        assert time.monotonic() - began < SOON


def test_a_file_without_an_end_is_not_read_to_it() -> None:
    with pytest.raises(DataError, match=r"larger|control|YAML"):
        load(Path("/dev/zero"))


def test_anchors_that_stand_for_little_can_be_used() -> None:
    root = yaml_nodes.parse("a: &a [x, y]\nb: [*a, *a]", "small.yaml")
    assert root.data() == {"a": ["x", "y"], "b": [["x", "y"], ["x", "y"]]}


def test_what_is_as_deep_as_allowed_can_be_read() -> None:
    text = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert yaml_nodes.parse(text, "small.yaml").is_list()
    with pytest.raises(DataError, match="levels deep"):
        yaml_nodes.parse(f"[{text}]", "small.yaml")


@given(st.text(st.sampled_from("abn0.-: \n[]{}&*!|>'\"#%,?\x07") | st.characters(codec="utf-8")))
@example("a: !!set {x}")
@example("&a : *a")
@example("<<: {a: b}")
@example("a: 2026-01-15")
def test_any_text_is_data_or_a_sentence(text: str) -> None:
    try:
        yaml_nodes.parse(text, "any.yaml").data()
    except DataError as error:
        message = str(error)
    else:
        message = "read"
    assert len(message.splitlines()) == 1
