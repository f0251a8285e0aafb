"""Sending a story again: the fewest requests first, then all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from contracts.http.exchange import Exchange, Finding
from contracts.judging import expect
from contracts.leaf_user.account import Account
from contracts.replay.stories import OTHER, OWN
from contracts.replay.writing import Maker
from contracts.session.settings import OTHER_USER_ID, Unusable
from contracts.session.targets import Target


@dataclass(frozen=True)
class Replayed:
    """What a replay showed: the violation with the exchange that shows it, or None.

    `requests` is how many the story has that was sent last.
    """

    requests: int
    finding: Finding | None = None
    exchange: Exchange | None = None


def play(target: Target, story: Mapping[str, Any], maker: Maker) -> Replayed:
    """Send a story's requests until its requirement is broken once more.

    First only those that the violation rests on; then all of them, beside a neighbour that has
    credentials, as neighbours have in a run. Raises `Unusable` when the target lacks something,
    `NotChecked` when what the story begins with cannot be brought about.
    """
    every = story["steps"]
    shortest = [step for step in every if step["needed"]]
    replayed = _send(target, story, shortest, maker)
    if replayed.finding is None:
        replayed = _send(target, story, every, maker, beside=True)
    return replayed


def _send(
    target: Target,
    story: Mapping[str, Any],
    steps: Sequence[Mapping[str, Any]],
    maker: Maker,
    *,
    beside: bool = False,
) -> Replayed:
    accounts, neighbour = _accounts(target, steps)
    with _judged_by(target) as judged:
        if beside and neighbour is not None and neighbour.refusal is None:
            neighbour.present()
        for name, account in accounts.items():
            _arrange(account, [step for step in steps if step["leaf_user"] == name])
        for step in steps:
            account = accounts[step["leaf_user"]]
            request = maker.request(step, account.leaf_user)
            last = account.repeat(step["endpoint"], request, maker.intent(step))
        for account in accounts.values():
            account.last_look()
    wanted = story["requirement"]
    for exchange in judged:
        finding = exchange.judgement.finding(wanted)
        if finding is not None:
            return Replayed(len(steps), finding, exchange)
    if expect.contradicts(story["expected"], last):
        return Replayed(len(steps), Finding(wanted, story["expected"], story["actual"]), last)
    return Replayed(len(steps))


def _accounts(
    target: Target, steps: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, Account], Account | None]:
    """The Leaf users that the steps are about, and a neighbour that none of them is about."""
    own, other = target.accounts()
    wanted = {step["leaf_user"] for step in steps}
    if OTHER in wanted and other is None:
        raise Unusable(f"{OTHER_USER_ID} is missing: this story needs a second Leaf user")
    accounts = {OWN: own} if other is None else {OWN: own, OTHER: other}
    involved = {name: account for name, account in accounts.items() if name in wanted}
    return involved, None if OTHER in wanted else other


def _arrange(account: Account, steps: Sequence[Mapping[str, Any]]) -> None:
    """Bring about what stood before the first step."""
    present = steps[0]["meant"]["present"]
    if account.refusal:
        account.ready()
    elif present:
        account.present(fresh=True)
    elif present is False:
        account.absent()


@contextmanager
def _judged_by(target: Target) -> Iterator[list[Exchange]]:
    """All exchanges that are judged meanwhile."""
    judged: list[Exchange] = []
    target.client.listeners.append(judged.append)
    try:
        yield judged
    finally:
        target.client.listeners.remove(judged.append)
