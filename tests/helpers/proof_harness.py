"""Runs the suite on one behaviour after the other, in a process that has collected it once.

Used in two halves. `Prover` is for a test: it starts `pytest tests/contract` in a process of its
own and asks it for one verdict after the other. What stands below it is a plugin of that process:
instead of running its tests once, it runs those that are asked for, each time on a fresh service.
Starting pytest for each of a thousand behaviours would take an hour.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import settings

from contracts.faults import catalogue
from contracts.faults.entry import Fault
from contracts.plugins.state import PROVES, RUN
from contracts.session.ledger import ADVICE, BROKEN
from contracts.session.run import Run
from contracts.session.settings import LIVE, Unusable
from contracts.session.targets import Target, embedded
from contracts.spec.load import load
from contracts.spec.model import Contract

ROOT = Path(__file__).parents[2]
PIPES = "PROOF_HARNESS_PIPES"
SUITE = "tests/contract"
# Tests that draw their cases; what they find, the examples find too, and sooner.
DRAWN = ("test_breadth", "test_properties", "test_state_machine")
# Tests with dozens of cases each, which only some faults need.
LONG = (
    "create.text.",
    "one-click.text.",
    "one-click.type.",
    "one-click.missing.",
    "one-click.refuses-others.",
    "one-click.other-media-type",
    "one-click.unknown-field",
    "create.type.",
    "create.refuses-others.",
    "create.null.",
    "create.requires.",
    "create.malformed",
    "one-click.malformed",
    "create.other-media-type",
    "create.unknown-field",
)
# What is made by rule differs little from its kind: few tests can tell it from a neighbour.
BY_RULE = frozenset(
    {
        "form", "field", "timestamp", "instant", "enum", "status", "text", "authorization",
        "secrets", "bad input",
    }
)  # fmt: skip
PLAIN, FULL = "plain", "full"


@dataclass(frozen=True)
class Proof:
    """What a run of the suite made of one behaviour."""

    name: str
    status: int
    broken: list[str]
    failed: list[str]
    requests: int
    first_red: int | None
    seconds: float
    cpu: float
    actual: dict[str, list[str]] = field(default_factory=dict)
    unchecked: dict[str, str] = field(default_factory=dict)
    peak: int = 0  # KiB of memory, the most that the process has used so far


class Prover:
    """A process that runs the suite on behaviours. As a context manager it ends itself.

    With `drawn`, the tests that draw their cases belong to the suite, too. `options` and
    `environment` are pytest's; `LiveProver` makes a live run of it by them.
    """

    def __init__(
        self,
        drawn: bool = False,
        options: Sequence[str] = (),
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        asked, telling = os.pipe()
        told, answering = os.pipe()
        names = () if drawn else (f"--ignore={SUITE}/{name}.py" for name in DRAWN)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pytest", SUITE, "-q", "-s", "-p", "no:cacheprovider",
             "-p", "no:xdist", "-p", __name__, "--hypothesis-seed=0", *names, *options],
            cwd=ROOT,
            env={**_plain_environment(), **environment, PIPES: f"{asked},{answering}"},
            pass_fds=(asked, answering),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        os.close(asked)
        os.close(answering)
        self._ask, self._told = os.fdopen(telling, "w"), os.fdopen(told)

    def prove(self, *names: str, scope: str = PLAIN, strict: bool = True) -> Proof:
        """Run the tests that can notice these behaviours; with the scope FULL, all tests."""
        asked = {"names": names, "scope": scope, "strict": strict}
        print(json.dumps(asked), file=self._ask, flush=True)
        line = self._told.readline()
        if not line:
            _, words = self._process.communicate()
            raise RuntimeError(f"the suite's process ended while it proved {names}: {words}")
        return Proof(**json.loads(line))

    def __enter__(self) -> Prover:
        return self

    def __exit__(self, *_: object) -> None:
        self._ask.close()
        self._told.close()
        self._process.communicate(timeout=60)


def _plain_environment() -> dict[str, str]:
    """The environment without what would make the run a live one, or another run's worker."""
    unwanted = ("LEAF_", "PANORAMA_", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}


# ------------------------------------------------------------- in the suite's process


class _Meter:
    """Which tests went red, and how many requests had been sent by then."""

    def __init__(self, run: Run) -> None:
        self.failed: list[str] = []
        self.first_red: int | None = None
        self._client = run.target.client

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)
            self.went_red()

    def went_red(self) -> None:
        if self.first_red is None:
            self.first_red = self._client.requests


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    # What was found with one behaviour must not be tried first with the next.
    settings.register_profile("proof", settings.default, database=None)
    settings.load_profile("proof")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    return serve_verdicts(session, PIPES, lambda **asked: asdict(_prove(session, **asked)))


def serve_verdicts(
    session: pytest.Session, pipes: str, answer: Callable[..., object]
) -> bool | None:
    """Instead of running the tests once, answer each line of JSON with one; None without pipes.

    The environment variable `pipes` names their two descriptors.
    """
    ends = os.environ.get(pipes)
    if ends is None:
        return None
    asked, answering = (
        os.fdopen(int(fd), mode) for fd, mode in zip(ends.split(","), "rw", strict=True)
    )
    with asked, answering:
        for line in asked:
            print(json.dumps(answer(**json.loads(line))), file=answering, flush=True)
    session.testsfailed = 0
    return True


def _peak() -> int:
    """KiB of memory that this process, and not the one that started it, has used at its most."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1])


def _prove(session: pytest.Session, names: list[str], scope: str, strict: bool) -> Proof:
    contract = load()
    # A socket that nobody closed would make a test fail, whenever the garbage is collected.
    session.config.stash[RUN].target.close()
    run = Run(contract, _target(session.config, contract, names), strict)
    session.config.stash[RUN] = run
    entries = [catalogue(contract)[name] for name in names]
    items = _selected(session.items, entries, scope)
    for item in items:
        run.expect(item.stash[PROVES])
    meter = _Meter(run)
    started, busy = time.perf_counter(), time.process_time()
    status = _run(session, items, run, meter)
    seconds = (time.perf_counter() - started, time.process_time() - busy)
    _forget_reports(session.config)
    return _proof("+".join(names), run, meter, status, seconds)


def _target(config: pytest.Config, contract: Contract, names: list[str]) -> Target:
    chosen = config.stash[RUN].target.settings
    live = chosen.kind == LIVE  # then somebody else has given the served service its behaviours
    return Target(contract, chosen, None if live else embedded(contract, chosen, names))


def _run(session: pytest.Session, items: list[pytest.Item], run: Run, meter: _Meter) -> int:
    """Run the tests as pytest does, with what the plugins do around them; the exit status."""
    try:
        run.target.prepare()
    except Unusable:
        return int(pytest.ExitCode.USAGE_ERROR)
    session.config.pluginmanager.register(meter)
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
    session.config.pluginmanager.unregister(meter)
    run.finish()
    run.target.close()
    if not meter.failed and not any((*run.bad_news(), *run.broken())):
        return int(pytest.ExitCode.OK)
    meter.went_red()
    return int(pytest.ExitCode.TESTS_FAILED)


def _forget_reports(config: pytest.Config) -> None:
    """Keep pytest from printing tens of thousands of reports in the end."""
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.stats.clear()


def _proof(name: str, run: Run, meter: _Meter, status: int, seconds: tuple[float, float]) -> Proof:
    verdicts = run.ledger.verdicts()
    broken = {v.requirement.id: v for v in verdicts if v.state in (BROKEN, ADVICE)}
    return Proof(
        name,
        status,
        list(broken),
        meter.failed,
        run.target.client.requests,
        meter.first_red,
        *(round(number, 3) for number in seconds),
        {name: [str(shown["actual"]) for shown in v.shown[:1]] for name, v in broken.items()},
        dict(_unchecked(run)),
        _peak(),
    )


def _unchecked(run: Run) -> Iterator[tuple[str, str]]:
    for verdict in run.ledger.verdicts():
        if verdict.reason and verdict.requirement.id in run.tested:
            yield verdict.requirement.id, verdict.reason


def _selected(
    items: Sequence[pytest.Item], entries: Sequence[Fault], scope: str
) -> list[pytest.Item]:
    """The tests that are worth running; recordings are not about the service that is run."""
    asking = [item for item in items if item.get_closest_marker("recorded") is None]
    if scope == FULL or not entries:
        return asking
    wanted = {name for e in entries for name in (e.breaks, *e.also, *e.provoked_by) if name}
    kin = {_kin(name) for name in wanted if ".auth." in name}
    by_rule = all(entry.group in BY_RULE for entry in entries)
    seen: set[str] = set()
    found = []
    for item in asking:
        function = item.nodeid.partition("[")[0]
        names = item.stash[PROVES]
        near = not any(name.startswith(LONG) for name in names)
        if by_rule:
            first = function not in seen and "test_bad_input" not in function
            near = near and (first or not kin.isdisjoint(map(_kin, names)))
        if near or not wanted.isdisjoint(names):
            found.append(item)
        seen.add(function)
    return found


def _kin(requirement: str) -> str:
    """The endpoint and the topic of a requirement."""
    return ".".join(requirement.split(".")[:2])
