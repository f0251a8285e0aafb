"""The embedded service as those who write clients use it: its options, its state, its audit.

`Served` is a WSGI application: the service below its base path, and what controls it below
`/__contract`, which asks for no token and is judged by nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from contracts.mock.control_api import Control, is_control
from contracts.mock.delays import Ageing, Latency, RateLimit
from contracts.mock.durations import Clock
from contracts.mock.request_audit import NOTICE, VIOLATION, Audit, Remark
from contracts.service.app import DEFAULT_TOKEN, Service
from contracts.service.background import INVALID
from contracts.service.body import JSON
from contracts.service.hooks import Answer, Behaviour, Call, Confirmable
from contracts.spec.load import load
from contracts.spec.model import DELETE, READ, Contract

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


@dataclass(frozen=True)
class Options:
    """How the service is served.

    `behave`: names of faults and lawful variants. `latency`: seconds that each answer takes more.
    `rate_limit`: requests a second. `seed`: the same one gives the same ids and tokens. `clock`:
    see `durations.Clock`. `invalid_after`: seconds, the age at which credentials turn invalid.
    """

    token: str = field(default=DEFAULT_TOKEN, repr=False)
    behave: Sequence[str] = ()
    latency: float = 0.0
    rate_limit: float | None = None
    seed: int | None = None
    clock: str | None = None
    invalid_after: float | None = None


class _Running(NamedTuple):
    """What a fresh start replaces."""

    service: Service
    audit: Audit
    clock: Clock
    own: tuple[Behaviour, ...]  # what the options say, whatever else is chosen


class AnswersDeletion(Behaviour):
    """DELETE answers with an object, for the page's own examples read JSON out of every answer."""

    def answer(self, call: Call, answer: Answer) -> Answer:
        if call.role != DELETE or answer.status != 204:
            return answer
        return replace(answer, status=200, headers=[("Content-Type", JSON)], content={})


class Served:
    """A service with its controls. ValueError, one sentence, for options that make no sense."""

    def __init__(self, options: Options | None = None, contract: Contract | None = None) -> None:
        self.options = options or Options()
        self.contract = contract or load()
        self.behaving: tuple[str, ...] = ()
        self._lock = Lock()
        self._control = Control(self)
        self._running = self._start()
        self.base_path = self.service.base_path

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        app = self._control if is_control(environ) else self.service
        return app(environ, start_response)

    @property
    def service(self) -> Service:
        return self._running.service

    def start_afresh(self) -> None:
        """Forget Leaf users, credentials, remarks and behaviours; begin as the options say."""
        with self._lock:
            self._running = self._start()

    def behave(self, names: Sequence[str]) -> None:
        """Behave like this from now on, and no longer otherwise; ValueError for unknown names."""
        with self._lock:
            self._behave(self._running, names)

    def remarks(self, level: str = VIOLATION) -> list[Remark]:
        """What is to be said of the requests since the start; see `audit`."""
        return self._running.audit.remarks(level)

    def dropped(self) -> int:
        """How many violations there were before those that are kept."""
        return self._running.audit.dropped()

    def advance(self, by: timedelta) -> None:
        """Move the service's clock on; ValueError when that leads nowhere."""
        if by <= timedelta():
            raise ValueError("a clock is moved on by a time that is longer than none")
        with self._lock:
            self._running.clock.advance(by)

    def invalidate(self, leaf_user: str, status: str = INVALID) -> None:
        """Let background processing find a Leaf user's credentials invalid; KeyError for none."""
        service = self.service
        with service.lock:
            if service.store.get(leaf_user) is None:
                raise KeyError(leaf_user)
            service.process(leaf_user, status=status)

    def confirm(self, leaf_user: str) -> None:
        """Bring a handshake that was started to its end; KeyError where none was."""
        service = self.service
        with service.lock:
            for behaviour in service.behaviours:
                if isinstance(behaviour, Confirmable) and behaviour.confirm(service, leaf_user):
                    return
        raise KeyError(leaf_user)

    def state(self) -> dict[str, Any]:
        """What stands and what was seen, without any secret value; a JSON value."""
        service, audit, clock, _ = self._running
        return {
            "contract": {"name": self.contract.name, "version": self.contract.version},
            "now": clock().isoformat(timespec="seconds"),
            "clock_ahead_by_seconds": round(clock.ahead.total_seconds()),
            "behaviours": list(self.behaving),
            "leaf_users": _leaf_users(service),
            "requests": dict(audit.requests),
            "violations": [remark.as_json() for remark in audit.remarks(VIOLATION)],
            "notices": [remark.as_json() for remark in audit.remarks(NOTICE)],
            "dropped": {"violations": audit.dropped(VIOLATION), "notices": audit.dropped(NOTICE)},
        }

    def _start(self) -> _Running:
        options, clock = self.options, Clock(self.options.clock)
        service = Service(self.contract, token=options.token, clock=clock, seed=options.seed)
        audit = Audit(service)
        running = _Running(service, audit, clock, tuple(_own(audit, options)))
        self._behave(running, options.behave)
        return running

    def _behave(self, running: _Running, names: Sequence[str]) -> None:
        chosen: list[Behaviour] = []
        if names:
            from contracts import faults

            chosen = faults.behaviours(names, self.contract)
        running.service.behaviours = (*running.own, *chosen)
        self.behaving = tuple(names)


def _own(audit: Audit, options: Options) -> Iterator[Behaviour]:
    """What goes on as it is until a fresh start; what judges requests comes first."""
    yield audit
    if options.latency:
        yield Latency(options.latency)
    if options.rate_limit is not None:
        yield RateLimit(options.rate_limit)
    if options.invalid_after is not None:
        yield Ageing(timedelta(seconds=options.invalid_after))
    yield AnswersDeletion()


def _leaf_users(service: Service) -> list[dict[str, Any]]:
    shown = service.contract.the(READ).answers
    named = [
        name
        for name in (shown.fields if shown else ())
        if service.contract.fields[name].volatile and not service.contract.fields[name].secret
    ]
    with service.lock:
        records = {user: service.store.get(user) for user in service.store.users}
    return [
        {
            "id": user,
            "credentials": record
            and {
                "created": record.created.isoformat(timespec="microseconds"),
                "log_entries": len(record.entries),
                **{name: record.values[name] for name in named if name in record.values},
            },
        }
        for user, record in records.items()
    ]
