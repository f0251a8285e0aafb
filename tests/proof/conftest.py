"""What the proofs share: no network but loopback, the helpers' fixtures, and a sample of the cases.

A proof has hundreds of cases. `--whole` runs them all (`make proofs`); without it each test runs
on a sample that rotates from day to day, with at least one case of each group of the catalogue.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

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
SEED = "PROOF_SEED"
FEW = 12  # cases of one test


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole", action="store_true", help="Run every case of the proofs.")


def pytest_report_header(config: pytest.Config) -> list[str]:
    whole = config.getoption("--whole")
    return ["proofs: every case" if whole else f"proofs: a sample, {SEED}={seed()}"]


def seed() -> int:
    """What the sample is drawn by: the same for a day, or as the environment says."""
    return int(os.environ.get(SEED) or datetime.now(UTC).toordinal())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    loopback_only(items, HERE)
    if config.getoption("--whole"):
        return
    mine = [item for item in items if item.path.is_relative_to(HERE)]
    kept = {item for _, cases in groupby(mine, key=_test) for item in _sample(list(cases))}
    left_out = [item for item in mine if item not in kept]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in {*left_out}]


def _test(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def _sample(cases: list[pytest.Item]) -> Iterator[pytest.Item]:
    """A few cases of one test, and at least one of each group of the catalogue."""
    drawn = random.Random(f"{seed()} {_test(cases[0])}")
    mixed = drawn.sample(cases, len(cases))
    groups: dict[Any, pytest.Item] = {}
    for case in mixed:
        groups.setdefault(_group(case), case)
    yield from groups.values()
    yield from mixed[:FEW]


def _group(case: pytest.Item) -> object:
    callspec = getattr(case, "callspec", None)
    values = callspec.params.values() if callspec else ()
    return next((value.group for value in values if hasattr(value, "group")), None)
