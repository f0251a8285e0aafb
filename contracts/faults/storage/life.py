"""The life of credentials: what is stored, shown, replaced, deleted and created again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from contracts.faults.entry import (
    Fault,
    answers,
    choices,
    fault,
    hooks,
    open_texts,
    own,
    refuses_to_replace,
    stops,
    taken_by,
    texts,
    to_status,
)
from contracts.service.hooks import Behaviour, Call, Stop
from contracts.service.store import Record
from contracts.spec.model import CREATE, READ, Contract

ONE_CLICK: tuple[str, ...] = ()
HOWEVER = "What is not shown is not shown however it was created."
SERVER_ERROR = "It is a 5xx to what was sent."


def faults(contract: Contract) -> Iterator[Fault]:
    """From what is never stored to what never goes away."""
    yield from _not_stored()
    yield from _unlike(contract)
    yield from _not_deleted()
    yield from _stale()
    yield from _on_existing(contract)
    yield from _again()


def _only(
    endpoint: str, change: Callable[[Call, Record | None], Record | None]
) -> Callable[[], Behaviour]:
    """What makes a behaviour that stores otherwise at one endpoint."""
    return hooks(
        store=lambda call, record: change(call, record) if call.endpoint == endpoint else record
    )


def _found(change: Callable[[Call, Record | None], Record | None]) -> Callable[[], Behaviour]:
    """What makes a behaviour that finds otherwise when it reads."""
    return hooks(find=lambda call, record: change(call, record) if call.role == READ else record)


class _LosesWrites(Behaviour):
    """Every third creation is not stored."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def store(self, call: Call, record: Record | None) -> Record | None:
        if call.role != CREATE:
            return record
        return record if next(self._numbers) % 3 else None


def _not_stored() -> Iterator[Fault]:
    yield fault(
        "create-stores-nothing",
        "POST answers as it should and stores nothing.",
        "create.stores",
        _only("create", lambda *_: None),
    )
    yield fault(
        "create-loses-writes",
        "Every third POST answers as it should and stores nothing.",
        "create.stores",
        _LosesWrites,
    )
    yield fault(
        "read-404-though-there",
        "GET answers 404 although there are credentials.",
        "create.stores",
        _found(lambda *_: None),
        also=ONE_CLICK,
        because=HOWEVER,
    )
    yield fault(
        "read-204-though-there",
        "GET answers 204 although there are credentials.",
        "create.stores",
        answers(to_status(204), "read"),
        also=(*ONE_CLICK, "read.json", "read.media-type"),
        because=f"{HOWEVER} It has no form either.",
    )
    yield fault(
        "read-404-now-and-then",
        "Every third GET answers 404 although there are credentials.",
        "create.stores",
        answers(to_status(404), "read", every=3),
    )
    yield fault(
        "read-late",
        "The first GET after a POST does not find what was created.",
        "create.stores",
        _ReadsLate,
        also=ONE_CLICK,
        because=HOWEVER,
    )


class _ReadsLate(Behaviour):
    """The first read after a creation is answered from what was known before it."""

    def __init__(self) -> None:
        self._before: dict[str, Record | None] = {}

    def store(self, call: Call, record: Record | None) -> Record | None:
        self._before[call.leaf_user or ""] = own(call)
        return record

    def find(self, call: Call, record: Record | None) -> Record | None:
        user = call.leaf_user or ""
        return self._before.pop(user) if call.role == READ and user in self._before else record


def _unlike(contract: Contract) -> Iterator[Fault]:
    for name in taken_by(contract, CREATE):
        requirement = f"read.keeps.{name}"
        if requirement in contract.requirements and name in texts(contract):

            def change(_: Call, record: Record | None, field: str = name) -> Record | None:
                return record and record.changed(**{field: record.values[field] + "~"})

            yield fault(
                f"create-stores-another-{name.lower()}",
                f"Another `{name}` is stored than was sent.",
                requirement,
                _only("create", change),
            )

    for one, other in [open_texts(contract)[:2]] if len(open_texts(contract)) > 1 else []:

        def mixed(
            _: Call, record: Record | None, one: str = one, other: str = other
        ) -> Record | None:
            values = record.values if record else {}
            return record and record.changed(**{one: values[other], other: values[one]})

        yield fault(
            "create-stores-crosswise",
            "Two fields change places when they are stored.",
            f"read.keeps.{one}",
            _only("create", mixed),
            also=(f"read.keeps.{other}",),
            because="Two fields are wrong.",
        )
    yield fault(
        "one-click-stores-another-client",
        "A one-click integration stores another `clientId`.",
        "one-click.keeps.clientId",
        _only("one-click", lambda _, record: record and record.changed(clientId="a-client")),
    )


class _Undead(Behaviour):
    """What was deleted is still found by `reads` reads."""

    def __init__(self, reads: int) -> None:
        self._reads = reads
        self._gone: dict[str, tuple[Record, int]] = {}

    def remove(self, call: Call, removing: bool) -> bool:
        record = own(call)
        if record:
            self._gone[call.leaf_user or ""] = (record, self._reads)
        return removing

    def find(self, call: Call, record: Record | None) -> Record | None:
        gone, left = self._gone.get(call.leaf_user or "", (None, 0))
        if call.role != READ or record or not left or gone is None:
            return record
        self._gone[call.leaf_user or ""] = (gone, left - 1)
        return gone


def _not_deleted() -> Iterator[Fault]:
    yield fault(
        "delete-removes-nothing",
        "DELETE answers as it should and deletes nothing.",
        "delete.removes",
        hooks(remove=lambda *_: False),
        also=("delete.ends-events",),
        because="With the credentials, their log remains.",
    )
    yield fault(
        "delete-removes-nothing-409",
        "DELETE deletes nothing, and POST is refused where credentials stand.",
        "delete.removes",
        hooks(remove=lambda *_: False, store=refuses_to_replace),
        also=("delete.ends-events",),
        because="With the credentials, their log remains.",
    )
    yield fault(
        "delete-cached",
        "GET still shows deleted credentials once or twice.",
        "delete.removes",
        lambda: _Undead(2),
    )
    yield fault(
        "delete-soft",
        "GET shows deleted credentials for good, while events knows of none.",
        "delete.removes",
        lambda: _Undead(1_000_000),
    )


class _FirstVersion(Behaviour):
    """What GET shows is remembered until a deletion: replaced credentials are never seen."""

    def __init__(self, forgets: bool) -> None:
        self._seen: dict[str, Record] = {}
        self._forgets = forgets

    def remove(self, call: Call, removing: bool) -> bool:
        if self._forgets:
            self._seen.pop(call.leaf_user or "", None)
        return removing

    def find(self, call: Call, record: Record | None) -> Record | None:
        if call.role != READ or record is None:
            return record
        return self._seen.setdefault(call.leaf_user or "", record)


class _LagsBehind(Behaviour):
    """After a replacement, the next two reads show what was replaced."""

    def __init__(self) -> None:
        self._before: dict[str, list[Record]] = {}

    def store(self, call: Call, record: Record | None) -> Record | None:
        before = own(call)
        if before:
            self._before[call.leaf_user or ""] = [before, before]
        return record

    def find(self, call: Call, record: Record | None) -> Record | None:
        before = self._before.get(call.leaf_user or "")
        return before.pop() if call.role == READ and before and record else record


def _stale() -> Iterator[Fault]:
    yield fault(
        "read-stale-after-replacement",
        "GET goes on showing what a second POST replaced.",
        "create.on-existing",
        lambda: _FirstVersion(True),
    )
    yield fault(
        "read-lags-after-replacement",
        "The first GETs after a second POST show what it replaced.",
        "create.on-existing",
        _LagsBehind,
    )
    yield fault(
        "read-stale-after-recreation",
        "GET shows the first credentials that there ever were.",
        "create.again",
        lambda: _FirstVersion(False),
        also=("create.on-existing",),
        because="A replacement is not seen either.",
    )


def _keeps_the_old(call: Call, record: Record | None) -> Record | None:
    return own(call) or record


def _replaces_and_refuses(call: Call, record: Record | None) -> Record | None:
    if call.role == CREATE and own(call) and record:
        call.service.store.put(call.leaf_user or "", record)
        raise Stop(call.service.problem(call, 409))
    return record


def _mixes(field: str) -> Callable[[Call, Record | None], Record | None]:
    def mix(call: Call, record: Record | None) -> Record | None:
        old = own(call)
        return record.changed(**{field: old.values[field]}) if old and record else record

    return mix


def _on_existing(contract: Contract) -> Iterator[Fault]:
    yield fault(
        "create-on-existing-lost",
        "A second POST is answered with success and changes nothing.",
        "create.on-existing",
        _only("create", _keeps_the_old),
    )
    yield fault(
        "create-on-existing-refused-and-done",
        "A second POST is refused (409) and replaces all the same.",
        "create.on-existing",
        hooks(store=_replaces_and_refuses),
    )
    for name in open_texts(contract)[:1]:
        yield fault(
            "create-on-existing-mixed",
            "A second POST replaces all but one field.",
            "create.on-existing",
            _only("create", _mixes(name)),
        )
    for name, values in choices(contract)[:1]:
        yield fault(
            "create-on-existing-keeps-environment",
            f"A second POST replaces all but the `{name}`.",
            f"read.keeps.{name}",
            _only("create", _mixes(name)),
            provoked_by=[f"create.value.{name}.{values[-1]}", "create.on-existing"],
        )
    yield fault(
        "create-on-existing-500",
        "A second POST is answered with 500.",
        "create.on-existing",
        stops("create", 500, lambda call: own(call) is not None),
        also=("create.no-server-error",),
        because=SERVER_ERROR,
    )
    yield fault(
        "create-on-existing-500-and-gone",
        "A second POST is answered with 500 and deletes what was there.",
        "create.on-existing",
        hooks(store=_fails_and_drops),
    )


def _fails_and_drops(call: Call, record: Record | None) -> Record | None:
    if call.role == CREATE and own(call):
        call.service.store.drop(call.leaf_user or "")
        raise Stop(call.service.problem(call, 500))
    return record


class _RemembersDeletion(Behaviour):
    """POST after a deletion is answered with `status`."""

    def __init__(self, status: int) -> None:
        self._status = status
        self._deleted: set[str] = set()

    def remove(self, call: Call, removing: bool) -> bool:
        self._deleted.add(call.leaf_user or "")
        return removing

    def store(self, call: Call, record: Record | None) -> Record | None:
        if call.leaf_user in self._deleted:
            raise Stop(call.service.problem(call, self._status))
        return record


class _Revives(Behaviour):
    """POST after a deletion brings back what was deleted."""

    def __init__(self) -> None:
        self._deleted: dict[str, Record] = {}

    def remove(self, call: Call, removing: bool) -> bool:
        record = own(call)
        if record:
            self._deleted[call.leaf_user or ""] = record
        return removing

    def store(self, call: Call, record: Record | None) -> Record | None:
        return self._deleted.get(call.leaf_user or "", record)


def _again() -> Iterator[Fault]:
    for status in (409, 500):
        yield fault(
            f"create-again-{status}",
            f"POST after a deletion is answered with {status}.",
            "create.again",
            lambda status=status: _RemembersDeletion(status),  # type: ignore[misc]
            also=("create.succeeds", "create.no-server-error"),
            because="It is a documented request, whatever was deleted before.",
        )
    yield fault(
        "create-again-revives",
        "POST after a deletion brings back the old credentials.",
        "create.again",
        _Revives,
    )
