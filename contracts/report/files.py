"""The report's files: written all at once, and report.json read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from contracts.report.format import FORMAT

JSON, PAGE, MARKDOWN, JUNIT = "report.json", "index.html", "report.md", "junit.xml"
NAMES = (JSON, PAGE, MARKDOWN, JUNIT)


class NoReport(Exception):
    """A file that is no report; one plain sentence."""


def prepare(folder: Path) -> None:
    """Remove the report of an earlier run, and see that one can be written; raises `OSError`.

    The folder is not made: pytest's workers would take it for a place to look for tests in.
    """
    for name in NAMES:
        (folder / name).unlink(missing_ok=True)
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    with TemporaryFile(dir=existing):
        pass  # better to know now than after the whole run


def problem(error: OSError, folder: Path) -> str:
    """What is wrong with a folder for reports, in words that name no temporary file."""
    said = error.strerror or str(error)
    name = Path(str(error.filename)).name
    inside = name in NAMES and not isinstance(error, NotADirectoryError)
    return f"{folder} cannot be written: {f'{name}: ' if inside else ''}{said}"


def write(report: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write report.json and the pages that are made from it; answers the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / JSON
    path.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return [path, *write_pages(report, folder)]


def write_pages(report: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write index.html and report.md; answers the paths."""
    from contracts.report.html import page
    from contracts.report.markdown import markdown

    folder.mkdir(parents=True, exist_ok=True)
    texts = {PAGE: page(report), MARKDOWN: markdown(report)}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def read(path: Path) -> dict[str, Any]:
    """A report.json, held against its schema; raises `NoReport`."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        json.dumps(report, ensure_ascii=False).encode()  # half of a surrogate pair can't be shown
    except OSError as error:
        raise NoReport(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise NoReport(f"{path} is no JSON: {error}") from error
    found = report.get("format") if isinstance(report, dict) else None
    if found is None or isinstance(found, bool | dict | list):
        raise NoReport(f"{path} is no report of a run: it names no format")
    if found != FORMAT:
        raise NoReport(
            f"{path} was written by another version of the suite: its format is {found!r}, "
            f"and only {FORMAT} is understood"
        )
    _check(path, report)
    return dict(report)


def _check(path: Path, report: Any) -> None:
    from jsonschema import Draft202012Validator

    from contracts.report.format import SCHEMA

    for error in Draft202012Validator(SCHEMA).iter_errors(report):
        raise NoReport(f"{path} is no report of a run: {error.json_path} {error.message[:200]}")
