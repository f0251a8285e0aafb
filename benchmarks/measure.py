"""What is measured, one function a quantity. Times are in seconds, memory in MiB.

The service is always the embedded one, in this process or on a socket of this process, and counts
what reaches it. Children are whole commands: `pytest`, `schemathesis run`.
"""

from __future__ import annotations

import cProfile
import json
import os
import pstats
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import httpx

from contracts.http.exchange import Answer, Exchange, Intent, Request
from contracts.judging.judge import Judge
from contracts.leaf_user.account import Account
from contracts.masking.masking import Secrets
from contracts.report import files
from contracts.service.app import DEFAULT_TOKEN, Service
from contracts.service.http_server import serve
from contracts.service.store import known_leaf_users
from contracts.session.settings import Settings
from contracts.session.targets import Target
from contracts.spec.load import load
from tests.helpers import report_helpers

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "schemas" / "openapi.json"
LOOPS = 1000  # exchanges
JUDGED = 2000  # exchanges
SEED = 1


class Counting:
    """The embedded service, which counts requests and may take its time for each."""

    def __init__(self, latency: float = 0.0) -> None:
        self.service = Service(load())
        self.base_path = self.service.base_path
        self.latency = latency
        self.requests = 0
        self.first: float | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.requests += 1
        if self.first is None:
            self.first = time.perf_counter()
        if self.latency:
            time.sleep(self.latency)
        return self.service(environ, start_response)


@dataclass(frozen=True)
class Command:
    """One run of a command: wall time, time until its first request, requests, peak memory."""

    seconds: float
    until_first: float | None
    requests: int
    memory: float
    output: str


def command(arguments: list[str], counted: Counting, env: dict[str, str] | None = None) -> Command:
    """Run a command to its end; only success and "found something" are statuses to go on with."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("LEAF_", "PANORAMA_"))}
    plain.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    child = subprocess.Popen(
        arguments,
        cwd=ROOT,
        env={**plain, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output = child.stdout.read() if child.stdout else ""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(arguments)} ended with {child.returncode}:\n{output[-2000:]}")
    first = counted.first - started if counted.first else None
    seconds = time.perf_counter() - started
    return Command(seconds, first, counted.requests, usage.ru_maxrss / 1024, output)


def suite(*options: str) -> list[str]:
    """The command line of this suite."""
    return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]


def live_suite(latency: float = 0.0, *options: str) -> Command:
    """A full live run with writes, over a socket."""
    counted = Counting(latency)
    one, other = known_leaf_users(load())
    env = {"LEAF_TOKEN": DEFAULT_TOKEN, "LEAF_USER_ID": one, "LEAF_OTHER_USER_ID": other}
    with serve(counted) as server:
        return command(suite("--base-url", server.url, "--allow-writes", *options), counted, env)


def schemathesis(latency: float = 0.0) -> Command:
    """schemathesis's command line with all checks and our document, over a socket."""
    counted = Counting(latency)
    tool = str(Path(sys.executable).with_name("schemathesis"))
    with serve(counted) as server:
        arguments = [tool, "run", str(DOCUMENT), "--url", server.url, "--checks", "all",
                     "-H", f"Authorization: Bearer {DEFAULT_TOKEN}", "--seed", str(SEED),
                     "--no-color"]  # fmt: skip
        return command(arguments, counted)


def embedded_suite(*options: str) -> Command:
    """A bare run in one process (or with pytest-xdist's `-n`), without a socket."""
    return command(suite(*options), Counting())


# ------------------------------------------------------------- one exchange


@contextmanager
def _transport(socket: bool) -> Iterator[tuple[httpx.BaseTransport, str]]:
    app = Counting()
    if not socket:
        yield httpx.WSGITransport(app=app), f"http://localhost{app.base_path}"
        return
    with serve(app) as server:
        yield httpx.HTTPTransport(), server.url


def bare_loop(socket: bool) -> float:
    """Seconds for one GET of credentials that are there, with httpx and nothing else."""
    contract = load()
    reading, creating = contract.endpoints["read"], contract.endpoints["create"]
    user, _ = known_leaf_users(contract)
    headers = {"Authorization": f"Bearer {DEFAULT_TOKEN}"}
    with _transport(socket) as (transport, base_url):
        url = base_url + reading.path.format_map(dict.fromkeys(contract.path_parameters, user))
        with httpx.Client(transport=transport, headers=headers) as client:
            if creating.takes is None:
                raise ValueError("nothing can be created")
            client.post(url, json=contract.example(creating.takes)).raise_for_status()
            return _each(lambda: client.get(url).read(), LOOPS)


def judged_loop(socket: bool) -> float:
    """Seconds for the same GET by the suite: sent, read, judged on everything, and counted."""
    contract = load()
    if not socket:
        target = Target(contract, Settings())
        account, _ = target.accounts()
        return _asked(account)
    one, other = known_leaf_users(contract)
    with serve(Counting()) as server:
        target = Target(
            contract,
            Settings(
                base_url=server.url,
                allow_writes=True,
                token=DEFAULT_TOKEN,
                leaf_user=one,
                other_leaf_user=other,
            ),
        )
        target.prepare()
        account, _ = target.accounts()
        try:
            return _asked(account)
        finally:
            target.clean_up()
            target.close()


def _asked(account: Account) -> float:
    account.present()
    return _each(lambda: account.ask("read"), LOOPS)


def _each(action: Callable[[], object], times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        action()
    return (time.perf_counter() - started) / times


def judging(endpoint: str) -> tuple[float, list[tuple[str, float]]]:
    """Seconds for judging one lawful answer, and the five functions that take most of them."""
    contract = load()
    form = contract.endpoints[endpoint].answers
    if form is None:
        raise ValueError(f"{endpoint} answers no form")
    secrets = Secrets(contract.secret_fields)
    secrets.keep(DEFAULT_TOKEN, "token")
    for number in range(40):
        secrets.saw(f"a secret value, number {number}", "password")
    judge, now = Judge(contract, secrets), datetime.now(UTC)
    request = Request("GET", "http://localhost/", ())
    label = [("Content-Type", "application/json")]
    example = json.dumps(contract.example(form))
    known = str(contract.fields[contract.identifiers[0]].example)
    # No two alike: a record that was found lawful once is not looked at again.
    answers = [
        Answer(200, "OK", label, example.replace(known, f"{known[:-6]}{number:06}").encode())
        for number in range(2 * JUDGED)
    ]
    intent = Intent(valid=True, present=True)

    fresh = iter([Exchange(endpoint, request, answer, intent, now, now) for answer in answers])
    seconds = _each(lambda: judge(next(fresh)), JUDGED)
    profile = cProfile.Profile()
    profile.enable()
    _each(lambda: judge(next(fresh)), JUDGED)
    profile.disable()
    return seconds, _most(profile, 5)


def _most(profile: cProfile.Profile, count: int) -> list[tuple[str, float]]:
    """Functions with the share of the profiled time that was spent in themselves."""
    stats: Any = pstats.Stats(profile)
    rows = sorted(stats.stats.items(), key=lambda item: -item[1][2])
    total = sum(row[1][2] for row in rows)
    return [(f"{Path(place[0]).name}:{place[2]}", row[2] / total) for place, row in rows[:count]]


# ------------------------------------------------------------- reports


def own_command(*arguments: str) -> Command:
    """`python -m contracts …`."""
    return command([sys.executable, "-m", "contracts", *arguments], Counting())


def large_report(exchanges: int) -> tuple[float, float]:
    """Seconds for building and writing the report of so many exchanges, and its size in MB.

    As if everything were broken, with as many secrets known as are ever remembered.
    """
    with report_helpers.watched() as seen, TemporaryDirectory() as folder:
        names = list(seen.run.contract.requirements)
        example = seen.run.contract.example(seen.run.contract.forms["credentials-read"])
        for number in range(exchanges):
            name = names[number % len(names)]
            endpoint = seen.run.contract.requirements[name].endpoint
            body = {"number": number, "shown": example}
            seen.see(report_helpers.exchange(endpoint, name, valid=True, present=True, body=body))
        for number in range(2100):
            seen.run.target.secrets.saw(f"secret-{number:04}-{number * 7919:x}", "accessToken")
        started = time.perf_counter()
        written = files.write(seen.report(exit_status=1), Path(folder))
        return time.perf_counter() - started, sum(p.stat().st_size for p in written) / 1e6
