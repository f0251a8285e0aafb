"""What keeps the project readable, besides the arrows that import-linter keeps (`make lint`)."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACTS, TESTS = ROOT / "contracts", ROOT / "tests"
MAX_LINES = 400
MAX_MODULES = 12  # in a package, beside its __init__
LEFT_OUT = {"build", "dist", "__pycache__"}
# Put together here, for no file may hold them, this one included.
FOREIGN = tuple(
    "".join(parts)
    for parts in (
        ("/", "work", "/"),
        ("file:", "///"),
        ("pypi", ".org"),
        ("python", "hosted"),
        ("index", "-url"),
        ("extra", "-index"),
        ("artifact", "ory"),
        ("devpi", "/"),
        ("/", "simple", "/"),
    )
)


def python_files(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


SOURCES = python_files(CONTRACTS)
EVERYTHING = [*SOURCES, *python_files(TESTS, ROOT / "benchmarks"), ROOT / "conftest.py"]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


MODULES = {module_name(path): path for path in EVERYTHING}


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Module and name of every import, wherever it stands; the name is empty for a module."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield (inner, "") if inner in MODULES else (node.module or "", alias.name)


@cache
def imported(path: Path) -> set[str]:
    return {module for module, _ in imports(path)}


def test_tests_do_not_import_tests() -> None:
    wrong = [
        f"{module_name(path)} imports {module}"
        for path in EVERYTHING
        for module in sorted(imported(path))
        if module.rpartition(".")[2].startswith(("test_", "conftest"))
    ]
    assert wrong == []


def test_nobody_imports_a_private_name() -> None:
    private = [
        f"{module_name(path)}: from {module} import {name}"
        for path in EVERYTHING
        for module, name in imports(path)
        if any(
            part.startswith("_") and not part.startswith("__")
            for part in (*module.split("."), name)
        )
    ]
    assert private == []


def test_nobody_reaches_for_a_private_name_of_a_module() -> None:
    private = [
        f"{module_name(path)}:{node.lineno}: {node.value.id}.{node.attr}"
        for path in EVERYTHING
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in modules_bound_in(path)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
    ]
    assert private == []


@cache
def modules_bound_in(path: Path) -> set[str]:
    """Names that stand for modules in a file."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {
                alias.asname or alias.name
                for alias in node.names
                if f"{node.module}.{alias.name}" in MODULES
            }
    return found


def test_a_package_is_small_enough_to_be_seen_at_once() -> None:
    folders = Counter(path.parent for path in SOURCES if path.name != "__init__.py")
    crowded = {str(folder): count for folder, count in folders.items() if count > MAX_MODULES}
    assert crowded == {}


def test_every_package_says_where_to_start_reading() -> None:
    packages = [path for path in SOURCES if path.name == "__init__.py" and path.parent != CONTRACTS]
    silent = [
        path for path in packages if "Start with" not in (ast.get_docstring(tree(path)) or "")
    ]
    assert silent == []


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in EVERYTHING],
)
def test_a_file_is_short_enough_to_be_read(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < MAX_LINES


def texts() -> Iterator[tuple[str, str]]:
    """Every text file of the project, but for what is made on the way and hidden tools."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") for part in parts) and parts[0] not in (
            ".ci",
            ".github",
            ".gitignore",
        )
        made = LEFT_OUT.intersection(parts) or any(part.endswith(".egg-info") for part in parts)
        if path.is_file() and not hidden and not made:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def test_no_file_names_the_machine_that_it_was_made_on() -> None:
    found = dict(texts())
    assert {"constraints.txt", "Makefile", ".ci/run", "conftest.py"} <= set(found)
    wrong = [(name, word) for name, text in found.items() for word in FOREIGN if word in text]
    assert wrong == []


def test_every_pinned_package_is_pinned_to_a_version() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if line and not line.startswith("#")]
    assert len(pinned) > 20
    assert [line for line in pinned if not re.fullmatch(r"[A-Za-z0-9._-]+==[^\s/]+", line)] == []
