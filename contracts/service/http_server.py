"""A WSGI application on a real socket, for the command line and for tests.

Waitress does the work: HTTP/1.1 with connections kept alive, each request in a thread of
its own, `THREADS` at once. Nothing but errors is logged, and no answer names the server software.
"""

from __future__ import annotations

import logging
import signal
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

THREADS = 32
CONNECTIONS = 1000
MAX_PORT = 65535
MAX_BODY = 16 * 1024 * 1024  # bytes; far above what a service needs in order to refuse it itself
FINISH_WITHIN = 5  # seconds for requests under way when the server closes

_LOGGER = logging.getLogger("waitress.contracts")
_LOGGER.setLevel(logging.ERROR)  # more requests than threads are no reason to warn


class Closing(ABC):
    """Something that is closed in the end; as a context manager it closes itself."""

    @abstractmethod
    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Server(Closing):
    """An application that is being served in the background until `close`.

    Port 0 means any free port; OSError when the port is taken, ValueError when the host is none.
    As a context manager it closes itself.
    """

    def __init__(
        self, app: WSGIApplication, host: str = "127.0.0.1", port: int = 0, threads: int = THREADS
    ) -> None:
        if not 0 <= port <= MAX_PORT:
            raise ValueError(f"{port} is no port")
        shown_host = f"[{host}]" if ":" in host and not host.startswith("[") else host
        # Any, here and below: the published type stubs are wrong about what is used of them.
        settings: Any = Adjustments(
            listen=f"{shown_host}:{port}",
            threads=threads,
            connection_limit=CONNECTIONS,
            max_request_body_size=MAX_BODY,
            ident="",
            log_socket_errors=False,
            asyncore_use_poll=True,  # select() ends at 1024 file descriptors
        )
        self._channels: dict[int, Any] = {}
        self._workers = _Workers()
        try:
            server: Any = TcpWSGIServer(
                app,
                map=self._channels,
                dispatcher=self._workers,
                adj=settings,
                sockinfo=settings.listen[0],  # a name may stand for several addresses
            )
        except BaseException:
            wasyncore.close_all(self._channels)
            raise
        self._server = server
        self.port = int(server.socket.getsockname()[1])
        self.url = f"http://{shown_host}:{self.port}{getattr(app, 'base_path', '')}"
        self._workers.set_thread_count(threads)
        self._loop = threading.Thread(target=self._server.run, name="server", daemon=True)
        self._loop.start()

    def close(self) -> None:
        """Finish what is under way, close all connections, free the port, end all threads."""
        if not self._channels:
            return
        self._workers.shutdown(timeout=FINISH_WITHIN)
        # Only the loop's own thread may close what it polls; it ends when nothing is left. It may
        # wake up by itself, and must not close the trigger before that has been pulled.
        trigger = self._server.trigger
        with trigger.lock:
            trigger.thunks.append(lambda: wasyncore.close_all(self._channels))
            trigger._physical_pull()
        self._loop.join()
        self._workers.join()


class _Workers(ThreadedTaskDispatcher):
    """Waitress's threads, but such that one can wait for their end."""

    logger = _LOGGER
    queue_logger = _LOGGER

    def __init__(self) -> None:
        super().__init__()
        self._started: list[threading.Thread] = []

    def start_new_thread(self, target: Callable[[int], object], thread_no: int) -> None:
        thread = threading.Thread(
            target=target, name=f"server-{thread_no}", args=(thread_no,), daemon=True
        )
        self._started.append(thread)
        thread.start()

    def join(self) -> None:
        """Wait for the threads that were shut down; one that is still at work is left alone."""
        for thread in self._started:
            if not self.threads:
                thread.join()


def serve(app: WSGIApplication, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Serve `app` in the background; to be closed, or used in a `with`. See `Server`."""
    return Server(app, host, port)


def run_forever(
    app: WSGIApplication,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    threads: int = THREADS,
    ready: Callable[[str], object] = lambda url: None,
) -> None:
    """Serve `app` until SIGTERM or SIGINT; `ready` is called with the URL once it can be used.

    Must be called in the main thread. The port is free again when this returns. A signal that comes
    while it ends changes nothing.
    """
    signals = {signal.SIGTERM, signal.SIGINT}
    # Blocked before the threads start, so that none of them is interrupted and none gets lost.
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        with Server(app, host, port, threads) as server:
            ready(server.url)
            signal.sigwait(signals)
    finally:
        while signal.sigpending() & signals:
            signal.sigwait(signals)
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)
