"""The user's list of requirements that a service is known to break: id and reason, as YAML."""

from __future__ import annotations

from pathlib import Path

from contracts import located
from contracts.model import Contract


def read(path: Path, contract: Contract) -> dict[str, str]:
    """Requirement id → reason. `DataError` names the line of an entry that names nothing."""
    found: dict[str, str] = {}
    for name, node in located.read(path).mapping().items():
        if name not in contract.requirements:
            raise node.error(f"there is no requirement {name!r}")
        found[name] = node.text(f"the reason why {name!r} is known to fail").strip()
    return found
