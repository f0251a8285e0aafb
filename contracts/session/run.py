"""One run of the suite: what each test showed, and what that makes of the test and of the run.

Knows no pytest: a test runner tells when a test begins and how it ended, and is told the outcome.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis.errors import Flaky

from contracts.http.exchange import Exchange, Finding
from contracts.http.outcomes import NotChecked, Violation
from contracts.judging.failure_text import Renderer
from contracts.leaf_user.request_bodies import environment_name
from contracts.session.ledger import ADVICE, BROKEN, HOLDS, Ledger
from contracts.session.settings import LIVE, TOKEN
from contracts.session.targets import Target
from contracts.spec.model import Contract, Requirement

NO_SUCH_PATH = {"404", "405"}
PASSED, FAILED, SKIPPED, ADVISED = "passed", "failed", "skipped", "advised"


@dataclass(frozen=True)
class Outcome:
    """How a test ends. `text` is the failure or the reason."""

    kind: str
    text: str = ""


@dataclass
class _Seen:
    """A finding of the current test, and whether nobody in this run had seen its like before."""

    finding: Finding
    exchanges: tuple[Exchange, ...]
    first: bool


@dataclass
class Run:
    """Collects what is seen. `known_failures` maps requirement ids to reasons."""

    contract: Contract
    target: Target
    strict: bool = False
    known_failures: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.contract)
        self.renderer = renderer_of(self.target)
        self.tested: set[str] = set()
        self._pending: Counter[str] = Counter()
        self._broken_first: dict[str, _Seen] = {}
        self.complaints: list[str] = []
        # Called with each violation and the exchanges that show it.
        self.on_violation: list[Callable[[Finding, Sequence[Exchange]], None]] = []
        # The command that sends the requests of a violation again, by requirement.
        self.replay_command: Callable[[str], str] | None = None
        self._seen: list[_Seen] = []
        self.target.client.listeners.append(self._listen)

    @property
    def seed(self) -> int:
        """What decides which cases a thrifty run tries."""
        return self.target.settings.seed

    # ------------------------------------------------------------ while it runs

    def expect(self, proves: Iterable[str]) -> None:
        """A test that proves these requirements is still to come in this process."""
        self._pending.update(proves)

    def begin(self) -> None:
        """A test begins."""
        self._seen = []

    def end(self, proves: Sequence[str], error: BaseException | None) -> Outcome | None:
        """A test that `proves` these requirements has ended; None when it failed by itself.

        It fails when a requirement that it proves is broken, whoever saw that. It also fails when
        it was the first to see another one broken, unless the test of that one is still to come.
        A requirement is thus reported where it is looked for, and never once for each test that
        happened to come by.
        """
        self.tested.update(proves)
        self._pending.subtract(proves)
        ended = error_of(error)
        if isinstance(ended, Violation):
            self._note(ended)
        elif ended is not None and not isinstance(ended, NotChecked):
            return None
        problems = self._problems(proves)
        if any(self._fails(seen.finding.requirement) for seen in problems.values()):
            return Outcome(FAILED, self._text(problems.values(), error))
        if problems:
            return Outcome(ADVISED, self._advice(problems.values()))
        if isinstance(ended, NotChecked):
            return Outcome(SKIPPED, self._unchecked(proves, ended))
        if len(proves) == 1:
            # A test of several shows each of them by its exchanges, or not at all.
            self.ledger.proved(proves[0])
        return Outcome(PASSED)

    def _listen(self, exchange: Exchange) -> None:
        self.ledger.saw(exchange)
        for finding in exchange.judgement.findings:
            self._see(finding, (exchange,))

    def _note(self, violation: Violation) -> None:
        """Let the violation that ended the test stand for it: of Hypothesis, the smallest one."""
        if not any(seen.finding is violation.finding for seen in self._seen):
            self._see(violation.finding, violation.exchanges)
        seen = next(seen for seen in self._seen if seen.finding is violation.finding)
        requirement = violation.finding.requirement
        if self._broken_first[requirement] in self._seen:
            self._broken_first[requirement] = seen
            shown = self._shown(seen.finding, seen.exchanges)
            self.ledger.records[requirement].shown[:1] = [shown]
        self._seen = [seen, *(other for other in self._seen if other is not seen)]

    def _see(self, finding: Finding, exchanges: tuple[Exchange, ...]) -> None:
        is_known = self.ledger.is_broken(finding.requirement)
        shown = {} if is_known else self._shown(finding, exchanges)
        first = self.ledger.broke(finding.requirement, shown)
        seen = _Seen(finding, exchanges, first)
        self._broken_first.setdefault(finding.requirement, seen)
        self._seen.append(seen)
        for listener in self.on_violation:
            listener(finding, exchanges)

    def _shown(self, finding: Finding, exchanges: Iterable[Exchange]) -> dict[str, Any]:
        mask = self.target.secrets.mask
        return {
            "expected": mask(finding.expected),
            "actual": mask(finding.actual),
            "exchanges": [
                mask(self.renderer.with_command(exchange))
                for exchange in (*finding.story, *exchanges)
            ],
        }

    def _problems(self, proves: Sequence[str]) -> dict[str, _Seen]:
        """What makes this test fail: one entry a requirement, those that it proves first."""
        here = {seen.finding.requirement: seen for seen in reversed(self._seen)}
        own = {name: here.get(name) or self._broken_first.get(name) for name in proves}
        found = {name: seen for name, seen in own.items() if seen is not None}
        for seen in self._seen:
            name = seen.finding.requirement
            if seen.first and self._pending[name] <= 0:
                found.setdefault(name, seen)
        return found

    def _fails(self, requirement: str) -> bool:
        advisory = self.contract.requirements[requirement].advisory
        return requirement not in self.known_failures and (self.strict or not advisory)

    def _text(self, problems: Iterable[_Seen], error: BaseException | None) -> str:
        parts = [
            self.renderer.violation(
                self.contract.requirements[seen.finding.requirement],
                seen.finding,
                seen.exchanges,
                self._often(seen.finding.requirement),
                self.replay_command(seen.finding.requirement) if self.replay_command else "",
            )
            for seen in problems
            if self._fails(seen.finding.requirement)
        ]
        # Hypothesis notes where in the code an example failed, if it did not fail again.
        notes = "\n".join(getattr(error, "__notes__", ())).partition("\nTraceback ")[0]
        notes = notes.partition("\nExplanation:\n")[0]  # lines of the suite's code
        return "\n\n".join([*parts, self.target.secrets.mask(notes)] if notes else parts)

    def _often(self, requirement: str) -> str:
        """In how many answers a violation was seen, of those that could show it."""
        record = self.ledger.records[requirement]
        seen = record.violations + record.evidence
        if record.violations == seen:
            return ""
        return f"in {record.violations} of {seen} answers: it is intermittent, or depends on values"

    def _advice(self, problems: Iterable[_Seen]) -> str:
        words = []
        for seen in problems:
            name = seen.finding.requirement
            known = self.known_failures.get(name)
            words.append(f"{name}: {'known failure, ' + known if known else seen.finding.actual}")
        return self.target.secrets.mask("; ".join(words))

    def _unchecked(self, proves: Sequence[str], error: NotChecked) -> str:
        reason = error.reason
        if error.because and self.ledger.is_broken(error.because):
            reason = f"because {error.because} is broken"
        for requirement in proves:
            self.ledger.unchecked(requirement, reason, limited=error.limited)
        return f"not checked: {reason}"

    # ------------------------------------------------------------ at the end

    def allowed(self, endpoint: str) -> bool:
        """Whether the options let this endpoint succeed."""
        known = self.contract.endpoints[endpoint]
        if known.writes and self.target.refusal:
            return False
        return not known.handshake or self.target.shakes_hands

    def never_succeeded(self) -> Iterator[str]:
        """A sentence for each endpoint that was to succeed and never once did."""
        for name in self.contract.endpoints:
            wanted = self.ledger.wanted[name] or f"{name}.succeeds" in self.tested
            if not wanted or not self.allowed(name) or self.ledger.successes[name]:
                continue
            counts = self.ledger.seen.get(name, Counter())
            if any(status.startswith("2") for status in counts):
                yield f"{name}: no request that had to succeed could be arranged{self._because()}"
                continue
            seen = ", ".join(
                f"{'no answer' if status == '0' else status} ({count}x)"
                for status, count in sorted(counts.items())
            )
            yield (
                f"{name} never once succeeded where it had to "
                f"(seen: {seen or 'nothing was asked'}){self._hint(name)}"
            )

    def _because(self) -> str:
        broken = [name for name, record in self.ledger.records.items() if record.violations]
        return f", because {broken[0]} is broken" if broken else ""

    def _hint(self, endpoint: str) -> str:
        """What to do about an endpoint that never succeeded."""
        statuses = {status for counts in self.ledger.seen.values() for status in counts}
        wrote = any(self.ledger.wanted[e.id] for e in self.contract.endpoints.values() if e.takes)
        if wrote and statuses <= NO_SUCH_PATH:
            return ": no endpoint is found anywhere; is --base-url the service's endpoint?"
        if self.target.refusal and not self.ledger.wanted[endpoint]:
            return (
                ": where the Leaf user has no credentials, there is nothing to read; "
                "give --allow-writes, or name one that has some"
            )
        return ""

    def finish(self) -> None:
        """Look once more, clean up, and note what the service was like."""
        if self.target.kind == LIVE:
            self.begin()
            self.target.last_look()
        self.complaints += filter(None, [self.target.clean_up()])
        client = self.target.client
        self.ledger.waits.update(
            times=client.waits, seconds=round(client.waited), reconnects=client.reconnects
        )

    def bad_news(self) -> Iterator[str]:
        """A sentence for each thing that makes the run fail although no test did."""
        yield from self.never_succeeded()
        yield from self.limits()
        yield from self.known_failure_errors()
        yield from dict.fromkeys(self.complaints)

    def limits(self) -> Iterator[str]:
        """A sentence where requirements are not checked because of this run's own limits."""
        names = self.ledger.limited()
        if names and not self.target.settings.accept_unchecked:
            reasons = self.ledger.records[names[0]].reasons.most_common(1)
            yield (
                f"{len(names)} requirements were not checked because of this run's own limits, "
                f"such as {names[0]}: {reasons[0][0]} (--accept-unchecked accepts that)"
            )

    def known_failure_errors(self) -> Iterator[str]:
        """A sentence for each known failure that was tested and did not fail."""
        for name in self.known_failures:
            if name in self.tested and self.ledger.verdict(name).state == HOLDS:
                yield f"{name} is listed as a known failure and does not fail: take it off the list"

    def as_json(self) -> dict[str, Any]:
        """What another process needs in order to `merge` this run into its own."""
        return {
            "ledger": self.ledger.as_json(),
            "tested": sorted(self.tested),
            "complaints": self.complaints,
        }

    def merge(self, data: Mapping[str, Any]) -> None:
        """Add what another process has written with `as_json`."""
        self.ledger.merge(data["ledger"])
        self.tested.update(data["tested"])
        self.complaints += data["complaints"]

    def broken(self) -> list[Requirement]:
        """The requirements that fail this run."""
        return [
            verdict.requirement
            for verdict in self.ledger.verdicts()
            if verdict.state in (BROKEN, ADVICE) and self._fails(verdict.requirement.id)
        ]


def error_of(error: BaseException | None) -> BaseException | None:
    """What an error is about: Hypothesis wraps a failure that came and went in a group."""
    if isinstance(error, BaseExceptionGroup):
        inner = [error_of(e) for e in error.exceptions]
        found = next((e for e in inner if isinstance(e, Violation)), None)
        return found or next((e for e in inner if not isinstance(e, NotChecked)), inner[0])
    if isinstance(error, Flaky):
        return NotChecked("Hypothesis could not repeat what it saw: the service's answers vary")
    return error


def renderer_of(target: Target) -> Renderer:
    """How violations that a target shows are written."""
    if target.service is None:
        return Renderer(target.secrets, TOKEN, variable=environment_name)
    behave = "".join(f" --behave {name}" for name in target.behave)
    return Renderer(
        target.secrets,
        TOKEN,
        note=f"(on the embedded service: python -m contracts serve --port 8900{behave})",
        variable=environment_name,
        served_url=target.served_url,
    )
