"""`python -m contracts compare`: its exit status, its three formats, its list of known failures."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts.__main__ import main
from contracts.compare.changes import (
    BREAKING,
    CLASSES,
    HARMLESS,
    NOTABLE,
    Change,
    as_markdown,
    as_text,
    reach,
)
from contracts.compare.compare import compare
from contracts.compare.comparison import KINDS, SCHEMA
from contracts.report import files
from contracts.report.markdown import prose
from contracts.spec.load import load
from tests.helpers.compare_helpers import (
    DOCUMENTED,
    TEST,
    Edit,
    a_report,
    both,
    dropped,
    latency,
    running,
    seen_as,
    setting,
    unchanged,
    verdict,
    version,
)  # fmt: skip

ROOT = Path(__file__).parents[3]
CONTRACT = load()


@pytest.fixture(scope="module")
def base() -> dict[str, Any]:
    return a_report()


@pytest.fixture
def reports(base: dict[str, Any], tmp_path: Path) -> Callable[[Edit], list[str]]:
    def reports(new: Edit) -> list[str]:
        after = copy.deepcopy(base)
        new(after)
        paths = [tmp_path / "old.json", tmp_path / "new.json"]
        for path, report in zip(paths, (base, after), strict=True):
            path.write_text(json.dumps(report), encoding="utf-8")
        return [str(path) for path in paths]

    return reports


EDITS = {
    BREAKING: verdict(DOCUMENTED, "broken"),
    NOTABLE: dropped("tests", TEST),
    HARMLESS: seen_as("read.further-fields", "owner"),
    "none": unchanged,
}


@pytest.mark.parametrize("worst", EDITS)
@pytest.mark.parametrize("limit", [None, *CLASSES])
def test_the_exit_status_is_that_of_the_worst_change(
    worst: str, limit: str | None, reports: Callable[[Edit], list[str]], capsys: Any
) -> None:
    order = [*CLASSES, "none"]
    fails = order.index(worst) <= order.index(limit or BREAKING)
    options = ["--fail-on", limit] if limit else []
    assert main(["compare", *reports(EDITS[worst]), *options]) == int(fails)
    out = capsys.readouterr().out
    assert ("nothing changed" in out) == (worst == "none")


def test_the_three_formats_say_the_same(reports: Callable[[Edit], list[str]], capsys: Any) -> None:
    paths = reports(EDITS[BREAKING])
    said = {}
    for name in ("text", "markdown", "json"):
        assert main(["compare", *paths, "--format", name]) == 1
        said[name] = capsys.readouterr().out
    value = json.loads(said["json"])
    (change,) = value["changes"]
    assert (change["severity"], change["kind"], change["id"]) == (
        BREAKING, "requirement", DOCUMENTED,
    )  # fmt: skip
    assert (change["old"], change["new"]) == ("holds", "broken")
    assert value["counts"] == {BREAKING: 1, NOTABLE: 0, HARMLESS: 0}
    assert value["new"]["verdict"] == "holds"
    assert f"  requirement {DOCUMENTED}: held, does not hold now" in said["text"]
    assert said["text"].rstrip().endswith("1 breaking, 0 notable, 0 harmless changes")
    assert f"- requirement `{DOCUMENTED}`: held, does not hold now" in said["markdown"]


def everything(report: dict[str, Any]) -> None:
    """A change of each kind."""
    edits = (
        running(verdict="broken"), version, dropped("endpoints", "events"), latency(900),
        verdict(DOCUMENTED, "broken"), seen_as("read.further-fields", "owner"),
        dropped("tests", TEST), setting("requirements", "read.shape", known_failure="\"ü\" \n"),
    )  # fmt: skip
    both(*edits)(report)


def test_json_keeps_to_its_schema_and_leaves_nothing_out(
    reports: Callable[[Edit], list[str]], known: list[str], capsys: Any
) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    paths = reports(everything)
    assert main(["compare", *paths, "--format", "json"]) == 1
    value = json.loads(capsys.readouterr().out)
    Draft202012Validator(SCHEMA).validate(value)
    assert {change["kind"] for change in value["changes"]} == set(KINDS)
    old, new = (files.read(Path(path)) for path in paths)
    assert value["changes"] == [asdict(change) for change in compare(old, new)]
    assert sum(value["counts"].values()) == len(value["changes"]) > len(KINDS)
    assert (value["old"]["contract"], value["new"]["contract"]) == (CONTRACT.version, "2.0.0")
    assert value["complaints"] == []


def test_json_holds_the_complaints(
    reports: Callable[[Edit], list[str]], known: list[str], capsys: Any
) -> None:
    assert main(["compare", *reports(unchanged), *known, "--format", "json"]) == 1
    value = json.loads(capsys.readouterr().out)
    Draft202012Validator(SCHEMA).validate(value)
    (complaint,) = value["complaints"]
    assert complaint.startswith(f"{DOCUMENTED} is listed as a known failure and does not fail")
    assert value["changes"] == []


@pytest.mark.parametrize("part", sorted(SCHEMA["required"]))
def test_the_schema_of_the_json_misses_nothing(
    reports: Callable[[Edit], list[str]], part: str, capsys: Any
) -> None:
    main(["compare", *reports(everything), "--format", "json"])
    value = json.loads(capsys.readouterr().out)
    assert not Draft202012Validator(SCHEMA).is_valid({**value, "more": 1})
    del value[part]
    assert not Draft202012Validator(SCHEMA).is_valid(value)


def test_markdown_shows_no_markup_of_others() -> None:
    changes = [Change(BREAKING, "requirement", "x", "<b> and *c*")]
    assert r"\<b\> and \*c\*" in as_markdown("old → new", changes, prose)


def test_changes_of_which_the_same_is_said_are_said_once() -> None:
    changes = [Change(NOTABLE, "test", f"test_{number}", "vanished") for number in range(8)]
    line = "test test_0, test_1, test_2, test_3, test_4, and 3 more: vanished"
    assert f"\n  {line}\n" in as_text("old → new", changes)
    shown = as_markdown("old → new", changes, prose)
    assert "- test `test_0`, `test_1`, `test_2`, `test_3`, `test_4`, and 3 more: vanished" in shown
    assert "8 notable" in shown


@pytest.fixture
def known(tmp_path: Path) -> list[str]:
    path = tmp_path / "known.yaml"
    path.write_text(f"{DOCUMENTED}: until release 12\n", encoding="utf-8")
    return ["--known-failures", str(path)]


def test_a_listed_failure_does_not_fail_the_comparison(
    reports: Callable[[Edit], list[str]], known: list[str], capsys: Any
) -> None:
    paths = reports(EDITS[BREAKING])
    assert main(["compare", *paths]) == 1
    assert main(["compare", *paths, *known]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "does not hold now (a known failure: until release 12)\n" in said.out
    assert main(["compare", *paths, *known, "--fail-on", NOTABLE]) == 1


def test_a_listed_failure_that_holds_again_fails_the_comparison(
    reports: Callable[[Edit], list[str]], known: list[str], capsys: Any
) -> None:
    assert main(["compare", *reports(unchanged), *known]) == 1
    said = capsys.readouterr()
    assert "nothing changed" in said.out
    assert said.err == (
        f"error: {DOCUMENTED} is listed as a known failure and does not fail: "
        "take it off the list\n"
    )
    assert main(["compare", *reports(verdict(DOCUMENTED, "not checked")), *known]) == 0


def test_a_listed_failure_that_names_nothing_is_refused(
    reports: Callable[[Edit], list[str]], tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / "known.yaml"
    path.write_text("read.jsn: until release 12\n", encoding="utf-8")
    assert main(["compare", *reports(unchanged), "--known-failures", str(path)]) == 4
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "error: known.yaml:1: there is no requirement 'read.jsn'\n")


def test_reports_about_two_contracts_are_not_compared(
    reports: Callable[[Edit], list[str]], capsys: Any
) -> None:
    def other(report: dict[str, Any]) -> None:
        report["contract"]["name"] = "another"

    assert main(["compare", *reports(other)]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"error: one report is about {CONTRACT.name}, the other about another"


def test_no_changes_reach_no_class() -> None:
    assert not any(reach([], limit) for limit in CLASSES)


def test_every_option_is_documented(capsys: Any) -> None:
    with pytest.raises(SystemExit):
        main(["compare", "--help"])
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    guide = (ROOT / "docs" / "compare.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(--[a-z-]+)", guide, re.MULTILINE)) == known
