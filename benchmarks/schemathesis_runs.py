"""Runs `schemathesis run` on a served behaviour, as somebody would who has the OpenAPI document."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.cli.schema_files import SCHEMAS
from contracts.service.app import DEFAULT_TOKEN
from contracts.service.http_server import serve
from tests.helpers.live_prover import Counted

SEED = 1
# As it is run, but for where the files are and where the service is.
SHOWN = (
    'schemathesis run schemas/openapi.json --url … -H "Authorization: Bearer …" '
    f"--checks all --seed {SEED}"
)


@dataclass(frozen=True)
class Report:
    """What schemathesis made of one behaviour. `failures` are its titles, each with operations.

    `cut_off`: it did not end in time with a report, so that nobody knows what it would have said.
    """

    failures: tuple[str, ...]
    requests: int
    seconds: float
    left_behind: int
    cut_off: bool = False


def run(names: Sequence[str], limit: float) -> Report:
    """One run on a fresh service with these behaviours, of at most `limit` seconds."""
    app = Counted(*names)
    with tempfile.TemporaryDirectory() as folder, serve(app) as server:
        path = Path(folder, "report.json")
        started = time.perf_counter()
        try:
            done = subprocess.run(
                _command(server.url, path),
                cwd=folder,
                timeout=limit,
                capture_output=True,
                text=True,
            )
        except subprocess.TimeoutExpired:
            return Report((), app.requests, limit, app.left_behind, cut_off=True)
        seconds = time.perf_counter() - started
        if not path.exists():
            print(f"no report on {names}: {done.stderr[-500:]}", file=sys.stderr)
            return Report((), app.requests, seconds, app.left_behind, cut_off=True)
        found = json.loads(path.read_text(encoding="utf-8"))
    return Report(_failures(found), app.requests, round(seconds, 3), app.left_behind)


def _command(url: str, report: Path) -> list[str]:
    # Without a database no run knows what another one found.
    return [
        sys.executable, "-m", "schemathesis.cli", "run", str(SCHEMAS / "openapi.json"),
        "--url", url, "-H", f"Authorization: Bearer {DEFAULT_TOKEN}", "--checks", "all",
        "--seed", str(SEED), "--generation-database", "none", "--no-color",
        "--report", "json", "--report-json-path", str(report),
    ]  # fmt: skip


def _failures(report: dict[str, Any]) -> tuple[str, ...]:
    """What is wrong and where: failures of checks, and errors (no answer, say)."""
    found = {
        f"{problem['title']} ({operation})"
        for problem in (*report["failures"], *report["errors"])
        for operation in problem.get("operations") or [problem.get("operation") or "?"]
    }
    return tuple(sorted(found))
