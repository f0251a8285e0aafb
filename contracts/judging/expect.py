"""What tests say about exchanges. Each function returns when all is well, and raises otherwise.

`Violation` when the requirement does not hold; `NotChecked` when the exchange cannot show it.
"""

from __future__ import annotations

from contracts.http.exchange import Exchange, Finding
from contracts.http.outcomes import NotChecked, Violation
from contracts.http.wording import describe_answer
from contracts.spec.model import Requirement

# What a test expects of an answer, where its judging alone can't tell.
REFUSAL, SUCCESS = "a refusal (4xx)", "a 2xx answer"


def evidence(about: Requirement, *exchanges: Exchange) -> None:
    """The judging of at least one of these exchanges is evidence for the requirement."""
    __tracebackhide__ = True
    _not_broken(about, *exchanges)
    if not any(about.id in exchange.judgement.proved for exchange in exchanges):
        raise _in_the_way(exchanges[-1])


def conforms(about: Requirement, exchange: Exchange) -> None:
    """The answer can be read, and its judging found nothing against the requirement."""
    __tracebackhide__ = True
    _not_broken(about, exchange)
    if not exchange.succeeded or exchange.json_problem is not None:
        raise _in_the_way(exchange)


def no_violation(exchange: Exchange) -> None:
    """The judging of the answer found nothing wrong with it at all."""
    __tracebackhide__ = True
    for finding in exchange.judgement.findings:
        raise Violation(finding, [exchange])


def succeeded(exchange: Exchange) -> None:
    """The request, which a test only needs on its way, was successful (2xx)."""
    __tracebackhide__ = True
    if not exchange.succeeded:
        raise _in_the_way(exchange)


def was_refused(exchange: Exchange) -> None:
    """The request, which a test only needs on its way, was refused (4xx)."""
    __tracebackhide__ = True
    if not exchange.refused or not exchange.is_about_the_request:
        raise _in_the_way(exchange)


def refused(about: Requirement, exchange: Exchange) -> None:
    """The service refuses the request for what it is: 4xx, but neither 401 nor 429."""
    __tracebackhide__ = True
    taken_or_refused(about, exchange)
    if not exchange.refused:
        finding = Finding(about.id, REFUSAL, describe_answer(exchange))
        raise Violation(finding, [exchange])


def no_failure(about: Requirement, exchange: Exchange) -> None:
    """The service answers, whatever it answers, without failing (5xx)."""
    __tracebackhide__ = True
    _not_broken(about, exchange)
    if exchange.failed:
        raise _in_the_way(exchange)


def taken_or_refused(about: Requirement, exchange: Exchange) -> None:
    """The service answers without failing, and not only because of who asks, or when."""
    __tracebackhide__ = True
    no_failure(about, exchange)
    if not exchange.is_about_the_request:
        raise _in_the_way(exchange)


def contradicts(expected: str, exchange: Exchange) -> bool:
    """Whether an answer contradicts what a test expected: REFUSAL or SUCCESS."""
    if not exchange.is_about_the_request:
        return False
    return {REFUSAL: not exchange.refused, SUCCESS: not exchange.succeeded}.get(expected, False)


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
