"""`python -m contracts …`: what is not a test run."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from contracts import artefacts
from contracts.contract import load
from contracts.located import DataError
from contracts.settings import TOKEN

USAGE_ERROR = 4  # as pytest has it


class Unusable(Exception):
    """The command cannot do what it was told; one plain sentence."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand and answer its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (DataError, Unusable) as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE_ERROR


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m contracts", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    serve = commands.add_parser("serve", help="serve the embedded service on a socket")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, default=8900, help="the port (8900); 0: any free one")
    serve.add_argument(
        "--behave", metavar="NAME", action="append", default=[], help="misbehave; see `faults`"
    )
    serve.set_defaults(run=_serve)
    schemas = commands.add_parser("schemas", help="write schemas/ anew from the contract")
    schemas.add_argument("--to", metavar="DIR", type=Path, help="write them to another folder")
    schemas.set_defaults(run=_schemas)
    faults = commands.add_parser("faults", help="list what the embedded service can do wrong")
    faults.set_defaults(run=_faults)
    return parser


class _Parser(argparse.ArgumentParser):
    """argparse, with the exit status that the whole project has for unusable options."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(USAGE_ERROR, f"error: {message}\n")


def _serve(options: argparse.Namespace) -> int:
    from contracts.background import BackgroundProcessing
    from contracts.behaviour import Behaviour
    from contracts.server import run_forever
    from contracts.service import DEFAULT_TOKEN, Service

    contract = load()
    behaviours: list[Behaviour] = [BackgroundProcessing()]
    if options.behave:
        from contracts import faults

        try:
            behaviours += faults.behaviours(options.behave, contract)
        except ValueError as error:
            raise Unusable(str(error)) from None
    service = Service(contract, token=os.environ.get(TOKEN) or DEFAULT_TOKEN, behaviours=behaviours)
    try:
        run_forever(service, options.host, options.port, ready=_say_ready)
    except (OSError, OverflowError, ValueError) as error:
        raise Unusable(f"cannot listen on {options.host}:{options.port}: {error}") from error
    return 0


def _say_ready(url: str) -> None:
    print(f"ready at {url}", flush=True)


def _schemas(options: argparse.Namespace) -> int:
    try:
        written = artefacts.write(load(), options.to or artefacts.SCHEMAS)
    except OSError as error:
        raise Unusable(f"cannot write the schemas: {error}") from error
    for path in written:
        print(path)
    return 0


def _faults(options: argparse.Namespace) -> int:
    from contracts import faults

    for fault in faults.catalogue(load()).values():
        breaks = f"breaks {fault.breaks}" if fault.breaks else "lawful"
        print(f"{fault.name}: {fault.sentence} ({breaks})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
