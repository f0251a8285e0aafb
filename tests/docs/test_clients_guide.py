"""docs/clients.md: every example is run as it is written, and every table is that of the code."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from contracts.faults import catalogue
from contracts.mock.control_api import ROUTES
from contracts.mock.options import add_options
from contracts.mock.served import Options, Served
from contracts.service.http_server import Server
from tests.helpers.service_helpers import CHOICE, CONTRACT, FIRST, valid
from tests.helpers.serving_helpers import caller

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
# `make axios` puts it there; a test installs nothing.
NODE_MODULES = ROOT / "build" / "node" / "node_modules"


def blocks(info: str) -> list[str]:
    """The code blocks with these words behind their backticks."""
    return re.findall(rf"^```{info}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def block(info: str) -> str:
    (only,) = blocks(info)
    return only


def table(heading: str) -> dict[str, str]:
    """First and second column of the table whose first heading this is."""
    rows = GUIDE.split(f"| {heading} | ", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return {row.split(" | ")[0].strip("| "): row.split(" | ", 1)[1] for row in rows}


needs_axios = pytest.mark.skipif(
    shutil.which("node") is None or not (NODE_MODULES / "axios").is_dir(),
    reason="node and axios are needed: run `make axios`",
)


@pytest.fixture
def served() -> Served:
    return Served(Options(), CONTRACT)


Run = Callable[..., CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path, served: Served, environment: Callable[..., dict[str, str]]) -> Run:
    """Writes an example into a file and runs it against a served service."""

    def run(example: str, *command: str) -> CompletedProcess[str]:
        file = tmp_path / f"example{'.js' if command[0] == 'node' else '.txt'}"
        file.write_text(example, encoding="utf-8")
        with Server(served) as server:
            return subprocess.run(
                [*command, str(file)],
                env=environment({"BASE_URL": server.url, "NODE_PATH": str(NODE_MODULES)}),
                cwd=tmp_path, capture_output=True, text=True, timeout=60,
            )  # fmt: skip

    return run


EXAMPLES = [
    pytest.param("python httpx", [sys.executable], id="httpx"),
    pytest.param("js axios", ["node"], id="axios", marks=needs_axios),
]


@pytest.mark.parametrize(("info", "command"), EXAMPLES)
def test_an_example_does_what_it_says_and_keeps_to_the_contract(
    info: str, command: list[str], run: Run, served: Served
) -> None:
    done = run(block(info), *command)
    assert (done.returncode, done.stderr) == (0, "")
    created, logged, then, violations = done.stdout.splitlines()
    assert re.fullmatch(r"created [0-9a-f-]{36} for MY-ORG", created)
    assert (logged, then, violations) == ("logged 200", "then 404", "violations 0")
    asked = {**served.state()["requests"]}
    assert asked == {"create": 1, "read": 2, "events": 1, "delete": 1}
    assert served.remarks() == []


@pytest.mark.parametrize("options", [Options(), Options(rate_limit=2.0)], ids=["", "rate-limit"])
def test_the_example_with_a_login_waits_when_it_is_asked_to(
    run: Run, served: Served, options: Options
) -> None:
    served.options = options
    served.start_afresh()
    done = run(block("python requests"), sys.executable)
    assert (done.returncode, done.stderr) == (0, "")
    created, then, violations = done.stdout.splitlines()
    assert re.fullmatch(r"created [0-9a-f-]{36} in PRODUCTION", created)
    assert (then, violations) == ("then 404", "violations 0")
    asked = served.state()["requests"]
    assert set(asked) == {"login", "create", "read", "delete"}
    assert (sum(asked.values()) > 5) == (options.rate_limit is not None)


PAGE = [
    pytest.param("shell page", ["sh", "-e"], ["media-type.curl"], id="curl"),
    pytest.param("python page", [sys.executable], [], id="requests"),
    pytest.param("js page", ["node"], [], id="axios", marks=needs_axios),
]


@pytest.mark.parametrize(("info", "command", "notices"), PAGE)
def test_the_requests_of_the_page_work(
    info: str, command: list[str], notices: list[str], run: Run, served: Served
) -> None:
    done = run(block(info), *command)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("MY-ORG") == 2
    assert done.stdout.rstrip().endswith("{}")
    assert served.state()["requests"] == {"create": 1, "read": 1, "events": 1, "delete": 1}
    assert served.remarks() == []
    assert [remark.rule for remark in served.remarks("notice")] == notices


def test_the_fixture_s_example(
    tmp_path: Path, python: Callable[..., CompletedProcess[str]]
) -> None:
    (tmp_path / "conftest.py").write_text(block("python conftest"), encoding="utf-8")
    (tmp_path / "test_client.py").write_text(block("python fixture"), encoding="utf-8")
    done = python("pytest", "-q", folder=tmp_path, env={"PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout


def test_every_block_is_one_that_is_tested() -> None:
    infos = re.findall(r"^```(\S.*)$", GUIDE, re.MULTILINE)
    assert sorted(infos) == sorted(
        ["python httpx", "python requests", "js axios", "shell page", "python page", "js page",
         "json", "python conftest", "python fixture"]
    )  # fmt: skip


def test_the_violation_that_is_shown_is_one() -> None:
    client = caller()
    client.ask("read")
    client.ask("create", json=valid(**{CHOICE: "stage"}))
    assert client.state()["violations"] == [json.loads(block("json"))]


def test_the_options_are_those_of_the_command() -> None:
    parser = argparse.ArgumentParser(add_help=False)
    add_options(parser)
    known = set(re.findall(r"(--[a-z-]+)", parser.format_help()))
    assert {name.strip("`").split()[0] for name in table("option")} == known


def test_the_controls_are_those_of_the_code() -> None:
    documented = {tuple(name.strip("`").split()) for name in table("request")}
    named = {(m, path.replace("<leaf_user>", "{leafUserId}")) for m, path in ROUTES}
    assert documented == named


def test_the_rules_are_those_of_the_audit() -> None:
    rules = set()
    for cell in table("rule"):
        first, *rest = re.findall(r"`([^`]+)`", cell)
        stem = first.partition(".")[0]
        rules |= {first, *(stem + name if name.startswith(".") else name for name in rest)}
    source = (ROOT / "contracts" / "mock" / "request_audit.py").read_text(encoding="utf-8")
    used = set(re.findall(r'_Flaw\(\s*"([a-z.-]+)"', source)) | {"field.type", "field.value"}
    used |= {f"authorization.{n}" for n in re.findall(r'return "([a-z]+)", ', source)}
    assert rules == used - {"media-type.curl", "path.elsewhere"}


def test_the_behaviours_that_are_named_exist() -> None:
    named = set(re.findall(r"(?:--behave |behave\(\"|`\[\")([a-z0-9-]+)", GUIDE))
    assert len(named) >= 4
    assert named - set(catalogue(CONTRACT)) == set()


def test_the_leaf_user_of_the_examples_is_known() -> None:
    assert GUIDE.count(FIRST) >= 7
