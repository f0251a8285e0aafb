"""Where the suite lies, with its schemas and cassettes: in a checkout, or carried by a wheel."""

from __future__ import annotations

import os
from pathlib import Path

from contracts.spec.load import DEFAULT

_PACKAGE = Path(__file__).parents[1]
_CARRIED = _PACKAGE / "_suite"
INSTALLED = _CARRIED.is_dir()
ROOT = _CARRIED if INSTALLED else _PACKAGE.parent
CASSETTES = ROOT / "cassettes"
SCHEMAS = ROOT / "schemas"
TESTS = ROOT / "tests" / "contract"
# Where new recordings are, when they are replayed before they are kept.
STAGED = "CONTRACT_TESTS_STAGED_CASSETTES"


def cassettes_of(contract: str | Path) -> Path:
    """The folder of the cassettes of a contract, which is given by its name or its file.

    Those of the default contract stand at the top.
    """
    staged = os.environ.get(STAGED)
    if staged:
        return Path(staged)
    name = Path(contract).stem
    return CASSETTES if name == DEFAULT else CASSETTES / name
