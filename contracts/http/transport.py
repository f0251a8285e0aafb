"""httpx transports for a service that may be slow, endless or hostile.

httpx's own timeouts start anew with each byte; here one deadline covers a whole exchange, and an
answer is read and unpacked up to a size.
"""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import httpcore
import httpx

MAX_MEMBERS = 64
MAX_ANSWER = 16 * 1024 * 1024
UNPACKABLE = {"gzip": 47, "x-gzip": 47, "deflate": 47, "identity": None, "": None}


class TooLarge(ValueError):
    """An answer that is larger than is read."""


class Unreadable(ValueError):
    """An answer whose content coding cannot be undone."""


class Deadline:
    """A moment on the monotonic clock after which nothing is waited for."""

    def __init__(self) -> None:
        self._until = float("inf")

    def start(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return self._until - time.monotonic()


@dataclass
class _Traffic:
    """How many connections were opened and how many bytes came, of a whole transport."""

    opened: int = 0
    received: int = 0


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends at the deadline."""

    def __init__(
        self, inner: httpcore.NetworkStream, deadline: Deadline, traffic: _Traffic
    ) -> None:
        self._inner = inner
        self._deadline = deadline
        self._traffic = traffic

    def _wait(self, timeout: float | None, late: type[Exception]) -> float:
        left = self._deadline.left
        if left <= 0:
            raise late("the time for this exchange is over")
        return left if timeout is None else min(left, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        content = self._inner.read(max_bytes, self._wait(timeout, httpcore.ReadTimeout))
        self._traffic.received += len(content)
        return content

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._wait(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        wait = self._wait(timeout, httpcore.ConnectTimeout)
        inner = self._inner.start_tls(ssl_context, server_hostname, wait)
        return _Stream(inner, self._deadline, self._traffic)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, deadline: Deadline, traffic: _Traffic) -> None:
        self._inner = httpcore.SyncBackend()
        self._deadline = deadline
        self._traffic = traffic

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        self._traffic.opened += 1
        return _Stream(stream, self._deadline, self._traffic)


class SocketTransport(httpx.HTTPTransport):
    """httpx's transport with one deadline for each exchange.

    It stays a subclass of httpx's, which is what recording tools know how to intercept.

    A service may close a connection that nobody uses, perhaps at the very moment at which the next
    request goes out on it. Such a request is sent once more; from then on each one gets a
    connection of its own, so that a service that tears connections can't hide behind that.
    """

    def __init__(self, deadline: Deadline) -> None:
        super().__init__(verify=httpx.create_ssl_context())
        # httpx has no parameter for httpcore's network backend; a test holds this to account.
        self._traffic = _Traffic()
        self._pool._network_backend = _Backend(deadline, self._traffic)
        self._reuses = True

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not self._reuses:
            self._pool.close()
            return super().handle_request(request)
        before = replace(self._traffic)
        try:
            return super().handle_request(request)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            if self._traffic != before:
                raise  # it was no idle connection, or there was an answer
            self._reuses = False
            return self.handle_request(request)


def read_body(response: httpx.Response, deadline: Deadline, limit: int = MAX_ANSWER) -> bytes:
    """The answer's body, unpacked, at most `limit` bytes of it.

    Raises `TooLarge`, `Unreadable`, or httpx's errors (`ReadTimeout` past the deadline).
    """
    raw = bytearray()
    for chunk in response.iter_raw():
        raw += chunk
        if len(raw) > limit:
            raise TooLarge(f"the answer is larger than {limit // 1024 // 1024} MiB")
        if deadline.left <= 0:
            raise httpx.ReadTimeout("the time for this exchange is over", request=response.request)
    return decoded(bytes(raw), response.headers.get_list("content-encoding"), limit)


def decoded(content: bytes, codings: Iterable[str], limit: int = MAX_ANSWER) -> bytes:
    """A body without its codings, which are the values of its Content-Encoding headers.

    Raises `TooLarge` and `Unreadable`.
    """
    names = [name.strip().lower() for value in codings for name in value.split(",")]
    for name in reversed(names):
        content = _unpack(content, name, limit)
    return content


def _unpack(content: bytes, coding: str, limit: int) -> bytes:
    if coding not in UNPACKABLE:
        raise Unreadable(f"the content coding {coding!r} was not asked for")
    bits = UNPACKABLE[coding]
    if bits is None or not content:
        return content
    unpacked, members = b"", 0
    while content:  # gzip may come in several members
        members += 1
        if members > MAX_MEMBERS:
            raise Unreadable(f"the {coding} body has more than {MAX_MEMBERS} members")
        unpacker = zlib.decompressobj(bits)
        try:
            unpacked += unpacker.decompress(content, limit + 1 - len(unpacked))
        except zlib.error as error:
            raise Unreadable(f"the body is no valid {coding}") from error
        if len(unpacked) > limit:
            raise TooLarge(f"the unpacked answer is larger than {limit // 1024 // 1024} MiB")
        if not unpacker.eof:
            raise Unreadable(f"the {coding} body ends too early")
        content = unpacker.unused_data
    return unpacked
