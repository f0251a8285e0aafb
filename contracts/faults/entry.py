"""What an entry of the catalogue is, and the blocks that most behaviours are built of."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from contracts.service.hooks import Answer, Behaviour, Call, Stop
from contracts.service.store import Record
from contracts.spec.java_dates import JavaPattern
from contracts.spec.model import CREATE, READ, Contract, Endpoint
from contracts.spec.types import Choice, Text, Timestamp, Type

FAULT, LAWFUL = "fault", "lawful"
Values = dict[str, Any]
Change = Callable[[Answer], Answer]


@dataclass(frozen=True)
class Fault:
    """One way for a service to behave. A lawful one `breaks` nothing.

    `also` are requirements that cannot but go red together with the one that it breaks, and
    `because` says why. `provoked_by` are requirements whose tests send what brings the fault out,
    where the tests of the broken one do not. `group` and `level` are filled in by the catalogue.
    """

    name: str
    sentence: str
    breaks: str | None
    make: Callable[[], Sequence[Behaviour]] = field(repr=False)
    also: tuple[str, ...] = ()
    because: str = ""
    provoked_by: tuple[str, ...] = ()
    group: str = ""
    level: str = ""

    @property
    def kind(self) -> str:
        return FAULT if self.breaks else LAWFUL


def fault(
    name: str,
    sentence: str,
    breaks: str,
    *make: Callable[[], Behaviour],
    also: Sequence[str] = (),
    because: str = "",
    provoked_by: Sequence[str] = (),
) -> Fault:
    """A fault that is made of these behaviours, afresh each time."""
    return Fault(name, sentence, breaks, _all(make), tuple(also), because, tuple(provoked_by))


def lawful(name: str, sentence: str, *make: Callable[[], Behaviour]) -> Fault:
    """A lawful variant that is made of these behaviours, afresh each time."""
    return Fault(name, sentence, None, _all(make))


def _all(make: Sequence[Callable[[], Behaviour]]) -> Callable[[], Sequence[Behaviour]]:
    return lambda: [one() for one in make]


# ------------------------------------------------------------- behaviours


class Hooks(Behaviour):
    """A behaviour made of functions, by the name of the hook."""

    def __init__(self, **functions: Callable[..., Any]) -> None:
        for name, function in functions.items():
            if not hasattr(Behaviour, name):
                raise TypeError(f"a behaviour has no hook {name!r}")
            setattr(self, name, function)


def hooks(**functions: Callable[..., Any]) -> Callable[[], Behaviour]:
    """What makes a behaviour of functions that keep no state."""
    return lambda: Hooks(**functions)


def is_success(answer: Answer) -> bool:
    return 200 <= answer.status < 300


class Answers(Behaviour):
    """Changes the answers of some endpoints (none named: of all) that fulfil `where`.

    With `every`, only each so-manieth of them.
    """

    def __init__(
        self,
        change: Change,
        *endpoints: str,
        where: Callable[[Answer], bool] = is_success,
        every: int = 1,
    ) -> None:
        self._change, self._endpoints, self._where = change, endpoints, where
        self._every, self._numbers = every, count(1)

    def answer(self, call: Call, answer: Answer) -> Answer:
        known = self._endpoints or tuple(call.service.contract.endpoints)
        if call.endpoint not in known or not self._where(answer):
            return answer
        return answer if next(self._numbers) % self._every else self._change(answer)


def answers(
    change: Change,
    *endpoints: str,
    where: Callable[[Answer], bool] = is_success,
    every: int = 1,
) -> Callable[[], Behaviour]:
    """What makes an `Answers`."""
    return lambda: Answers(change, *endpoints, where=where, every=every)


def stops(endpoint: str, status: int, when: Callable[[Call], bool]) -> Callable[[], Behaviour]:
    """What makes a behaviour that refuses a body, with the right token, with this status."""

    def accept(call: Call, refusals: Any) -> Any:
        if call.endpoint == endpoint and when(call):
            raise Stop(call.service.problem(call, status))
        return refusals

    return hooks(accept=accept)


# ------------------------------------------------------------- changes of an answer


def to_status(status: int, **headers: str) -> Change:
    """Only the status and these headers remain, with an error's body of a few words."""
    given = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return lambda answer: Answer(
        status, given, None if status in (204, 304) else {"status": status}
    )


def content(change: Callable[[Any], Any]) -> Change:
    """Another JSON value."""
    return lambda answer: replace(answer, content=change(answer.content))


def raw(change: Callable[[bytes], bytes]) -> Change:
    """Other bytes under the same label."""
    return lambda answer: replace(answer, content=change(answer.body()))


def records(change: Callable[[Values], Any]) -> Change:
    """A change of the object, or of each object of the list, in place."""

    def apply(answer: Answer) -> Answer:
        value = answer.content
        for record in value if isinstance(value, list) else [value]:
            if isinstance(record, dict):
                change(record)
        return answer

    return apply


def with_value(name: str, change: Callable[[Any], Any]) -> Change:
    """Another value of one field."""

    def put(record: Values) -> None:
        if name in record:
            record[name] = change(record[name])

    return records(put)


def with_fields(**fields: Any) -> Change:
    """Further fields, or other values."""
    return records(lambda record: record.update(fields))


def with_header(name: str, *values: str) -> Change:
    """A header with these values, in place of those that it had."""
    return lambda answer: replace(
        answer,
        headers=[
            *(pair for pair in answer.headers if pair[0].lower() != name.lower()),
            *((name, value) for value in values),
        ],
    )


def both(*changes: Change) -> Change:
    """One change after the other."""

    def apply(answer: Answer) -> Answer:
        for change in changes:
            answer = change(answer)
        return answer

    return apply


# ------------------------------------------------------------- what a request and a store hold


def sent(call: Call) -> Mapping[str, Any]:
    """The fields of the body."""
    return call.body if isinstance(call.body, dict) else {}


def own(call: Call) -> Record | None:
    """What is really stored for the Leaf user of a call."""
    return call.service.store.get(call.leaf_user or "")


def others(call: Call) -> list[Record]:
    """What is stored for all other Leaf users, the newest first."""
    store = call.service.store
    found = (store.get(user) for user in store.users if user != call.leaf_user)
    return sorted((record for record in found if record), key=lambda r: r.created, reverse=True)


def shown(call: Call, record: Record) -> Values:
    """What an answer to a read shows of a record."""
    fields = shown_by(call.service.contract, READ)
    return {name: record.values[name] for name in fields if name in record.values}


def as_json(call: Call, value: Any, status: int = 200) -> Answer:
    """An answer made outside of the service's own way."""
    return Answer(status, [("Content-Type", "application/json")], json.dumps(value).encode())


def refuses_to_replace(call: Call, record: Record | None) -> Record | None:
    """A hook for what is stored: where credentials stand, 409."""
    if own(call):
        raise Stop(call.service.problem(call, 409))
    return record


# ------------------------------------------------------------- what a contract names


def answering(contract: Contract) -> list[Endpoint]:
    """The endpoints whose answers have a documented form."""
    return [endpoint for endpoint in contract.endpoints.values() if endpoint.answers]


def taken_by(contract: Contract, role: str) -> Mapping[str, Type]:
    """The fields that the endpoint with a role takes; none where there is no such endpoint."""
    forms = [endpoint.takes for endpoint in contract.having(role)[:1] if endpoint.takes]
    return forms[0].fields if forms else {}


def shown_by(contract: Contract, role: str) -> Mapping[str, Type]:
    """The fields that the endpoint with a role answers; none where there is no such endpoint."""
    forms = [endpoint.answers for endpoint in contract.having(role)[:1] if endpoint.answers]
    return forms[0].fields if forms else {}


def timestamps(fields: Mapping[str, Type]) -> list[tuple[str, JavaPattern]]:
    """The first of the fields that is a timestamp, with its pattern; nothing where none is."""
    found = [(n, kind.pattern) for n, kind in fields.items() if isinstance(kind, Timestamp)]
    return found[:1]


def choices(contract: Contract) -> list[tuple[str, tuple[str, ...]]]:
    """The fields of the endpoint that creates with a list of values, and these."""
    fields = taken_by(contract, CREATE).items()
    return [(name, kind.values) for name, kind in fields if isinstance(kind, Choice)]


def texts(contract: Contract) -> list[str]:
    """The fields of the endpoint that creates that are any text, secret ones too."""
    fields = taken_by(contract, CREATE).items()
    return [name for name, kind in fields if isinstance(kind, Text)]


def open_texts(contract: Contract) -> list[str]:
    """Those of `texts` that a read shows."""
    shown, secret = shown_by(contract, READ), contract.secret_fields
    return [name for name in texts(contract) if name in shown and name not in secret]
