"""Where the suite lies, with its schemas and cassettes: in a checkout, or carried by a wheel."""

from __future__ import annotations

import os
from pathlib import Path

from contracts.spec.load import load
from contracts.spec.model import Contract

_PACKAGE = Path(__file__).parents[1]
_CARRIED = _PACKAGE / "_suite"
INSTALLED = _CARRIED.is_dir()
ROOT = _CARRIED if INSTALLED else _PACKAGE.parent
CASSETTES = ROOT / "cassettes"
SCHEMAS = ROOT / "schemas"
TESTS = ROOT / "tests" / "contract"
# Where new recordings are, when they are replayed before they are kept.
STAGED = "CONTRACT_TESTS_STAGED_CASSETTES"


def cassettes_of(contract: Contract) -> Path:
    """The folder of a contract's cassettes: that of its name, or the whole for the first one."""
    staged = os.environ.get(STAGED)
    if staged:
        return Path(staged)
    return CASSETTES if contract.name == load().name else CASSETTES / contract.name
