"""What a report shows of the traffic: how long answers took, and an example for each endpoint."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any

from contracts.http.exchange import Exchange
from contracts.judging.failure_text import Renderer
from contracts.spec.model import Contract, Endpoint

QUANTILES = {"p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}
BEST = 4  # nothing is worth more as an example


class Traffic:
    """A listener that costs a few microseconds an exchange and keeps one example an endpoint.

    It can be written out and merged, so that several processes can share the work.
    """

    def __init__(self, contract: Contract, renderer: Renderer) -> None:
        self._contract = contract
        self._renderer = renderer
        self._seconds = {name: array("d") for name in contract.endpoints}
        self._best: dict[str, tuple[int, dict[str, str]]] = {}

    def __call__(self, exchange: Exchange) -> None:
        """Note one exchange. Latency is that of answers, not of timeouts."""
        if exchange.answer is not None:
            self._seconds[exchange.endpoint].append(exchange.elapsed)
        best = self._best.get(exchange.endpoint)
        if best is None or best[0] < BEST:
            worth = _worth(exchange, self._contract.endpoints[exchange.endpoint])
            if best is None or worth > best[0]:
                # Written out at once, while few secrets are known that have to be looked for.
                self._best[exchange.endpoint] = worth, self._renderer.parts(exchange)

    def latency(self, endpoint: str) -> dict[str, float]:
        """`count` of answers, and quantiles in milliseconds, if there was an answer."""
        ordered = sorted(self._seconds[endpoint])
        if not ordered:
            return {"count": 0}
        last = len(ordered) - 1
        found = {name: round(ordered[round(q * last)] * 1000, 3) for name, q in QUANTILES.items()}
        return {"count": len(ordered), **found}

    def example(self, endpoint: str) -> dict[str, str] | None:
        """The most telling exchange with an endpoint, as text without secrets."""
        return self._best[endpoint][1] if endpoint in self._best else None

    def as_json(self) -> dict[str, Any]:
        """What another process needs in order to `merge` this one's traffic into its own."""
        return {
            "seconds": {name: list(values) for name, values in self._seconds.items()},
            "examples": self._best,
        }

    def merge(self, data: Mapping[str, Any]) -> None:
        """Add what another process has written with `as_json`."""
        for name, values in data["seconds"].items():
            self._seconds[name].extend(values)
        for name, (worth, parts) in data["examples"].items():
            if name not in self._best or worth > self._best[name][0]:
                self._best[name] = worth, parts


def _worth(exchange: Exchange, endpoint: Endpoint) -> int:
    """How well an exchange serves as an example."""
    if exchange.answer is None:
        return 0
    if not exchange.succeeded or not exchange.intent.authorised:
        return 1
    if not exchange.intent.valid or exchange.judgement.findings:
        return 2
    return 3 if endpoint.answers and exchange.shows_nothing else BEST
