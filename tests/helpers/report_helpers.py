"""Reports to test with: made from runs in this process, without a test runner."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from contracts.http.exchange import Answer, Exchange, Finding, Judgement, Request
from contracts.leaf_user.account import Account
from contracts.report.build import EndedTest, Session, build
from contracts.report.observer import Observer
from contracts.report.traffic import Traffic
from contracts.service.app import Service
from contracts.session.run import Run
from contracts.session.settings import Settings
from contracts.session.targets import Target
from contracts.spec.load import load
from tests.helpers.intents import intent as intent_of

CONTRACT = load()
STARTED = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
USER = "00000000-0000-4000-8000-000000000001"
JSON = [("Content-Type", "application/json")]


@dataclass
class Watched:
    """A run with what a report needs of it."""

    run: Run
    traffic: Traffic
    observer: Observer
    tests: list[EndedTest] = field(default_factory=list)

    @property
    def account(self) -> Account:
        return self.run.target.accounts()[0]

    def see(self, *exchanges: Exchange) -> None:
        for exchange in exchanges:
            for listener in self.run.target.client.listeners:
                listener(exchange)

    def report(self, **more: Any) -> dict[str, Any]:
        """The report as it comes out of its file."""
        session = Session(**{"started": STARTED, "seconds": 1.5, "exit_status": 0,
                             "tests": self.tests, **more})  # fmt: skip
        report = build(self.run, self.traffic, self.observer, session)
        return dict(json.loads(json.dumps(report)))

    def observed(self) -> dict[str, tuple[str, ...]]:
        return {o.id: o.values for o in self.observer.observations()}


@contextmanager
def watched(
    *behaviours: Any, known: dict[str, str] | None = None, **options: Any
) -> Iterator[Watched]:
    """A run on an embedded service, with nothing asked yet."""
    service = Service(CONTRACT, behaviours=list(behaviours))
    run = Run(
        CONTRACT, Target(CONTRACT, Settings(), service), known_failures=known or {}, **options
    )
    traffic, observer = Traffic(CONTRACT, run.renderer), Observer(CONTRACT, run.target.secrets)
    run.target.client.listeners += [traffic, observer]
    yield Watched(run, traffic, observer)
    run.target.close()


def a_short_life(account: Account) -> None:
    """Some requests of each kind, as the suite makes them."""
    account.present()
    for endpoint in ("read", "events"):
        account.ask(endpoint)
    account.create(about="create.on-existing")
    account.ask("read")
    for endpoint in CONTRACT.endpoints:
        account.unauthorised(endpoint, [], f"{endpoint}.auth.missing")
    account.ask("delete")
    account.ask("delete", about="delete.twice")
    for endpoint in ("read", "events"):
        account.ask(endpoint)
    account.send("create", content=b"no JSON", about="create.malformed")


def exchange(
    endpoint: str = "read",
    *broken: str,
    status: int = 200,
    body: Any = None,
    headers: list[tuple[str, str]] | None = None,
    elapsed: float = 0.01,
    request: Request | None = None,
    **intent: Any,
) -> Exchange:
    """An exchange as the client would hand it out; `body` is sent as JSON unless it is bytes."""
    content = (
        body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    )
    known = CONTRACT.endpoints[endpoint]
    url = "http://localhost:8900" + known.path.replace("{leafUserId}", USER)
    findings = tuple(Finding(name, "what is right", "what is wrong") for name in broken)
    return Exchange(
        endpoint,
        request or Request(known.method, url, [("Authorization", "Bearer a-token")]),
        Answer(status, "", JSON if headers is None else headers, content),
        intent_of(endpoint, **intent),
        STARTED,
        STARTED,
        elapsed,
        judgement=Judgement(findings),
    )
