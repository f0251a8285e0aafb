"""The requests that led to each violation of a run, as data that can be sent again.

A `Stories` listens to a run. Of each requirement that is broken it keeps one story: every request
for the Leaf users concerned since nothing was stored for them, with those marked that the
violation rests on.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from contracts.http.exchange import Exchange, Finding
from contracts.replay.writing import Writer
from contracts.session.run import Run
from contracts.spec.model import DELETE, Contract

FORMAT = 1
REMEMBERED = 300  # exchanges of a run
MOST = 60  # steps of one story
OWN, OTHER = "own", "other"


class Stories:
    """Keeps, for each requirement that is broken, the requests that led to that."""

    def __init__(self, run: Run, contract: str) -> None:
        self._run, self._contract = run, contract
        self._users = _Users(run.contract)
        self._exchanges: deque[Exchange] = deque(maxlen=REMEMBERED)
        self._in_test: set[str] = set()
        self.kept: dict[str, dict[str, Any]] = {}
        # What the exchange broke is told after the exchange itself.
        run.target.client.listeners.insert(0, self._listen)
        run.on_violation.append(self._violated)

    def begin_test(self) -> None:
        """A test begins; what breaks a requirement later is not its first violation."""
        self._in_test.clear()

    def merge(self, data: Mapping[str, Any]) -> None:
        """Add what another process has `kept`."""
        for requirement, story in data.items():
            self.kept.setdefault(requirement, story)

    def _listen(self, exchange: Exchange) -> None:
        self._exchanges.append(exchange.alone)

    def _violated(self, finding: Finding, exchanges: Sequence[Exchange]) -> None:
        """Keep the story. The last one of a test is the smallest that Hypothesis has found."""
        name = finding.requirement
        if name in self.kept and name not in self._in_test:
            return
        self._in_test.add(name)
        story = self._story(finding, exchanges)
        if story is not None:
            self.kept[name] = story

    def _story(self, finding: Finding, shown: Sequence[Exchange]) -> dict[str, Any] | None:
        exchanges = list(self._exchanges)
        needed = {id(exchange.request) for exchange in (*finding.story, *shown)}
        places = [n for n, exchange in enumerate(exchanges) if id(exchange.request) in needed]
        if not places:
            return None  # too long ago
        users = self._users
        involved = {users.of(exchanges[n]) for n in places}
        begin = min(_since_nothing(exchanges, users, user, places) for user in involved)
        begin = max(begin, places[-1] + 1 - MOST)
        steps = exchanges[begin : places[-1] + 1]
        needed |= _makers(steps, users, needed, self._run.contract)
        return self._data(finding, steps, needed, users.of(exchanges[places[-1]]))

    def _data(
        self, finding: Finding, steps: Sequence[Exchange], needed: set[int], own: str
    ) -> dict[str, Any]:
        target, mask = self._run.target, self._run.target.secrets.mask
        writer = Writer(self._run.contract, target)
        users = self._users
        others = [user for user in dict.fromkeys(map(users.of, steps)) if user != own]
        names = {own: OWN, **dict.fromkeys(others[:1], OTHER)}
        return {
            "format": FORMAT,
            "contract": self._contract,
            "requirement": finding.requirement,
            "expected": mask(finding.expected),
            "actual": mask(finding.actual),
            "behave": list(target.behave),
            "steps": [
                {
                    "leaf_user": names[users.of(exchange)],
                    "needed": id(exchange.request) in needed,
                    **writer.step(exchange, users.of(exchange)),
                }
                for exchange in steps
                if users.of(exchange) in names
            ],
        }


class _Users:
    """Tells for which Leaf user an exchange was: by its URL and its endpoint's path."""

    def __init__(self, contract: Contract) -> None:
        self._patterns = {
            endpoint.id: re.compile(re.sub(r"\\\{[^{}]*\\\}", "([^/?]*)", re.escape(endpoint.path)))
            for endpoint in contract.endpoints.values()
        }

    def of(self, exchange: Exchange) -> str:
        """The Leaf user; "" where the URL names none."""
        found = self._patterns[exchange.endpoint].search(exchange.request.url)
        return found[1] if found and found.groups() else ""


def _since_nothing(
    exchanges: Sequence[Exchange], users: _Users, user: str, places: Iterable[int]
) -> int:
    """The place of the last request for a Leaf user before which nothing was stored for it.

    It stands before all requests that the violation rests on; where there is none, theirs does.
    """
    first = min(n for n in places if users.of(exchanges[n]) == user)
    for place in range(first, -1, -1):
        exchange = exchanges[place]
        if users.of(exchange) == user and exchange.intent.present is False:
            return place
    return first


def _makers(
    steps: Sequence[Exchange], users: _Users, needed: set[int], contract: Contract
) -> set[int]:
    """The requests that made what stood when the violation showed, for each Leaf user."""
    made: dict[str, int] = {}
    for step in steps:
        endpoint = contract.endpoints[step.endpoint]
        if endpoint.creates and step.succeeded:
            made[users.of(step)] = id(step.request)
        elif endpoint.role == DELETE and step.succeeded:
            made.pop(users.of(step), None)
    involved = {users.of(step) for step in steps if id(step.request) in needed}
    return {request for user, request in made.items() if user in involved}
