"""The report of a run: complete, held against its schema, quick, and made anew from its JSON."""

from __future__ import annotations

import base64
import html
import json
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from jsonschema import Draft202012Validator

from contracts.__main__ import main
from contracts.masking.masking import Secrets
from contracts.report import files, github
from contracts.report.build import EndedTest
from contracts.report.format import SCHEMA
from contracts.report.html import page
from contracts.report.markdown import escaped, markdown, prose
from contracts.report.traffic import Traffic
from contracts.session.ledger import ADVICE, BROKEN, HOLDS, UNCHECKED
from contracts.session.run import Run
from contracts.spec.load import load
from tests.helpers.report_helpers import Watched, a_short_life, exchange, watched

CONTRACT = load()
DOCUMENTED, ADVISORY = "read.json", "delete.twice"
EXAMPLE: Any = CONTRACT.example(CONTRACT.forms["credentials-read"])
SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    quote_plus,
    lambda value: quote_plus(value).lower(),
    lambda value: json.dumps(value)[1:-1],
    lambda value: html.escape(value),
    lambda value: base64.b64encode(f"x{value}".encode()).decode(),
)
MARKUP = "<script>alert(1)</script> | `x` *y* [z](http://localhost)"


@pytest.fixture
def seen() -> Iterator[Watched]:
    with watched() as found:
        yield found


@pytest.fixture
def report(seen: Watched) -> dict[str, Any]:
    """A report with something of everything in it."""
    a_short_life(seen.account)
    seen.run.tested |= {DOCUMENTED, ADVISORY}
    seen.see(exchange("read", DOCUMENTED), exchange("delete", ADVISORY))
    seen.tests += [
        EndedTest("test_a.py::test_b", "failed", 0.25, [DOCUMENTED]),
        EndedTest("test_a.py::test_c", "advised", 0.5, [ADVISORY]),
        EndedTest("test_a.py::test_a", "passed", 0.125, [DOCUMENTED, "read.shape"]),
    ]
    return seen.report(exit_status=1, complaints=["read never once succeeded"])


def requirement(report: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (r for r in report["requirements"] if r["id"] == name)
    return dict(found)


# ------------------------------------------------------------- report.json


def test_the_schema_is_one_and_the_report_keeps_to_it(report: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(report)


@pytest.mark.parametrize("part", sorted(SCHEMA["required"]))
def test_the_schema_misses_a_part_that_is_not_there(report: dict[str, Any], part: str) -> None:
    del report[part]
    assert not Draft202012Validator(SCHEMA).is_valid(report)
    assert not Draft202012Validator(SCHEMA).is_valid({**report, part: 1, "more": 1})


def test_each_requirement_has_its_verdict_its_source_and_its_tests(report: dict[str, Any]) -> None:
    assert [r["id"] for r in report["requirements"]] == list(CONTRACT.requirements)
    broken, advised = requirement(report, DOCUMENTED), requirement(report, ADVISORY)
    assert (broken["verdict"], advised["verdict"]) == (BROKEN, ADVICE)
    assert broken["tests"] == ["test_a.py::test_a", "test_a.py::test_b"]
    assert broken["source"]["heading"] == CONTRACT.requirements[DOCUMENTED].source.heading
    (shown,) = broken["shown"]
    assert (shown["expected"], shown["actual"]) == ("what is right", "what is wrong")
    assert "curl -i -X GET" in shown["exchanges"][0]
    assert requirement(report, "read.succeeds")["verdict"] == HOLDS
    unchecked = requirement(report, "events.retention")
    assert (unchecked["verdict"], bool(unchecked["reason"])) in ((HOLDS, False), (UNCHECKED, True))


def test_each_endpoint_has_its_latency_and_an_example_without_secrets(
    report: dict[str, Any], seen: Watched
) -> None:
    for endpoint in report["endpoints"]:
        assert (
            endpoint["latency"]["count"]
            == endpoint["requests"]
            == sum(endpoint["statuses"].values())
        )
        known = CONTRACT.endpoints[endpoint["id"]]
        assert endpoint["request"] == known.request
        if endpoint["successes"]:
            assert endpoint["example"]["answer"].startswith("2")
            assert endpoint["example"]["curl"].startswith(f"curl -i -X {known.method}")
    text = json.dumps(report["endpoints"])
    assert seen.run.target.client.token not in text
    assert '\\"password\\": \\"***\\"' in text


def test_the_example_is_the_most_telling_exchange(seen: Watched) -> None:
    seen.see(
        exchange(status=500),
        exchange(status=200, valid=True),
        exchange(status=404, present=False),
        exchange(body=EXAMPLE, valid=True, present=True, headers=[("X-Best", "1")]),
        exchange(body=EXAMPLE, valid=True, present=True, headers=[("X-Late", "1")]),
    )
    example = seen.traffic.example("read")
    assert example
    assert "X-Best: 1" in example["answer"]
    assert seen.traffic.example("create") is None


def test_latency_is_told_in_quantiles_of_milliseconds(seen: Watched) -> None:
    seen.see(*(exchange(elapsed=n / 1000) for n in range(1, 102)))
    assert seen.traffic.latency("read") == {
        "count": 101, "p25": 26, "median": 51, "p75": 76, "p95": 96,
    }  # fmt: skip
    assert seen.traffic.latency("create") == {"count": 0}


def test_what_workers_saw_is_merged(seen: Watched) -> None:
    other = Traffic(CONTRACT, seen.run.renderer)
    other(exchange(body=EXAMPLE, valid=True, present=True))
    seen.see(exchange(status=404))
    seen.traffic.merge(json.loads(json.dumps(other.as_json())))
    assert seen.traffic.latency("read")["count"] == 2
    example = seen.traffic.example("read")
    assert example
    assert example["answer"].startswith("200")


@pytest.mark.parametrize(
    ("broken", "status", "verdict"),
    [(False, 0, "holds"), (True, 1, "broken"), (False, 1, "failed"), (True, 2, "interrupted"),
     (True, 3, "failed"), (True, 0, "holds")],
)  # fmt: skip
def test_the_verdict_keeps_bad_news_apart(
    seen: Watched, broken: bool, status: int, verdict: str
) -> None:
    if broken:
        seen.see(exchange("read", DOCUMENTED))
    assert seen.report(exit_status=status)["run"]["verdict"] == verdict


def test_a_known_failure_stands_in_the_report_with_its_reason() -> None:
    with watched(known={DOCUMENTED: "until release 12"}) as seen:
        seen.see(exchange("read", DOCUMENTED))
        report = seen.report()
    assert report["run"]["verdict"] == "holds"
    assert requirement(report, DOCUMENTED)["known_failure"] == "until release 12"
    for text in (page(report), markdown(report)):
        assert "until release 12" in text
    (command,) = github.commands(report, {"GITHUB_ACTIONS": "true"})
    assert command.startswith("::warning ")


# ------------------------------------------------------------- the pages


def test_the_page_shows_every_requirement_with_a_link_of_its_own(report: dict[str, Any]) -> None:
    shown = page(report)
    for name in CONTRACT.requirements:
        assert f'<details id="{name}"' in shown
        assert f'href="#{name}"' in shown
    overview = shown.split('id="failing"', 1)[1].split("</section>", 1)[0]
    assert overview.index(DOCUMENTED) < overview.index(ADVISORY)
    assert "read never once succeeded" in shown
    assert "Not documented, but seen" in shown


def test_the_page_claims_nothing_of_a_body_that_was_judged(report: dict[str, Any]) -> None:
    """What is wrong with it stands with the requirements; the table must not deny it."""
    table = page(report).split('aria-label="How read was answered"')[1].split("</table>")[0]
    (row,) = (row for row in table.split("<tr>") if '"row">as documented<' in row)
    assert row.rstrip().endswith("<td>judged by its form</td></tr>")


def test_nothing_in_a_report_is_markup(report: dict[str, Any]) -> None:
    broken = next(r for r in report["requirements"] if r["id"] == DOCUMENTED)
    broken["shown"][0].update(expected=MARKUP, actual=MARKUP, exchanges=[MARKUP + "\n```\n# no"])
    report["run"]["complaints"] = [MARKUP]
    report["observations"][0]["sentence"] = MARKUP
    report["endpoints"][0]["example"].update(request=MARKUP, answer=MARKUP, curl=MARKUP)
    shown, text = page(report), markdown(report)
    assert "<script>alert" not in shown
    assert shown.count("&lt;script&gt;alert(1)") >= 6
    prose_only = text.split("````")[0::2]
    assert len(prose_only) == 2
    assert all("<script>" not in part for part in prose_only)
    assert "\n# no" in text.split("````")[1]


def test_markdown_keeps_code_and_escapes_the_rest() -> None:
    assert prose("`a_b` is *not* <b>") == r"`a_b` is \*not\* \<b\>"
    assert prose("an odd ` one") == r"an odd \` one"
    assert escaped("a\n# b | c") == r"a \# b \| c"


def test_the_short_report_says_what_does_not_hold(report: dict[str, Any]) -> None:
    text = markdown(report)
    assert text.startswith("# The contract is broken: ")
    assert f"### `{DOCUMENTED}`: broken" in text
    assert f"### `{ADVISORY}`: advice not followed" in text
    assert text.index(DOCUMENTED) < text.index(f"`{ADVISORY}`: advice")
    assert "- Actual: what is wrong" in text
    for endpoint in CONTRACT.endpoints.values():
        assert f"| `{endpoint.request}` |" in text


def test_questions_to_the_documentation_are_shown(report: dict[str, Any]) -> None:
    question = "Which `form` has it?"
    source = {"page": "A page", "heading": "A heading"}
    report["questions"] = [{"id": "form", "sentence": question, "source": source}]
    Draft202012Validator(SCHEMA).validate(report)
    assert "Questions to the documentation" in page(report)
    assert f"- {question}" in markdown(report)


def test_half_of_a_surrogate_pair_can_be_written(seen: Watched, tmp_path: Path) -> None:
    report = seen.report(complaints=["half \ud83c a pair"])
    for path in files.write(report, tmp_path):
        assert re.search(r"half \\+ud83c a pair", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("change", [("endpoints", []), ("forms", []), ("requirements", [])])
def test_an_edited_report_still_makes_a_page(report: dict[str, Any], change: Any) -> None:
    report[change[0]] = change[1]
    report["run"]["started"] = "2026-13-45T99:00:00Z"
    Draft202012Validator(SCHEMA).validate(report)
    assert "2026-13-45T99:00:00Z" in page(report)
    assert markdown(report)


def test_every_spelling_of_a_secret_is_masked_among_many_others() -> None:
    known = Secrets(["password"])
    values = [secrets.token_urlsafe(20), 'with "quotes" / and ü%', "Kurz"]
    for value in values:
        known.keep(value, "password")
    for number in range(50):
        known.saw(f"another-secret-{number}", "password")
    texts = [f"before {spelled(value)} after" for value in values for spelled in SPELLINGS]
    texts += ["nothing", "", '{"password": "abc"}', "another-secret-7"]
    masked = [known.mask(text) for text in texts]
    assert not any(value in text for value in values for text in masked)


def test_a_report_of_ten_thousand_exchanges_is_small(tmp_path: Path) -> None:
    """As if everything were broken, with as many secrets known as are ever remembered."""
    with watched() as seen:
        names = list(CONTRACT.requirements)
        for number in range(10_000):
            name = names[number % len(names)]
            body = {**EXAMPLE, "number": number}
            endpoint = CONTRACT.requirements[name].endpoint
            seen.see(exchange(endpoint, name, valid=True, present=True, body=body))
        seen.tests += [EndedTest(f"test_a.py::test_{n}", "failed", 0.1, [name])
                       for n, name in enumerate(names)]  # fmt: skip
        for number in range(2100):
            seen.run.target.secrets.saw(f"secret-{number:04}-{number * 7919:x}", "accessToken")
        report = seen.report(exit_status=1)
        written = files.write(report, tmp_path)
    assert report["run"]["requests"] == 10_000
    assert sum(path.stat().st_size for path in written) < 2_000_000


# ------------------------------------------------------------- python -m contracts report


def test_the_pages_are_made_anew_from_the_json(report: dict[str, Any], tmp_path: Path) -> None:
    written = files.write(report, tmp_path / "one")
    before = {path.name: path.read_bytes() for path in written}
    for path in written[1:]:
        path.unlink()
    assert main(["report", str(written[0])]) == 0
    assert main(["report", str(written[0]), "--to", str(tmp_path / "other")]) == 0
    for path in written[1:]:
        assert path.read_bytes() == before[path.name]
        assert (tmp_path / "other" / path.name).read_bytes() == before[path.name]


@pytest.mark.parametrize("command", ["report", "compare"])
@pytest.mark.parametrize(
    ("content", "word"),
    [
        (None, "cannot be read"),
        (b"", "is no JSON"),
        (b"\xff\xfe{}", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b"[]", "is no report"),
        (b'{"format": 2}', "was written by another version of the suite: its format is 2,"),
        (
            b'{"format": "x/99"}',
            "was written by another version of the suite: its format is 'x/99',",
        ),
        (b'{"format": 1}', "is no report"),
        (b'{"format": true}', "is no report of a run: it names no format"),
        (b'{"format": {}}', "is no report of a run: it names no format"),
        (b'{"format": 1, "x": "\\ud800"}', "surrogates"),
    ],
    ids=str,
)
def test_what_is_no_report_is_refused_in_a_sentence(
    command: str, content: bytes | None, word: str, tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / "report.json"
    if content is not None:
        path.write_bytes(content)
    arguments = [str(path)] * (2 if command == "compare" else 1)
    assert main([command, *arguments]) == 4
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith(f"error: {path} ")
    assert word in line
    assert [p.name for p in tmp_path.iterdir()] == ([path.name] if content is not None else [])


def test_pages_that_cannot_be_written_are_named(
    report: dict[str, Any], tmp_path: Path, capsys: Any
) -> None:
    path, *_ = files.write(report, tmp_path)
    assert main(["report", str(path), "--to", str(path)]) == 4
    assert capsys.readouterr().err.startswith("error: cannot write the pages: ")


def test_a_run_is_what_the_report_is_made_of(seen: Watched) -> None:
    assert isinstance(seen.run, Run)
    report = seen.report(recorded={"requests": 5, "broken": [DOCUMENTED]})
    assert report["run"]["recordings"] == {"requests": 5, "broken": [DOCUMENTED]}
    assert DOCUMENTED in page(report)
