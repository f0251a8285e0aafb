"""The README's tables and commands are those of the code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.session.settings import LEAF_VARIABLES, provider_variables
from contracts.spec.load import load

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def table(heading: str) -> dict[str, str]:
    """First and second column of the first table below a heading."""
    section = README.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `([^`]+)` \| (.+?) \|$", section, re.MULTILINE)
    return dict(rows)


@pytest.fixture(scope="module")
def pytest_help() -> str:
    """What `pytest --help` says of the project's options, on one line."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    group = done.stdout.split("panorama-contracts:\n", 1)[1].split("\n\n", 1)[0]
    return " ".join(group.split())


def test_options_and_their_meanings_are_those_of_the_code(pytest_help: str) -> None:
    documented = {name: text for name, text in table("Options").items() if name != "--strict"}
    assert set(re.findall(r"(--[a-z-]+)", pytest_help)) >= {n.split()[0] for n in documented}
    for name, meaning in documented.items():
        shown = (
            name.replace(" ", "=", 1) if f"{name.replace(' ', '=', 1)} " in pytest_help else name
        )
        assert f"{shown} {meaning.replace('`', '')}" in pytest_help.replace("`", "")


def test_every_option_is_documented(pytest_help: str) -> None:
    options = re.findall(r"(?:^| )(--[a-z-]+)[= ]", pytest_help)
    assert set(options) <= {name.split()[0] for name in table("Options")}


def test_every_environment_variable_is_documented() -> None:
    assert set(table("Environment")) == {*LEAF_VARIABLES, *provider_variables(load())}


def test_the_commands_are_those_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"make ([a-z]+)", README)) - {"a", "are"} <= targets


def test_the_folders_exist() -> None:
    for name in table("What is where"):
        assert (ROOT / name).exists()
