"""What `make proof` makes of its runs: who noticed what, what it took, and where it is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from benchmarks.proof import DOCUMENT, main
from benchmarks.proof_runs import Pair, Result, sample
from benchmarks.proof_tables import BEGIN, END, inserted, tables
from benchmarks.schemathesis_runs import Report
from contracts.faults import FAULT, Fault, catalogue
from contracts.spec.load import load
from tests.helpers.proof_harness import Proof

CATALOGUE = catalogue(load())
DOCUMENTED, OTHER = [e for e in CATALOGUE.values() if e.level == "documented"][:2]
ADVISORY = next(e for e in CATALOGUE.values() if e.level == "advisory")
LAWFUL = next(e for e in CATALOGUE.values() if e.kind != FAULT)
USUAL = Report(("Always wrong (GET /)",), 1000, 9.0, 0)


def proof(entry: Fault, **changes: object) -> Proof:
    """A run as it should be."""
    red = entry.kind == FAULT
    broken = [entry.breaks] if entry.breaks else []
    right = Proof(entry.name, int(red), broken, [], 200, 10 if red else None, 2.0, 1.0)
    return replace(right, **changes)  # type: ignore[arg-type]


def pair(entry: Fault, ours: Proof | None = None, **changes: object) -> Pair:
    """Both as they should be; schemathesis as `changes` have it."""
    failures = (*USUAL.failures, *(["Wrong (GET /)"] if entry.kind == FAULT else []))
    theirs = replace(Report(failures, 1000, 9.0, 0), **changes)  # type: ignore[arg-type]
    return Pair(entry, ours or proof(entry), theirs, USUAL.failures)


def shown(results: list[Result], pairs: list[Pair]) -> str:
    return tables("make proof", datetime(2026, 1, 2, tzinfo=UTC), 60, results, pairs, USUAL, of=9)


# ------------------------------------------------------------- who noticed what


def test_a_fault_is_noticed_when_its_requirement_is_red() -> None:
    other = [OTHER.breaks or "", "read.succeeds"]
    assert Result(DOCUMENTED, proof(DOCUMENTED)).noticed
    assert not Result(DOCUMENTED, proof(DOCUMENTED, broken=["delete.twice"])).noticed
    assert not Result(DOCUMENTED, proof(DOCUMENTED, status=0)).noticed
    assert not Result(DOCUMENTED, proof(DOCUMENTED, status=4)).noticed
    assert not pair(DOCUMENTED, proof(DOCUMENTED, broken=["delete.twice", *other[1:]])).ours_spoke


def test_a_lawful_variant_is_accused_by_any_run_that_is_not_green() -> None:
    assert not Result(LAWFUL, proof(LAWFUL)).accused
    assert Result(LAWFUL, proof(LAWFUL, status=1)).accused
    assert Result(LAWFUL, proof(LAWFUL, status=4)).accused
    assert pair(LAWFUL, proof(LAWFUL, status=1)).ours_spoke
    assert not Result(DOCUMENTED, proof(DOCUMENTED)).accused


def test_schemathesis_notices_by_what_it_does_not_always_report() -> None:
    assert pair(DOCUMENTED).theirs_spoke
    assert not pair(DOCUMENTED, failures=USUAL.failures).theirs_spoke
    assert not pair(DOCUMENTED, failures=()).theirs_spoke
    assert not pair(DOCUMENTED, cut_off=True).theirs_spoke
    assert pair(LAWFUL, failures=("Wrong (GET /)",)).theirs_spoke


# ------------------------------------------------------------- what is shown


def test_the_tables_count_what_was_noticed_passed_and_needed() -> None:
    results = [
        Result(DOCUMENTED, proof(DOCUMENTED, broken=[DOCUMENTED.breaks, "delete.twice"])),
        Result(OTHER, proof(OTHER, status=0, broken=[])),
        Result(ADVISORY, proof(ADVISORY)),
        Result(LAWFUL, proof(LAWFUL)),
    ]
    pairs = [
        pair(DOCUMENTED, proof(DOCUMENTED, first_red=3)),
        pair(OTHER, proof(OTHER, first_red=8)),
        pair(ADVISORY, cut_off=True, requests=3000, failures=()),
        pair(LAWFUL, proof(LAWFUL, status=1), requests=2000, failures=("Wrong (GET /)",)),
    ]
    text = shown(results, pairs)
    for row in (
        "| every documented fault is noticed | 1 of 2 | 2 of 2 | **no** |",
        "| every advisory fault is noticed, with `--strict` | 1 of 1 | 1 of 1 | yes |",
        "| no lawful variant is accused | 1 of 1 | 0 of 1 | **no** |",
        "| at most a fifth of schemathesis's requests |  | 11.4% | yes |",
        f"| {DOCUMENTED.group} | 1 of 2 |",
        "| **all** | 1 of 2 | 1 of 1 |",
        "with `--strict`: **1 of 1**.",
        "| documented faults | 2 | 6 | 8 |",
        "| advisory faults | 1 | 10 | 10 |",
        "### Only 4 of the 9 behaviours, in-process",
        "Side by side, on 4 of the 9 behaviours",
        "| documented faults noticed | 2 of 2 | 2 of 2 |",
        "| advisory faults noticed | 1 of 1 | 0 of 1 |",
        "| lawful variants accused | 1 of 1 | 1 of 1 |",
        "| requests a run, median | 200 | 1500 |",
        "| requests in all | 800 | 7000 |",
        "| runs that ended without a verdict | 0 | 1 |",
        f"Not noticed by the tests of this suite (1): `{OTHER.name}`",
        f"More went red than belongs to the fault (1): `{DOCUMENTED.name}`",
        f"Side by side, this suite was wrong about (1): `{LAWFUL.name}`",
        f"Not noticed by schemathesis (1): `{ADVISORY.name}`",
        f"Lawful, and accused by schemathesis (1): `{LAWFUL.name}`",
        f"Not ended by schemathesis in time (1): `{ADVISORY.name}`",
    ):
        assert row in text


def test_the_tables_stand_between_the_marks_and_nothing_else_changes() -> None:
    before = f"# Proof\n\nFirst.\n\n{BEGIN}\nold\n{END}\n\nLast.\n"
    after = inserted(before, "new")
    assert after == f"# Proof\n\nFirst.\n\n{BEGIN}\n\nnew\n\n{END}\n\nLast.\n"
    assert inserted(after, "new") == after


@pytest.mark.parametrize("text", ["", BEGIN, f"{END} {BEGIN}"])
def test_a_document_without_marks_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no place for the tables"):
        inserted(text, "new")


def test_the_document_has_a_place_for_the_tables() -> None:
    assert "new tables" in inserted(DOCUMENT.read_text(encoding="utf-8"), "new tables")


# ------------------------------------------------------------- what is taken


@pytest.mark.parametrize("every", [1, 16, 64, 1000])
def test_a_sample_has_the_middle_of_each_group_and_level(every: int) -> None:
    entries = list(CATALOGUE.values())
    chosen = sample(entries, every)
    assert len(set(chosen)) == len(chosen)
    groups: dict[tuple[str, str], list[Fault]] = {}
    for entry in entries:
        groups.setdefault((entry.group, entry.level), []).append(entry)
    for members in groups.values():
        assert members[len(members) // 2] in chosen
    assert (len(chosen) == len(entries)) == (every == 1)


@pytest.mark.parametrize(
    "options", [["--every", "0"], ["--limit", "soon"], ["--json", "no-such-folder/x.json"], ["x"]]
)
def test_options_that_make_no_sense_are_refused_at_once(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(options)
    assert caught.value.code not in (0, None)
    assert "Traceback" not in capsys.readouterr().err
