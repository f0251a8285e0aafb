"""What a service has only accepted (202): it may be done a while later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from contracts.http.client import Client
from contracts.http.exchange import Exchange, Request
from contracts.leaf_user.expected_state import Stored, shows

ACCEPTED = 202
PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6, 2.9)  # seconds between looks; 6 s in all
AT_ONCE = (0.0,) * len(PAUSES)  # for a service in which nothing happens between two requests


class Later:
    """What was accepted and is yet to be done for a Leaf user, and how long that takes there.

    `awaited` is the endpoint that accepted it, or None. An endpoint that has once let all the time
    pass is not waited for again.
    """

    def __init__(self, client: Client, pauses: Sequence[float] = PAUSES) -> None:
        self.awaited: str | None = None
        self._client = client
        self._pauses = pauses
        self._took: dict[str, float] = {}
        self._given_up: set[str] = set()

    def note(self, write: Exchange) -> None:
        """A write was successful; what it asked for is done, unless it was only accepted."""
        self.awaited = write.endpoint if write.status == ACCEPTED else None

    def look(self, read: Exchange, stored: object, request: Request) -> Exchange:
        """This read, or a later one, that shows what was accepted; else the last one.

        `stored` is what must stand by then: a `Stored`, or None for no credentials. All reads
        have the intent of the first one.
        """
        if self.awaited is None or self.awaited in self._given_up:
            return read
        accepting, self.awaited = self.awaited, None
        took, waited = self._took.get(accepting, 0.0), 0.0
        for pause in ((took,) if took else ()) + tuple(self._pauses):
            if self._is_done(read, stored):
                break
            self._client.pause(pause)
            waited += pause
            read = replace(self._client.ask_again(read.endpoint, request), intent=read.intent)
        if self._is_done(read, stored):
            self._took[accepting] = max(took, waited)
        else:
            self._given_up.add(accepting)
        return read

    def is_gone(self, deletion: Exchange, still_there: Callable[[], bool]) -> bool:
        """Whether nothing is there any more; a while later, where that was only accepted."""
        pauses = self._pauses if deletion.status == ACCEPTED else ()
        for pause in (0.0, *pauses):
            self._client.pause(pause)
            if not still_there():
                return True
        return False

    def _is_done(self, read: Exchange, stored: object) -> bool:
        if read.failed:
            return True  # that has to be judged as it is
        if isinstance(stored, Stored):
            return shows(self._client.contract, read, stored)
        return read.shows_nothing
