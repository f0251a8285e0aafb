"""A hostile wire: the run ends by itself, in bounded memory, and names what is broken."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.contract import load
from contracts.hostile import CATALOGUE, LAWFUL, VICTIM, HostileServer
from contracts.service import DEFAULT_TOKEN, Service
from contracts.store import known_leaf_users

ROOT = Path(__file__).parents[2]
WITHIN = 60  # seconds
MEMORY = 400 * 1024  # KiB
# Runs pytest and says how much memory this process, and no other, has used at its peak.
PEAK = """
import re, sys, pytest
status = pytest.main(sys.argv[1:])
print(re.search("VmHWM:.*", open("/proc/self/status").read())[0])
sys.exit(status)
"""


def run_on(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of the victim's answers on a served service."""
    leaf_user, other = known_leaf_users(load())
    environment = {
        **os.environ,
        "LEAF_TOKEN": DEFAULT_TOKEN,
        "LEAF_USER_ID": leaf_user,
        "LEAF_OTHER_USER_ID": other,
    }
    command = [sys.executable, "-c", PEAK, "-q", "-p", "no:cacheprovider", "--allow-writes"]
    return subprocess.run(
        [*command, "--base-url", url, "--request-timeout", "1", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=WITHIN,
    )  # fmt: skip


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_hostile_answer_is_named_and_ends(name: str) -> None:
    hostile = CATALOGUE[name]
    with HostileServer(load(), hostile, Service()) as server:
        done = run_on(server.url, "tests/contract/test_answers.py", "-k", VICTIM)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"broken: {hostile.breaks} " in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    peak = re.search(r"VmHWM:\s+(\d+) kB", done.stdout)
    assert peak is not None
    assert int(peak[1]) < MEMORY


@pytest.mark.parametrize("name", LAWFUL)
def test_an_unusual_but_lawful_wire_is_passed(name: str) -> None:
    with HostileServer(load(), LAWFUL[name], Service()) as server:
        done = run_on(server.url, "tests/contract/test_answers.py", "-k", VICTIM)
    assert done.returncode == 0, done.stdout
