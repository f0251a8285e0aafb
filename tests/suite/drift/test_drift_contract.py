"""`drift --contract FILE`: a page held against the contract that was made from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.__main__ import main
from tests.helpers.drift_pages import swapped
from tests.helpers.drift_sibling import SIBLING

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def adopted(tmp_path: Path, capsys: Capture) -> tuple[Path, Path]:
    """The page of another provider, and the contract that was made from it."""
    page, contract = tmp_path / "meadow.md", tmp_path / "meadow.yaml"
    page.write_text(SIBLING, encoding="utf-8")
    assert main(["drift", "--adopt", str(page), "--to", str(contract)]) == 0
    return page, contract


def test_a_page_agrees_with_the_contract_that_was_made_from_it(
    adopted: tuple[Path, Path], capsys: Capture
) -> None:
    page, contract = adopted
    assert main(["drift", str(page), "--contract", str(contract)]) == 0
    assert capsys.readouterr().out == f"{page}: the page agrees with the contract\n"
    assert main(["drift", str(page)]) == 1


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('"login": "string"', '"login": "int"', "type read-answer.login changed"),
        ("90 days", "30 days", "statement says-read-the-log changed"),
        ("All fields are required.", "Some fields are.", "statement says-open-an-account removed"),
        ("bearer token", "API key", "statement says-meadow-accounts removed"),
        ("Changes the account.", "Changes the account, or fails.", "statement Change an account"),
        ("Bearer $TOKEN", "Basic $TOKEN", ": scheme Bearer changed"),
    ],
)
def test_an_edit_of_its_page_is_found(
    adopted: tuple[Path, Path], capsys: Capture, old: str, new: str, found: str
) -> None:
    page, contract = adopted
    page.write_text(swapped(SIBLING, old, new), encoding="utf-8")
    assert main(["drift", str(page), "--contract", str(contract)]) == 1
    assert found in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "word"),
    [("", "empty"), (SIBLING, "another document"), ("contract: x\n", "'title' is missing"),
     ("- x\n", "contract.yaml:1"), (None, "contract.yaml: cannot be read"),
     ("a: [\n", "contract.yaml:2")],
    ids=["empty", "page", "unfinished", "list", "missing", "broken"],
)  # fmt: skip
def test_a_file_that_is_no_contract_is_refused(
    content: str | None, word: str, adopted: tuple[Path, Path], capsys: Capture
) -> None:
    page, path = adopted[0], adopted[0].with_name("contract.yaml")
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert main(["drift", str(page), "--contract", str(path)]) == 4
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith("error: ")
    assert word in line
