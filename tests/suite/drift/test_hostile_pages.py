"""Pages of any kind: read, or refused in one sentence, quickly, and never with a traceback."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.__main__ import main
from contracts.drift.differences.every import compare, snapshot_of
from contracts.drift.draft.adopt import draft
from contracts.drift.page import bounds
from contracts.drift.page.reader import read
from contracts.drift.questions.every import new, raised
from contracts.spec.yaml_nodes import DataError
from tests.helpers.page_variants import VARIANTS

Capture = pytest.CaptureFixture[str]
LIMIT = 30.0  # seconds on a busy machine; what is quadratic takes minutes
HEAD = "# Silos\n\n## Build\n\n`POST /farms/{farmId}/silo`\n\n#### Request body\n\n"
BLANKS = " " * 300_000
DEEP = '{"a":' * 1000 + '"str"' + "}" * 1000
URL = "https://barn.example/api/farms/{farmId}/silo"
ROW = "| See | `GET /farms/{farmId}/silo` |\n"
MANY = bounds.MAX_OF_A_KIND + 1

# Page and exit statuses that --adopt may have.
PAGES: dict[str, tuple[str, set[int]]] = {
    "deep-form": (f"{HEAD}```json\n{DEEP}\n```\n", {0, 1}),
    "deep-list": (f"{HEAD}```json\n{'[' * 1000}{']' * 1000}\n```\n", {1}),
    "deep-bodies": (
        f"{HEAD}```json\n{{\"a\": \"str\"}}\n```\n\n#### Request examples\n\n"
        f"```shell\ncurl -d '{DEEP}' {URL}\n```\n\n```py\nrequests.post('{URL}', json={DEEP})\n```"
        f"\n\n```js\naxios.post('{URL}', {DEEP})\n```\n", {0}),
    "choice-with-blanks": (f'{HEAD}```json\n{{"a": "LOW{BLANKS}or HIGH"}}\n```\n', {1}),
    "cell-with-blanks": (f"{HEAD}| Field | Type |\n|--|--|\n| a | LOW{BLANKS}or HIGH |\n", {0, 1}),
    "badge-with-blanks": (f'<span class="badge">POST{BLANKS}</span> `/x`\n\n`GET /y`\n', {1}),
    "equal-rows": ("# Silos\n\n| What | Endpoint |\n|--|--|\n" + ROW * 10_000, {1}),
    "equal-fields": (f"{HEAD}| Field | Type |\n|--|--|\n" + "| a | string |\n" * 10_000, {0}),
    "equal-points": (f'{HEAD}```json\n{{"a": "str"}}\n```\n\n' + "- One.\n" * 10_000, {0}),
    "different-rows": (
        "| What | Endpoint |\n|--|--|\n" + "".join(
            f"| x | `GET /silos/{n}` |\n" for n in range(10_000)), {4}),
    "many-sections": ("".join(f"## S\n\n`GET /silos`\n\nWords {n}.\n\n" for n in range(MANY)), {4}),
    "many-forms": (HEAD + '```json\n{"a": "str"}\n```\n\n' * MANY, {4}),
    "many-examples": (HEAD + "```shell\ncurl x\n```\n\n" * MANY, {4}),
    "open-boxes": (":::tip\n" * 5_000 + "`GET /silos`\n", {1, 4}),
    "open-tags": ("<Tip>\n" * 5_000 + "`GET /silos`\n", {1, 4}),
    "open-tables": ("<table>\n" * 5_000 + "\n`GET /silos`\n", {1, 4}),
    "open-fields": ("<ParamField\n" * 5_000 + "\n`GET /silos`\n", {1, 4}),
    "open-comments": ("<!--\n" * 5_000 + "\n`GET /silos`\n", {1, 4}),
    "long-path": (f"`GET /{'x/' * 100_000}`\n\n`GET /silos`\n", {1}),
    "methods": ("GET " * 50_000 + "\n\n`GET /silos`\n", {1}),
    "quotes": (f"{HEAD}```js\nfetch({chr(39) * 100_000})\n```\n", {1}),
    "controls": ('\0\x01\x85\u2028`GET /x`\n\n```json\n{"\\u0000": "str"}\n```\n', {0, 1, 4}),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_whatever_a_page_is_it_is_answered_quickly_and_without_a_traceback(
    name: str, tmp_path: Path, capsys: Capture
) -> None:
    page, to = tmp_path / "page.md", tmp_path / "draft.yaml"
    text, statuses = PAGES[name]
    page.write_text(text, encoding="utf-8")
    start = time.perf_counter()
    status = main(["drift", "--adopt", "--to", str(to), str(page)])
    said = capsys.readouterr().err.splitlines()
    assert status in statuses
    assert bool(said) == (status != 0)
    if to.exists():
        assert main(["drift", "--contract", str(to), str(page)]) == 0, capsys.readouterr().out
    assert time.perf_counter() - start < LIMIT


PIECES = sorted({line for variant in VARIANTS.values() for line in variant.page.split("\n")})
LINES = st.lists(
    st.one_of(
        st.sampled_from(PIECES),
        st.sampled_from(["```", "```json", ":::", ":::tip", "<Tip>", "</Tip>", "<table>", "| a |"]),
        st.text(max_size=20),
    ),
    max_size=30,
)


@given(text=LINES.map("\n".join))
@example(text=PIECES[0] + '\n`DELETE /farms/{farmId}/silo`\n```\n{"first": "str"}\n<td>')
@example(text='`GET /a`\n```json\n{"a": "str"}\n```\n```json\n{"a": "int"}\n```')
@example(text="### A\n`POST /a`\n" + 2 * '```json\n{"a": "str"}\n```\n')
@example(text="# A\n\n## B\n\n`ELETE` `/b`\n\n## C\n\n`GET` `/c`\n")
def test_any_lines_are_a_page(text: str) -> None:
    """Read, questioned and drafted; and a draft agrees with the page that it was made from."""
    page = read(text)
    questions = raised(page)
    try:
        _, contract = draft(page, "page.md")
    except DataError:
        return  # one sentence: `main` shows it as such
    assert compare(contract, page, snapshot_of(contract, page)) == []
    assert new(questions, contract.questions) == []


@given(name=st.sampled_from(sorted(VARIANTS)), at=st.integers(0), length=st.integers(1, 200))
def test_a_page_that_lost_a_piece_is_a_page(name: str, at: int, length: int) -> None:
    text = VARIANTS[name].page
    start = at % len(text)
    test_any_lines_are_a_page.hypothesis.inner_test(  # type: ignore[attr-defined]
        text[:start] + text[start + length :]
    )
