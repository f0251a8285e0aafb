"""What tests say about exchanges. Each function returns when all is well, and raises otherwise.

`Violation` when the requirement does not hold; `NotChecked` when the exchange cannot show it.
"""

from __future__ import annotations

from contracts.exchange import Exchange, Finding
from contracts.model import Requirement
from contracts.verdicts import NotChecked, Violation
from contracts.wording import describe_answer


def shown(about: Requirement, *exchanges: Exchange) -> None:
    """The judging of at least one of these exchanges is evidence for the requirement."""
    __tracebackhide__ = True
    for exchange in exchanges:
        finding = exchange.judgement.finding(about.id)
        if finding is not None:
            raise Violation(finding, [exchange])
    if not any(about.id in exchange.judgement.proved for exchange in exchanges):
        _explain(about, exchanges[-1])


def refused(about: Requirement, exchange: Exchange) -> None:
    """The service refuses the request: 4xx."""
    __tracebackhide__ = True
    not_failed(about, exchange)
    if not exchange.refused:
        finding = Finding(about.id, "a refusal (4xx)", describe_answer(exchange))
        raise Violation(finding, [exchange])


def not_failed(about: Requirement, exchange: Exchange) -> None:
    """The service answers, and not with a 5xx."""
    __tracebackhide__ = True
    if not exchange.failed:
        return
    for finding in exchange.judgement.findings:
        if finding.requirement == about.id:
            raise Violation(finding, [exchange])
    _explain(about, exchange)


def _explain(about: Requirement, exchange: Exchange) -> None:
    __tracebackhide__ = True
    if exchange.judgement.findings:
        because = exchange.judgement.findings[0].requirement
        raise NotChecked(f"{because} is in the way", because=because)
    raise NotChecked(f"{exchange.endpoint} was answered {describe_answer(exchange)}, which does not show it")
