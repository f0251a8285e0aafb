"""Runs the suite with planted secrets and keeps everything that it shows and writes.

Used in two halves, as `proof_harness` is: `Leaky` is for a test; what stands below it is a plugin
of the process that it starts, in which one misbehaving service after the other is tested.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contracts import faults
from contracts.faults.entry import own
from contracts.leaf_user.request_bodies import UNUSUAL_TEXTS
from contracts.masking.masking import is_telling, secret_values
from contracts.plugins.state import PROVES, RUN
from contracts.service.app import Service
from contracts.service.background import BackgroundProcessing
from contracts.service.hooks import Answer, Behaviour, Call
from contracts.session.run import Run
from contracts.session.settings import TOKEN
from contracts.session.targets import Target
from tests.helpers.proof_harness import serve_verdicts

ROOT = Path(__file__).parents[2]
PIPES = "LEAK_HARNESS_PIPES"
SUITE = "tests/contract"
PUBLIC = frozenset(UNUSUAL_TEXTS.values())  # sent as passwords, too, and written in the code
PATIENCE = 300  # seconds for what pytest has to say in the end
MAX_TESTS = 1  # for one fault
# Tests that draw their cases take their time; they are run on a few faults only.
DRAWN = ("test_properties", "test_state_machine")
LONG = "test_breadth"


@dataclass(frozen=True)
class Shown:
    """What a fault brought about: the requirements that went red, and the secrets that it made."""

    broken: list[str]
    made: list[str]


def command(folder: Path, *options: str, root: Path = ROOT) -> list[str]:
    """Runs the suite in a folder such that everything it writes is written there."""
    return [sys.executable, "-m", "pytest", f"--rootdir={root}", f"-c{root / 'pyproject.toml'}",
            f"-ocache_dir={folder / 'cache'}", f"--basetemp={folder / 'temporary'}",
            f"--junitxml={folder / 'junit.xml'}", "-p", __name__, *options]  # fmt: skip


class Leaky:
    """A process that runs the suite on behaviours; `output` gets all that it prints.

    With `drawn`, only the tests that draw their cases.
    """

    def __init__(
        self, folder: Path, env: Mapping[str, str], *options: str, drawn: bool = False
    ) -> None:
        asked, telling = os.pipe()
        told, answering = os.pipe()
        self.output = folder / "output"
        left_out = [LONG] if drawn else [LONG, *DRAWN]
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                [*command(folder, "-p", "no:xdist", *options), str(ROOT / SUITE),
                 *(f"--ignore={ROOT / SUITE / name}.py" for name in left_out)],
                cwd=folder,
                env={**env, PIPES: f"{asked},{answering}", "PYTHONPATH": str(ROOT)},
                pass_fds=(asked, answering),
                stdout=output,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        os.close(asked)
        os.close(answering)
        self._ask, self._told = os.fdopen(telling, "w"), os.fdopen(told)

    def show(self, *names: str, sabotage: str = "") -> Shown:
        """Run the tests that are about these behaviours; `sabotage` breaks the suite itself."""
        command = {"names": names, "sabotage": sabotage}
        print(json.dumps(command), file=self._ask, flush=True)
        line = self._told.readline()
        if not line:
            raise RuntimeError(f"the process ended while it ran {names}: {self.output}")
        return Shown(**json.loads(line))

    def __enter__(self) -> Leaky:
        return self

    def __exit__(self, *_: object) -> None:
        self._ask.close()
        self._told.close()
        try:
            self._process.wait(timeout=PATIENCE)
        finally:
            self._process.kill()


# ------------------------------------------------------------- in the suite's process


class Noting(Behaviour):
    """Notes every secret that the service keeps or is sent."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def on_request(self, call: Call) -> None:
        self._note(call)

    def answer(self, call: Call, answer: Answer) -> Answer:
        self._note(call)
        return answer

    def _note(self, call: Call) -> None:
        record = own(call)
        fields = call.service.contract.secret_fields
        for value in secret_values([call.body, dict(record.values) if record else {}], fields):
            if isinstance(value, str) and is_telling(value) and value not in PUBLIC:
                self.seen.add(value)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    return serve_verdicts(session, PIPES, lambda **asked: _show(session, **asked))


def _show(session: pytest.Session, names: list[str], sabotage: str) -> dict[str, list[str]]:
    before: Run = session.config.stash[RUN]
    contract, noting, token = before.contract, Noting(), os.environ[TOKEN]
    behaviours = [BackgroundProcessing(), *faults.behaviours(names, contract), noting]
    service = Service(contract, token=token, behaviours=behaviours)
    target = Target(contract, before.target.settings, service)
    target.client.use_token(token)
    target.secrets.keep(token, "token")
    run = session.config.stash[RUN] = Run(contract, target, strict=True)
    if sabotage:
        BREAKING[sabotage](run)
    drawn = [item for item in session.items if item.path.stem in DRAWN]
    items = drawn or _selected(session.items, names, contract)
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
    session.shouldfail = session.shouldstop = False
    sys.stdout.flush()
    target.close()
    broken = [name for name, record in run.ledger.records.items() if record.violations]
    return {"broken": broken, "made": sorted(noting.seen - set(os.environ.values()))}


def _selected(
    items: Sequence[pytest.Item], names: Sequence[str], contract: Any
) -> list[pytest.Item]:
    known = faults.catalogue(contract)
    found: list[pytest.Item] = []
    for name in names:
        entry = known[name]
        for wanted in ([entry.breaks], entry.provoked_by):
            near = [item for item in items if not {*wanted}.isdisjoint(item.stash[PROVES])]
            found += near[:MAX_TESTS]
    return found


def _raising_judge(run: Run) -> None:
    """The judging raises in its midst, with all that it knows in its message and its locals."""

    def judge(exchange: Any) -> Any:
        headers, content = dict(exchange.request.headers), exchange.request.content
        answer = exchange.answer
        raise RuntimeError(f"cannot judge {headers} {content!r} {answer}")

    judge.secrets = run.target.secrets  # type: ignore[attr-defined]
    run.target.client.judge = judge  # type: ignore[assignment]


BREAKING = {"judge": _raising_judge}
