"""`make proof`: what the suite notices of every fault, and beside it what schemathesis notices.

Every behaviour of the catalogue meets the tests that can notice it, and a sample of them a whole
live run and `schemathesis run`. Prints tables, and writes them into docs/proof.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import schemathesis_runs
from benchmarks.proof_runs import Pair, Result, compare_all, prove_all, sample
from benchmarks.proof_tables import inserted, tables
from contracts.faults import catalogue
from contracts.spec.load import load

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "proof.md"


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    if options.json and not options.json.parent.is_dir():
        raise SystemExit(f"error: there is no folder {options.json.parent}")
    everything = list(catalogue(load()).values())
    # Not from the first on, so that each group's are not always the first of their kind.
    entries = everything[options.matrix_every // 2 :: options.matrix_every]
    began = datetime.now(UTC)
    usual = schemathesis_runs.run((), options.limit)
    if usual.cut_off:
        raise SystemExit("error: schemathesis does not end on the faultless service")
    results = prove_all(entries, options.jobs)
    chosen = sample(everything, options.every)
    pairs = compare_all(chosen, options.jobs, options.limit, usual.failures)
    shown = tables(
        _command(options), began, options.limit, results, pairs, usual, of=len(everything)
    )
    print(shown)
    if options.json:
        options.json.write_text(_raw(results, pairs), encoding="utf-8")
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(inserted(text, shown), encoding="utf-8")
    return 0


def _command(options: argparse.Namespace) -> str:
    """What was asked for, as far as the numbers depend on it."""
    asked = f"--matrix-every {options.matrix_every} --every {options.every} --limit {options.limit}"
    return f'make proof PROOF="{asked} --jobs {options.jobs}"'


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks/proof.py", description=__doc__)
    parser.add_argument(
        "--every", type=_positive, default=16, metavar="N",
        help="side by side, take each N-th fault of a group and level, at least one (16; 1: all)",
    )  # fmt: skip
    parser.add_argument(
        "--matrix-every", type=_positive, default=1, metavar="N",
        help="in-process, take each N-th behaviour only (1: all)",
    )  # fmt: skip
    parser.add_argument(
        "--limit", type=_positive, default=180, metavar="SECONDS",
        help="how long schemathesis may take for one behaviour (180)",
    )  # fmt: skip
    parser.add_argument(
        "--jobs", type=_positive, default=2, metavar="N", help="how many runs at a time (2)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the raw numbers, too")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _raw(results: Sequence[Result], pairs: Sequence[Pair]) -> str:
    def row(entry_and_more: Result | Pair) -> dict[str, object]:
        entry = entry_and_more.entry
        about = {
            name: getattr(entry, name) for name in ("name", "kind", "group", "level", "breaks")
        }
        runs = {name: value for name, value in vars(entry_and_more).items() if name != "entry"}
        return about | {
            name: asdict(value) if hasattr(value, "__dataclass_fields__") else value
            for name, value in runs.items()
        }

    found = {"behaviours": [row(r) for r in results], "side by side": [row(p) for p in pairs]}
    return json.dumps(found, indent=1) + "\n"


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
