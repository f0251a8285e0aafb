"""Any order of creating, reading and deleting, for two Leaf users, against what must stand."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from contracts.http.outcomes import NotChecked, Violation
from contracts.session.settings import LIVE

PROVES = (
    "create.stores",
    "create.again",
    "create.on-existing",
    "create.isolated",
    "delete.removes",
    "delete.ends-events",
    "delete.isolated",
    "read.isolated",
    "events.own",
)


@pytest.mark.requirement(*PROVES)
def test_any_order_of_requests_leaves_what_it_must(run, account, other, examples):
    """The accounts are the model: they know what stands, and every answer is judged by it."""
    done: Counter[str] = Counter()
    live = run.target.kind == LIVE

    class Credentials(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            one, two = (account, other) if live else run.target.accounts()
            self.users = [one, two]
            for user in self.users:
                user.absent()

            self.last = None

        def did(self, who, exchange):
            """What one Leaf user did is to blame for what happens to the other one."""
            self.last = who, f"{exchange.endpoint}.isolated"
            self.check(exchange)

        def check(self, exchange):
            for finding in exchange.judgement.findings:
                if finding.requirement in PROVES:
                    raise Violation(finding, [exchange])
            if exchange.succeeded:
                done[exchange.endpoint] += 1

        @initialize()
        def a_short_life(self):
            self.create(0)
            self.delete(0)

        @rule(who=st.integers(0, 1))
        def create(self, who):
            self.did(who, self.users[who].create())

        @rule(who=st.integers(0, 1))
        def delete(self, who):
            self.did(who, self.users[who].ask("delete"))

        @rule(who=st.integers(0, 1))
        def events(self, who):
            self.check(self.users[who].ask("events"))

        @invariant()
        def what_is_read_is_what_stands(self):
            for number, user in enumerate(self.users):
                actor, suspect = self.last or (number, None)
                self.check(user.ask("read", suspect=None if actor == number else suspect))

    steps = 3 if live else 12
    run_state_machine_as_test(Credentials, settings=examples(0.15, stateful_step_count=steps))
    for endpoint in ("create", "read", "delete"):
        if not done[endpoint]:
            raise NotChecked(f"the state machine never saw {endpoint} succeed")
