"""The last line of a run: its verdict, with the reason of the exit status."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contracts.session.run import Run
from contracts.session.settings import Settings
from contracts.session.summary import details, verdict
from contracts.session.targets import Target
from contracts.spec.load import load

CONTRACT = load()
DOCUMENTED = [r.id for r in CONTRACT.requirements.values() if not r.advisory]
ADVISORY = next(r.id for r in CONTRACT.requirements.values() if r.advisory)


@pytest.fixture
def run() -> Iterator[Run]:
    target = Target(CONTRACT, Settings())
    yield Run(CONTRACT, target)
    target.close()


def test_what_holds_and_what_was_not_seen_is_counted(run: Run) -> None:
    run.ledger.proved(DOCUMENTED[0])
    run.ledger.broke(ADVISORY)
    count = len(CONTRACT.requirements)
    assert verdict([run], 0, tests=5, failed=0) == (
        f"nothing is broken: 1 of {count} requirements hold, 1 advice not followed, "
        f"{count - 2} not checked (exit status 0)"
    )


def test_what_is_broken_is_named(run: Run) -> None:
    run.ledger.broke(DOCUMENTED[0])
    said = f"1 requirement broken: {DOCUMENTED[0]} (exit status 1)"
    assert verdict([run], 1, tests=5, failed=1) == said
    for name in DOCUMENTED[1:8]:
        run.ledger.broke(name)
    said = verdict([run], 1, tests=5, failed=1)
    assert said.startswith("8 requirements broken: ")
    assert said.endswith(" and 3 more (exit status 1)")


def test_advice_is_broken_where_it_is_strict(run: Run) -> None:
    run.ledger.broke(ADVISORY)
    run.strict = True
    assert ADVISORY in verdict([run], 1, tests=5, failed=1)


def test_advice_shows_its_exchange_and_what_fails_does_not_do_so_again(run: Run) -> None:
    shown = {"expected": "what is right", "actual": "what is wrong", "exchanges": ["> GET /x"]}
    run.ledger.broke(ADVISORY, shown)
    run.ledger.broke(DOCUMENTED[0], shown)
    lines = list(details(run))
    assert lines.count("    expected what is right, and not what is wrong") == 1
    assert lines.count("    > GET /x") == 1
    run.strict = True
    assert "    > GET /x" not in list(details(run))


def test_a_run_that_is_red_without_a_red_test_says_why(run: Run) -> None:
    run.complaints.append("credentials were left behind")
    assert verdict([run], 1, tests=5, failed=0) == (
        "not green, although no requirement is broken: credentials were left behind (exit status 1)"
    )


@pytest.mark.parametrize(
    ("status", "tests", "lost", "said"),
    [
        (1, 5, "", "the suite could not do its work: 2 tests ended in an error"),
        (2, 5, "", "interrupted"),
        (4, 5, "the token is no longer accepted", "ended early: the token is no longer accepted"),
        (4, 0, "", "unusable"),
        (5, 0, "", "nothing was tested"),
    ],
)
def test_how_else_a_run_ends(run: Run, status: int, tests: int, lost: str, said: str) -> None:
    line = verdict([run], status, tests=tests, failed=2, lost=lost)
    assert line.startswith(said)
    assert line.endswith(f"(exit status {status})")
