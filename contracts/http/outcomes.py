"""How a check ends when it does not simply hold."""

from __future__ import annotations

import unittest
from collections.abc import Iterable

from contracts.http.exchange import Exchange, Finding


class Violation(AssertionError):
    """A requirement does not hold. `exchanges` are the ones that show it, the last one first."""

    def __init__(self, finding: Finding, exchanges: Iterable[Exchange] = ()) -> None:
        super().__init__(f"{finding.requirement}: expected {finding.expected}; {finding.actual}")
        self.finding = finding
        self.exchanges = tuple(exchanges)


class NotChecked(unittest.SkipTest):
    """A requirement could not be checked. `because` is the broken requirement that is in the way.

    `limited`: a limit of this run is the reason, and not the service. It is a SkipTest, so that
    both Hypothesis and test runners take it for what it is.
    """

    def __init__(self, reason: str, because: str | None = None, *, limited: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.because = because
        self.limited = limited
