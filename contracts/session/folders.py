"""Where the suite lies, with its schemas and cassettes: in a checkout, or carried by a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_CARRIED = _PACKAGE / "_suite"
INSTALLED = _CARRIED.is_dir()
ROOT = _CARRIED if INSTALLED else _PACKAGE.parent
CASSETTES = ROOT / "cassettes"
SCHEMAS = ROOT / "schemas"
TESTS = ROOT / "tests" / "contract"
