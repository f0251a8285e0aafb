"""Which addresses a test may reach."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

LOOPBACK = ["127.0.0.1", "localhost", "::1"]


def loopback_only(items: Iterable[pytest.Item], folder: Path) -> None:
    """Let the tests below `folder` reach this machine and nothing else."""
    mark = pytest.mark.block_network(allowed_hosts=LOOPBACK)
    for item in items:
        if item.path.is_relative_to(folder):
            # In front of any other, since the first one counts.
            item.add_marker(mark, append=False)
