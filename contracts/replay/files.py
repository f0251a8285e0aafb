"""Stories as files, one for each violation of a run."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.http.strict_json import NotJson, loads
from contracts.replay.stories import FORMAT, OTHER, OWN
from contracts.session.settings import Unusable

FOLDER = "failures"
MOST = 8 * 1024 * 1024  # bytes
TEXT, TEXTS = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
MEANT = {
    "type": "object",
    "required": ["valid", "authorised", "present", "about", "covers"],
    "properties": {
        "valid": {"type": "boolean"},
        "authorised": {"type": "boolean"},
        "present": {"type": ["boolean", "null"]},
        "about": {"type": ["string", "null"]},
        "covers": TEXTS,
    },
}
STEP = {
    "type": "object",
    "required": [
        "leaf_user", "needed", "endpoint", "method", "path", "authorization", "headers", "meant",
    ],
    "properties": {
        "leaf_user": {"enum": [OWN, OTHER]},
        "needed": {"type": "boolean"},
        "endpoint": TEXT,
        "method": {"type": "string", "pattern": "^[A-Z]+$"},
        "path": {"type": "string", "pattern": r"^/[^\s]*$"},
        "authorization": TEXTS,
        "headers": {"type": "array", "items": {**TEXTS, "minItems": 2, "maxItems": 2}},
        "text": TEXT,
        "encoding": {"enum": ["utf-8", "latin-1"]},
        "meant": MEANT,
    },
}  # fmt: skip
SCHEMA = {
    "type": "object",
    "required": ["format", "contract", "requirement", "expected", "actual", "behave", "steps"],
    "properties": {
        "format": {"const": FORMAT},
        "contract": TEXT,
        "requirement": TEXT,
        "expected": TEXT,
        "actual": TEXT,
        "behave": TEXTS,
        "steps": {
            "type": "array",
            "minItems": 1,
            "items": STEP,
            "contains": {"properties": {"needed": {"const": True}}},
        },
    },
}


def path_of(folder: Path, requirement: str) -> Path:
    """Where the story of a requirement's violation is written, in the folder of a report."""
    return folder / FOLDER / f"{re.sub('[^A-Za-z0-9._-]', '_', requirement)}.json"


def prepare(folder: Path) -> None:
    """Remove the stories of an earlier run; raises `OSError`."""
    for path in (folder / FOLDER).glob("*.json"):
        path.unlink()


def write(stories: Mapping[str, Mapping[str, Any]], folder: Path) -> list[Path]:
    """Write one file for each story; raises `OSError`. Answers the paths."""
    paths = []
    for requirement, story in stories.items():
        path = path_of(folder, requirement)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(story, indent=1) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


def read(path: Path) -> dict[str, Any]:
    """A story, held against its schema; raises `Unusable`."""
    from jsonschema import Draft202012Validator

    try:
        with path.open("rb") as file:
            content = file.read(MOST + 1)
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror or error}") from error
    if len(content) > MOST:
        raise Unusable(f"{path} is larger than {MOST // 1024**2} MiB")
    try:
        story = loads(content)
    except NotJson as error:
        raise Unusable(f"{path} is no JSON: {error}") from error
    for problem in Draft202012Validator(SCHEMA).iter_errors(story):
        raise Unusable(
            f"{path} is not a failure of this suite: {problem.json_path} {problem.message[:200]}"
        )
    return dict(story)
