"""What is packed: the suite, whole, and nothing else. `tests/wheel/` tries it installed."""

from __future__ import annotations

import ast
import re
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from contracts.session.folders import CASSETTES, INSTALLED, ROOT, SCHEMAS, TESTS

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CARRIED = "contracts/_suite/"
Files = dict[str, bytes]


def files(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts]


def expected() -> Files:
    """What a wheel has to hold, by its place in the wheel."""
    found = {p.relative_to(ROOT).as_posix(): p for p in files(ROOT / "contracts")}
    suite = [ROOT / "conftest.py", ROOT / "pyproject.toml"]
    for path in [*suite, *files(TESTS), *files(SCHEMAS), *files(CASSETTES)]:
        found[CARRIED + path.relative_to(ROOT).as_posix()] = path
    return {name: path.read_bytes() for name, path in found.items()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, python: Any) -> dict[str, Path]:
    """The sdist, the wheel that is built from it, and the one that is built from the checkout."""
    folder = tmp_path_factory.mktemp("built")
    for options in ((), ("--wheel", "--outdir", str(folder / "direct"))):
        done = python("build", "--no-isolation", "--outdir", str(folder), *options)
        assert done.returncode == 0, done.stdout + done.stderr
    return {
        "sdist": next(folder.glob("*.tar.gz")),
        "wheel": next(folder.glob("*.whl")),
        "direct": next((folder / "direct").glob("*.whl")),
    }


def unpacked(wheel: Path) -> Files:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_wheel_holds_the_package_and_the_suite_and_nothing_else(built: dict[str, Path]) -> None:
    found = unpacked(built["wheel"])
    packed = {name: data for name, data in found.items() if ".dist-info/" not in name}
    assert packed.keys() == expected().keys()
    assert packed == expected()


def test_what_is_expected_is_the_suite_without_its_own_tests() -> None:
    names = expected().keys()
    assert len([name for name in names if name.startswith(f"{CARRIED}tests/contract/test_")]) > 5
    assert {f"{CARRIED}schemas/openapi.json", f"{CARRIED}cassettes/one_click.yaml"} <= names
    assert [name for name in names if "tests/suite" in name or "tests/wheel" in name] == []


def test_the_sdist_builds_the_same_wheel(built: dict[str, Path]) -> None:
    assert unpacked(built["wheel"]) == unpacked(built["direct"])


def test_the_sdist_holds_everything_that_the_tests_need(built: dict[str, Path]) -> None:
    with tarfile.open(built["sdist"]) as archive:
        found = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"Makefile", "README.md", "LICENSE", "constraints.txt", "tests/suite/test_wheel.py"}
    assert wanted <= found


def test_what_an_index_shows_is_there(built: dict[str, Path]) -> None:
    found = unpacked(built["wheel"])
    (info,) = {name.partition("/")[0] for name in found if ".dist-info/" in name}
    metadata = found[f"{info}/METADATA"].decode()
    assert f"{info}/licenses/LICENSE" in found
    assert "License-Expression: MIT" in metadata
    assert "# panorama-contracts" in metadata
    assert b"panorama-contracts = contracts.cli.anywhere:main" in found[f"{info}/entry_points.txt"]


def test_everything_that_is_imported_is_a_dependency() -> None:
    declared = {_normal(name) for name in PROJECT["dependencies"]}
    distributions = packages_distributions()
    missing = {
        module
        for name, data in expected().items()
        if name.endswith(".py")
        for module in _imported(data)
        if not declared & {_normal(d) for d in distributions.get(module, ())}
    }
    # pytest-xdist is asked for its scheduler by pytest-xdist alone.
    assert missing == {"xdist"}


def _imported(source: bytes) -> set[str]:
    """Other people's packages that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found - {*sys.stdlib_module_names, "contracts"}


def _normal(requirement: str) -> str:
    name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def test_a_checkout_is_not_taken_for_an_installed_suite() -> None:
    assert not INSTALLED
