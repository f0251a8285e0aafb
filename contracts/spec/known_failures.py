"""The user's list of requirements that a service is known to break: id and reason, as YAML."""

from __future__ import annotations

from collections.abc import Callable, Container
from pathlib import Path

from contracts.spec import yaml_nodes
from contracts.spec.model import Contract


def of_run(path: str | None, contract: Contract, warn: Callable[[str], object]) -> dict[str, str]:
    """As `read`, for a contract; empty without a file.

    An entry that names a requirement which is no longer there is left out, with a sentence to
    `warn`.
    """
    if not path:
        return {}
    return read(Path(path), contract.requirements, contract.retired_because, warn)


def read(
    path: Path,
    requirements: Container[str],
    retired_because: Callable[[str], str | None] = lambda name: None,
    warn: Callable[[str], object] = lambda sentence: None,
) -> dict[str, str]:
    """Requirement id → reason. `DataError` names the line of an entry that names nothing."""
    found: dict[str, str] = {}
    for name, node in yaml_nodes.read(path).mapping().items():
        reason = node.text(f"the reason why {name!r} is known to fail").strip()
        if name in requirements:
            found[name] = reason
        elif (why := retired_because(name)) is not None:
            warn(f"{path.name}:{node.line}: {name} is no longer a requirement: {why}")
        else:
            raise node.error(f"there is no requirement {name!r}")
    return found
