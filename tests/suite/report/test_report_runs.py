"""Runs with `--report-dir`, as a user starts them: four files, and no secret in them."""

from __future__ import annotations

import base64
import html
import json
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import quote, quote_plus
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from contracts.faults import behaviours
from contracts.leaf_user.request_bodies import OTHER_MEDIA_TYPES
from contracts.masking.masking import Secrets
from contracts.plugins.report_plugin import Report
from contracts.report import files, junit
from contracts.report.build import EndedTest
from contracts.report.format import SCHEMA
from contracts.service.app import Service
from contracts.service.http_server import serve
from contracts.service.store import known_leaf_users
from contracts.session.settings import provider_variables
from contracts.spec.load import load
from tests.helpers.report_helpers import watched

CONTRACT = load()
FIRST, SECOND = known_leaf_users(CONTRACT)
PYTEST = ("pytest", "-q", "-p", "no:cacheprovider")
SOME = ("tests/contract/test_life.py", "tests/contract/test_answers.py")
# Breaks a documented requirement and shows secrets; breaks one whose test is not among SOME.
LEAKS = ("read-shows-password-in-base64", "create-shows-password-in-text", "read-error-shows-token")
FAULT, BROKEN = "read-labelled-text", "read.media-type"
LISTED = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")

Start = Callable[..., CompletedProcess[str]]


@pytest.fixture
def start(python: Any, tmp_path: Path) -> Start:
    """A run that reports into `tmp_path / "report"`."""

    def start(*options: str, env: dict[str, str] | None = None) -> CompletedProcess[str]:
        folder = f"--report-dir={tmp_path / 'report'}"
        process: CompletedProcess[str] = python(*PYTEST, folder, *options, env=env)
        return process

    return start


def read(folder: Path) -> dict[str, Any]:
    """The report, which keeps to its schema."""
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    Draft202012Validator(SCHEMA).validate(report)
    return dict(report)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_run_writes_four_files(start: Start, tmp_path: Path) -> None:
    process = start(*SOME)
    folder = tmp_path / "report"
    assert process.returncode == 0, process.stdout + process.stderr
    assert names(folder) == sorted(files.NAMES)
    assert f"report: {folder / 'index.html'}" in process.stdout
    report = read(folder)
    assert (report["run"]["verdict"], report["run"]["exit_status"]) == ("holds", 0)
    suite = ElementTree.parse(folder / "junit.xml").find("testsuite")
    assert suite is not None
    assert int(suite.get("tests", "0")) == len(report["tests"]) > 30
    (judged,) = re.findall(r"^(\d+) judged exchanges", process.stdout, re.MULTILINE)
    assert report["run"]["requests"] == int(judged)
    proved = {name for r in report["requirements"] for name in r["tests"]}
    assert proved == {test["id"] for test in report["tests"]}
    assert "::error" not in process.stdout


def test_workers_of_xdist_make_one_report(start: Start, tmp_path: Path) -> None:
    process = start(*SOME, "-n", "2", "--behave", FAULT)
    assert process.returncode == 1, process.stdout + process.stderr
    report = read(tmp_path / "report")
    assert report["run"]["verdict"] == "broken"
    (broken,) = (r for r in report["requirements"] if r["verdict"] == "broken")
    assert broken["id"] == BROKEN
    assert broken["tests"] == [f"{SOME[1]}::test_the_answer_keeps_to_its_form[{BROKEN}]"]
    assert broken["shown"][0]["exchanges"]
    for endpoint in report["endpoints"]:
        assert endpoint["latency"]["count"] == endpoint["requests"] > 0
        assert endpoint["example"]
    observed = {o["id"]: o["value"] for o in report["observations"]}
    assert observed["read.documented.media-type"] == ["text/plain;charset=utf-8"]


def test_a_known_failure_fails_nothing_and_stands_in_the_report(
    start: Start, tmp_path: Path
) -> None:
    known = tmp_path / "known.yaml"
    known.write_text(f"{BROKEN}: mended in release 12\n", encoding="utf-8")
    process = start(*SOME, "--behave", FAULT, f"--known-failures={known}")
    assert process.returncode == 0, process.stdout
    report = read(tmp_path / "report")
    (listed,) = (r for r in report["requirements"] if r["known_failure"])
    assert (listed["id"], listed["verdict"]) == (BROKEN, "broken")
    assert "mended in release 12" in (tmp_path / "report" / "index.html").read_text("utf-8")


def test_a_known_failure_that_holds_again_fails_the_run_and_is_in_the_report(
    start: Start, tmp_path: Path
) -> None:
    known = tmp_path / "known.yaml"
    known.write_text(f"{BROKEN}: mended in release 12\n", encoding="utf-8")
    process = start(*SOME, f"--known-failures={known}")
    assert process.returncode == 1, process.stdout
    report = read(tmp_path / "report")
    assert report["run"]["verdict"] == "failed"
    (complaint,) = report["run"]["complaints"]
    assert complaint.startswith(f"{BROKEN} is listed as a known failure and does not fail")


def test_github_actions_gets_annotations_and_a_summary(start: Start, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    process = start(*SOME, "--behave", FAULT, env=env)
    assert f"\n::error title={BROKEN}::" in process.stdout
    assert summary.read_bytes() == (tmp_path / "report" / "report.md").read_bytes()


def test_a_run_that_cannot_begin_leaves_nothing(start: Start, tmp_path: Path) -> None:
    process = start("--base-url", "http://127.0.0.1:9",
                    env={"LEAF_TOKEN": "a-token", "LEAF_USER_ID": FIRST})  # fmt: skip
    assert process.returncode == 4
    assert not (tmp_path / "report").exists()


def test_an_earlier_report_is_not_taken_for_this_runs(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    folder.mkdir()
    for name in (*files.NAMES, "mine.txt"):
        (folder / name).write_text("old", encoding="utf-8")
    process = start("-k", "nothing_is_called_like_this")
    assert process.returncode == 5
    assert names(folder) == ["mine.txt"]


def test_collecting_only_reports_nothing(start: Start, tmp_path: Path) -> None:
    assert start("--collect-only").returncode == 0
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize(
    ("below", "words"),
    [
        ("file", "Not a directory"),
        ("file/folder", "Not a directory"),
        ("folder", "report.json: Is a directory"),
        ("/proc/folder", "No such file or directory"),  # where nothing can be made
    ],
)
def test_a_folder_that_cannot_be_written_is_named(
    python: Any, tmp_path: Path, below: str, words: str
) -> None:
    (tmp_path / "file").write_text("a file", encoding="utf-8")
    (tmp_path / "folder" / "report.json").mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    folder = tmp_path / below
    process = python(*PYTEST, f"--report-dir={folder}", *SOME)
    assert process.returncode == 4
    (line,) = (line for line in process.stderr.splitlines() if line.strip())
    assert line == f"ERROR: --report-dir {folder} cannot be written: {words}"
    assert (tmp_path / "file").read_text(encoding="utf-8") == "a file"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_report_that_cannot_be_written_in_the_end_is_no_green_run(
    tmp_path: Path, capsys: Any
) -> None:
    """As when the folder has gone since, or the disk is full."""
    with watched() as seen:
        report = Report(tmp_path / "report", seen.run, seen.run, "panorama")
        report._junit_from = tmp_path / "gone.xml"
        report._tests["test_a.py::test_a"] = EndedTest("test_a.py::test_a", "passed")
        session = SimpleNamespace(config=object(), exitstatus=0)
        report.pytest_sessionfinish(cast(pytest.Session, session))
    assert session.exitstatus == 4
    lines: list[str] = []
    terminal = SimpleNamespace(write_line=lambda line, **_: lines.append(line))
    report.pytest_terminal_summary(cast(pytest.TerminalReporter, terminal))
    said = f"{report.folder} cannot be written: No such file or directory"
    assert lines == [f"error: --report-dir {said}"]


def test_a_summary_that_cannot_be_written_is_said_and_fails_nothing(
    start: Start, tmp_path: Path
) -> None:
    process = start(SOME[0], env={"GITHUB_STEP_SUMMARY": str(tmp_path / "no" / "summary")})
    assert process.returncode == 0, process.stdout + process.stderr
    line = "warning: cannot write GITHUB_STEP_SUMMARY: No such file or directory"
    assert line in process.stdout.splitlines()
    assert "Traceback" not in process.stdout + process.stderr
    assert names(tmp_path / "report") == sorted(files.NAMES)


def test_a_junit_file_of_ones_own_is_written_as_well(start: Start, tmp_path: Path) -> None:
    own = tmp_path / "own.xml"
    assert start(SOME[0], f"--junit-xml={own}").returncode == 0
    assert own.read_bytes() == (tmp_path / "report" / "junit.xml").read_bytes()


@pytest.mark.parametrize("live", [True, False], ids=["live", "embedded"])
def test_a_live_run_sends_json_as_the_pages_curl_examples_do(
    start: Start, tmp_path: Path, live: bool
) -> None:
    token = secrets.token_urlsafe(20)
    users = {"LEAF_TOKEN": token, "LEAF_USER_ID": FIRST, "LEAF_OTHER_USER_ID": SECOND}
    with serve(Service(CONTRACT, token=token)) as server:
        there = ("--allow-writes", "--base-url", server.url) if live else ()
        process = start("tests/contract/test_bad_input.py", "-k", "another_media_type", *there,
                        env=users if live else None)  # fmt: skip
    assert process.returncode == 0, process.stdout + process.stderr
    ends = ".status"
    seen = {o["id"]: o["value"] for o in read(tmp_path / "report")["observations"]
            if ".other-media-type." in o["id"] and o["id"].endswith(ends)}  # fmt: skip
    labels = ["form"] if live else list(OTHER_MEDIA_TYPES)
    assert list(seen) == [f"{endpoint}.other-media-type.{label}{ends}"
                          for endpoint in ("create", "one-click") for label in labels]  # fmt: skip
    assert seen["create.other-media-type.form.status"] == ["201"]


# ------------------------------------------------------------- secrets


@pytest.fixture
def planted() -> dict[str, str]:
    """Secrets of this very test, with all that is hard to mask in them."""
    fields = [name for name in CONTRACT.sendable_fields if name in CONTRACT.secret_fields]
    return {
        "LEAF_TOKEN": f"{secrets.token_urlsafe(20)}+/=.x",
        **{
            variable: f'{secrets.token_urlsafe(12)} "ü<&%/+\\ {secrets.token_urlsafe(8)}'
            for variable, name in provider_variables(CONTRACT).items()
            if name in fields
        },
    }


@pytest.fixture
def leaking(planted: dict[str, str]) -> Iterator[str]:
    service = Service(CONTRACT, token=planted["LEAF_TOKEN"],
                      behaviours=behaviours(list(LEAKS), CONTRACT))  # fmt: skip
    with serve(service) as server:
        yield server.url


def shows(text: str, secret: str) -> bool:
    """Whether a text shows a secret: as it is, escaped, or in something that is Base64."""
    inner = json.dumps(secret)[1:-1]
    spellings = {
        secret, inner, json.dumps(inner)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret), html.escape(inner), quote(secret), quote_plus(secret),
        quote(secret, safe=""),
    }  # fmt: skip
    if any(spelling in text for spelling in spellings):
        return True
    decoded = b"\n".join(
        base64.urlsafe_b64decode(word.rstrip("=").replace("+", "-").replace("/", "_")
                                 [: len(word) // 4 * 4] + "==")
        for word in LISTED.findall(text)
    )  # fmt: skip
    return secret.encode() in decoded


def test_no_planted_secret_reaches_a_file(
    start: Start, tmp_path: Path, planted: dict[str, str], leaking: str
) -> None:
    others = {
        variable: "STAGE" if name in CONTRACT.endpoints["create"].takes.choices else f"open-{name}"
        for variable, name in provider_variables(CONTRACT).items()
        if variable not in planted
    }  # fmt: skip
    users = {"LEAF_USER_ID": FIRST, "LEAF_OTHER_USER_ID": SECOND}
    summary = tmp_path / "summary.md"
    more = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    process = start(*SOME, "tests/contract/test_authorization.py", "--allow-writes", "--strict",
                    "--base-url", leaking,
                    env={**planted, **others, **users, **more})  # fmt: skip
    assert process.returncode == 1, process.stdout + process.stderr
    folder = tmp_path / "report"
    written = [path for path in folder.rglob("*") if path.is_file()]
    texts = {path.name: path.read_text(encoding="utf-8") for path in written}
    stories = [path.name for path in written if path.parent != folder]
    assert stories
    assert sorted(texts) == sorted([*files.NAMES, *stories])
    texts |= {"summary": summary.read_text("utf-8"), "stdout": process.stdout}
    found = [
        (name, variable)
        for name, text in texts.items()
        for variable, secret in planted.items()
        if shows(text, secret)
    ]
    assert found == []
    # Both leaks were met, and what is no secret is shown: the files are about these exchanges.
    broken = [r["id"] for r in read(folder)["requirements"] if r["shown"]]
    assert "read.hides.password" in broken
    assert any(name.endswith(".errors-hide-secrets") for name in broken)
    assert "open-clientId" in texts["report.json"]
    assert "***" in texts["index.html"]


@pytest.mark.parametrize("spell", [str, quote, html.escape, lambda s: json.dumps(s)[1:-1],
                                   lambda s: base64.b64encode(f"ab{s}c".encode()).decode()],
                         ids=range(5))  # fmt: skip
def test_the_search_for_secrets_finds_them(spell: Callable[[str], str]) -> None:
    secret = f'{secrets.token_urlsafe(12)} "ü<&%/+\\'
    assert shows(f"before {spell(secret)} after", secret)
    assert not shows(f"before {spell(secret[:-6])} after", secret)


def test_a_secret_in_a_junit_file_is_masked_and_the_file_stays_xml(tmp_path: Path) -> None:
    secret = f'{secrets.token_urlsafe(12)}<&">'
    known = Secrets(["password"])
    known.keep(secret, "password")
    root = ElementTree.Element("testsuites", name=secret)
    for text in (secret, "password=abc", "harmless"):
        ElementTree.SubElement(root, "failure", message=text).text = f"a {text} b"
    path = tmp_path / "junit.xml"
    ElementTree.ElementTree(root).write(path, encoding="utf-8")
    junit.without_secrets(path, known)
    masked = ElementTree.parse(path).getroot()
    assert not shows(path.read_text(encoding="utf-8"), secret)
    assert [e.text for e in masked] == ["a *** b", "a password=*** b", "a harmless b"]
    before = path.read_bytes()
    junit.without_secrets(path, known)
    assert path.read_bytes() == before
