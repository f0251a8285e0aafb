"""What a page said when somebody last read it: a fingerprint of each sentence, never a sentence.

The file stands beside the contract (`NAME.page.json`). White space, markup and where links lead
to are not part of a fingerprint.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

from contracts.drift.page.model import Page
from contracts.spec.yaml_nodes import DataError

SUFFIX = ".page.json"
_LENGTH = 8  # bytes of a fingerprint
_QUOTES = str.maketrans("“”‘’", "\"\"''")


@dataclass(frozen=True)
class Mark:
    """One text of a page: fingerprints of its heading and of itself, and the ids of the statements
    that it makes.
    """

    under: str
    text: str
    says: tuple[str, ...] = ()


Snapshot = tuple[Mark, ...]


@dataclass(frozen=True)
class Place:
    """A text where it stands on the page: a sentence, a heading, a row, a comment, a title,
    or a form that cannot be compared otherwise.
    """

    what: str
    heading: str
    text: str
    line: int

    @property
    def lines(self) -> range:
        """The lines of the page that a form stands on."""
        return range(self.line, self.line + self.text.count("\n") + 1)

    @cached_property
    def mark(self) -> tuple[str, str]:
        return fingerprint(self.heading), fingerprint(self.text)


def fingerprint(text: str) -> str:
    """The fingerprint of a normalised text."""
    plain = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    plain = " ".join(plain.split()).rstrip(":")
    return blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=_LENGTH).hexdigest()


def places(page: Page) -> Iterator[Place]:
    """Every text of a page, with the heading that it stands under."""
    open_: list[tuple[int, str]] = []
    for heading in page.headings:
        open_ = [(level, text) for level, text in open_ if level < heading.level]
        yield Place("heading", open_[-1][1] if open_ else "", heading.text, heading.line)
        open_.append((heading.level, heading.text))
    for sentence in (*page.sentences, *page.remarks):
        yield Place(sentence.what, sentence.heading, sentence.text, sentence.line)
    # No contract has a place for these; the others are compared field by field.
    apart = [further for _, further in page.further_forms]
    for form in page.templates:
        if form in apart or not form.is_readable:
            yield Place("form", form.heading, form.text, form.line)


def taken(page: Page, says: Mapping[tuple[str, int], tuple[str, ...]]) -> Snapshot:
    """The snapshot of a page; `says` has the statements of a sentence by its text and line."""
    found = sorted(places(page), key=lambda place: place.line)
    return tuple(Mark(*place.mark, says.get((place.text, place.line), ())) for place in found)


def path_beside(contract: Path) -> Path:
    """The file of a contract's snapshot."""
    return contract.with_name(contract.stem + SUFFIX)


def read(path: Path) -> Snapshot | None:
    """The snapshot in a file, None where there is no file; `DataError` for one that is broken."""
    try:
        return tuple(_marks(json.loads(path.read_text(encoding="utf-8"))))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise DataError(f"{path}: this is no snapshot of a page") from error


def _marks(rows: Any) -> Iterator[Mark]:
    if not isinstance(rows, list):
        raise TypeError(rows)
    for row in rows:
        under, text, *says = row
        if not isinstance(row, list) or not all(isinstance(part, str) for part in row):
            raise TypeError(row)
        if {len(bytes.fromhex(under)), len(bytes.fromhex(text))} != {_LENGTH}:
            raise ValueError(row)
        yield Mark(under, text, tuple(says))


def write(path: Path, snapshot: Snapshot, mode: str = "w") -> None:
    """Write a snapshot, one text a line; `mode` "x" overwrites nothing."""
    rows = ",\n".join(json.dumps([mark.under, mark.text, *mark.says]) for mark in snapshot)
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(f"[\n{rows}\n]\n")
    except FileExistsError as error:
        raise DataError(f"{path}: is there already and is not overwritten") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror})") from error
