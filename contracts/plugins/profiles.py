"""How much Hypothesis draws: a profile a kind of target; `--hypothesis-profile` still wins."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

from contracts.session.settings import EMBEDDED, LIVE, Settings


def name_for(chosen: Settings) -> str:
    """The profile for a run: a thorough one draws as much as one on the embedded service."""
    return LIVE if chosen.kind == LIVE and not chosen.thorough else EMBEDDED


def register() -> None:
    """Make the profiles known to Hypothesis, each under the name of a kind of target."""
    settings.register_profile(
        EMBEDDED,
        # In a pipeline, Hypothesis's own choice draws the same each night and forgets what failed.
        parent=settings.get_profile("default"),
        max_examples=200,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    # A live service is asked little, and a failure is not searched for a smaller one.
    settings.register_profile(
        LIVE,
        parent=settings.get_profile(EMBEDDED),
        max_examples=3,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
