"""The user's list of requirements that a service is known to break: id and reason, as YAML."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from contracts.spec import yaml_nodes


def read(path: Path, requirements: Container[str]) -> dict[str, str]:
    """Requirement id → reason. `DataError` names the line of an entry that names nothing."""
    found: dict[str, str] = {}
    for name, node in yaml_nodes.read(path).mapping().items():
        if name not in requirements:
            raise node.error(f"there is no requirement {name!r}")
        found[name] = node.text(f"the reason why {name!r} is known to fail").strip()
    return found
