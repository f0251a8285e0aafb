"""New recordings are kept only when they can be replayed: a bad one never replaces a good one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from contracts.session.folders import STAGED
from contracts.session.recording import Recording

PATIENCE = 120  # seconds
# What would let the second run reach the service, or do something else than replay.
LEFT_OUT = ("LEAF_", "PYTEST_ADDOPTS")


def promoted(session: pytest.Session, recording: Recording) -> list[str]:
    """Keep the new recordings; answers complaints, and then keeps none of them."""
    if not recording.fresh:
        return []
    complaints = recording.unfit() or _replay(session, recording)
    if not complaints:
        recording.keep()
    return complaints


def _replay(session: pytest.Session, recording: Recording) -> list[str]:
    """Run the tests that were recorded in a process of their own, on the new recordings."""
    config = session.config
    chosen = [f"-c{config.inipath}"] if config.inipath else []
    environment = {k: v for k, v in os.environ.items() if not k.startswith(LEFT_OUT)}
    try:
        done = subprocess.run(  # noqa: S603, the tests of this run
            [
                sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=line",
                *chosen, f"--rootdir={config.rootpath}",
                f"--contract={config.getoption('contract')}",
                *(str(config.rootpath / item.nodeid) for item in session.items),
            ],
            cwd=config.invocation_params.dir,
            env={**environment, STAGED: str(recording.staging)},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return [f"the new recordings do not replay within {PATIENCE} s: none of them is kept"]
    if done.returncode == 0:
        return []
    said = (done.stdout + done.stderr).strip().splitlines()
    why = [line for line in said if line.startswith(("FAILED", "ERROR"))] or said[-1:]
    return ["the new recordings do not replay, and none of them is kept", *why]
