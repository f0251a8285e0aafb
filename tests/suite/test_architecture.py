"""The arrows of ARCHITECTURE.md: who may import whom, and what may stand in no file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACTS, TESTS = ROOT / "contracts", ROOT / "tests"
MAX_LINES = 400
# Longer than they may be, until they are split.
# Modules of `contracts` that are pytest plugins, and say so in their docstring.
PLUGINS: tuple[str, ...] = (
    "contracts.plugins.outlets",
    "contracts.plugins.anywhere",
    "contracts.plugins.report_plugin",
    "contracts.pytest_service",
    "contracts.plugins.xdist_pairs",
)
# What stands for a meaning of its own, without a request ever being sent.
PURE = (
    "contracts.spec.load",
    "contracts.spec.statements",
    "contracts.spec.yaml_nodes",
    "contracts.spec.model",
    "contracts.spec.parser",
    "contracts.spec.types",
    "contracts.spec.tokens",
    "contracts.spec.families",
    "contracts.spec.java_dates",
)
HTTP = (
    "httpcore",
    "httpx",
    "requests",
    "waitress",
    "werkzeug",
    "contracts.http.client",
    "contracts.http.exchange",
    "contracts.service.app",
    "contracts.http.transport",
)
JUDGING = (
    "contracts.judging.expect",
    "contracts.judging.answer_forms",
    "contracts.judging.judge",
    "contracts.session.run",
    "contracts.http.outcomes",
)
RUNNERS = ("pytest", "_pytest", "pluggy", "xdist", "pytest_recording")
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


@cache
def reachable(module: str) -> set[str]:
    """Everything that is imported by importing a module, as far as it is our own."""
    found: set[str] = set()
    todo = [module]
    while todo:
        for name in imported(MODULES[todo.pop()]) - found:
            found.add(name)
            if name in MODULES:
                todo.append(name)
    return found


def within(module: str, *parents: str) -> bool:
    return any(module == parent or module.startswith(f"{parent}.") for parent in parents)


def offenders(paths: list[Path], *unwanted: str) -> list[str]:
    return [
        f"{module_name(path)} imports {module}"
        for path in paths
        for module in sorted(imported(path))
        if within(module, *unwanted)
    ]


def test_the_contract_package_imports_neither_a_test_runner_nor_tests() -> None:
    paths = [path for path in SOURCES if module_name(path) not in PLUGINS]
    assert offenders(paths, *RUNNERS, "tests", "benchmarks", "conftest") == []


def test_a_module_that_is_a_plugin_says_so() -> None:
    for name in PLUGINS:
        assert "pytest plugin" in (ast.get_docstring(tree(MODULES[name])) or "")


@pytest.mark.parametrize("module", PURE)
def test_the_contract_and_the_notation_know_nothing_of_http(module: str) -> None:
    assert [name for name in reachable(module) if within(name, *HTTP)] == []


@pytest.mark.parametrize("module", JUDGING)
def test_the_judging_knows_no_test_runner(module: str) -> None:
    assert [name for name in reachable(module) if within(name, *RUNNERS)] == []


@pytest.mark.parametrize(
    "module", [*PURE, "contracts.derived.json_schema", "contracts.derived.openapi"]
)
def test_what_is_derived_does_not_depend_on_what_is_seen(module: str) -> None:
    """The contract and its documents are the same whatever any service answers."""
    seeing = (
        "contracts.judging.judge",
        "contracts.session.run",
        "contracts.session.targets",
        "contracts.leaf_user.account",
    )
    assert [name for name in reachable(module) if within(name, *seeing)] == []


@pytest.mark.parametrize(
    "module", ["conftest", "contracts.service.app", "contracts.session.recording"]
)
def test_a_run_of_the_suite_does_not_pay_for_the_judging_of_clients(module: str) -> None:
    assert not reachable(module) & {
        "contracts.mock.request_audit",
        "contracts.mock.served",
        "contracts.mock.control_api",
    }


def test_only_one_module_talks_to_the_http_library() -> None:
    users = {module_name(path) for path in SOURCES if imported(path) & {"httpx", "httpcore"}}
    assert users <= {
        "contracts.http.client",
        "contracts.http.transport",
        "contracts.session.targets",  # chooses the transport
        "contracts.session.recording",  # likewise
        "contracts.drift.page.source",  # fetches a page, not the service
    }


@pytest.mark.parametrize("module", ["contracts.compare.compare", "contracts.report.files"])
def test_what_reads_a_report_starts_without_what_asks_a_service(module: str) -> None:
    slow = ("httpx", "schemathesis", "hypothesis", "contracts.http.client", "contracts.session.run")
    assert [name for name in reachable(module) if within(name, *slow)] == []


def test_a_page_is_read_and_compared_without_http_and_a_runner() -> None:
    """Only what fetches a page, and the command that asks for it, reach a client."""
    fetching = ("contracts.drift.page.source", "contracts.drift.command")
    reading = [name for name in MODULES if within(name, "contracts.drift") and name not in fetching]
    assert "contracts.drift.differences.every" in reading
    unwanted = (*HTTP, *RUNNERS, "contracts.judging.judge", "contracts.session.run")
    wrong = [(n, m) for n in reading for m in reachable(n) if within(m, *unwanted)]
    assert wrong == []


def test_only_conftest_files_and_tests_import_pytest() -> None:
    others = [
        path
        for path in EVERYTHING
        if path.name != "conftest.py"
        and not path.is_relative_to(TESTS)
        and module_name(path) not in PLUGINS
    ]
    assert offenders(others, *RUNNERS) == []


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


def test_importing_goes_in_no_circle() -> None:
    circles = [name for name in MODULES if within(name, "contracts") and name in reachable(name)]
    assert circles == []


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
