"""Ties the contract to pytest. Everything that is decided is decided in `contracts/`.

The options are registered earlier, by `-p` in pyproject.toml, so that pytest knows their values
from places of tests.
"""

from __future__ import annotations

pytest_plugins = (
    "contracts.plugins.configuration",
    "contracts.plugins.collection",
    "contracts.plugins.outcomes",
    "contracts.plugins.ending",
)
