"""The JSON Schema of report.json, by hand: what `compare` and other readers can rely on."""

from __future__ import annotations

from typing import Any

from contracts.derived.json_schema import DIALECT, ID_PREFIX
from contracts.session.ledger import STATES
from contracts.session.settings import EMBEDDED, LIVE
from contracts.spec.model import LEVELS

Schema = dict[str, Any]

FORMAT = 1
HOLDS, BROKEN, FAILED, INTERRUPTED = "holds", "broken", "failed", "interrupted"

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
AMOUNT: Schema = {"type": "number", "minimum": 0}
QUANTILES = ("p25", "median", "p75", "p95")
OUTCOMES = ("passed", "failed", "skipped", "advised", "error")


def record(optional: Schema | None = None, /, **properties: Schema) -> Schema:
    """An object with exactly these properties; those of `optional` need not be there."""
    return {
        "type": "object",
        "required": list(properties),
        "properties": {**properties, **(optional or {})},
        "additionalProperties": False,
    }


def list_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def mapping_to(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def one_of(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def described(schema: Schema, description: str) -> Schema:
    return {"description": description, **schema}


SOURCE = record(page=TEXT, heading=TEXT)
CONTRACT = record(name=TEXT, title=TEXT, version=TEXT, base_url=TEXT)
RUN = record(
    verdict=described(
        one_of(HOLDS, BROKEN, FAILED, INTERRUPTED),
        f"`{BROKEN}`: a requirement does not hold; `{FAILED}`: the suite could not do its work.",
    ),
    exit_status=COUNT,
    target=record(kind=one_of(EMBEDDED, LIVE), base_url=TEXT, writes=FLAG),
    started=described(
        {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"},
        "In UTC.",
    ),
    seconds=AMOUNT,
    requests=described(COUNT, "Exchanges that were judged."),
    waits=record(times=COUNT, seconds=AMOUNT),
    strict=FLAG,
    versions=mapping_to(TEXT),
    complaints=described(list_of(TEXT), "What makes the run fail although no test did."),
    notes=list_of(TEXT),
    recordings=or_null(record(requests=COUNT, broken=list_of(TEXT))),
)
ENDPOINT = record(
    id=TEXT,
    request=TEXT,
    summary=TEXT,
    source=SOURCE,
    takes=or_null(described(TEXT, "The id of a form.")),
    answers=or_null(described(TEXT, "The id of a form.")),
    requests=COUNT,
    successes=COUNT,
    statuses=described(mapping_to(COUNT), "Status code, or 0 for no answer → how often."),
    latency=described(
        record(dict.fromkeys(QUANTILES, AMOUNT), count=COUNT), "In milliseconds, of answers."
    ),
    example=or_null(record(request=TEXT, answer=TEXT, curl=TEXT)),
)
FORM = record(
    id=TEXT,
    title=TEXT,
    source=SOURCE,
    list=FLAG,
    fields=list_of(
        record(
            name=TEXT,
            type=TEXT,
            values=list_of(TEXT),
            format=or_null(described(TEXT, "A Java date pattern.")),
            required=FLAG,
            secret=FLAG,
            volatile=FLAG,
            description=TEXT,
        )
    ),
)
REQUIREMENT = record(
    id=TEXT,
    endpoint=TEXT,
    level=one_of(*LEVELS),
    sentence=TEXT,
    source=SOURCE,
    verdict=one_of(*STATES),
    reason=or_null(described(TEXT, "Why it was not checked.")),
    evidence=COUNT,
    violations=COUNT,
    tests=described(list_of(TEXT), "Ids of the tests of this run that prove it."),
    known_failure=or_null(described(TEXT, "The reason in the user's list of known failures.")),
    shown=list_of(record(expected=TEXT, actual=TEXT, exchanges=list_of(TEXT))),
)
OBSERVATION = record(
    id=TEXT,
    endpoint=or_null(TEXT),
    circumstance=described(TEXT, "In which case it was seen; empty where that does not matter."),
    type=TEXT,
    value=described(list_of(TEXT), "Every value that was seen, sorted; empty for nothing."),
    sentence=TEXT,
)

SCHEMA: Schema = {
    "$schema": DIALECT,
    "$id": f"{ID_PREFIX}report:{FORMAT}",
    "title": "The report of a run",
    "description": "What `pytest --report-dir` writes as report.json.",
    **record(
        format={"const": FORMAT},
        contract=CONTRACT,
        run=RUN,
        endpoints=list_of(ENDPOINT),
        forms=list_of(FORM),
        requirements=list_of(REQUIREMENT),
        observations=list_of(OBSERVATION),
        questions=list_of(record(id=TEXT, sentence=TEXT, source=or_null(SOURCE))),
        freedoms=list_of(record(id=TEXT, sentence=TEXT, source=SOURCE)),
        tests=list_of(record(id=TEXT, outcome=one_of(*OUTCOMES), seconds=AMOUNT)),
    ),
}
