"""Any order of requests, for two Leaf users: after each one, both are shown what must stand."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from contracts.http.outcomes import NotChecked, Violation

PROVES = (
    "{create}.stores",
    "{create}.again",
    "{create}.on-existing",
    "{create}.isolated",
    "{create}.auth-changes-nothing",
    "{create}.refused-stores-nothing",
    "{delete}.removes",
    "{delete}.ends-{log}",
    "{delete}.isolated",
    "{delete}.auth-changes-nothing",
    "{handshake}.isolated",
    "{handshake}.auth-changes-nothing",
    "{read}.isolated",
    "{log}.own",
)


class Steps:
    """What can be done for two Leaf users. Each answer is judged by their histories."""

    def __init__(self, users, contract, proves):
        self.users = users
        self.contract = contract
        self.proves = proves
        self.done = Counter()

    def check(self, exchange):
        for finding in exchange.judgement.findings:
            if finding.requirement in self.proves:
                raise Violation(finding, [exchange])
        if exchange.succeeded:
            self.done[exchange.endpoint] += 1

    def create(self, who, last_values, like_other):
        user, other = self.users[who], self.users[1 - who]
        fixed = user.bodies.other_choices(user.create_form) if last_values else {}
        created = user.create_like(other, **fixed) if like_other else user.create(**fixed)
        self.check(created)
        if last_values and created.succeeded:
            self.log(who)

    def delete(self, who):
        self.check(self.users[who].delete())

    def delete_beside_the_same(self, who):
        """What is mixed up by a value shows where two Leaf users have that value."""
        user, other = self.users[who], self.users[1 - who]
        if user.stored is None:
            self.create(who, False, True)
        if not other.has_values_of(user):
            self.create(1 - who, False, True)
            self.look()
        self.delete(who)

    def log(self, who):
        if self.contract.having("log"):
            self.check(self.users[who].log())

    def handshake(self, who):
        for endpoint in self.contract.having("handshake"):
            body = self.users[who].bodies.ordinary(endpoint.takes)
            self.check(self.users[who].send(endpoint.id, body))

    def unauthorised(self, who, which):
        writing = [e.id for e in self.contract.endpoints.values() if e.writes]
        self.check(self.users[who].unauthorised(writing[which % len(writing)], [], None))

    def refused(self, who, which):
        create = self.contract.the("create")
        body = self.users[who].bodies.ordinary(create.takes)
        left_out = [*body][which % len(body)]
        incomplete = {name: value for name, value in body.items() if name != left_out}
        self.check(self.users[who].send(create.id, incomplete))

    def look(self):
        for user in self.users:
            self.check(user.read())

    def every_kind_once(self, seed):
        """A walk through all kinds of steps, in an order that the seed decides."""
        walk = random.Random(seed)
        steps = [
            lambda: self.create(0, False, False),
            lambda: self.create(1, True, True),
            lambda: self.create(0, True, False),
            lambda: self.delete_beside_the_same(0),
            lambda: self.delete_beside_the_same(1),
            lambda: self.handshake(0),
            lambda: self.unauthorised(1, walk.randrange(3)),
            lambda: self.refused(0, walk.randrange(9)),
            lambda: self.log(0),
            lambda: self.log(1),
        ]
        walk.shuffle(steps)
        self.create(0, False, False)
        self.create(1, False, True)
        self.look()
        for step in steps:
            step()
            self.look()


@pytest.mark.requirement(*PROVES, together=True)
@pytest.mark.needs("read", "create", "delete")
def test_any_order_of_requests_leaves_what_it_must(run, account, other, proves, examples):
    """The histories of both Leaf users are the model: every answer is judged by them."""
    done: Counter[str] = Counter()

    def begin():
        one, two = (account, other) if account.is_live else run.target.accounts()
        for user in (one, two):
            user.absent()
        steps = Steps([one, two], run.contract, proves)
        steps.done = done
        return steps

    class Credentials(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.steps = begin()

        @rule(who=st.integers(0, 1), last_values=st.booleans(), like_other=st.booleans())
        def create(self, who, last_values, like_other):
            self.steps.create(who, last_values, like_other)

        @rule(who=st.integers(0, 1))
        def delete(self, who):
            self.steps.delete(who)

        @rule(who=st.integers(0, 1))
        def log(self, who):
            self.steps.log(who)

        @rule(who=st.integers(0, 1))
        def handshake(self, who):
            self.steps.handshake(who)

        @rule(who=st.integers(0, 1), which=st.integers(0, 5))
        def unauthorised(self, who, which):
            self.steps.unauthorised(who, which)

        @rule(who=st.integers(0, 1), which=st.integers(0, 9))
        def refused(self, who, which):
            self.steps.refused(who, which)

        @invariant()
        def both_are_shown_what_stands(self):
            self.steps.look()

    if account.thrifty:
        begin().every_kind_once(run.seed)
    else:
        run_state_machine_as_test(Credentials, settings=examples(0.15, stateful_step_count=12))
    for role in ("create", "read", "delete"):
        endpoint = run.contract.the(role).id
        if not done[endpoint]:
            raise NotChecked(f"the state machine never saw {endpoint} succeed")
