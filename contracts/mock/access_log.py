"""One line a request for a served application, without anything from headers or bodies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any, TextIO

from contracts.http.wording import counted
from contracts.mock.request_audit import SEEN, Seen

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

NO_ANSWER = "---"


class AccessLog:
    """A WSGI application that writes a line to `stream` for each request that was judged.

    `GET /users/00000000-…/panorama-credentials 200 0.4 ms 0 violations`; requests that nobody
    judged, such as those to the service's own controls, are left out.
    """

    def __init__(self, app: WSGIApplication, stream: TextIO) -> None:
        self._app, self._stream = app, stream
        self.base_path = getattr(app, "base_path", "")
        self._lock = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = time.perf_counter()
        given = NO_ANSWER

        def start(status: str, *rest: Any) -> Callable[[bytes], object]:
            nonlocal given
            given = status.partition(" ")[0]
            return start_response(status, *rest)

        try:
            return self._app(environ, start)
        finally:
            seen = environ.get(SEEN)
            if isinstance(seen, Seen):
                self._write(seen, given, (time.perf_counter() - began) * 1000)

    def _write(self, seen: Seen, status: str, milliseconds: float) -> None:
        violations = counted(seen.violations, "violation")
        line = f"{seen.method} {seen.path} {status} {milliseconds:.1f} ms {violations}\n"
        # Whoever closed the stream has read enough; the service goes on.
        with self._lock, suppress(OSError, ValueError):
            self._stream.write(line)
            self._stream.flush()
