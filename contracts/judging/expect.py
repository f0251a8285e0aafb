"""What tests say about exchanges. Each function returns when all is well, and raises otherwise.

`Violation` when the requirement does not hold; `NotChecked` when the exchange cannot show it.
"""

from __future__ import annotations

import json

from contracts.http.exchange import Exchange, Finding
from contracts.http.outcomes import NotChecked, Violation
from contracts.http.wording import describe_answer
from contracts.spec.model import Requirement


def shown(about: Requirement, *exchanges: Exchange) -> None:
    """The judging of at least one of these exchanges is evidence for the requirement."""
    __tracebackhide__ = True
    _not_broken(about, *exchanges)
    if not any(about.id in exchange.judgement.proved for exchange in exchanges):
        raise _in_the_way(exchanges[-1])


def sound(about: Requirement, exchange: Exchange) -> None:
    """The answer can be read, and its judging found nothing against the requirement."""
    __tracebackhide__ = True
    _not_broken(about, exchange)
    if not exchange.succeeded or exchange.json_problem is not None:
        raise _in_the_way(exchange)


def unbroken(exchange: Exchange) -> None:
    """The judging of the answer found nothing wrong with it at all."""
    __tracebackhide__ = True
    for finding in exchange.judgement.findings:
        raise Violation(finding, [exchange])


def accepted(exchange: Exchange) -> None:
    """The request, which a test only needs on its way, was successful (2xx)."""
    __tracebackhide__ = True
    if not exchange.succeeded:
        raise _in_the_way(exchange)


def turned_down(exchange: Exchange) -> None:
    """The request, which a test only needs on its way, was refused (4xx)."""
    __tracebackhide__ = True
    if not exchange.refused or not exchange.is_about_the_request:
        raise _in_the_way(exchange)


def refused(about: Requirement, exchange: Exchange) -> None:
    """The service refuses the request for what it is: 4xx, but neither 401 nor 429."""
    __tracebackhide__ = True
    weighed(about, exchange)
    if not exchange.refused:
        finding = Finding(about.id, "a refusal (4xx)", describe_answer(exchange))
        raise Violation(finding, [exchange])


def answered(about: Requirement, exchange: Exchange) -> None:
    """The service answers, whatever it answers, without failing (5xx)."""
    __tracebackhide__ = True
    _not_broken(about, exchange)
    if exchange.failed:
        raise _in_the_way(exchange)


def weighed(about: Requirement, exchange: Exchange) -> None:
    """The service answers without failing, and not only because of who asks, or when."""
    __tracebackhide__ = True
    answered(about, exchange)
    if not exchange.is_about_the_request:
        raise _in_the_way(exchange)


def no_entry_of(about: Requirement, entries: Exchange, *, among: Exchange) -> None:
    """None of the log entries in one answer stands in another one; there must be some."""
    __tracebackhide__ = True
    # Whole entries, for ids may be counted anew for each Leaf user.
    known = _entries(entries)
    if not known:
        raise NotChecked("the service showed no log entry that could turn up elsewhere")
    accepted(among)
    common = known & _entries(among)
    if common:
        finding = Finding(about.id, "none of these log entries", f"{len(common)} of them")
        raise Violation(finding, [among, entries])


def _entries(exchange: Exchange) -> set[str]:
    """The entries of a list, each as canonical JSON."""
    value = exchange.json if isinstance(exchange.json, list) else []
    return {json.dumps(entry, sort_keys=True) for entry in value if isinstance(entry, dict)}


def _not_broken(about: Requirement, *exchanges: Exchange) -> None:
    __tracebackhide__ = True
    for exchange in exchanges:
        finding = exchange.judgement.finding(about.id)
        if finding is not None:
            raise Violation(finding, [exchange])


def _in_the_way(exchange: Exchange) -> NotChecked:
    if exchange.judgement.findings:
        because = exchange.judgement.findings[0].requirement
        return NotChecked(f"{because} is in the way", because=because)
    if exchange.succeeded:
        return NotChecked(f"{exchange.endpoint} answered nothing that shows it")
    return NotChecked(f"{exchange.endpoint} was answered {describe_answer(exchange)}")
