"""A run's outcomes: what is reported where, once, and what makes the whole of it fail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis.errors import Flaky, FlakyFailure

from contracts.http.exchange import Answer, Exchange, Finding, Judgement, Request
from contracts.http.outcomes import NotChecked, Violation
from contracts.session.ledger import ADVICE, BROKEN, HOLDS, UNCHECKED
from contracts.session.run import ADVISED, FAILED, PASSED, SKIPPED, Outcome, Run, error_of
from contracts.session.settings import Settings
from contracts.session.targets import Target
from contracts.spec.load import load
from tests.helpers.intents import intent as intent_of

CONTRACT = load()
NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
# Two of each level; which ones they are does not matter.
DOCUMENTED, OTHER = "read.json", "create.stores"
ADVISORY = "delete.twice"


def new_run(strict: bool = False, known: dict[str, str] | None = None) -> Run:
    return Run(CONTRACT, Target(CONTRACT, Settings()), strict, known or {})


@pytest.fixture
def run() -> Iterator[Run]:
    found = new_run()
    yield found
    found.target.close()


def exchange(
    *broken: str, proved: tuple[str, ...] = (), endpoint: str = "read", **more: Any
) -> Exchange:
    findings = tuple(Finding(name, "what is right", "what is wrong") for name in broken)
    return Exchange(
        endpoint,
        Request("GET", "http://localhost/x", []),
        Answer(more.pop("status", 200), "", [], b'{"a": 1}'),
        intent_of(endpoint, **{"valid": True, **more}),
        NOW,
        NOW,
        judgement=Judgement(findings, frozenset(proved)),
    )


def see(run: Run, *exchanges: Exchange) -> None:
    """What a test does: it makes exchanges, of which the run hears from the client."""
    for each in exchanges:
        for listener in run.target.client.listeners:
            listener(each)


def test_what_hypothesis_cannot_repeat_is_not_checked_and_hides_no_bug() -> None:
    assert isinstance(error_of(Flaky("varies")), NotChecked)
    bug = ValueError("a bug")
    group = FlakyFailure("varies", [NotChecked("in the way"), bug])
    assert error_of(group) is bug
    found = Violation(Finding(DOCUMENTED, "right", "wrong"))
    assert error_of(FlakyFailure("varies", [bug, found])) is found


def test_the_violation_that_ends_a_test_stands_for_it(run: Run) -> None:
    """Hypothesis shows the smallest one last."""
    first, smallest = exchange(DOCUMENTED), exchange(DOCUMENTED, status=201)
    last = smallest.judgement.findings[0]
    outcome = outcome_of(run, [DOCUMENTED], first, smallest, error=Violation(last, [smallest]))
    assert outcome
    assert "< 201" in outcome.text
    assert "< 200" not in outcome.text
    (shown,) = run.ledger.verdict(DOCUMENTED).shown
    assert "< 201" in shown["exchanges"][0]


def kind_of(run: Run, proves: list[str], *exchanges: Exchange, error: Any = None) -> str | None:
    """One test from beginning to end; the kind of its outcome."""
    outcome = outcome_of(run, proves, *exchanges, error=error)
    return outcome.kind if outcome else None


def outcome_of(
    run: Run, proves: list[str], *exchanges: Exchange, error: Any = None
) -> Outcome | None:
    run.begin()
    see(run, *exchanges)
    return run.end(proves, error)


def state(run: Run, requirement: str) -> str:
    return run.ledger.verdict(requirement).state


# ------------------------------------------------------------- a test's outcome


def test_a_test_that_ends_proves_its_requirements(run: Run) -> None:
    assert kind_of(run, [DOCUMENTED], exchange()) == PASSED
    assert state(run, DOCUMENTED) == HOLDS
    assert state(run, OTHER) == UNCHECKED
    assert state(run, ADVISORY) == UNCHECKED
    assert run.broken() == []


def test_a_test_of_several_requirements_proves_none_by_only_coming_to_its_end(run: Run) -> None:
    assert kind_of(run, [DOCUMENTED, OTHER], exchange()) == PASSED
    assert state(run, DOCUMENTED) == state(run, OTHER) == UNCHECKED


def test_a_broken_requirement_fails_its_test_with_its_sentence_and_the_exchange(run: Run) -> None:
    outcome = outcome_of(run, [DOCUMENTED], exchange(DOCUMENTED))
    assert outcome
    assert outcome.kind == FAILED
    requirement = CONTRACT.requirements[DOCUMENTED]
    for words in (DOCUMENTED, requirement.sentence, str(requirement.source),
                  "what is right", "what is wrong", "> GET http://localhost/x", "< 200",
                  "curl -i -X GET"):  # fmt: skip
        assert words in outcome.text
    assert state(run, DOCUMENTED) == BROKEN
    assert [r.id for r in run.broken()] == [DOCUMENTED]


def test_advice_that_is_not_followed_fails_nothing(run: Run) -> None:
    outcome = outcome_of(run, [ADVISORY], exchange(ADVISORY))
    assert outcome == Outcome(ADVISED, f"{ADVISORY}: what is wrong")
    assert state(run, ADVISORY) == ADVICE
    assert run.broken() == []


def test_a_strict_run_takes_advice_for_a_rule() -> None:
    run = new_run(strict=True)
    assert kind_of(run, [ADVISORY], exchange(ADVISORY)) == FAILED
    assert [r.id for r in run.broken()] == [ADVISORY]


def test_a_violation_that_a_test_raises_is_noted_with_its_exchanges(run: Run) -> None:
    shown = exchange()
    error = Violation(Finding(OTHER, "this", "that"), [shown])
    outcome = outcome_of(run, [OTHER], error=error)
    assert outcome
    assert outcome.kind == FAILED
    assert "> GET http://localhost/x" in outcome.text
    assert run.ledger.records[OTHER].violations == 1


def test_a_violation_that_was_seen_and_then_raised_is_one(run: Run) -> None:
    seen = exchange(DOCUMENTED)
    error = Violation(seen.judgement.findings[0], [seen])
    assert kind_of(run, [DOCUMENTED], seen, error=error) == FAILED
    assert run.ledger.records[DOCUMENTED].violations == 1


def test_what_could_not_be_checked_is_skipped_with_its_reason(run: Run) -> None:
    outcome = outcome_of(run, [OTHER], error=NotChecked("nothing is there"))
    assert outcome == Outcome(SKIPPED, "not checked: nothing is there")
    assert run.ledger.verdict(OTHER).reason == "nothing is there"
    assert state(run, OTHER) == UNCHECKED


def test_what_is_in_the_way_is_named_when_it_is_broken(run: Run) -> None:
    in_the_way = NotChecked("nothing is there", because=DOCUMENTED)
    outcome = outcome_of(run, [OTHER], error=in_the_way)
    assert outcome == Outcome(SKIPPED, "not checked: nothing is there")
    kind_of(run, [DOCUMENTED], exchange(DOCUMENTED))
    outcome = outcome_of(run, [OTHER], error=in_the_way)
    assert outcome == Outcome(SKIPPED, f"not checked: because {DOCUMENTED} is broken")


def test_a_broken_requirement_counts_for_more_than_what_was_not_checked(run: Run) -> None:
    assert kind_of(run, [OTHER], exchange(OTHER), error=NotChecked("no")) == FAILED


@pytest.mark.parametrize(
    "error",
    [ZeroDivisionError("5"), AssertionError("no"), RuntimeError("no"),
     ExceptionGroup("several", [ValueError("no"), TypeError("no")])],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_an_error_of_the_test_itself_is_not_the_services(run: Run, error: Exception) -> None:
    assert kind_of(run, [DOCUMENTED], exchange(), error=error) is None
    assert state(run, DOCUMENTED) == UNCHECKED


def test_a_violation_inside_of_groups_is_found(run: Run) -> None:
    violation = Violation(Finding(OTHER, "this", "that"), [])
    group = ExceptionGroup("flaky", [ExceptionGroup("inner", [ValueError("x"), violation])])
    assert error_of(group) is violation
    assert kind_of(run, [OTHER], error=group) == FAILED
    assert error_of(None) is None


def test_the_notes_of_an_error_are_shown_without_secrets(run: Run) -> None:
    run.target.secrets.keep("a-planted-secret-1234", "password")
    error = Violation(Finding(OTHER, "this", "that a-planted-secret-1234"), [])
    error.add_note("Falsifying example: body={'password': 'a-planted-secret-1234'}")
    error.add_note("It did not fail again. Expected:\nTraceback (most recent call last):\n  File x")
    outcome = outcome_of(run, [OTHER], error=error)
    assert outcome
    assert "Falsifying example" in outcome.text
    assert "Traceback" not in outcome.text
    assert "a-planted-secret-1234" not in outcome.text
    assert "a-planted-secret-1234" not in json.dumps(run.as_json())


# ------------------------------------------------------------- where something is reported


def test_a_requirement_is_reported_once_to_those_who_come_by(run: Run) -> None:
    assert kind_of(run, [OTHER], exchange(DOCUMENTED)) == FAILED
    assert kind_of(run, [OTHER], exchange(DOCUMENTED)) == PASSED
    assert kind_of(run, [ADVISORY], exchange(DOCUMENTED)) == PASSED
    assert run.ledger.records[DOCUMENTED].violations == 3


def test_a_requirement_is_reported_where_it_is_looked_for(run: Run) -> None:
    run.expect([OTHER])
    run.expect([DOCUMENTED])
    assert kind_of(run, [OTHER], exchange(DOCUMENTED)) == PASSED
    outcome = outcome_of(run, [DOCUMENTED], exchange())
    assert outcome
    assert outcome.kind == FAILED
    assert "what is wrong" in outcome.text
    assert [r.id for r in run.broken()] == [DOCUMENTED]


def test_a_requirement_is_reported_to_each_test_of_it(run: Run) -> None:
    for _ in range(2):
        assert kind_of(run, [DOCUMENTED], exchange(DOCUMENTED)) == FAILED


def test_what_a_test_saw_before_it_began_is_not_its_own(run: Run) -> None:
    see(run, exchange(DOCUMENTED))
    assert kind_of(run, [OTHER], exchange()) == PASSED


def test_each_of_several_broken_requirements_is_shown(run: Run) -> None:
    outcome = outcome_of(run, [DOCUMENTED, OTHER], exchange(OTHER, DOCUMENTED))
    assert outcome
    assert outcome.text.index(f"{DOCUMENTED} (documented)") >= 0
    assert outcome.text.index(f"{OTHER} (documented)") >= 0


# ------------------------------------------------------------- known failures


def test_a_known_failure_is_shown_and_fails_nothing() -> None:
    run = new_run(known={DOCUMENTED: "ticket 5"})
    outcome = outcome_of(run, [DOCUMENTED], exchange(DOCUMENTED))
    assert outcome == Outcome(ADVISED, f"{DOCUMENTED}: known failure, ticket 5")
    assert run.broken() == []
    assert list(run.known_failure_errors()) == []
    assert kind_of(run, [OTHER], exchange(OTHER)) == FAILED


def test_a_known_failure_holds_in_a_strict_run_too() -> None:
    run = new_run(strict=True, known={ADVISORY: "we know"})
    assert kind_of(run, [ADVISORY], exchange(ADVISORY)) == ADVISED


def test_a_known_failure_that_does_not_fail_is_an_error() -> None:
    run = new_run(known={DOCUMENTED: "ticket 5"})
    assert kind_of(run, [DOCUMENTED], exchange()) == PASSED
    (error,) = run.known_failure_errors()
    assert error.startswith(DOCUMENTED)
    assert "take it off the list" in error


def test_a_known_failure_that_was_not_tested_is_no_error() -> None:
    run = new_run(known={DOCUMENTED: "ticket 5"})
    kind_of(run, [OTHER], exchange())
    assert list(run.known_failure_errors()) == []


def test_a_known_failure_that_could_not_be_checked_is_no_error() -> None:
    run = new_run(known={OTHER: "ticket 5"})
    kind_of(run, [OTHER], error=NotChecked("create writes, and --allow-writes is not given"))
    assert list(run.known_failure_errors()) == []


# ------------------------------------------------------------- endpoints that never succeeded


def test_an_endpoint_that_never_succeeded_is_named_with_what_was_seen(run: Run) -> None:
    refused = exchange(status=401)
    kind_of(run, ["read.succeeds"], refused, refused, replace(refused, answer=None))
    (sentence,) = run.never_succeeded()
    assert sentence == "read never once succeeded where it had to (seen: no answer (1x), 401 (2x))"
    see(run, exchange())
    assert list(run.never_succeeded()) == []


def test_an_endpoint_that_nobody_tested_needs_no_success(run: Run) -> None:
    kind_of(run, ["read.json"], exchange(status=401, valid=False))
    assert list(run.never_succeeded()) == []


def test_an_endpoint_that_had_to_succeed_in_any_test_is_named(run: Run) -> None:
    kind_of(run, ["read.json"], exchange(status=401))
    assert list(run.never_succeeded()) == [
        "read never once succeeded where it had to (seen: 401 (1x))"
    ]


def test_a_run_that_found_no_endpoint_at_all_asks_for_the_base_url(run: Run) -> None:
    kind_of(run, ["create.json"], exchange(status=404, endpoint="create"))
    (sentence,) = run.never_succeeded()
    assert "(seen: 404 (1x)): no endpoint is found anywhere" in sentence


def test_an_endpoint_that_was_never_asked_is_named(run: Run) -> None:
    kind_of(run, ["delete.succeeds"], error=NotChecked("no"))
    assert list(run.never_succeeded()) == [
        "delete never once succeeded where it had to (seen: nothing was asked)"
    ]


def test_a_success_without_a_token_or_without_need_is_none(run: Run) -> None:
    for way in ({"authorised": False}, {"valid": False, "present": True}):
        kind_of(run, ["read.succeeds"], exchange(**way))
        assert len(list(run.never_succeeded())) == 1
    see(run, exchange(valid=False, present=None))  # what was there before the run began
    assert list(run.never_succeeded()) == []


def test_what_the_options_do_not_allow_need_not_succeed() -> None:
    url = "http://127.0.0.1:9/api"
    user = "00000000-0000-4000-8000-000000000001"
    reading = Settings(base_url=url, token="a-token", leaf_user=user)
    for settings, allowed in (
        (reading, {"read", "events"}),
        (replace(reading, allow_writes=True), {"read", "events", "create", "delete"}),
        (Settings(), set(CONTRACT.endpoints)),
    ):
        run = Run(CONTRACT, Target(CONTRACT, settings))
        assert {name for name in CONTRACT.endpoints if run.allowed(name)} == allowed
        run.target.close()


# ------------------------------------------------------------- several processes


def first_half(run: Run) -> None:
    kind_of(run, [DOCUMENTED], exchange(DOCUMENTED))
    kind_of(run, [OTHER], exchange(proved=(OTHER,)), error=NotChecked("nothing is there"))
    run.complaints.append("something is left behind")
    run.ledger.waits["times"] += 2


def second_half(run: Run) -> None:
    kind_of(run, [DOCUMENTED], exchange(DOCUMENTED), exchange(status=503, endpoint="events"))
    kind_of(run, [ADVISORY], exchange(endpoint="delete", status=204))
    kind_of(run, ["one-click.keeps.username"], error=NotChecked("nothing is there"))
    run.ledger.waits["times"] += 1


def as_seen(run: Run) -> Any:
    data = run.as_json()
    for record in data["ledger"]["records"].values():
        # Each process shows a violation that is new to it.
        record["shown"] = record["shown"][:1]
    return json.loads(json.dumps(data))


def test_two_halves_make_one_run() -> None:
    whole, main = new_run(), new_run()
    first_half(whole)
    second_half(whole)
    for half in (first_half, second_half):
        worker = new_run()
        half(worker)
        main.merge(json.loads(json.dumps(worker.as_json())))
    assert as_seen(main) == as_seen(whole)
    assert [v.state for v in main.ledger.verdicts()] == [v.state for v in whole.ledger.verdicts()]
    assert main.broken() == whole.broken()
    assert list(main.never_succeeded()) == list(whole.never_succeeded())


def test_merging_nothing_changes_nothing(run: Run) -> None:
    first_half(run)
    before = as_seen(run)
    run.merge(new_run().as_json())
    assert as_seen(run) == before
