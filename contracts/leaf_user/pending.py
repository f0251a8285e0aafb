"""What a service has only accepted or started: it may be done a while later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from contracts.expected_state.sent_values import ACCEPTED
from contracts.http.client import Client
from contracts.http.exchange import Exchange, Request

FIRST_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6, 2.9)  # seconds between looks; 6 s in all
LATER_PAUSE = 4.0
DEFAULT_PATIENCE = 30.0


def pauses(patience: float) -> tuple[float, ...]:
    """Seconds between looks, as many as fit into `patience`; at least the first ones."""
    more = max(0.0, patience - sum(FIRST_PAUSES))
    return FIRST_PAUSES + (LATER_PAUSE,) * int(more // LATER_PAUSE)


AT_ONCE = (0.0,) * len(FIRST_PAUSES)  # for a service in which nothing happens between two requests


class Pending:
    """What is yet to be done for a Leaf user, and how long that takes there.

    A write that was answered 202 is waited for at the first look at each endpoint that shows it;
    a handshake that was started likewise, but not as long. An endpoint that has once let all the
    time pass is not waited for again.
    """

    def __init__(self, client: Client, looks: tuple[float, ...]) -> None:
        self._client = client
        self._looks = looks
        self._awaited: Exchange | None = None
        self._looked: set[str] = set()
        self._took: dict[tuple[str, str], float] = {}
        self._given_up: set[tuple[str, str]] = set()

    @property
    def unseen(self) -> bool:
        """Whether something was accepted and nothing has been looked at since."""
        return self._awaited is not None and not self._looked

    def note(self, write: Exchange, *, handshake: bool = False) -> None:
        """A write was successful; what it asked for is done, unless it was accepted or started."""
        self._awaited = write if handshake or write.status == ACCEPTED else None
        self._looked = set()

    def look(
        self, first: Exchange, request: Request, is_done: Callable[[Exchange], bool]
    ) -> Exchange:
        """This answer, or a later one in which `is_done`; else the last one.

        All answers have the intent of the first one.
        """
        write = self._awaited
        if write is None or first.endpoint in self._looked:
            return first
        self._looked.add(first.endpoint)
        key = (write.endpoint, first.endpoint)
        if key in self._given_up:
            return first
        looks = self._looks if write.status == ACCEPTED else self._looks[: len(FIRST_PAUSES)]
        answer, waited = first, 0.0
        for pause in self._pauses(key, looks):
            if answer.failed or is_done(answer):
                break
            self._client.pause(pause)
            waited += pause
            answer = replace(self._client.ask_again(first.endpoint, request), intent=first.intent)
        if answer.failed or is_done(answer):
            self._took[key] = max(self._took.get(key, 0.0), waited)
        else:
            self._given_up.add(key)
        return answer

    def is_gone(self, deletion: Exchange, still_there: Callable[[], bool]) -> bool:
        """Whether nothing is there any more; a while later, where that was only accepted."""
        looks = self._looks if deletion.status == ACCEPTED else ()
        for pause in (0.0, *looks):
            self._client.pause(pause)
            if not still_there():
                return True
        return False

    def _pauses(self, key: tuple[str, str], looks: tuple[float, ...]) -> Iterator[float]:
        """The pauses before each look; what took long before is looked at that late first."""
        if self._took.get(key):
            yield self._took[key]
        yield from looks
