"""A service with a hostile wire: what no WSGI application can do, on a raw socket.

`HostileServer` passes requests on to the embedded service, except for one endpoint (`VICTIM`),
whose answers are spoilt on their way. Loopback only; every thread ends with the server.
"""

from __future__ import annotations

import json
import socket
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

from contracts.model import Contract
from contracts.server import Server
from contracts.service import Service

VICTIM = "create"
MAX_REQUEST = 1024 * 1024
PATIENCE = 120.0  # seconds after which any connection ends, whatever the other side does
MEBIBYTE = 1024 * 1024

# What is sent for a request, piece by piece; the event is set when the server closes.
Act = Callable[[bytes, threading.Event], Iterator[bytes]]


@dataclass(frozen=True)
class Hostile:
    """A way to spoil the answers of `VICTIM`, and the requirement that it breaks."""

    name: str
    sentence: str
    breaks: str
    act: Act


def _head(length: int | None, status: str = "201 Created", *lines: str) -> bytes:
    head = [f"HTTP/1.1 {status}", "Content-Type: application/json", *lines]
    if length is not None:
        head.append(f"Content-Length: {length}")
    return "\r\n".join([*head, "", ""]).encode("latin-1", "surrogateescape")


def _answer(body: bytes, *lines: str) -> bytes:
    return _head(len(body), "201 Created", *lines) + body


def _once(content: bytes) -> Act:
    return lambda good, closing: iter([content])


def _silence(good: bytes, closing: threading.Event) -> Iterator[bytes]:
    closing.wait(PATIENCE)
    yield b""


def _dripping(good: bytes, closing: threading.Event) -> Iterator[bytes]:
    for number in range(len(good)):
        yield good[number : number + 1]
        if closing.wait(1.0):
            return


def _body_dripping(good: bytes, closing: threading.Event) -> Iterator[bytes]:
    head, _, body = good.partition(b"\r\n\r\n")
    yield head + b"\r\n\r\n"
    for number in range(len(body)):
        yield body[number : number + 1]
        if closing.wait(1.0):
            return


def _stalled_body(good: bytes, closing: threading.Event) -> Iterator[bytes]:
    yield good[:-20]
    closing.wait(PATIENCE)


def _endless(good: bytes, closing: threading.Event) -> Iterator[bytes]:
    yield _head(300 * MEBIBYTE)
    for _ in range(300):
        if closing.is_set():
            return
        yield b" " * MEBIBYTE


def _bomb(good: bytes, closing: threading.Event) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=31)  # gzip
    # After a full flush a piece stands by itself, and can be sent again and again.
    first, again = (
        packer.compress(b" " * MEBIBYTE) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2)
    )
    packed = first + again * 399
    yield _answer(packed, "Content-Encoding: gzip")


def _informed(good: bytes, closing: threading.Event) -> Iterator[bytes]:
    yield b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n" * 3 + good


def _record(**changes: object) -> bytes:
    return json.dumps({"id": "1", **changes}).encode()


def _deep(opening: bytes, closing: bytes) -> bytes:
    return opening * 100_000 + b"1" + closing * 100_000


SUCCEEDS, IS_JSON = f"{VICTIM}.succeeds", f"{VICTIM}.json"

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
            _once(_head(0, "307 Temporary Redirect", "Location: http://192.0.2.1/")),
        ),
        Hostile(
            "wire-redirect-loop",
            "The answer redirects to itself.",
            SUCCEEDS,
            _once(_head(0, "308 Permanent Redirect", "Location: ?")),
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
    )
}
# Unusual, and lawful: HTTP allows any number of informational answers first.
LAWFUL: Mapping[str, Hostile] = {
    "wire-hints-first": Hostile("wire-hints-first", "Answers come after 103s.", "", _informed)
}


class HostileServer:
    """Serves a `Service` on loopback with the answers of `VICTIM` spoilt; close it at the end."""

    def __init__(self, contract: Contract, hostile: Hostile, service: Service) -> None:
        self._inner = Server(service)
        self._hostile = hostile
        victim = contract.endpoints[VICTIM]
        self._method = victim.method.encode()
        self._suffix = victim.path.rpartition("}")[2].encode()
        self._closing = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}{service.base_path}"
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def close(self) -> None:
        """End all connections and threads, and free the port."""
        self._closing.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join()
        self._inner.close()

    def __enter__(self) -> HostileServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return  # the server was closed
            self._start(self._handle, connection)

    def _handle(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        # Whoever is attacked may hang up at any moment.
        with connection, suppress(OSError):
            request = _read_request(connection)
            if not request:
                return
            good = self._pass_on(request)
            method, _, rest = request.partition(b" ")
            path = rest.partition(b" ")[0].partition(b"?")[0]
            if method != self._method or not path.endswith(self._suffix):
                connection.sendall(good)
                return
            for piece in self._hostile.act(good, self._closing):
                connection.sendall(piece)

    def _pass_on(self, request: bytes) -> bytes:
        """The embedded service's answer, as it stands on the wire."""
        head, _, body = request.partition(b"\r\n\r\n")
        lines = [
            line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")
        ]
        request = b"\r\n".join([*lines, b"Connection: close", b"", body])
        with socket.create_connection(("127.0.0.1", self._inner.port), PATIENCE) as inner:
            inner.sendall(request)
            return b"".join(iter(lambda: inner.recv(65536), b""))


def _read_request(connection: socket.socket) -> bytes:
    """One request with its body; empty when the connection was closed."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece or len(received) > MAX_REQUEST:
            return b""
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.partition(b":")[2])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        piece = connection.recv(65536)
        if not piece:
            return b""
        body += piece
    return head + b"\r\n\r\n" + body
