"""What is derived from the contracts and checked in: `schemas/`, one JSON file each.

The default contract's files lie in `schemas/`, together with what all contracts share; those of
another contract in a folder of its name.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from contracts.compare.comparison import SCHEMA as COMPARISON
from contracts.derived.json_schema import form_schema
from contracts.derived.openapi import document
from contracts.report.format import SCHEMA as REPORT
from contracts.session.folders import SCHEMAS
from contracts.spec import structure
from contracts.spec.load import DEFAULT, FOLDER, load, names
from contracts.spec.model import Contract

CONTRACT_SCHEMA = FOLDER / "schema.json"


def folder_of(name: str) -> Path:
    """Where the files of a contract with a name are kept."""
    return SCHEMAS if name == DEFAULT else SCHEMAS / name


def documents(contract: Contract) -> dict[str, Any]:
    """File name → JSON value, for every file that belongs to a contract."""
    is_default = contract.name == load().name
    shared = {
        form.id for e in contract.support.values() for form in (e.takes, e.answers) if form
    }  # fmt: skip
    found = {
        f"{form.id}.schema.json": form_schema(contract, form)
        for form in contract.forms.values()
        if is_default or form.id not in shared
    }
    found["openapi.json"] = document(contract)
    if is_default:
        found["report.schema.json"] = REPORT
        found["comparison.schema.json"] = COMPARISON
    return found


def as_text(value: Any) -> str:
    """The form in which JSON is checked in."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def stale(contract: Contract, folder: Path) -> list[str]:
    """Names of files in `folder` that are missing, different, or belong to nothing."""
    wanted = {name: as_text(value) for name, value in documents(contract).items()}
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(
        name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)
    )


def write(contract: Contract, folder: Path) -> list[Path]:
    """Write every file and answer the paths. In `SCHEMAS`, what belongs to nothing is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = documents(contract)
    for path in folder.glob("*.json") if SCHEMAS in (folder, folder.parent) else ():
        if path.name not in wanted:
            path.unlink()
    written = []
    for name, value in wanted.items():
        path = folder / name
        path.write_text(as_text(value), encoding="utf-8")
        written.append(path)
    return written


def write_all() -> list[Path]:
    """Write the files of all contracts, and the schema of contract files, where they are kept."""
    written = [path for name in names() for path in write(load(name), folder_of(name))]
    CONTRACT_SCHEMA.write_text(as_text(structure.schema()), encoding="utf-8")
    return [*written, CONTRACT_SCHEMA]
