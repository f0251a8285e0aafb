"""What a page said when somebody last read it: a fingerprint of each sentence, never a sentence.

The file stands beside the contract (`NAME.page.json`). White space, markup and links are not part
of a fingerprint; addresses and request lines are facts and are compared as such.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from contracts.drift.page.model import Page
from contracts.spec.yaml_nodes import DataError

SUFFIX = ".page.json"
_LENGTH = 8  # bytes of a fingerprint
_FACTS = re.compile(r"https?://\S+|\b[A-Z]{3,7}\s+/\S*|(?<!\S)/\S*\{\S*")
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
    """A text where it stands on the page: a sentence, a heading, a row, a comment or a title."""

    what: str
    heading: str
    text: str
    line: int

    @property
    def mark(self) -> tuple[str, str]:
        return fingerprint(self.heading), fingerprint(self.text)


def fingerprint(text: str) -> str:
    """The fingerprint of a normalised text."""
    plain = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    plain = " ".join(_FACTS.sub("…", plain).split()).rstrip(":")
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
        rows = json.loads(path.read_text(encoding="utf-8"))
        return tuple(_mark(*row) for row in rows)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise DataError(f"{path}: this is no snapshot of a page") from error


def _mark(under: str, text: str, *says: str) -> Mark:
    for value in (under, text):
        if len(bytes.fromhex(value)) != _LENGTH:
            raise ValueError(value)
    return Mark(under, text, says)


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
