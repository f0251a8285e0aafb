"""What `compare --format json` answers, and the JSON Schema of it, by hand."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from contracts.compare.changes import CLASSES, MEANINGS, Change
from contracts.derived.json_schema import DIALECT, ID_PREFIX
from contracts.report.format import COUNT, RUN, TEXT, described, list_of, one_of, record

FORMAT = 1
# Of what a change can be.
KINDS = ("run", "contract", "endpoint", "requirement", "observation", "latency", "test")

SIDE = record(
    contract=described(TEXT, "The contract's version."),
    **{name: RUN["properties"][name] for name in ("verdict", "started", "target")},
)
CHANGE = record(
    severity=described(
        one_of(*CLASSES), "; ".join(f"`{name}`: {text}" for name, text in MEANINGS.items()) + "."
    ),
    kind=one_of(*KINDS),
    id=described(TEXT, "Which one of its kind; for a run or a contract, which fact about it."),
    sentence=TEXT,
    old={"description": "The value in the old report, or null where there is none."},
    new={"description": "The value in the new report, or null where there is none."},
)
SCHEMA = {
    "$schema": DIALECT,
    "$id": f"{ID_PREFIX}comparison:{FORMAT}",
    "title": "What changed between two runs",
    "description": "What `python -m contracts compare --format json` writes.",
    **record(
        format={"const": FORMAT},
        old=SIDE,
        new=SIDE,
        counts=record(**dict.fromkeys(CLASSES, COUNT)),
        changes=described(list_of(CHANGE), "The worst first."),
        complaints=described(list_of(TEXT), "Known failures that do not fail: they fail the run."),
    ),
}


def as_json(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    changes: Sequence[Change],
    complaints: Sequence[str] = (),
) -> str:
    """For programs; `old` and `new` say which runs these are."""
    counts = Counter(change.severity for change in changes)
    value = {
        "format": FORMAT,
        "old": old,
        "new": new,
        "counts": {severity: counts[severity] for severity in CLASSES},
        "changes": [asdict(change) for change in changes],
        "complaints": list(complaints),
    }
    return json.dumps(value, indent=2, ensure_ascii=False)
