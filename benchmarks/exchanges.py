"""Measure the suite: a whole run on the embedded service, and the judging of one exchange.

Prints a table; several rounds, medians. The machine may be busy: compare within one run.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from contracts.contract import load
from contracts.exchange import Answer, Exchange, Intent, Request
from contracts.judge import Judge
from contracts.secrecy import Secrets
from contracts.service import DEFAULT_TOKEN

ROOT = Path(__file__).parent.parent
ROUNDS = 3
REPEATS = 2000


def whole_run() -> tuple[float, int]:
    """Seconds from start to end of a bare `pytest`, and the exchanges that it judged."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"], cwd=ROOT, capture_output=True, text=True
    )
    seconds = time.perf_counter() - started
    counts = re.findall(r"(\d+) judged exchanges", done.stdout)
    if done.returncode or not counts:
        raise SystemExit(f"the run failed:\n{done.stdout[-2000:]}")
    return seconds, int(counts[0])


def judging(endpoint: str) -> float:
    """Milliseconds for judging one lawful answer of an endpoint."""
    contract = load()
    form = contract.endpoints[endpoint].answers
    if form is None:
        raise ValueError(f"{endpoint} answers no form")
    secrets = Secrets(contract.secret_fields)
    secrets.keep(DEFAULT_TOKEN, "token")
    for number in range(40):
        secrets.saw(f"a secret value, number {number}", "password")
    judge = Judge(contract, secrets)
    now = datetime.now(UTC)
    content = json.dumps(contract.example(form)).encode()
    request = Request("GET", "http://localhost/", ())
    answer = Answer(200, "OK", [("Content-Type", "application/json")], content)
    intent = Intent(valid=True, present=True)
    # A new exchange each time: what an exchange has parsed, it remembers.
    exchanges = [Exchange(endpoint, request, answer, intent, now, now) for _ in range(REPEATS)]
    started = time.perf_counter()
    for exchange in exchanges:
        judge(exchange)
    return (time.perf_counter() - started) / REPEATS * 1000


def main() -> None:
    runs = [whole_run() for _ in range(ROUNDS)]
    seconds = statistics.median(run[0] for run in runs)
    exchanges = statistics.median(run[1] for run in runs)
    print("| what | measured |\n| --- | --- |")
    print(f"| bare `pytest`, start to end | {seconds:.1f} s |")
    print(f"| judged exchanges in it | {exchanges:.0f} |")
    for endpoint in ("read", "create", "events"):
        times = [judging(endpoint) for _ in range(ROUNDS)]
        print(f"| judging one answer of `{endpoint}` | {statistics.median(times):.3f} ms |")


if __name__ == "__main__":
    main()
