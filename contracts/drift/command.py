"""`python -m contracts drift PAGE`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from contracts.drift import output
from contracts.drift.differences.every import compare
from contracts.drift.draft.adopt import draft
from contracts.drift.page.source import is_url, page_at, shown
from contracts.drift.questions.every import raised
from contracts.masking.masking import Secrets
from contracts.spec.load import load
from contracts.spec.yaml_nodes import DataError


def run(options: argparse.Namespace) -> int:
    """0 when the page agrees with the contract, 1 when anything differs; `DataError`."""
    if options.to and not options.adopt:
        raise DataError("--to says where --adopt writes, and nothing else is written")
    if options.json and options.adopt:
        raise DataError("--adopt writes YAML; --json is for the comparison")
    if options.contract and options.adopt:
        raise DataError("--adopt makes a contract; --contract is for the comparison")
    contract = load(options.contract) if options.contract else load()
    page = page_at(options.page)
    if options.adopt:
        return _write(draft(page, _origin(options.page)), options.to)
    changes, questions = compare(contract, page), raised(page)
    secrets = Secrets(contract.secret_fields)
    found = (shown(options.page), changes, questions, contract)
    if options.json:
        value = secrets.mask_json(output.as_json(*found))
        print(json.dumps(value, indent=2, ensure_ascii=False))
    else:
        sys.stdout.write(secrets.mask(output.as_text(*found)))
    return 0 if output.agrees(changes, questions, contract) else 1


def _origin(place: str) -> str:
    """Where a draft is from, without the folders of the machine that made it."""
    return shown(place) if is_url(place) else Path(place).name


def _write(text: str, to: Path | None) -> int:
    if to is None:
        sys.stdout.write(text)
        return 0
    try:
        with to.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise DataError(f"{to}: is there already and is not overwritten") from error
    except OSError as error:
        raise DataError(f"{to}: cannot be written ({error.strerror})") from error
    return 0
