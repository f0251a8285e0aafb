"""A service with a hostile wire, on a raw socket.

`HostileServer` passes requests on to the embedded service and spoils the answers of one endpoint.
Loopback only; every thread ends with the server.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from contracts.faults.sockets.wire import PATIENCE, VICTIM, Hangup, Hostile, Turn
from contracts.service.http_server import Closing, Server
from contracts.spec.model import Contract

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

MAX_REQUEST = 1024 * 1024
POLL = 0.2  # seconds between looks whether the server closes


class Application(Protocol):
    """What is served: a WSGI application that knows the path that it is served below."""

    base_path: str

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse, /
    ) -> Iterable[bytes]: ...


class HostileServer(Closing):
    """Serves a `Service` on loopback with the answers of `victim` spoilt; close it at the end.

    `asked` counts the requests that came, `lured` the connections that were made to the other
    origin that wires redirect to. With `tls`, the service itself speaks TLS (for localhost), and
    the other origin does not.
    """

    def __init__(
        self,
        contract: Contract,
        hostile: Hostile,
        service: Application,
        victim: str = VICTIM,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._inner = Server(service)
        self._contract = contract
        self._tls = tls
        self.attack(hostile, victim)
        self._closing = threading.Event()
        self._socket, self._lure = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
        self.port = int(self._socket.getsockname()[1])
        origin = f"https://localhost:{self.port}" if tls else f"http://127.0.0.1:{self.port}"
        self.url = origin + service.base_path
        self._elsewhere = f"http://localhost:{self._lure.getsockname()[1]}{service.base_path}"
        self.asked = self.lured = 0
        self._threads: list[threading.Thread] = []
        self._start(self._accept, self._socket, self._handle)
        self._start(self._accept, self._lure, self._count)

    def attack(self, hostile: Hostile, victim: str) -> None:
        """Spoil the answers of this endpoint, in this way, from the next connection on."""
        self._hostile = hostile
        known = self._contract.endpoints[victim]
        self._method = known.method.encode()
        self._suffix = known.path.rpartition("}")[2].encode()

    def close(self) -> None:
        """End all connections and threads, and free the ports."""
        self._closing.set()
        for listening in (self._socket, self._lure):
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            listening.close()
        for thread in self._threads:
            thread.join()
        self._inner.close()

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listening: socket.socket, handle: Callable[[socket.socket], None]) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return  # the server was closed
            self._start(handle, connection)

    def _count(self, connection: socket.socket) -> None:
        self.lured += 1
        connection.close()

    def _handle(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        # Whoever is attacked may hang up at any moment.
        with suppress(OSError):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        turns = 0
        while request := self._read(connection):
            self.asked += 1
            good = self._pass_on(request)
            if not self._is_for_victim(request):
                connection.sendall(good)
            else:
                turns += 1
                turn = Turn(request, good, turns, self._closing, self._elsewhere)
                try:
                    for piece in self._hostile.act(turn):
                        connection.sendall(piece)
                except Hangup:
                    return
            if not self._hostile.keeps_open:
                return

    def _read(self, connection: socket.socket) -> bytes:
        """One request; empty when the other side, or this server, is done."""
        connection.settimeout(POLL)
        while not self._closing.is_set():
            try:
                if not (first := connection.recv(1)):
                    return b""
            except TimeoutError:
                continue
            connection.settimeout(PATIENCE)
            return _read_request(connection, first)
        return b""

    def _is_for_victim(self, request: bytes) -> bool:
        method, _, rest = request.partition(b" ")
        path = rest.partition(b" ")[0].partition(b"?")[0]
        return method == self._method and path.endswith(self._suffix)

    def _pass_on(self, request: bytes) -> bytes:
        """The embedded service's answer, as it stands on the wire."""
        head, _, body = request.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not _is_about_connection(line)]
        request = b"\r\n".join([*lines, b"Connection: close", b"", body])
        with socket.create_connection(("127.0.0.1", self._inner.port), PATIENCE) as inner:
            inner.sendall(request)
            answer = b"".join(iter(lambda: inner.recv(65536), b""))
        if self._hostile.keeps_open:
            head, _, body = answer.partition(b"\r\n\r\n")
            lines = [line for line in head.split(b"\r\n") if not _is_about_connection(line)]
            answer = b"\r\n".join([*lines, b"", body])
        return answer


def _is_about_connection(line: bytes) -> bool:
    return line.lower().startswith(b"connection:")


def _read_request(connection: socket.socket, received: bytes) -> bytes:
    """One request with its body, of which some was received; empty when it breaks off."""
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
