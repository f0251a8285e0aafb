"""Get a documentation page from a file or a URL, within limits of time and size.

Every way in which that can fail is a `DataError` of one sentence.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from contracts.drift.page.bounds import MAX_REDIRECTS, MAX_SIZE, TIME_LIMIT, TooMuch
from contracts.drift.page.model import Page
from contracts.drift.page.reader import read
from contracts.masking.masking import without_credentials
from contracts.spec.yaml_nodes import DataError


def page_at(place: str) -> Page:
    """The page in a file or at an http(s) URL; `DataError` when there is none."""
    try:
        page = read(without_credentials(text_at(place)))  # an example may hold a token
    except TooMuch as error:
        raise DataError(f"{shown(place)}: {error}") from error
    if not page.requests and not page.templates:
        raise DataError(
            f"{shown(place)}: there is no request line and no form on this page; is it the "
            "Markdown of a documentation page?"
        )
    return page


def text_at(place: str) -> str:
    """The text in a file or at an http(s) URL."""
    content = _downloaded(place) if is_url(place) else _from_file(place)
    if len(content) > MAX_SIZE:
        raise DataError(f"{shown(place)}: larger than {MAX_SIZE // 1024 // 1024} MiB")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"{shown(place)}:{line}: this is not UTF-8") from error


def is_url(place: str) -> bool:
    """Whether a place is meant as an address, not as a file."""
    return place.lower().startswith(("http://", "https://"))


def shown(place: str) -> str:
    """A place without what may be secret in an address: user, password and query."""
    if not is_url(place):
        return place
    try:
        parts = urlsplit(place)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    except ValueError:
        return place.partition("?")[0].rpartition("@")[2]


def _from_file(place: str) -> bytes:
    try:
        with Path(place).open("rb") as file:
            return file.read(MAX_SIZE + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{place}: cannot be read ({reason})") from error


def _downloaded(place: str) -> bytes:
    # Only here, since importing it takes longer than reading a page.
    import httpx

    from contracts.http.transport import Deadline, SocketTransport, TooLarge, Unreadable, read_body

    deadline = Deadline()
    deadline.start(TIME_LIMIT)
    try:
        with (
            httpx.Client(
                transport=SocketTransport(deadline),
                timeout=TIME_LIMIT,
                follow_redirects=True,
                max_redirects=MAX_REDIRECTS,
                headers={"Accept": "text/markdown, text/plain, */*;q=0.5",
                         "Accept-Encoding": "gzip, deflate"},
            ) as client,
            client.stream("GET", place) as response,
        ):  # fmt: skip
            if response.status_code != httpx.codes.OK:
                raise DataError(f"{shown(place)}: answered with {response.status_code}")
            if "html" in response.headers.get("content-type", ""):
                raise DataError(f"{shown(place)}: this is HTML; the page's Markdown is needed")
            return read_body(response, deadline, MAX_SIZE)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise DataError(f"{shown(place)}: cannot be fetched ({reason})") from error
    except (TooLarge, Unreadable) as error:
        raise DataError(f"{shown(place)}: cannot be fetched ({error})") from error
