"""Pages with tags: what stands in and behind a box, fields as tags, tables in HTML."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from contracts.__main__ import main
from contracts.drift.page.reader import read
from tests.helpers.drift_sibling import SIBLING


def test_what_stands_behind_a_box_is_a_text_of_its_own() -> None:
    page = read("# A\n\n<Tip>Text here.</Tip> After words here.\n\nMore of it.\n")
    said = [(sentence.text, sentence.admonition) for sentence in page.sentences]
    assert said == [("Text here.", "tip"), ("After words here.", ""), ("More of it.", "")]
    page = read("# A\n\n<Note>\nInside.\n</Note>\n\nBelow.\n")
    assert [sentence.text for sentence in page.sentences] == ["Inside.", "Below."]


@pytest.mark.parametrize(
    ("attribute", "said"),
    [("required", "yes"), ("required={true}", "yes"), ("required={false}", "no"), ("", "no")],
)
def test_a_field_as_a_tag_says_whether_it_is_required(attribute: str, said: str) -> None:
    field = f'<ParamField body="code" type="string" {attribute}>A code.</ParamField>'
    (row,) = read(f"# A\n\n## B\n\n`POST /b`\n\n{field}\n").rows
    assert row.cells == ("code", "string", said, "A code.")


def test_references_in_a_table_are_letters() -> None:
    cells = "<td>A&#38;B &amp; C</td><td>x&#x41;y</td>"
    table = f"<table><tr><th>One</th><th>Two</th></tr>\n<tr>{cells}</tr></table>"
    rows = read(f"# A\n\n{table}\n").rows
    assert ("A&B & C", "xAy") in [row.cells for row in rows]


def test_nothing_is_written_where_one_of_the_two_files_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, draft = tmp_path / "page.md", tmp_path / "a.yaml"
    page.write_text(SIBLING, encoding="utf-8")
    (tmp_path / "a.page.json").write_text("[]", encoding="utf-8")
    assert main(["drift", "--adopt", "--to", str(draft), str(page)]) == 4
    assert "a.page.json: is there already and is not overwritten" in capsys.readouterr().err
    assert not draft.exists()


def test_hundreds_of_forms_and_endpoints_are_read_at_once() -> None:
    sections = (f"## Part {n}\n\n`POST /part-{n}`\n\n" for n in range(200))
    forms = (f'## Form of {n}\n\n```json\n{{"a{n}": "str"}}\n```\n\n' for n in range(200))
    started = time.perf_counter()
    assert len(read("# A\n\n" + "".join([*sections, *forms])).templates) == 200
    assert time.perf_counter() - started < 15
