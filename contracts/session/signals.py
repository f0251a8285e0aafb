"""What ends a live run, and what must not end its clean-up."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # a system may lack some of them
SIGNALS = tuple(getattr(signal, name) for name in NAMES if hasattr(signal, name))
TWICE = 5.0  # seconds within which a second signal means the same as the first


class Interrupts:
    """The first signal ends the run as Ctrl-C does; none cuts its clean-up short.

    A library may swallow the exception that ends the run, where the signal comes in a callback of
    it. `noted` remembers the signal, and `check` raises the exception once more.
    Must be used in the main thread.
    """

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Any] = {}
        self._last = -TWICE
        self._deferring = self._deferred = False
        self.noted = False

    def check(self) -> None:
        """Raise `KeyboardInterrupt` if there was a signal; before a test and a request."""
        if self.noted and not self._deferring:
            raise KeyboardInterrupt

    def catch(self) -> None:
        """Let the next signal end the run."""
        for sig in SIGNALS:
            before = signal.signal(sig, self._interrupt)
            self._before.setdefault(sig, signal.SIG_DFL if before is None else before)

    @contextmanager
    def deferring(self) -> Iterator[None]:
        """Let a signal that comes meanwhile end the run only afterwards."""
        self._deferring = True
        try:
            yield
        finally:
            self._deferring = False
        if self._deferred:
            raise KeyboardInterrupt

    def hold_off(self) -> None:
        """Ignore signals until `restore`, those that have come as well."""
        self.noted = False
        for sig in self._before:
            signal.signal(sig, signal.SIG_IGN)

    def restore(self) -> None:
        """Let signals do what they did before `catch`."""
        for sig, before in self._before.items():
            signal.signal(sig, before)
        self._before.clear()

    def _interrupt(self, _: int, frame: FrameType | None) -> None:
        if self._deferring:
            self._deferred = True
            return
        self.noted = True
        # Between the first one and the clean-up, an impatient second one could prevent it.
        before, self._last = self._last, time.monotonic()
        if self._last - before >= TWICE:
            raise KeyboardInterrupt
