"""What these tests share: no network but loopback, and the helpers' fixtures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.fixtures import (  # noqa: F401
    begin,
    clock,
    environment,
    project_copy,
    python,
    root,
    service,
    user,
)
from tests.helpers.network import loopback_only

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    loopback_only(items, HERE)
