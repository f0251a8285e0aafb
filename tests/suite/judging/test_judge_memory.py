"""The judge on what earlier answers have shown: log entries that stay, and values that are kept."""

from __future__ import annotations

import html
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.http.exchange import Answer, Exchange, Judgement, Request
from contracts.judging.judge import Judge
from contracts.masking.masking import Secrets
from contracts.spec.load import load
from contracts.spec.types import Choice, Timestamp
from tests.helpers.intents import intent as intent_of

CONTRACT = load()
NOW = datetime(2026, 1, 15, 9, 30, 10, tzinfo=UTC)
EVENTS, READ = CONTRACT.endpoints["events"], CONTRACT.endpoints["read"]
(WRITTEN,) = (n for n, k in EVENTS.answers.fields.items() if isinstance(k, Timestamp))  # type: ignore[union-attr]
(NAME,) = CONTRACT.identifiers
STAYS = "events.stays"


def judge(endpoint: str, value: Any, status: int = 200, **intent: Any) -> Judgement:
    known = CONTRACT.endpoints[endpoint]
    label = [("Content-Type", "application/json")]
    body = b"" if value is None else json.dumps(value).encode()
    asked = Exchange(
        endpoint,
        Request(known.method, CONTRACT.base_url + known.path, []),
        Answer(status, "", label if body else [], body),
        intent_of(endpoint, **{"valid": True, "present": True, **intent}),
        sent=NOW,
        moment=NOW,
    )
    return Judge(CONTRACT, Secrets(CONTRACT.secret_fields))(asked)


def accused(*arguments: Any, **intent: Any) -> list[str]:
    return [finding.requirement for finding in judge(*arguments, **intent).findings]


def entry(number: int, age: timedelta = timedelta(seconds=5)) -> dict[str, Any]:
    kind = EVENTS.answers.fields[WRITTEN]  # type: ignore[union-attr]
    assert isinstance(kind, Timestamp)
    (example,) = CONTRACT.example(EVENTS.answers)  # type: ignore[arg-type, misc]
    written = kind.pattern.format(NOW - age + timedelta(microseconds=number))
    return {**example, NAME: f"entry-{number}", WRITTEN: written}


def credentials(**changes: Any) -> dict[str, Any]:
    assert READ.answers
    example = json.loads(json.dumps(CONTRACT.example(READ.answers)))
    return {**example, **changes}


# ------------------------------------------------------------- log entries


def test_entries_that_are_still_there_have_stayed() -> None:
    logged = (entry(1), entry(2))
    judgement = judge("events", [entry(3), *logged], logged=logged, lost=STAYS)
    assert judgement.findings == ()
    assert STAYS in judgement.proved


@pytest.mark.parametrize("left", [0, 1], ids=["none-left", "one-left"])
def test_an_entry_that_is_gone_has_not_stayed(left: int) -> None:
    logged = (entry(1), entry(2))
    assert accused("events", list(logged[:left]), logged=logged, lost=STAYS) == [STAYS]


def test_who_is_suspected_is_blamed_for_entries_that_are_gone() -> None:
    assert accused("events", [], logged=(entry(1),), lost="delete.isolated") == ["delete.isolated"]


@pytest.mark.parametrize(
    ("shown", "logged"),
    [([entry(2), entry(3)], [entry(1), entry(2)]),
     ([{**entry(1), NAME: "another"}], [entry(1), {**entry(1), NAME: "third"}]),
     ([], [entry(1, timedelta(days=30))])],
    ids=["a-part-of-a-log", "counted-anew", "as-old-as-may-be"],
)  # fmt: skip
def test_a_log_that_has_only_moved_on_has_lost_nothing(shown: Any, logged: Any) -> None:
    assert STAYS not in accused("events", shown, logged=tuple(logged), lost=STAYS)


def test_no_content_is_a_log_without_entries() -> None:
    judgement = judge("events", None, 204)
    assert judgement.findings == ()
    assert "events.succeeds" in judgement.proved
    assert "events.json" not in judgement.proved


def test_no_content_is_no_answer_where_one_object_must_be() -> None:
    assert accused("read", None, 204, missing="create.stores") == ["create.stores"]


# ------------------------------------------------------------- values


TELLING = [
    name
    for name, kind in READ.answers.fields.items()  # type: ignore[union-attr]
    if f"read.keeps.{name}" in CONTRACT.requirements
    and not CONTRACT.fields[name].volatile
    and not isinstance(kind, Choice | Timestamp)
]


def test_values_that_have_nothing_in_common_are_somebody_elses() -> None:
    others = credentials(**{name: f"other {number}" for number, name in enumerate(TELLING)})
    kept = {name: credentials()[name] for name in TELLING}
    assert accused("read", others, kept=kept, elsewhere="read.isolated") == ["read.isolated"]


@pytest.mark.parametrize("name", TELLING)
def test_one_value_that_differs_is_not_kept(name: str) -> None:
    kept = {name: credentials()[name] for name in TELLING}
    found = accused("read", credentials(**{name: "other"}), kept=kept, elsewhere="read.isolated")
    assert found == [f"read.keeps.{name}"]


def test_values_that_all_became_one_are_not_somebody_elses() -> None:
    kept = {name: credentials()[name] for name in TELLING}
    masked = credentials(**dict.fromkeys(TELLING, "hidden"))
    found = accused("read", masked, kept=kept, elsewhere="read.isolated")
    assert found == [f"read.keeps.{name}" for name in TELLING]


def test_values_that_were_all_damaged_alike_are_not_somebody_elses() -> None:
    kept = {name: f"a-plain-value-{number} & <b>" for number, name in enumerate(TELLING)}
    escaped = credentials(**{name: html.escape(value) for name, value in kept.items()})
    found = accused("read", escaped, kept=kept, elsewhere="read.isolated")
    assert found == [f"read.keeps.{name}" for name in TELLING]


def test_who_made_the_credentials_is_blamed_for_what_was_not_kept() -> None:
    name = next(n for n in TELLING if f"one-click.keeps.{n}" in CONTRACT.requirements)
    kept = {name: credentials()[name]}
    changed = credentials(**{name: "other"})
    found = accused("read", changed, kept=kept, kept_by="one-click.keeps.{field}")
    assert found == [f"one-click.keeps.{name}"]


def test_success_is_evidence_for_what_the_request_covers() -> None:
    (covered, *_) = (name for name in CONTRACT.requirements if name.startswith("one-click.value."))
    assert covered in judge("one-click", {}, covers=(covered,)).proved
    assert covered not in judge("one-click", {}, 400, valid=False, covers=(covered,)).proved
