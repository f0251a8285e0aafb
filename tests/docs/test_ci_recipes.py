"""The recipes for other people's pipelines: well-formed, up to date, without secrets in the open.

They can't be run where they belong, so each of their shells is run here, in an empty folder,
against a service on a socket. Only `pip` and GitHub's `gh` are stood in for.
"""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from contracts.faults import behaviours
from contracts.service.app import Service
from contracts.service.http_server import serve
from contracts.service.store import known_leaf_users
from contracts.session.folders import ROOT
from contracts.session.settings import LEAF_VARIABLES, provider_variables
from contracts.spec.load import load
from tests.helpers.ci_recipes import (
    FOLDER,
    GITHUB,
    GITLAB,
    GUIDE,
    SCRIPT,
    Step,
    every_step,
    github_steps,
    gitlab_jobs,
    gitlab_steps,
    guide_steps,
    invocations,
)

CONTRACT = load()
FIRST, SECOND = known_leaf_users(CONTRACT)
TOKEN = "a-staging-token-5be1d09c"
OURS = r"(?:LEAF|PANORAMA)_[A-Z_]+"
SECRET = r"\$\{?(?:LEAF_TOKEN|LEAF_PASSWORD|LEAF_USERNAME|PANORAMA_|GH_TOKEN)"
# What the recipes have run is the whole suite; a part of it is enough to see that they work.
FEW = "-p no:randomly -k 'nothing_there or test_life'"
LIVE = {"LEAF_TOKEN": TOKEN, "LEAF_USER_ID": FIRST, "LEAF_OTHER_USER_ID": SECOND}
STEPS = [pytest.param(step, id=f"{step.recipe}-{n}") for n, step in enumerate(every_step())]
Shell = Callable[..., CompletedProcess[str]]


# ------------------------------------------------------------- what they say


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", GITHUB),
        ("custom.github-workflows-require-timeout", GITHUB),
        ("vendor.gitlab-ci", [GITLAB]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_pipeline_keeps_to_its_schema(schema: str, files: list[Path], python: Any) -> None:
    assert files
    options = ("--builtin-schema", schema, *map(str, files))
    if files == [GITLAB]:
        options = ("--data-transform", "gitlab-ci", *options)
    done = python("check_jsonschema", *options)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", [SCRIPT, ROOT / ".ci" / "run"], ids=["recipe", ".ci/run"])
def test_a_script_has_nothing_to_complain_about(path: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("shellcheck"), path], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def helps(python: Any) -> dict[str, str]:
    """What each command says of its options."""
    commands = {
        words[4] for step in every_step() for words in invocations(step) if words[0] == "python"
    }
    found = {name: python("contracts", name, "--help").stdout for name in commands}
    return {**found, "panorama-contracts": python("pytest", "--help").stdout}


def test_every_option_exists(helps: dict[str, str]) -> None:
    calls = [words for step in every_step() for words in invocations(step)]
    assert len(calls) > 8
    for words in calls:
        known = helps[words[0] if words[0] in helps else words[4]]
        for word in words:
            option = word.partition("=")[0]
            if word.startswith("-") and word not in ("-m", "-P"):
                assert re.search(rf"(?:^|\s){re.escape(option)}[\s=,]", known), words


def test_every_setting_is_known() -> None:
    known = {*LEAF_VARIABLES, *provider_variables(CONTRACT)}
    texts = [path.read_text("utf-8") for path in (*GITHUB, GITLAB, SCRIPT, GUIDE)]
    assert {name for text in texts for name in re.findall(OURS, text)} <= known


@pytest.mark.parametrize("step", STEPS)
def test_a_secret_stands_in_no_command(step: Step) -> None:
    assert not re.search(SECRET, step.text)
    # GitHub puts these into the text of the script before a shell sees it.
    assert "${{" not in step.text


@pytest.mark.parametrize("path", GITHUB, ids=lambda path: path.name)
def test_a_secret_reaches_only_the_step_that_needs_it(path: Path) -> None:
    in_steps = [
        (name, value) for step in github_steps(path.name) for name, value in step.env.items()
    ]
    secret = re.findall(r"\$\{\{ (?:secrets\.|github\.token)", path.read_text(encoding="utf-8"))
    assert len([v for _, v in in_steps if "secrets." in v or "github.token" in v]) == len(secret)
    for name, value in in_steps:
        if "secrets." in value:
            assert value == f"${{{{ secrets.{name} }}}}"


def test_the_guide_names_every_recipe() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert set(re.findall(r"\]\((ci/[^)]+)\)", text)) == {f"ci/{p.name}" for p in FOLDER.iterdir()}
    assert "docs/ci.md" in (ROOT / "README.md").read_text(encoding="utf-8")


# ------------------------------------------------------------- what they do


@pytest.fixture
def url() -> Iterator[str]:
    with serve(Service(token=TOKEN)) as server:
        yield server.url


@pytest.fixture
def shell(tmp_path: Path, environment: Any) -> Shell:
    """Runs a step in an empty folder, as GitHub and GitLab do: it ends with the first error."""
    stubs, folder = tmp_path / "stubs", tmp_path / "work"
    folder.mkdir()
    stubs.mkdir()
    for name, line in {
        "python": f'exec {sys.executable} "$@"',
        "panorama-contracts": f'exec {sys.executable} -m contracts.cli.anywhere "$@"',
        "pip": 'test "$*" = "install ci/panorama_contracts-*.whl"',
        # `gh release upload TAG FILE …`, and `gh release download --pattern … --output FILE`.
        "gh": f'cd {folder}; [ "$2" = upload ] && cp "$4" {stubs}/asset || cp {stubs}/asset "$6"',
    }.items():
        (stubs / name).write_text(f"#!/bin/bash\n{line}\n", encoding="utf-8")
        (stubs / name).chmod(stat.S_IRWXU)

    def shell(text: str, **env: str) -> CompletedProcess[str]:
        path = f"{stubs}:/usr/bin:/bin"
        given = environment({"PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": FEW, "PATH": path, **env})
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", text],
            cwd=folder,
            env=given,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return shell


def shown(done: CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


def resolved(step: Step, url: str) -> dict[str, str]:
    """A step's environment, with what GitHub puts in for its expressions."""
    values = {**LIVE, "STAGING_URL": url}
    return {name: values.get(name, "v1.0.0") for name in step.env}


@pytest.mark.parametrize("path", GITHUB, ids=lambda path: path.name)
def test_a_github_workflow_does_what_it_says(
    path: Path, url: str, shell: Shell, tmp_path: Path
) -> None:
    summary = tmp_path / "summary.md"
    for step in github_steps(path.name):
        github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
        done = shell(step.text, **resolved(step, url), **github)
        assert done.returncode == 0, shown(done)
        assert TOKEN not in shown(done)
    assert {"report.json", "junit.xml"} <= names(tmp_path / "work" / "contract-report")
    assert summary.stat().st_size > 100


@pytest.mark.parametrize("name", gitlab_jobs())
def test_a_gitlab_job_does_what_it_says(name: str, url: str, shell: Shell, tmp_path: Path) -> None:
    live = {**LIVE, "STAGING_URL": url} if "mocked" not in name else {}
    if any("compare" in line for line in gitlab_jobs()[name]["script"]):
        done = shell(f"{gitlab_steps('contract-staging')[0].text}", **live)
        assert done.returncode == 0, shown(done)
        shell("mkdir ci; mv contract-report/report.json ci/last-release.json")
    for step in gitlab_steps(name):
        done = shell(step.text, **live)
        assert done.returncode == 0, shown(done)
    wanted = gitlab_jobs()[name]["artifacts"]["reports"]["junit"]
    assert (tmp_path / "work" / wanted).is_file()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_job_fails_when_the_contract_is_broken(shell: Shell) -> None:
    (step,) = gitlab_steps("contract-mocked")
    done = shell(f"{step.text} --behave read-truncated")
    assert done.returncode == 1, shown(done)


def test_what_changed_in_a_broken_release_is_told_on_github(shell: Shell, tmp_path: Path) -> None:
    """GitHub leaves out the steps after one that failed, but for those with a condition."""
    *_, download, compare = github_steps("github-release.yml")
    upload = next(s for s in github_steps("github-release.yml") if "upload" in s.text)
    for step in (upload, download, compare):
        assert "!cancelled()" in step.condition
        assert "hashFiles('contract-report/report.json') != ''" in step.condition
    github = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    assert shell("panorama-contracts --report-dir=contract-report").returncode == 0
    assert shell(upload.text, TAG="v1").returncode == 0
    broken = shell("panorama-contracts --behave read-truncated --report-dir=contract-report")
    assert broken.returncode == 1, shown(broken)
    assert shell(download.text).returncode == 0
    assert shell(compare.text, **github).returncode == 1
    assert "read" in (tmp_path / "summary.md").read_text(encoding="utf-8")


def test_what_changed_in_a_broken_release_is_told_on_gitlab(shell: Shell) -> None:
    (step,) = gitlab_steps("contract-release")
    assert shell("panorama-contracts --report-dir=contract-report").returncode == 0
    assert shell("mkdir ci; mv contract-report/report.json ci/last-release.json").returncode == 0
    misbehaving = behaviours(["read-truncated"], CONTRACT)
    with serve(Service(token=TOKEN, behaviours=misbehaving)) as server:
        done = shell(step.text, STAGING_URL=server.url, **LIVE)
    assert done.returncode == 1, shown(done)
    assert "\n1 breaking, " in done.stdout


class TestTheScript:
    text = SCRIPT.read_text(encoding="utf-8")

    def test_it_says_that_the_contract_holds(self, url: str, shell: Shell) -> None:
        done = shell(self.text, BASE_URL=url, **LIVE)
        assert done.returncode == 0, shown(done)
        assert "the contract holds" in done.stdout

    def test_it_compares_with_the_last_release(self, url: str, shell: Shell) -> None:
        first = shell(self.text, BASE_URL=url, **LIVE)
        assert shell("cp contract-report/report.json last-release.json").returncode == 0
        second = shell(self.text, BASE_URL=url, **LIVE)
        assert second.returncode == 0, shown(second)
        assert len(second.stdout.splitlines()) > len(first.stdout.splitlines())

    def test_what_the_comparison_says_counts(self, url: str, shell: Shell) -> None:
        assert shell("echo '{}' > mine.json").returncode == 0
        done = shell(self.text, BASE_URL=url, LAST_RELEASE="mine.json", **LIVE)
        assert done.returncode == 4, shown(done)
        assert "mine.json" in done.stderr

    def test_it_passes_on_that_nothing_was_tested(self, url: str, shell: Shell) -> None:
        done = shell(self.text, BASE_URL=url, **{**LIVE, "LEAF_TOKEN": "another"})
        assert done.returncode == 4, shown(done)
        assert "the service was not tested" in done.stderr

    def test_it_compares_no_report_of_an_earlier_run(self, url: str, shell: Shell) -> None:
        assert shell(self.text, BASE_URL=url, **LIVE).returncode == 0
        assert shell("cp contract-report/report.json last-release.json").returncode == 0
        done = shell(self.text, BASE_URL=url, **{**LIVE, "LEAF_USER_ID": "none"})
        assert (done.returncode, done.stdout) == (4, ""), shown(done)

    def test_it_wants_a_service(self, shell: Shell) -> None:
        done = shell(self.text, **LIVE)
        assert (done.returncode, done.stdout) == (4, "")
        assert "BASE_URL is missing" in done.stderr


@pytest.mark.parametrize("step", guide_steps(), ids=lambda step: step.text.split("\n")[0][:40])
def test_a_command_of_the_guide_works(step: Step, url: str, shell: Shell) -> None:
    done = shell(step.text, STAGING_URL=url, **LIVE)
    assert done.returncode == 0, shown(done)
