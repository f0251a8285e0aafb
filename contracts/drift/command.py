"""`python -m contracts drift PAGE`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from contracts.drift import output
from contracts.drift.differences.change import Change
from contracts.drift.differences.every import compare, snapshot_of
from contracts.drift.draft.adopt import draft, lacking
from contracts.drift.page.model import Page
from contracts.drift.page.source import is_url, page_at, shown
from contracts.drift.questions.every import raised
from contracts.drift.snapshot import path_beside, read, write
from contracts.masking.masking import Secrets
from contracts.spec.load import DEFAULT, load, path_of
from contracts.spec.yaml_nodes import DataError


def run(options: argparse.Namespace) -> int:
    """0 when the page agrees with the contract, 1 when anything differs; `DataError`."""
    _check(options)
    page = page_at(options.page)
    if options.adopt:
        return _adopt(page, options)
    contract = load(options.contract or DEFAULT)
    beside = path_beside(path_of(options.contract or DEFAULT))
    if options.accept:
        write(beside, snapshot_of(contract, page))
    snapshot = read(beside)
    changes, questions = compare(contract, page, snapshot), raised(page)
    if snapshot is None:
        changes.insert(0, _never_read(beside))
    secrets = Secrets(contract.secret_fields)
    found = (shown(options.page), changes, questions, contract)
    if options.json:
        value = secrets.mask_json(output.as_json(*found))
        print(json.dumps(value, indent=2, ensure_ascii=False))
    else:
        sys.stdout.write(secrets.mask(output.as_text(*found)))
    return 0 if output.agrees(changes, questions, contract) else 1


def _check(options: argparse.Namespace) -> None:
    if options.to and not options.adopt:
        raise DataError("--to says where --adopt writes, and nothing else is written")
    if options.json and options.adopt:
        raise DataError("--adopt writes YAML; --json is for the comparison")
    if options.contract and options.adopt:
        raise DataError("--adopt makes a contract; --contract is for the comparison")
    if options.accept and options.adopt:
        raise DataError("--adopt writes the fingerprints of the page, too; leave out --accept")


def _never_read(beside: Path) -> Change:
    return Change("added", "record", beside.name, 1, "notable",
                  f"nobody has recorded the page as read: there is no {beside.name}; --accept "
                  "writes it")  # fmt: skip


def _adopt(page: Page, options: argparse.Namespace) -> int:
    """Write the draft, and the fingerprints beside it; 1 where much of the page is not in it."""
    text, contract = draft(page, _origin(options.page))
    if options.to is None:
        sys.stdout.write(text)
    else:
        beside = path_beside(options.to)
        if beside.exists() and not options.to.exists():
            raise DataError(f"{beside}: is there already and is not overwritten")
        _write(text, options.to)
        write(beside, snapshot_of(contract, page), "x")
    absent = lacking(contract, page)
    for sentence in absent:
        print(f"{shown(options.page)}: {sentence}", file=sys.stderr)
    return int(bool(absent))


def _origin(place: str) -> str:
    """Where a draft is from, without the folders of the machine that made it."""
    return shown(place) if is_url(place) else Path(place).name


def _write(text: str, to: Path) -> None:
    try:
        with to.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise DataError(f"{to}: is there already and is not overwritten") from error
    except OSError as error:
        raise DataError(f"{to}: cannot be written ({error.strerror})") from error
