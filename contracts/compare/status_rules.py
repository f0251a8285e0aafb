"""How much a change of the statuses that were seen in one circumstance matters.

Two things stop code that is at work: a request that was accepted and is turned down, and two cases
that could be told apart by their status and can't any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from contracts.compare.changes import BREAKING, HARMLESS, NOTABLE
from contracts.http.exchange import OF_THE_MOMENT

Cases = Mapping[str, Collection[str]]  # circumstance → every status that was seen there

TAKEN, NOTHING, USER, MAY_NOT, EXISTING = "taken", "nothing", "user", "may not", "existing"
BAD_BODY = "bad body"
# Circumstances of which a client wants to know by the status alone; all others are bad bodies.
MEANINGS: Mapping[str, str] = {
    "documented": TAKEN,
    "absent": NOTHING,
    "repeated": NOTHING,
    "unknown-user": USER,
    "auth": MAY_NOT,
    "on-existing": EXISTING,
}
UNAUTHORISED = {"401", "403"}
MOMENTARY = frozenset(map(str, OF_THE_MOMENT))


def meaning(circumstance: str) -> str:
    """What a client learns from the status in a circumstance."""
    return MEANINGS.get(circumstance, BAD_BODY)


def judge(method: str, circumstance: str, old: Cases, new: Cases) -> tuple[str, str]:
    """The class of the change in a circumstance of an endpoint, and why when it is breaking.

    Both must have seen the circumstance, and other statuses in it.
    """
    before, after = set(old[circumstance]), set(new[circumstance])
    fresh = after - before
    if before & after:
        fresh -= MOMENTARY  # a limit or a gateway came between, now and then
    idempotent = method == "DELETE"
    why = next(_reasons(circumstance, before, after, fresh, idempotent=idempotent), None)
    if why is None:
        other = _confused(circumstance, fresh, old, new, idempotent=idempotent)
        why = f"as in the circumstance {other!r}, so the two look alike" if other else None
    if why is not None:
        return BREAKING, why
    return (NOTABLE if after - before else HARMLESS), ""


def _reasons(
    circumstance: str, before: set[str], after: set[str], fresh: set[str], *, idempotent: bool
) -> Iterator[str]:
    means = meaning(circumstance)
    if _kinds(before) & {"2"} and (_kinds(fresh) - _kinds(before) or "2" not in _kinds(after)):
        yield "so what was accepted is turned down"
    if means in (TAKEN, BAD_BODY):
        return
    appeared = _kinds(fresh) - _kinds(before)
    if "2" in appeared and means != EXISTING and not (idempotent and means == NOTHING):
        yield "so a refusal became a success"
    if "5" in appeared:
        yield "so it looks like a failure of the service"
    if means in (NOTHING, USER) and fresh & UNAUTHORISED and not before & UNAUTHORISED:
        yield "so it looks like a refusal of the token"


def _confused(
    circumstance: str, fresh: Collection[str], old: Cases, new: Cases, *, idempotent: bool
) -> str | None:
    """Another circumstance that was told apart by its status and no longer is."""
    means = meaning(circumstance)
    # A bad body may be taken, and DELETE of what is not there may succeed: that misleads nobody.
    free = {BAD_BODY, NOTHING} if idempotent else {BAD_BODY}
    for other in sorted(old.keys() & new.keys()):
        if meaning(other) == means or set(old[circumstance]) & set(old[other]):
            continue
        shared = (set(fresh) & set(new[other])) - MOMENTARY
        if free & {means, meaning(other)}:
            shared = {status for status in shared if status[0] != "2"}
        if shared:
            return other
    return None


def _kinds(statuses: Collection[str]) -> set[str]:
    """First digits."""
    return {status[0] for status in statuses}


def cases(observations: Sequence[Mapping[str, object]], endpoint: str | None) -> Cases:
    """What a report's observations say of an endpoint's statuses."""
    found: dict[str, Collection[str]] = {}
    for seen in observations:
        if seen["endpoint"] == endpoint and seen["type"] == "status":
            value = seen["value"]
            assert isinstance(value, list)  # noqa: S101, the report's schema says so
            found[str(seen["circumstance"])] = value
    return found
