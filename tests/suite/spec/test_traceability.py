"""Every requirement is proved by a test, every test says what it proves, and no id ever shifts."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from contracts.spec.load import DEFAULT, load, names

CONTRACT = load()
ROOT = Path(__file__).parents[3]
MARK = "collected: "
# Tells what each collected test proves.
PLUGIN = f"""
import json
from contracts.plugins.state import PROVES

def pytest_collection_finish(session):
    found = [
        [item.nodeid, item.stash.get(PROVES, []), item.get_closest_marker("recorded") is not None]
        for item in session.items
    ]
    print("\\n{MARK}" + json.dumps(found))
"""
# Nothing is asked while tests are collected; a live run has no recordings among its tests.
LIVE = ("--base-url", "http://127.0.0.1:9/api")
LIVE_ENVIRONMENT = {
    "LEAF_TOKEN": "a-token",
    "LEAF_USER_ID": "00000000-0000-4000-8000-000000000001",
}
Collect = Callable[..., CompletedProcess[str]]


@dataclass(frozen=True)
class Collected:
    """One test: its id, the requirements that it proves, and whether it replays a recording."""

    id: str
    proves: tuple[str, ...]
    recorded: bool


@pytest.fixture(scope="module")
def collect(python: Any, tmp_path_factory: pytest.TempPathFactory) -> Collect:
    plugins = tmp_path_factory.mktemp("plugins")
    (plugins / "telling.py").write_text(PLUGIN, encoding="utf-8")

    def collect(*options: str, env: dict[str, str] | None = None, **more: Any) -> Any:
        return python(
            *("pytest", "-p", "telling", "-p", "no:cacheprovider", "--collect-only", "-q"),
            *options,
            env={"PYTHONPATH": str(plugins), **(env or {})},
            **more,
        )

    return collect


def told(process: CompletedProcess[str]) -> list[Collected]:
    assert process.returncode == 0, process.stdout + process.stderr
    (line,) = (line for line in process.stdout.splitlines() if line.startswith(MARK))
    return [
        Collected(name, tuple(proves), recorded)
        for name, proves, recorded in json.loads(line.removeprefix(MARK))
    ]


@pytest.fixture(scope="module")
def tests(collect: Collect) -> list[Collected]:
    return told(collect(env={"PYTHONHASHSEED": "1"}))


def test_every_requirement_is_proved_by_a_test(tests: list[Collected]) -> None:
    # A replay is evidence for the recording, not for what is tested.
    proved = {name for test in tests if not test.recorded for name in test.proves}
    assert set(CONTRACT.requirements) - proved == set()


@pytest.mark.parametrize("name", [name for name in names() if name != DEFAULT])
def test_every_requirement_of_another_contract_is_proved_and_nothing_else_is_collected(
    name: str, collect: Collect
) -> None:
    tests = told(collect("--contract", name, *LIVE, env=LIVE_ENVIRONMENT))
    assert [test.id for test in tests if not test.proves] == []
    assert {known for test in tests for known in test.proves} == set(load(name).requirements)


def test_every_test_names_requirements_that_are_known(tests: list[Collected]) -> None:
    assert [test.id for test in tests if not test.proves] == []
    assert {name for test in tests for name in test.proves} <= set(CONTRACT.requirements)


def test_no_test_names_a_requirement_twice(tests: list[Collected]) -> None:
    assert [test.id for test in tests if len(set(test.proves)) < len(test.proves)] == []


def test_the_id_of_a_test_of_a_family_holds_the_requirement(tests: list[Collected]) -> None:
    single = [test for test in tests if "[" in test.id and len(test.proves) == 1]
    assert len(single) > len(CONTRACT.requirements) / 2
    assert [test.id for test in single if test.proves[0] not in test.id.partition("[")[2]] == []


def test_two_collections_give_the_same_tests_in_the_same_order(
    tests: list[Collected], collect: Collect
) -> None:
    again = told(collect(env={"PYTHONHASHSEED": "2"}))
    assert len(again) == len(tests)
    assert again == tests


def test_ids_are_unique_and_hold_nothing_that_changes_from_run_to_run(
    tests: list[Collected],
) -> None:
    ids = [test.id for test in tests]
    assert len(set(ids)) == len(ids)
    passing = re.compile(r"0x[0-9a-f]{4,}| object at |<|\\x|\d{4}-\d{2}-\d{2}|[0-9a-f]{8}-")
    assert [name for name in ids if passing.search(name) or not name.isascii()] == []


def test_a_live_run_has_the_same_tests_but_for_the_recordings(
    tests: list[Collected], collect: Collect
) -> None:
    live = told(collect(*LIVE, env=LIVE_ENVIRONMENT))
    assert live == [test for test in tests if not test.recorded]


@pytest.mark.parametrize(
    "name",
    [
        "create.storess",
        "{endpoint}.sucseeds",
    ],
)
def test_an_unknown_requirement_ends_the_collection(
    name: str, collect: Collect, project_copy: Path
) -> None:
    (project_copy / "tests" / "contract" / "test_more.py").write_text(
        f"import pytest\n\n@pytest.mark.requirement({name!r})\ndef test_more():\n    pass\n",
        encoding="utf-8",
    )
    process = collect("tests/contract/test_more.py", folder=project_copy)
    assert process.returncode in (2, 4)  # interrupted, or unusable
    assert f"there is no requirement {name!r}" in process.stdout + process.stderr


# ------------------------------------------------------------- ids in the code


def code() -> list[Path]:
    folders = (ROOT / "contracts", ROOT / "tests" / "contract")
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def literals(path: Path) -> Iterator[str]:
    """The texts in a file that look like a requirement's id, `*` for what is filled in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
              for part in node.values}  # fmt: skip
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in inside
        ):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values
            )


ENDPOINT = "|".join([*map(re.escape, CONTRACT.endpoints), r"\*", r"\{endpoint\}"])
ID = re.compile(rf"(?:{ENDPOINT})(?:\.(?:[a-z-]+|[a-zA-Z]+|\*|\{{[a-z]+\}}))+")
NO_IDS = ("*.schema.json", "*.yaml", "*.md", "*.html", "*.py")


def ids(path: Path) -> list[str]:
    return [text for text in literals(path) if ID.fullmatch(text) and text not in NO_IDS]


@pytest.mark.parametrize(
    "path", [pytest.param(p, id=p.relative_to(ROOT).as_posix()) for p in code() if ids(p)]
)
def test_every_id_in_the_code_is_known_to_the_contract(path: Path) -> None:
    unknown = []
    for name in ids(path):
        try:
            CONTRACT.named(name)
        except KeyError:
            unknown.append(name)
    assert unknown == []


def test_the_files_that_name_requirements_are_looked_at() -> None:
    found = {path.name for path in code() if ids(path)}
    assert {"account.py", "judge.py", "history.py", "run.py", "test_life.py"} <= found


def test_a_name_that_is_no_requirement_is_an_error() -> None:
    assert [r.id for r in CONTRACT.named("delete.twice")] == ["delete.twice"]
    assert {r.endpoint for r in CONTRACT.named("{endpoint}.succeeds")} == set(CONTRACT.endpoints)
    assert len(CONTRACT.named("*.auth.missing")) == len(CONTRACT.endpoints)
    with pytest.raises(KeyError, match=r"there is no requirement 'delete\.thrice'"):
        CONTRACT.named("delete.thrice")
