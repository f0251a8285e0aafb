"""Leaf users that are mixed up, and Leaf users that do not exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from contracts.faults.entry import Fault, as_json, fault, hooks, others, own, shown
from contracts.service.hooks import Call, Stop
from contracts.service.store import Record
from contracts.spec.model import READ, Contract


def _newest(call: Call, record: Record | None) -> Record | None:
    if call.role != READ or record is None:
        return record
    return max([record, *others(call)[:1]], key=lambda one: one.created)


def _neighbour(call: Call, record: Record | None) -> Record | None:
    found = others(call)
    return found[0] if call.role == READ and record and found else record


def _anyone(call: Call, record: Record | None) -> Record | None:
    found = others(call)
    return found[0] if call.role == READ and not record and found else record


def _copied(endpoint: str, *, only_present: bool) -> Callable[..., Any]:
    def store(call: Call, record: Record | None) -> Record | None:
        users = call.service.store
        for user in users.users if call.endpoint == endpoint and record else ():
            if record and (users.get(user) or not only_present):
                users.put(user, record)
        return record

    return store


def _remove_all(call: Call, removing: bool) -> bool:
    for user in call.service.store.users:
        call.service.store.drop(user)
    return removing


def _remove_neighbour(call: Call, removing: bool) -> bool:
    store, mine = call.service.store, own(call)
    found = [u for u in store.users if u != call.leaf_user and store.get(u)]
    if mine and found:
        store.drop(found[-1])
    return not found and removing


def _shows_strangers(endpoint: str) -> Callable[..., Any]:
    def authorize(call: Call, allowed: bool) -> bool:
        unknown = (
            call.endpoint == endpoint and call.service.store.profile(call.leaf_user or "") is None
        )
        found = others(call)
        if allowed and unknown and found:
            entries = [dict(entry.values) for entry in found[0].entries]
            raise Stop(as_json(call, shown(call, found[0]) if endpoint == "read" else entries))
        return allowed

    return authorize


def _fails_on_strangers(endpoint: str) -> Callable[..., Any]:
    def authorize(call: Call, allowed: bool) -> bool:
        unknown = (
            call.endpoint == endpoint and call.service.store.profile(call.leaf_user or "") is None
        )
        if allowed and unknown:
            raise Stop(call.service.problem(call, 500))
        return allowed

    return authorize


def faults(contract: Contract) -> Iterator[Fault]:
    """What one Leaf user sees or loses of another's."""
    yield fault(
        "read-newest-of-all",
        "GET shows the credentials that were created last, whoever's they are.",
        "read.isolated",
        hooks(find=_newest),
        also=("create.isolated", "one-click.isolated"),
        because="From outside, a POST that wrote to both looks the same.",
    )
    yield fault(
        "read-of-neighbour",
        "GET shows another Leaf user's credentials in place of one's own.",
        "read.isolated",
        hooks(find=_neighbour),
        also=("create.isolated", "delete.isolated", "one-click.isolated"),
        because="From outside, a POST or DELETE that changed both looks the same.",
    )
    yield fault(
        "read-of-anyone",
        "GET shows another's credentials to a Leaf user without any.",
        "read.isolated",
        hooks(find=_anyone),
        also=("delete.removes", "one-click.isolated"),
        because="Where nothing should be, it cannot be told why there is something.",
    )
    for endpoint, only_present in (("create", True), ("one-click", False)):
        yield fault(
            f"{endpoint}-writes-to-everyone",
            f"What {endpoint} is sent is stored for other Leaf users, too.",
            f"{endpoint}.isolated",
            hooks(store=_copied(endpoint, only_present=only_present)),
            also=("read.isolated", "events.own") if only_present else (),
            because="A GET that mixes users up looks the same; the log is copied, too.",
        )
    yield fault(
        "delete-removes-everyone",
        "DELETE deletes the credentials of all Leaf users.",
        "delete.isolated",
        hooks(remove=_remove_all),
    )
    yield fault(
        "delete-removes-neighbour",
        "DELETE deletes another Leaf user's credentials, not those it should.",
        "delete.isolated",
        hooks(remove=_remove_neighbour),
        also=("delete.removes", "delete.ends-events"),
        because="What should be deleted is not.",
    )
    for endpoint in ("read", "events"):
        yield fault(
            f"{endpoint}-unknown-user-shows-data",
            f"{endpoint} shows something for an unknown Leaf user.",
            f"{endpoint}.unknown-user",
            hooks(authorize=_shows_strangers(endpoint)),
        )
        yield fault(
            f"{endpoint}-unknown-user-500",
            f"{endpoint} fails for an unknown Leaf user.",
            f"{endpoint}.unknown-user",
            hooks(authorize=_fails_on_strangers(endpoint)),
        )
