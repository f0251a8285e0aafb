"""A pytest plugin: Hypothesis profiles `n100`, `n1000`, `n10000` with so many examples."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

SIZES = (100, 1000, 10_000)

for size in SIZES:
    settings.register_profile(
        f"n{size}",
        parent=settings.get_profile("default"),
        max_examples=size,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
