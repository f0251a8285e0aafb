"""The background processing that the page speaks of, as a behaviour of the embedded service."""

from __future__ import annotations

from collections import Counter

from contracts.service.hooks import Behaviour, Call
from contracts.service.store import Record
from contracts.spec.model import READ

INVALID = "INVALID"


class BackgroundProcessing(Behaviour):
    """After `reads` reads, credentials are found to be no longer valid: status and token change.

    Counting reads rather than time keeps runs repeatable.
    """

    def __init__(self, reads: int = 2) -> None:
        self._reads = reads
        self._seen: Counter[str] = Counter()

    def find(self, call: Call, record: Record | None) -> Record | None:
        user = call.leaf_user
        if record is None or user is None or call.role != READ:
            return record
        self._seen[user] += 1
        if self._seen[user] % (self._reads + 1):
            return record
        call.service.process(user, status=INVALID)
        return call.service.store.get(user)
