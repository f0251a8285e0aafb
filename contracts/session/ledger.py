"""What a whole run says of each requirement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from contracts.http.exchange import Exchange
from contracts.spec.model import Contract, Requirement

HOLDS, BROKEN, ADVICE, UNCHECKED = "holds", "broken", "advice not followed", "not checked"
STATES = (HOLDS, BROKEN, ADVICE, UNCHECKED)
KEPT_VIOLATIONS = 3


@dataclass
class Record:
    """What a run has noted about one requirement."""

    evidence: int = 0
    violations: int = 0
    shown: list[dict[str, Any]] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    tried: int = 0
    cases: int = 0
    limited: int = 0


@dataclass(frozen=True)
class Verdict:
    """What a run says of one requirement; `reason` is set when it is not checked."""

    requirement: Requirement
    state: str
    reason: str = ""
    evidence: int = 0
    violations: int = 0
    shown: tuple[Mapping[str, Any], ...] = ()


class Ledger:
    """What a run has seen, requirement by requirement and endpoint by endpoint.

    It can be written out and merged, so that several processes can share the work.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self.records: dict[str, Record] = {name: Record() for name in contract.requirements}
        self.requests: Counter[str] = Counter()
        self.successes: Counter[str] = Counter()
        self.statuses: dict[str, Counter[str]] = {}
        # With the right token: the statuses, and how often success was a must.
        self.seen: dict[str, Counter[str]] = {}
        self.wanted: Counter[str] = Counter()
        self.waits: Counter[str] = Counter()

    def saw(self, exchange: Exchange) -> None:
        """Count an exchange and the evidence that it is. Its findings are noted by `broke`."""
        self.requests[exchange.endpoint] += 1
        self.statuses.setdefault(exchange.endpoint, Counter())[str(exchange.status)] += 1
        intent = exchange.intent
        if intent.authorised:
            self.seen.setdefault(exchange.endpoint, Counter())[str(exchange.status)] += 1
            self.wanted[exchange.endpoint] += intent.valid
        unplanned = intent.present is None and not exchange.shows_nothing
        # Whether a handshake succeeds is the provider's affair; when it does, it counts.
        handshake = self._contract.endpoints[exchange.endpoint].handshake
        planned = intent.valid or unplanned or handshake
        if exchange.succeeded and intent.authorised and planned:
            self.successes[exchange.endpoint] += 1
        for requirement in exchange.judgement.proved:
            self.records[requirement].evidence += 1

    def proved(self, requirement: str) -> None:
        """Note that a test that proves the requirement came to its end."""
        self.records[requirement].evidence += 1

    def broke(self, requirement: str, shown: Mapping[str, Any] | None = None) -> bool:
        """Note a violation; answers whether it is the first one of this requirement."""
        record = self.records[requirement]
        record.violations += 1
        if shown and len(record.shown) < KEPT_VIOLATIONS:
            record.shown.append(dict(shown))
        return record.violations == 1

    def tried(self, requirement: str, tried: int, cases: int) -> None:
        """Note how many cases of a requirement were tried, of how many that are known."""
        record = self.records[requirement]
        record.tried += tried
        record.cases += cases

    def unchecked(self, requirement: str, reason: str, *, limited: bool = False) -> None:
        """Note why a test of the requirement did not come to its end.

        `limited`: because of a limit of this run, and not because of the service.
        """
        self.records[requirement].reasons[reason] += 1
        self.records[requirement].limited += limited

    def limited(self) -> list[str]:
        """The requirements that are not checked because of a limit of this run."""
        return [
            name
            for name, record in self.records.items()
            if record.limited and self.verdict(name).state == UNCHECKED
        ]

    def is_broken(self, requirement: str) -> bool:
        return self.records[requirement].violations > 0

    def verdict(self, requirement: str) -> Verdict:
        """What the run says of one requirement so far."""
        record, known = self.records[requirement], self._contract.requirements[requirement]
        if record.violations:
            state, reason = ADVICE if known.advisory else BROKEN, ""
        elif record.evidence:
            state, reason = HOLDS, ""
        else:
            common = record.reasons.most_common(1)
            state, reason = UNCHECKED, common[0][0] if common else "nothing in this run showed it"
        return Verdict(
            known, state, reason, record.evidence, record.violations, tuple(record.shown)
        )

    def verdicts(self) -> list[Verdict]:
        """One verdict a requirement, in the contract's order."""
        return [self.verdict(name) for name in self._contract.requirements]

    def as_json(self) -> dict[str, Any]:
        """The ledger as JSON-able data; see `merge`."""
        return {
            "records": {
                name: {**asdict(record), "reasons": dict(record.reasons)}
                for name, record in self.records.items()
            },
            "requests": dict(self.requests),
            "successes": dict(self.successes),
            "statuses": {name: dict(counts) for name, counts in self.statuses.items()},
            "seen": {name: dict(counts) for name, counts in self.seen.items()},
            "wanted": dict(self.wanted),
            "waits": dict(self.waits),
        }

    def merge(self, data: Mapping[str, Any]) -> None:
        """Add what another process has written with `as_json`."""
        for name, other in data["records"].items():
            record = self.records[name]
            record.evidence += other["evidence"]
            record.violations += other["violations"]
            record.shown = [*record.shown, *other["shown"]][:KEPT_VIOLATIONS]
            record.reasons.update(other["reasons"])
            record.tried += other["tried"]
            record.cases += other["cases"]
            record.limited += other["limited"]
        self.requests.update(data["requests"])
        self.successes.update(data["successes"])
        self.waits.update(data["waits"])
        self.wanted.update(data["wanted"])
        for name, counts in data["statuses"].items():
            self.statuses.setdefault(name, Counter()).update(counts)
        for name, counts in data["seen"].items():
            self.seen.setdefault(name, Counter()).update(counts)
