"""Mistakes that only show beside other credentials, after refusals, or after one kind of write.

Each is made by role and by what the forms have: where a contract has no such endpoint or field,
there is no such entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from contracts.faults.entry import Fault, answers, fault, hooks, own, sent, with_value
from contracts.service.hooks import Behaviour, Call, Stop
from contracts.service.store import Entry, Record
from contracts.spec.model import CREATE, DELETE, HANDSHAKE, LOG, READ, Contract, Endpoint
from contracts.spec.types import Timestamp

Store = Callable[[Call, Record | None], Record | None]
CUT_AT = (63, 255)
ENDS = {"space": " ", "tab": "\t", "no-break-space": "\u00a0"}


def faults(contract: Contract) -> Iterator[Fault]:
    """What services on real frameworks and stores were seen to do wrong."""
    yield from _without_a_token(contract)
    yield from _of_neighbours(contract)
    yield from _of_handshakes(contract)
    yield from _of_replacing(contract)
    yield from _of_reading(contract)
    yield from _of_logs(contract)
    yield from _of_texts(contract)


def _texts(contract: Contract, endpoint: Endpoint) -> list[str]:
    """The fields that are sent and read back, and are neither enums nor secrets."""
    read = next(iter(contract.having(READ)), None)
    taken = endpoint.takes.fields if endpoint.takes else {}
    shown = read.answers.fields if read and read.answers else {}
    fixed = {*(endpoint.takes.choices if endpoint.takes else ()), *contract.secret_fields}
    return [name for name in taken if name in shown and name not in fixed]


# ------------------------------------------------------------- requests that are refused


def _without_a_token(contract: Contract) -> Iterator[Fault]:
    def drops(endpoint: str) -> Callable[[Call, bool], bool]:
        def authorize(call: Call, allowed: bool) -> bool:
            if not allowed and call.endpoint == endpoint:
                call.service.store.drop(call.leaf_user or "")
            return allowed

        return authorize

    for endpoint in contract.endpoints.values():
        if endpoint.creates:
            yield fault(
                f"{endpoint.id}-without-token-drops",
                f"{endpoint.request} without a valid token is refused, and deletes what stands.",
                f"{endpoint.id}.auth-changes-nothing",
                hooks(authorize=drops(endpoint.id)),
            )
    for endpoint in contract.having(CREATE):
        yield from _refused_and_stored(endpoint)


def _refused_and_stored(endpoint: Endpoint) -> Iterator[Fault]:
    """A body is stored before it is checked."""
    for name, values in endpoint.takes.choices.items() if endpoint.takes else ():

        def accept(
            call: Call, refusals: Any, name: str = name, values: tuple[str, ...] = values
        ) -> Any:
            record = own(call)
            wrong = sent(call).get(name) not in values
            if call.endpoint == endpoint.id and refusals and wrong and record:
                texts = {n: v for n, v in sent(call).items() if isinstance(v, str) and n != name}
                call.service.store.put(call.leaf_user or "", record.changed(**texts))
            return refusals

        yield fault(
            f"{endpoint.id}-refused-{name.lower()}-stored",
            f"A body whose `{name}` is refused is stored where credentials stand.",
            f"{endpoint.id}.refused-stores-nothing",
            hooks(accept=accept),
        )


# ------------------------------------------------------------- other Leaf users


def _of_neighbours(contract: Contract) -> Iterator[Fault]:
    for endpoint in contract.having(CREATE):
        for name in _texts(contract, endpoint):
            yield fault(
                f"{endpoint.id}-replaces-by-{name.lower()}",
                f"POST removes all credentials with the same `{name}`, in whatever case.",
                f"{endpoint.id}.isolated",
                hooks(store=_dropping_same(endpoint.id, name)),
            )
    for endpoint in contract.having(DELETE):
        for create in contract.having(CREATE):
            for name in _texts(contract, create):
                yield fault(
                    f"{endpoint.id}-removes-by-{name.lower()}",
                    f"DELETE removes all credentials with the same `{name}`.",
                    f"{endpoint.id}.isolated",
                    hooks(remove=_removing_same(name)),
                )


def _same(call: Call, name: str, value: object) -> list[str]:
    """The other Leaf users whose credentials have this value."""
    store = call.service.store
    found = ((user, store.get(user)) for user in store.users if user != call.leaf_user)
    folded = str(value).casefold()
    return [u for u, record in found if record and str(record.values[name]).casefold() == folded]


def _dropping_same(endpoint: str, name: str) -> Store:
    def store(call: Call, record: Record | None) -> Record | None:
        if record and call.endpoint == endpoint:
            for user in _same(call, name, record.values.get(name)):
                call.service.store.drop(user)
        return record

    return store


def _removing_same(name: str) -> Callable[[Call, bool], bool]:
    def remove(call: Call, removing: bool) -> bool:
        record = own(call)
        for user in _same(call, name, record.values.get(name)) if record else ():
            call.service.store.drop(user)
        return removing

    return remove


# ------------------------------------------------------------- handshakes


def _of_handshakes(contract: Contract) -> Iterator[Fault]:
    for endpoint in contract.having(HANDSHAKE):
        for name in _texts(contract, endpoint):
            yield fault(
                f"{endpoint.id}-keeps-no-{name.lower()}",
                f"What appears after {endpoint.request} has another `{name}`.",
                f"{endpoint.id}.keeps.{name}",
                hooks(store=_storing(endpoint.id, {name: "a-fixed-value"})),
            )

        def drops(call: Call, record: Record | None, name: str = endpoint.id) -> Record | None:
            store = call.service.store
            for user in store.users if call.endpoint == name else ():
                if user != call.leaf_user:
                    store.drop(user)
            return record

        yield fault(
            f"{endpoint.id}-drops-neighbours",
            f"{endpoint.request} deletes the credentials of other Leaf users.",
            f"{endpoint.id}.isolated",
            hooks(store=drops),
        )

        def overwrites(call: Call, record: Record | None, name: str = endpoint.id) -> Record | None:
            store = call.service.store
            for user in store.users if call.endpoint == name and record else ():
                old = store.get(user)
                if user != call.leaf_user and old and record:
                    store.put(user, replace(old, values={**old.values, **sent(call)}))
            return record

        yield fault(
            f"{endpoint.id}-overwrites-neighbours",
            f"{endpoint.request} changes the credentials of other Leaf users to what it was sent.",
            f"{endpoint.id}.isolated",
            hooks(store=overwrites),
            also=("read.isolated",),
            because="From outside, a GET that mixes Leaf users up looks the same.",
        )


def _storing(endpoint: str, values: dict[str, str]) -> Store:
    def store(call: Call, record: Record | None) -> Record | None:
        return record.changed(**values) if record and call.endpoint == endpoint else record

    return store


# ------------------------------------------------------------- replacing and reading


def _of_replacing(contract: Contract) -> Iterator[Fault]:
    for endpoint in contract.having(CREATE):
        for name in _texts(contract, endpoint):
            yield fault(
                f"{endpoint.id}-on-existing-keeps-{name.lower()}",
                f"POST on existing credentials keeps their `{name}`.",
                f"{endpoint.id}.on-existing",
                hooks(store=_merging(endpoint.id, name)),
            )


def _merging(endpoint: str, name: str) -> Store:
    def store(call: Call, record: Record | None) -> Record | None:
        old = own(call)
        if record and old and call.endpoint == endpoint:
            return record.changed(**{name: old.values[name]})
        return record

    return store


class _Vanishes(Behaviour):
    """The second read of the same credentials finds nothing, and nothing is there from then on."""

    def __init__(self) -> None:
        self._read: set[int] = set()

    def find(self, call: Call, record: Record | None) -> Record | None:
        endpoint = call.service.endpoints.get(call.endpoint)
        if record is None or endpoint is None or endpoint.role != READ:
            return record
        if id(record.values) in self._read:
            call.service.store.drop(call.leaf_user or "")
            return None
        self._read.add(id(record.values))
        return record


def _of_reading(contract: Contract) -> Iterator[Fault]:
    for create in contract.having(CREATE):
        yield fault(
            "read-makes-it-vanish",
            "Credentials can be read once; the next read finds nothing, and nothing is there.",
            f"{create.id}.stores",
            _Vanishes,
            also=tuple(
                name
                for name in contract.requirements
                if name.endswith((".isolated", ".auth-changes-nothing", ".refused-stores-nothing"))
            ),
            because="From outside, a request in between that removed them looks the same.",
        )
    for read in contract.having(READ):
        for name in contract.identifiers:
            shows = [e.id for e in contract.endpoints.values() if e.role in (READ, CREATE)]
            yield fault(
                f"read-same-{name}-for-all",
                f"Everybody's credentials have the same `{name}`.",
                f"{read.id}.own-id",
                *(answers(with_value(name, lambda _: "the-same"), endpoint) for endpoint in shows),
            )


# ------------------------------------------------------------- logs


def _of_logs(contract: Contract) -> Iterator[Fault]:
    for log in contract.having(LOG):
        for endpoint in contract.having(HANDSHAKE):
            yield from _after(log, f"after-{endpoint.id}", _MadeBy(endpoint.id))
        for create in contract.having(CREATE):
            for name, values in create.takes.choices.items() if create.takes else ():
                for value in values[1:]:
                    made_with = _MadeWith(name, value)
                    yield from _after(log, f"for-{value.lower()}", made_with)


class _MadeBy:
    """Whether the credentials of a Leaf user were made by an endpoint; noted when they are made."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.users: set[str] = set()

    def note(self, call: Call, record: Record | None) -> Record | None:
        users = self.users
        (users.add if call.endpoint == self.endpoint else users.discard)(call.leaf_user or "")
        return record

    def holds(self, call: Call) -> bool:
        return call.leaf_user in self.users


class _MadeWith:
    """Whether the credentials of a Leaf user have a value."""

    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value

    def note(self, _: Call, record: Record | None) -> Record | None:
        return record

    def holds(self, call: Call) -> bool:
        record = own(call)
        return record is not None and record.values.get(self.name) == self.value


def _after(log: Endpoint, label: str, made: _MadeBy | _MadeWith) -> Iterator[Fault]:
    def fails(call: Call, entries: list[Entry]) -> list[Entry]:
        if made.holds(call):
            raise Stop(call.service.problem(call, 500))
        return entries

    yield fault(
        f"{log.id}-fails-{label}",
        f"The log answers 500 {label.replace('-', ' ')}.",
        f"{log.id}.succeeds",
        hooks(entries=fails, store=made.note),
        also=(f"{log.id}.no-server-error",),
        because="It is a 5xx to what was asked.",
    )
    fields = log.answers.fields if log.answers else {}
    for name, kind in fields.items():
        if isinstance(kind, Timestamp):

            def cuts(call: Call, entries: list[Entry], name: str = name) -> list[Entry]:
                if not made.holds(call):
                    return entries
                return [entry.changed(**{name: str(entry.values[name])[:19]}) for entry in entries]

            yield fault(
                f"{log.id}-{name.lower()}-cut-{label}",
                f"Log entries have a `{name}` without fractions {label.replace('-', ' ')}.",
                f"{log.id}.response.{name}",
                hooks(entries=cuts, store=made.note),
            )


# ------------------------------------------------------------- texts


def _of_texts(contract: Contract) -> Iterator[Fault]:
    for endpoint in contract.having(CREATE):
        names = _texts(contract, endpoint)
        if not names:
            continue
        for label, end in ENDS.items():
            yield _storing_texts(endpoint, names, f"trims-{label}", partial(_trimmed, end=end))
        for length in CUT_AT:
            change = partial(_cut, length=length)
            yield _storing_texts(endpoint, names, f"cuts-at-{length}", change)


def _trimmed(text: str, end: str) -> str:
    return text.strip(end)


def _cut(text: str, length: int) -> str:
    return text[:length]


def _storing_texts(
    endpoint: Endpoint, names: list[str], label: str, change: Callable[[str], str]
) -> Fault:
    def store(call: Call, record: Record | None) -> Record | None:
        if record is None or call.endpoint != endpoint.id:
            return record
        return record.changed(**{name: change(str(record.values[name])) for name in names})

    first, *others = (f"read.keeps.{name}" for name in names)
    return fault(
        f"{endpoint.id}-{label}",
        f"Texts are stored otherwise than they were sent: {label.replace('-', ' ')}.",
        first,
        hooks(store=store),
        also=tuple(others),
        because="It happens to each of the fields.",
        provoked_by=["create.text.", *(f"read.keeps.{name}" for name in names)],
    )
