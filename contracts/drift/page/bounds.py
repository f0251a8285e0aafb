"""How much of a page is read. More than that is refused in one sentence, and quickly."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contracts.drift.page.model import Page
MAX_SIZE = 2 * 1024 * 1024  # bytes; the real page has 10,000
TIME_LIMIT = 20.0  # seconds, for the whole of a download
MAX_REDIRECTS = 5
MAX_TAG = 100  # lines of one tag
MAX_PATH = 1_000  # characters; what is longer is no request line
MAX_OF_A_KIND = 300  # endpoints, sections, forms or examples


class TooMuch(ValueError):
    """A page has more than is read; one sentence."""


def check(page: Page) -> None:
    """`TooMuch` for a page with more than can be compared in a moment."""
    counts = {
        "endpoints": len({request.key for request in page.requests}),
        "sections with a request line": len(page.at("section")),
        "forms": len(page.templates),
        "examples": len(page.examples),
    }
    for what, count in counts.items():
        if count > MAX_OF_A_KIND:
            raise TooMuch(f"this page has {count} {what}; at most {MAX_OF_A_KIND} are read")
