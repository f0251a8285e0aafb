"""What a faulty service breaks in a run, it breaks again when the file of that is replayed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

TESTS = [
    f"tests/contract/test_{topic}.py"
    for topic in ("answers", "life", "isolation", "authorization", "keeping", "bad_input")
]
# One fault of each kind: form, life, isolation, token, secret, value, refused and done, status.
FAULTS = [
    "read-truncated",
    "delete-removes-nothing",
    "delete-removes-neighbour",
    "read-takes-longer-token",
    "delete-shows-password-in-header",
    "create-text-trimmed",
    "delete-done-in-spite-of-401",
    "create-malformed-500",
]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_replay_comes_to_the_same_verdict(fault: str, python: Any, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    run = python(
        "pytest", *TESTS, "-q", "-p", "no:cacheprovider", "--strict", "--behave", fault,
        f"--report-dir={folder}",
    )  # fmt: skip
    assert run.returncode == 1, run.stdout + run.stderr
    files = sorted((folder / "failures").glob("*.json"))
    assert files
    for path in files:
        story = json.loads(path.read_text())
        again = python("contracts", "replay", str(path))
        assert again.returncode == 1, again.stdout + again.stderr
        assert f"{story['requirement']} is broken again" in again.stdout
        path.write_text(json.dumps({**story, "behave": []}))
        assert python("contracts", "replay", str(path)).returncode == 0
