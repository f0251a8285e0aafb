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
        ("90 days", "30 days", "sentence Read the log changed"),
        ("All fields are required.", "Some fields are.", "sentence Open an account changed"),
        ("bearer token", "API key", "sentence Meadow accounts changed"),
        ("Changes the account.", "Changed the account.", "sentence Change an account changed"),
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


def test_a_page_is_recorded_as_read(adopted: tuple[Path, Path], capsys: Capture) -> None:
    page, contract = adopted
    page.write_text(swapped(SIBLING, "Changes the", "Changed the"), encoding="utf-8")
    assert main(["drift", str(page), "--contract", str(contract)]) == 1
    assert main(["drift", str(page), "--contract", str(contract), "--accept"]) == 0
    assert main(["drift", str(page), "--contract", str(contract)]) == 0
    text = contract.with_suffix(".page.json").read_text(encoding="utf-8")
    assert "account" not in text


def test_a_fact_that_differs_is_not_accepted(adopted: tuple[Path, Path], capsys: Capture) -> None:
    page, contract = adopted
    page.write_text(swapped(SIBLING, '"login": "string"', '"login": "int"'), encoding="utf-8")
    assert main(["drift", str(page), "--contract", str(contract), "--accept"]) == 1
    assert "type read-answer.login changed" in capsys.readouterr().out


HEX = '"0123456789abcdef"'
BROKEN = ["{", "{}", "{}x", "[1]", '["ab"]', "[[" * 10_000, f"[[{HEX}, {HEX}, {{}}]]",
          f"[[{HEX}]]", f'["{HEX}{HEX}"]']  # fmt: skip


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_snapshot_is_one_sentence(
    content: str, adopted: tuple[Path, Path], capsys: Capture
) -> None:
    page, contract = adopted
    contract.with_suffix(".page.json").write_text(content, encoding="utf-8")
    assert main(["drift", str(page), "--contract", str(contract)]) == 4
    assert "this is no snapshot of a page" in capsys.readouterr().err


def test_a_contract_without_a_snapshot_says_so(adopted: tuple[Path, Path], capsys: Capture) -> None:
    page, contract = adopted
    contract.with_suffix(".page.json").unlink()
    assert main(["drift", str(page), "--contract", str(contract)]) == 1
    assert "nobody has recorded the page as read" in capsys.readouterr().out


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
