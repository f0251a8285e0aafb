"""`python -m contracts …`: what is not a test run."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from contracts.compare.changes import CLASSES
from contracts.mock import options as serve_options
from contracts.session.folders import INSTALLED
from contracts.spec.load import DEFAULT, FOLDER, load, path_of
from contracts.spec.yaml_nodes import DataError

USAGE_ERROR = 4  # as pytest has it
BROKEN_PIPE = 141  # as shells have it
SERVE_THREADS = 64  # requests at once, each of which may be slow


class Unusable(Exception):
    """The command cannot do what it was told; one plain sentence."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand and answer its exit status."""
    options = _parser().parse_args(arguments)
    try:
        status = int(options.run(options))
        if sys.stdout is not None:  # closed by whoever started this
            sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever reads the output has seen enough (`| head`); Python is not to try again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except (DataError, Unusable) as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE_ERROR


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m contracts", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    serve = commands.add_parser("serve", help="serve the embedded service on a socket")
    serve_options.add_options(serve)
    serve.set_defaults(run=_serve)
    schemas = commands.add_parser(
        "schemas", help="write schemas/ anew from a contract, or from all of them"
    )
    schemas.add_argument(
        "--contract", metavar="NAME|FILE",
        help="one contract (without --to and --contract: all that are shipped)",
    )  # fmt: skip
    schemas.add_argument("--to", metavar="DIR", type=Path, help="write them to another folder")
    schemas.set_defaults(run=_schemas)
    drift = commands.add_parser("drift", help="hold the documentation page against the contract")
    drift.add_argument("page", metavar="PAGE", help="a file or an http(s) URL with Markdown")
    drift.add_argument(
        "--contract", metavar="NAME|FILE", help="another contract, such as an adopted one"
    )
    drift.add_argument("--json", action="store_true", help="answer as JSON")
    drift.add_argument("--accept", action="store_true", help="record the page's text as read")
    drift.add_argument("--adopt", action="store_true", help="draft a contract from the page")
    drift.add_argument("--to", metavar="FILE", type=Path, help="where --adopt writes (stdout)")
    drift.set_defaults(run=_drift)
    faults = commands.add_parser("faults", help="list what the embedded service can do wrong")
    faults.add_argument(
        "--contract", metavar="NAME|FILE", default=DEFAULT, help=f"the contract ({DEFAULT})"
    )
    faults.add_argument("word", nargs="?", default="", help="list only what has this word")
    faults.set_defaults(run=_faults)
    report = commands.add_parser("report", help="make a report's pages anew from its report.json")
    report.add_argument("report", metavar="REPORT", type=Path, help="a report.json")
    report.add_argument("--to", metavar="DIR", type=Path, help="write them to another folder")
    report.set_defaults(run=_report)
    replay = commands.add_parser(
        "replay", help="send the requests that led to a failure again, and judge them"
    )
    replay.add_argument("file", metavar="FILE", type=Path, help="a file of DIR/failures/")
    replay.add_argument(
        "--base-url", metavar="URL", help="the live service (without it: the embedded one)"
    )
    replay.add_argument(
        "--allow-writes", action="store_true", help="let it create and delete credentials"
    )
    replay.add_argument(
        "--create-leaf-user", action="store_true",
        help="work on Leaf users that are made for this and deleted in the end",
    )  # fmt: skip
    replay.add_argument(
        "--contract", metavar="NAME|FILE", help="another contract than the failure names"
    )
    replay.add_argument(
        "--request-timeout", metavar="SECONDS", default="10",
        help="how long one exchange may take (default: 10)",
    )  # fmt: skip
    replay.set_defaults(run=_replay)
    compare = commands.add_parser("compare", help="say what changed between two runs")
    for name in ("old", "new"):
        compare.add_argument(name, metavar=name.upper(), type=Path, help="a report.json")
    compare.add_argument(
        "--fail-on", choices=CLASSES, default=CLASSES[0], help="which changes give exit status 1"
    )
    compare.add_argument(
        "--known-failures", metavar="FILE", type=Path,
        help="YAML: ids of requirements that are known to fail, each with a reason",
    )  # fmt: skip
    compare.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    compare.set_defaults(run=_compare)
    return parser


class _Parser(argparse.ArgumentParser):
    """argparse, with the exit status that the whole project has for unusable options."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(USAGE_ERROR, f"error: {message}\n")


def _serve(options: argparse.Namespace) -> int:
    from contracts.mock.access_log import AccessLog
    from contracts.mock.served import Served
    from contracts.service.http_server import run_forever
    from contracts.session import settings

    try:
        served = Served(serve_options.read(options), load(options.contract))
    except (settings.Unusable, ValueError) as error:
        raise Unusable(str(error)) from None
    app = served if options.quiet else AccessLog(served, sys.stderr)
    try:
        run_forever(app, options.host, options.port, threads=SERVE_THREADS, ready=_say_ready)
    except (OSError, OverflowError, ValueError) as error:
        raise Unusable(f"cannot listen on {options.host}:{options.port}: {error}") from error
    return 0


def _say_ready(url: str) -> None:
    try:
        print(f"ready at {url}", flush=True)
    except OSError as error:
        raise Unusable(f"cannot say that it is ready: {error}") from error


def _schemas(options: argparse.Namespace) -> int:
    from contracts.cli import schema_files

    try:
        if options.contract is None and options.to is None and not INSTALLED:
            written = schema_files.write_all()
        else:
            contract = options.contract or DEFAULT
            to = options.to or _kept_in(contract)
            written = schema_files.write(load(contract), to)
    except OSError as error:
        raise Unusable(f"cannot write the schemas: {error}") from error
    for path in written:
        print(path)
    return 0


def _kept_in(contract: str) -> Path:
    """The folder in which what is derived from a shipped contract is kept."""
    from contracts.cli import schema_files

    if INSTALLED or path_of(contract).parent.resolve() != FOLDER:
        raise Unusable("say where to write the schemas: --to DIR")
    return schema_files.folder_of(path_of(contract).stem)


def _drift(options: argparse.Namespace) -> int:
    from contracts.drift import command

    return command.run(options)


def _faults(options: argparse.Namespace) -> int:
    from contracts import faults
    from contracts.faults.sockets import wire

    contract = load(options.contract)
    lines = [
        f"{fault.name}: {fault.sentence} ({_kind(fault.breaks)})"
        for fault in faults.catalogue(contract).values()
    ]
    on_the_wire = [
        f"{each.name}: {each.sentence} ({_kind(each.breaks(contract))})"
        for each in (*wire.CATALOGUE.values(), *wire.LAWFUL.values())
    ]
    found, raw = ([line for line in each if options.word in line] for each in (lines, on_the_wire))
    if not found and not raw:
        raise Unusable(f"no fault and no variant has {options.word!r} in its line")
    print(*found, sep="\n")
    if raw:
        print(f"\nOn a raw socket, so not for --behave, but run by {wire.RUN_BY}:")
        print(*raw, sep="\n")
    return 0


def _kind(breaks: str | None) -> str:
    return f"breaks {breaks}" if breaks else "lawful"


def _report(options: argparse.Namespace) -> int:
    from contracts.report import files

    try:
        report = files.read(options.report)
        written = files.write_pages(report, options.to or options.report.parent)
    except files.NoReport as error:
        raise Unusable(str(error)) from error
    except OSError as error:
        raise Unusable(f"cannot write the pages: {error}") from error
    for path in written:
        print(path)
    return 0


def _replay(options: argparse.Namespace) -> int:
    from contracts.cli import replay
    from contracts.session import settings

    try:
        return replay.run(options)
    except settings.Unusable as error:
        raise Unusable(str(error)) from None


def _compare(options: argparse.Namespace) -> int:
    from contracts.compare import changes, comparison
    from contracts.compare.compare import Incomparable, compare, hold_again, summary, title
    from contracts.report import files
    from contracts.spec import known_failures

    try:
        old, new = (files.read(path) for path in (options.old, options.new))
        names = {requirement["id"] for requirement in new["requirements"]}
        listed = options.known_failures
        known = known_failures.read(listed, names) if listed else {}
        found = compare(old, new, known)
    except (files.NoReport, Incomparable) as error:
        raise Unusable(str(error)) from error
    stale = list(hold_again(new, known))
    if options.format == "json":
        print(comparison.as_json(summary(old), summary(new), found, stale))
    elif options.format == "markdown":
        from contracts.report.markdown import prose

        print(changes.as_markdown(title(old, new), found, prose))
    else:
        print(changes.as_text(title(old, new), found))
    for sentence in stale:
        print(f"error: {sentence}", file=sys.stderr)
    return int(bool(stale) or changes.reach(found, options.fail_on))


if __name__ == "__main__":
    sys.exit(main())
