"""Hostile wires: what no WSGI application can do to an answer, and a `HostileServer` can.

Each spoils the answers of one endpoint, the victim, on their way.
"""

from __future__ import annotations

import json
import re
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from contracts.spec.model import Contract

VICTIM = "create"  # unless another endpoint is named
RUN_BY = "pytest tests/proof/wire/test_hostile_wire.py -k NAME"
PATIENCE = 120.0  # seconds after which any connection ends, whatever the other side does
MEBIBYTE = 1024 * 1024


class Hangup(Exception):
    """Raised by an act after which the connection is closed, whatever was said."""


@dataclass(frozen=True)
class Turn:
    """A request and the right answer to it, as bytes on the wire.

    `number` counts the victim's requests on this connection, from 1. `closing` is set when the
    server closes. `elsewhere` is the URL of another origin, which must never be asked anything.
    """

    request: bytes
    good: bytes
    number: int
    closing: threading.Event
    elsewhere: str

    @property
    def secret(self) -> bytes:
        """The token that the request carries; empty without one."""
        found = re.search(rb"(?i)\r\nAuthorization: *Bearer +([^\r]*)", self.request)
        return found[1] if found else b""


# What is sent in a turn, piece by piece.
Act = Callable[[Turn], Iterator[bytes]]


@dataclass(frozen=True)
class Hostile:
    """A way to spoil the answers of an endpoint. `topic` is the requirement that it breaks there.

    With `keeps_open`, the right answers before and after leave the connection open.
    """

    name: str
    sentence: str
    topic: str
    act: Act
    keeps_open: bool = False

    def breaks(self, contract: Contract, victim: str = VICTIM) -> str | None:
        """The id of the broken requirement; None when the victim's answers need not be JSON."""
        name = f"{victim}.{self.topic}"
        return name if name in contract.requirements else None


def _head(length: int | None, status: str = "201 Created", *lines: str) -> bytes:
    head = [f"HTTP/1.1 {status}", "Content-Type: application/json", *lines]
    if length is not None:
        head.append(f"Content-Length: {length}")
    return "\r\n".join([*head, "", ""]).encode("latin-1", "surrogateescape")


def _answer(body: bytes, *lines: str) -> bytes:
    return _head(len(body), "201 Created", *lines) + body


def _once(content: bytes) -> Act:
    return lambda turn: iter([content])


def _silence(turn: Turn) -> Iterator[bytes]:
    turn.closing.wait(PATIENCE)
    yield b""


def _dripping(turn: Turn) -> Iterator[bytes]:
    for number in range(len(turn.good)):
        yield turn.good[number : number + 1]
        if turn.closing.wait(1.0):
            return


def _body_dripping(turn: Turn) -> Iterator[bytes]:
    head, _, body = turn.good.partition(b"\r\n\r\n")
    yield head + b"\r\n\r\n"
    for number in range(len(body)):
        yield body[number : number + 1]
        if turn.closing.wait(1.0):
            return


def _stalled_body(turn: Turn) -> Iterator[bytes]:
    yield turn.good[:-20]
    turn.closing.wait(PATIENCE)


def _endless(turn: Turn) -> Iterator[bytes]:
    yield _head(300 * MEBIBYTE)
    for _ in range(300):
        if turn.closing.is_set():
            return
        yield b" " * MEBIBYTE


def _bomb(turn: Turn) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=31)  # gzip
    # After a full flush a piece stands by itself, and can be sent again and again.
    first, again = (
        packer.compress(b" " * MEBIBYTE) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2)
    )
    packed = first + again * 399
    yield _answer(packed, "Content-Encoding: gzip")


def _informed(turn: Turn) -> Iterator[bytes]:
    yield b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n" * 3 + turn.good


def _hinting(turn: Turn) -> Iterator[bytes]:
    while not turn.closing.wait(0.01):
        yield b"HTTP/1.1 103 Early Hints\r\n\r\n"


def _redirect(status: str, location: Callable[[Turn], str]) -> Act:
    return lambda turn: iter([_head(0, status, f"Location: {location(turn)}")])


def _to_itself(turn: Turn) -> str:
    return turn.request.split(b" ", 2)[1].decode("latin-1")


def _answered_once(turn: Turn) -> Iterator[bytes]:
    if turn.number > 1:
        turn.closing.wait(PATIENCE)
    yield turn.good


def _once_and_close(turn: Turn) -> Iterator[bytes]:
    yield turn.good
    raise Hangup


def _closed_on_the_next(turn: Turn) -> Iterator[bytes]:
    if turn.number > 1:
        raise Hangup
    yield turn.good


def _telling(write: Callable[[bytes], bytes]) -> Act:
    """An answer that shows the token of its request somewhere odd."""
    return lambda turn: iter([write(turn.secret)])


def _chunk_extension(secret: bytes) -> bytes:
    head = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"zz;token=" + secret + b"\r\n{}\r\n0\r\n\r\n"


def _bad_gzip(secret: bytes) -> bytes:
    return _answer(secret, "Content-Encoding: gzip")


def _record(**changes: object) -> bytes:
    return json.dumps({"id": "1", **changes}).encode()


def _deep(opening: bytes, closing: bytes) -> bytes:
    return opening * 100_000 + b"1" + closing * 100_000


SUCCEEDS, IS_JSON = "succeeds", "json"

CATALOGUE: Mapping[str, Hostile] = {
    hostile.name: hostile
    for hostile in (
        Hostile("wire-silence", "Nothing is ever answered.", SUCCEEDS, _silence),
        Hostile("wire-drip", "The answer comes a byte a second.", SUCCEEDS, _dripping),
        Hostile("wire-drip-body", "The body comes a byte a second.", IS_JSON, _body_dripping),
        Hostile("wire-stalled", "The body stops short of its end.", IS_JSON, _stalled_body),
        Hostile("wire-closed-first", "The connection is closed at once.", SUCCEEDS, _once(b"")),
        Hostile(
            "wire-closed-in-head",
            "The connection is closed in the middle of the header.",
            SUCCEEDS,
            _once(b"HTTP/1.1 201 Cre"),
        ),
        Hostile(
            "wire-closed-after-head",
            "The connection is closed after the header.",
            IS_JSON,
            _once(_head(500)),
        ),
        Hostile("wire-no-http", "The answer is no HTTP.", SUCCEEDS, _once(b"hello\r\n\r\n")),
        Hostile("wire-endless", "The body has 300 MB.", IS_JSON, _endless),
        Hostile("wire-bomb", "The body unpacks to 400 MB.", IS_JSON, _bomb),
        Hostile(
            "wire-broken-gzip",
            "The body is labelled gzip and is none.",
            IS_JSON,
            _once(_answer(b"{}", "Content-Encoding: gzip")),
        ),
        Hostile(
            "wire-deep-lists",
            "The body nests 100,000 lists.",
            IS_JSON,
            _once(_answer(_deep(b"[", b"]"))),
        ),
        Hostile(
            "wire-deep-objects",
            "The body nests 100,000 objects.",
            IS_JSON,
            _once(_answer(_deep(b'{"a":', b"}"))),
        ),
        Hostile("wire-nan", "The body holds NaN.", IS_JSON, _once(_answer(b'{"id": NaN}'))),
        Hostile(
            "wire-infinity", "The body holds Infinity.", IS_JSON, _once(_answer(b"[-Infinity]"))
        ),
        Hostile(
            "wire-huge-integer",
            "The body holds an integer of 5,000 digits.",
            IS_JSON,
            _once(_answer(b'{"id": ' + b"9" * 5000 + b"}")),
        ),
        Hostile(
            "wire-invalid-utf8",
            "The body is not UTF-8.",
            IS_JSON,
            _once(_answer(b'{"id": "\xff"}')),
        ),
        Hostile(
            "wire-bom",
            "The body starts with a byte-order mark.",
            IS_JSON,
            _once(_answer(b"\xef\xbb\xbf" + _record())),
        ),
        Hostile(
            "wire-lone-surrogate",
            "A text holds half of a surrogate pair.",
            IS_JSON,
            _once(_answer(b'{"id": "\\ud800"}')),
        ),
        Hostile(
            "wire-redirect-elsewhere",
            "The answer redirects to another origin.",
            SUCCEEDS,
            _redirect("307 Temporary Redirect", lambda turn: turn.elsewhere),
        ),
        Hostile(
            "wire-redirect-loop",
            "The answer redirects to itself.",
            SUCCEEDS,
            _redirect("308 Permanent Redirect", _to_itself),
        ),
        Hostile(
            "wire-many-headers",
            "The answer has 10,000 headers.",
            SUCCEEDS,
            _once(_head(2, "201 Created", *(f"X-{n}: {n}" for n in range(10_000))) + b"{}"),
        ),
        Hostile(
            "wire-long-header",
            "The answer has a header of 1 MB.",
            SUCCEEDS,
            _once(_head(2, "201 Created", "X-Long: " + "x" * MEBIBYTE) + b"{}"),
        ),
        Hostile("wire-hints-forever", "Answers come after 103s, and never do.", SUCCEEDS, _hinting),
        Hostile(
            "wire-dead-connection",
            "The connection is kept open, and after one answer it is dead.",
            SUCCEEDS,
            _answered_once,
            keeps_open=True,
        ),
        Hostile(
            "wire-token-in-reason",
            "The token stands in the reason phrase.",
            SUCCEEDS,
            _telling(lambda secret: b"HTTP/1.1 500 " + secret + b"\r\nContent-Length: 0\r\n\r\n"),
        ),
        Hostile(
            "wire-token-in-status-line",
            "The token stands in an answer that is no HTTP.",
            SUCCEEDS,
            _telling(lambda secret: b"HTTP/" + secret + b"\r\n\r\n"),
        ),
        Hostile(
            "wire-token-in-header-name",
            "The token stands in the name of a header, and it is none.",
            SUCCEEDS,
            _telling(lambda secret: b"HTTP/1.1 201 Created\r\n" + secret + b"\x00: 1\r\n\r\n"),
        ),
        Hostile(
            "wire-token-in-location",
            "The answer redirects to another origin, with the token in the URL.",
            SUCCEEDS,
            _redirect(
                "302 Found", lambda turn: f"{turn.elsewhere}?token={turn.secret.decode('latin-1')}"
            ),
        ),
        Hostile(
            "wire-token-in-chunk",
            "The token stands in the extension of a chunk that is none.",
            IS_JSON,
            _telling(_chunk_extension),
        ),
        Hostile(
            "wire-token-in-gzip",
            "The body is labelled gzip and is the token.",
            IS_JSON,
            _telling(_bad_gzip),
        ),
    )
}
# Unusual, and lawful: HTTP allows any number of informational answers first, and to close a
# connection that nobody uses.
LAWFUL: Mapping[str, Hostile] = {
    hostile.name: hostile
    for hostile in (
        Hostile("wire-hints-first", "Answers come after 103s.", "", _informed),
        Hostile(
            "wire-closed-when-idle",
            "The connection is said to stay open, and is closed after each answer.",
            "",
            _once_and_close,
            keeps_open=True,
        ),
        Hostile(
            "wire-closed-on-the-next",
            "An idle connection is closed in the moment in which the next request comes.",
            "",
            _closed_on_the_next,
            keeps_open=True,
        ),
    )
}
