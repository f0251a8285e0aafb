"""Services that only accept a write (202) and do it a while later, or never."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from contracts.faults.entry import Fault, answers, fault, hooks, is_success
from contracts.service.hooks import Answer, Behaviour, Call, Refusal, Stop
from contracts.service.store import Record
from contracts.spec.model import CREATE, READ, Contract


def faults(_: Contract) -> Iterator[Fault]:
    """What was accepted and is never done."""
    yield fault(
        "create-accepted-never-done",
        "POST is accepted (202), and nothing is ever stored.",
        "create.stores",
        hooks(store=lambda call, record: None if call.role == CREATE else record),
        answers(_accepted, "create"),
    )
    yield fault(
        "delete-accepted-never-done",
        "DELETE is accepted (202), and nothing is ever deleted.",
        "delete.removes",
        hooks(remove=lambda *_: False),
        answers(_accepted, "delete"),
    )


def _accepted(answer: Answer) -> Answer:
    return replace(answer, status=202)


class _Postpones(Behaviour):
    """These endpoints answer 202; it is done when GET has been asked so often, and 409 until then.

    Counting requests rather than time keeps runs repeatable.
    """

    def __init__(self, *endpoints: str, reads: int) -> None:
        self._endpoints = endpoints
        self._reads = reads
        self._due: dict[str, tuple[int, Record | None]] = {}

    def on_request(self, call: Call) -> None:
        user = call.leaf_user or ""
        if call.role != READ or user not in self._due:
            return
        left, record = self._due.pop(user)
        if left:
            self._due[user] = (left - 1, record)
        elif record is None:
            call.service.store.drop(user)
        else:
            call.service.store.put(user, record)

    def accept(self, call: Call, refusals: list[Refusal]) -> list[Refusal]:
        if call.leaf_user in self._due:
            raise Stop(call.service.problem(call, 409))
        return refusals

    def store(self, call: Call, record: Record | None) -> Record | None:
        return self._put_off(call, record) if record else None

    def remove(self, call: Call, removing: bool) -> bool:
        if removing and "delete" in self._endpoints:
            self._put_off(call, None)
            return False
        return removing

    def answer(self, call: Call, answer: Answer) -> Answer:
        if call.endpoint in self._endpoints and is_success(answer):
            return _accepted(answer)
        return answer

    def _put_off(self, call: Call, record: Record | None) -> Record | None:
        if call.endpoint not in self._endpoints:
            return record
        self._due[call.leaf_user or ""] = (self._reads, record)
        return None


def postpones(*endpoints: str, reads: int = 1) -> Callable[[], Behaviour]:
    """What makes a service that does what these endpoints accepted after so many reads."""
    return lambda: _Postpones(*endpoints, reads=reads)
