"""The wheel, installed by itself, as somebody without a checkout has it; for `make wheel`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from xml.etree import ElementTree

import pytest

from contracts.service.app import DEFAULT_TOKEN
from contracts.session.folders import ROOT, SCHEMAS

VENV = ROOT / "build" / "venv-wheel"
PYTHON, COMMAND = VENV / "bin" / "python", VENV / "bin" / "panorama-contracts"
LIVE = {
    "LEAF_TOKEN": DEFAULT_TOKEN,
    "LEAF_USER_ID": "00000000-0000-4000-8000-000000000001",
    "LEAF_OTHER_USER_ID": "00000000-0000-4000-8000-000000000002",
}
UNWANTED = ("LEAF_", "PANORAMA_", "PYTEST_", "PYTHON", "HYPOTHESIS_")
FEW = ("-q", "-k", "nothing_there")
PATIENCE = 240  # seconds, for a whole run on a busy machine
Start = Callable[..., CompletedProcess[str]]


def environment(**more: str) -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(UNWANTED)} | more


def inside() -> dict[str, bytes]:
    """Everything that is installed of the project, but for compiled modules."""
    (package,) = VENV.glob("lib/python*/site-packages/contracts")
    return {
        path.relative_to(package).as_posix(): path.read_bytes()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module", autouse=True)
def installed() -> Iterator[None]:
    """The installed suite is this checkout's, and nothing that is done here changes it."""
    if not COMMAND.exists():
        pytest.skip("build/venv-wheel is missing: `make wheel` makes it and runs these tests")
    before = inside()
    for path in (ROOT / "contracts").rglob("*.py"):
        name = path.relative_to(ROOT / "contracts").as_posix()
        assert before.get(name) == path.read_bytes(), "build/venv-wheel is old: make wheel"
    yield
    assert inside() == before


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Runs a command in an empty folder until it ends."""

    def start(*command: str | Path, folder: Path = tmp_path, **env: str) -> CompletedProcess[str]:
        return subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            env=environment(**env),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    return start


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a service that the installed package serves."""
    with subprocess.Popen(
        [str(PYTHON), "-m", "contracts", "serve", "--port", "0"],
        cwd=tmp_path_factory.mktemp("elsewhere"),
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        yield process.stdout.readline().split()[-1]
        process.terminate()


def shown(done: CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


def test_no_development_tool_came_along(start: Start) -> None:
    done = start(PYTHON, "-c", "import mypy, ruff, xdist")
    assert "ModuleNotFoundError" in done.stderr


def test_the_whole_suite_holds_on_the_embedded_service(start: Start, tmp_path: Path) -> None:
    done = start(COMMAND, "-q")
    assert done.returncode == 0, shown(done)
    assert "exchanges replayed from cassettes/" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} <= {".hypothesis", ".pytest_cache"}


def test_a_served_service_is_tested_from_an_empty_folder(
    start: Start, served: str, tmp_path: Path
) -> None:
    options = ("--base-url", served, "--allow-writes", "--junit-xml", "out/junit.xml")
    done = start(COMMAND, "-q", *options, **LIVE)
    assert done.returncode == 0, shown(done)
    names = {c.get("classname") for c in ElementTree.parse(tmp_path / "out/junit.xml").iter()}
    assert "tests.contract.test_life" in names
    assert DEFAULT_TOKEN not in shown(done) + (tmp_path / "out/junit.xml").read_text("utf-8")


def test_known_failures_are_read_from_the_current_folder(start: Start, tmp_path: Path) -> None:
    (tmp_path / "known.yaml").write_text("read.no-such-thing: why", encoding="utf-8")
    done = start(COMMAND, *FEW, "--known-failures", "known.yaml")
    assert done.returncode == 4
    assert "known.yaml" in done.stderr
    assert "read.no-such-thing" in done.stderr


def test_recordings_are_not_made_in_site_packages(start: Start) -> None:
    done = start(COMMAND, "-q", "--record-mode=rewrite")
    assert done.returncode == 4
    assert done.stderr.split("\n")[0].startswith("ERROR: recordings are made from a checkout")


def test_schemas_are_written_where_one_wants_them(start: Start, tmp_path: Path) -> None:
    assert start(PYTHON, "-m", "contracts", "schemas", "--to", "mine").returncode == 0
    written = {path.name: path.read_bytes() for path in (tmp_path / "mine").iterdir()}
    assert written == {path.name: path.read_bytes() for path in SCHEMAS.glob("*.json")}
    nowhere = start(PYTHON, "-m", "contracts", "schemas")
    assert nowhere.returncode == 4
    assert nowhere.stderr == "error: say where to write the schemas: --to DIR\n"


def test_faults_are_listed(start: Start) -> None:
    assert start(PYTHON, "-m", "contracts", "faults").stdout.count("\n") > 10
