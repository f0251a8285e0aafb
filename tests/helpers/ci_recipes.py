"""The recipes in `docs/ci/`, read as the machines do that they are for."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from contracts.session.folders import ROOT

FOLDER = ROOT / "docs" / "ci"
GITHUB = sorted(FOLDER.glob("github-*.yml"))
GITLAB = FOLDER / "gitlab-ci.yml"
SCRIPT = FOLDER / "contract.sh"
GUIDE = ROOT / "docs" / "ci.md"
COMMANDS = ("panorama-contracts", "python -P -m contracts")


@dataclass(frozen=True)
class Step:
    """What one shell runs: its text, the environment that the recipe gives it, and when."""

    recipe: str
    text: str
    env: dict[str, str] = field(default_factory=dict)
    condition: str = ""


def github_steps(name: str) -> list[Step]:
    """The `run` steps of a workflow's jobs, in their order."""
    workflow = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return [
        Step(name, step["run"], step.get("env", {}), step.get("if", ""))
        for job in workflow["jobs"].values()
        for step in job["steps"]
        if "run" in step
    ]


def gitlab_jobs() -> dict[str, dict[str, Any]]:
    """The jobs of the pipeline, with what they extend."""
    pipeline = yaml.safe_load(GITLAB.read_text(encoding="utf-8"))
    jobs = {k: v for k, v in pipeline.items() if isinstance(v, dict) and not k.startswith(".")}
    return {name: {**pipeline[job["extends"]], **job} for name, job in jobs.items()}


def gitlab_steps(name: str) -> list[Step]:
    """A job's shell: what comes before it, and its script."""
    job = gitlab_jobs()[name]
    return [Step(f"{GITLAB.name}: {name}", "\n".join([*job["before_script"], *job["script"]]))]


def guide_steps() -> list[Step]:
    """The shell blocks of the guide."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [Step(GUIDE.name, block) for block in blocks]


def every_step() -> list[Step]:
    """Everything that a recipe has a shell run."""
    return [
        *(step for path in GITHUB for step in github_steps(path.name)),
        *(step for name in gitlab_jobs() for step in gitlab_steps(name)),
        *guide_steps(),
        Step(SCRIPT.name, SCRIPT.read_text(encoding="utf-8")),
    ]


def invocations(step: Step) -> Iterator[list[str]]:
    """The words of each call of this project's commands."""
    for line in step.text.splitlines():
        for call in re.split(r" \| | \|\| |\$\(", line):
            words = shlex.split(call, comments=True)
            if " ".join(words).startswith(COMMANDS):
                yield words
