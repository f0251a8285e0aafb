"""The command `panorama-contracts`: the suite, run from any folder.

Tests, conftest.py and configuration are the suite's own, whatever lies in the current folder.
Paths in options belong to the current folder, and so do the caches; where it can't be written,
they are gone after the run.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from contracts.session.folders import ROOT

USAGE_ERROR = 4  # as pytest has it
NO_CACHE = "no:cacheprovider"
SUBCOMMANDS = ("serve", "schemas", "drift", "faults", "report", "replay", "compare")
HYPOTHESIS = "HYPOTHESIS_STORAGE_DIRECTORY"


def main() -> int:
    """Run a subcommand, or become pytest, with the arguments of this process.

    `run` is pytest, too. Ends with the exit status of what was run.
    """
    if len(sys.argv) > 1 and sys.argv[1] in SUBCOMMANDS:
        runpy.run_module("contracts", run_name="__main__", alter_sys=True)
    if sys.argv[1:2] == ["run"]:
        del sys.argv[1]
    try:
        here = Path.cwd()
    except OSError:
        print("error: the current folder is gone", file=sys.stderr)
        return USAGE_ERROR
    if _is_writable(here):
        return _pytest(here)
    with TemporaryDirectory() as folder:
        os.environ.setdefault(HYPOTHESIS, folder)
        return _pytest(Path(folder))


def _pytest(caches: Path) -> int:
    options = [
        "-p",
        "contracts.plugins.anywhere",
        f"--config-file={ROOT / 'pyproject.toml'}",
        f"--rootdir={ROOT}",
        f"--confcutdir={ROOT}",
    ]
    given = [*sys.argv[1:], os.environ.get("PYTEST_ADDOPTS", "")]
    if not any(NO_CACHE in argument for argument in given):
        # Without the plugin that keeps it, its setting is an unknown one.
        options.append(f"--override-ini=cache_dir={caches / '.pytest_cache'}")
    sys.argv[1:1] = options
    runpy.run_module("pytest", run_name="__main__", alter_sys=True)
    raise AssertionError("pytest ends the process itself")


def _is_writable(folder: Path) -> bool:
    try:
        with TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
