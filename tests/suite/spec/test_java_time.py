"""The date patterns beside java.time itself, where there is a Java on the machine."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.spec.java_dates import java_pattern

JAVA = shutil.which("java")
PROGRAM = Path(__file__).parents[2] / "helpers" / "JavaDates.java"
# `uuuu` for `yyyy`: without an era java.time cannot resolve a year of an era strictly.
PATTERNS = [
    "uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'",
    "uuuu-MM-dd'T'HH:mm:ss.SSS'Z'",
    "uuuu-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'",
    "uuuu-MM-dd'T'HH:mm:ss'Z'",
    "uuuu-MM-dd'T'HH:mm:ss.SSSXXX",
    "uuuu-MM-dd'T'HH:mm:ssXX",
    "uuuu-MM-dd'T'HH:mmX",
    "uuuu/MM/dd HH.mm",
    "dd''MM''uuuu",
    "uuuu-MM-dd",
]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SEED, MOMENTS, EDITS = 20_260_115, 12, 40


def texts(source: str, chance: random.Random) -> Iterator[str]:
    """Texts of a pattern, each also with one or two characters changed."""
    pattern = java_pattern(source)
    edges = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC),
             datetime(2024, 2, 29, tzinfo=UTC), datetime(2025, 2, 28, tzinfo=UTC)]  # fmt: skip
    drawn = [EPOCH + timedelta(seconds=chance.uniform(-6e10, 2.5e11)) for _ in range(MOMENTS)]
    for moment in [*edges, *drawn]:
        right = pattern.format(moment)
        yield right
        for _ in range(EDITS):
            text = [*right]
            for _ in range(chance.randint(1, 2)):
                at = chance.randrange(len(text))
                text[at : at + chance.randint(0, 1)] = chance.choices("00123456789-+:.TZ 3", k=1)
            yield "".join(text)


def of_java(pairs: list[tuple[str, str]]) -> list[datetime | None]:
    """What java.time makes of each pair of pattern and text; None for a text that it refuses."""
    process = subprocess.run(
        [str(JAVA), str(PROGRAM)],
        input="".join(f"{pattern}\t{text}\n" for pattern, text in pairs),
        capture_output=True, encoding="utf-8", check=True, timeout=120,
    )  # fmt: skip
    return [_moment(line) for line in process.stdout.splitlines()]


def _moment(line: str) -> datetime | None:
    if line == "-":
        return None
    seconds, nanos = map(int, line.split())
    try:
        return EPOCH + timedelta(seconds=seconds, microseconds=nanos // 1000)
    except OverflowError:
        return None


def of_ours(source: str, text: str) -> datetime | None:
    try:
        return java_pattern(source).parse(text)
    except ValueError:
        return None


@pytest.mark.skipif(JAVA is None, reason="there is no Java on this machine")
def test_what_is_read_is_what_java_reads() -> None:
    chance = random.Random(SEED)
    pairs = [(source, text) for source in PATTERNS for text in texts(source, chance)]
    java = of_java(pairs)
    ours = [of_ours(*pair) for pair in pairs]
    assert sum(moment is not None for moment in java) > len(pairs) / 10
    assert sum(moment is None for moment in java) > len(pairs) / 10
    differ = [(p, t, o, j) for (p, t), o, j in zip(pairs, ours, java, strict=True) if o != j]
    assert differ == []
