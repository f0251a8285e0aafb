"""What the suite's own tests share: no network but loopback, and runs in processes of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from contracts.service.app import Service
from tests.helpers.service_helpers import Clock, User

ROOT = Path(__file__).parents[2]
# What would make a run a live one, or a worker of another run.
UNWANTED = ("LEAF_", "PANORAMA_", "PYTEST_", "COV_")
NOT_COPIED = shutil.ignore_patterns(
    ".*", "__pycache__", "*.egg-info", "build", "dist", "suite", "proof", "docs"
)
PATIENCE = 120  # seconds, for a run that hangs

Process = subprocess.Popen[str]
RunPython = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def environment() -> Callable[..., dict[str, str]]:
    """The environment for another process: without settings of a live run, and with `more`."""

    def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(UNWANTED)}
        return {**kept, **(more or {})}

    return environment


@pytest.fixture(scope="session")
def python(environment: Callable[..., dict[str, str]]) -> RunPython:
    """Runs `python -m …` in the project's folder, or in another one, until it ends."""

    def python(
        *arguments: str, folder: Path = ROOT, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=folder,
            env=environment(env),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    return python


@pytest.fixture
def begin(environment: Callable[..., dict[str, str]]) -> Iterator[Callable[..., Process]]:
    """Starts `python -m …` in the project's folder; it is ended with the test at the latest."""
    begun: list[Process] = []

    def begin(*arguments: str, env: Mapping[str, str] | None = None) -> Process:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=environment(env),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


@pytest.fixture
def project_copy(tmp_path: Path) -> Path:
    """A copy of the project without the suite's own tests, to be changed at will."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT, folder, ignore=NOT_COPIED)
    return folder


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(clock: Clock) -> Service:
    return Service(seed=1, clock=clock)


@pytest.fixture
def user(service: Service) -> User:
    return User(service)
