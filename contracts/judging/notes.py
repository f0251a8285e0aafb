"""What is found while one exchange is judged."""

from __future__ import annotations

from contracts.http.exchange import Exchange, Finding, Judgement
from contracts.spec.model import Contract


class Notes:
    """Collects violations and evidence; requirements that the contract lacks are passed over."""

    def __init__(self, contract: Contract) -> None:
        self._known = contract.requirements
        self._findings: list[Finding] = []
        self._proved: set[str] = set()

    def holds(self, requirement: str) -> None:
        """Note evidence for a requirement."""
        if requirement in self._known:
            self._proved.add(requirement)

    def check(
        self, requirement: str, holds: bool, expected: str, actual: str, evidence: bool = True
    ) -> bool:
        """Note whether a requirement holds here, and answer that.

        `evidence`: that it was not broken here says that the service keeps to it.
        """
        if not holds:
            self.breaks(requirement, expected, actual)
        elif evidence:
            self.holds(requirement)
        return holds

    def breaks(
        self,
        requirement: str,
        expected: str,
        actual: str,
        *,
        story: tuple[Exchange, ...] = (),
        rule: str = "",
    ) -> None:
        """Note a violation. `story` are the earlier exchanges that it rests on."""
        if requirement in self._known:
            self._findings.append(Finding(requirement, expected, actual, story, rule))

    @property
    def judgement(self) -> Judgement:
        """What was found; a requirement that was broken has no evidence."""
        broken = {finding.requirement for finding in self._findings}
        return Judgement(tuple(self._findings), frozenset(self._proved - broken))
