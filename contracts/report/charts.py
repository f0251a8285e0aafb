"""The report's charts, as inline SVG: bars that stretch, with their numbers beside them as text.

All text is HTML, so that it stays legible at any width; a chart says in words what it shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from contracts.session.ledger import STATES

WIDTH, HEIGHT = 1000, 12
CLASSES = dict(zip(STATES, ("holds", "broken", "advice", "unchecked"), strict=True))


def verdict_bar(counts: Mapping[str, int]) -> Markup:
    """One bar for the verdicts on a set of requirements, each as wide as its share."""
    total = sum(counts.values()) or 1
    words = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    return _svg(words or "no requirements", _shares(counts, total))


def latency_bar(latency: Mapping[str, float], longest: float) -> Markup:
    """The middle half of an endpoint's answers as a bar, its median and p95 as strokes.

    `longest` is the latency in milliseconds that fills the chart's width.
    """
    if not latency["count"]:
        return _svg("no answers", [])
    scale = WIDTH / (longest or 1)
    low, middle, high, far = (latency[q] * scale for q in ("p25", "median", "p75", "p95"))
    words = f"median {milliseconds(latency['median'])}, p95 {milliseconds(latency['p95'])}"
    return _svg(
        words,
        [
            _rect("line", low, max(far - low, 1), 5, 2),
            _rect("box", low, max(high - low, 4), 1, 10),
            _rect("median", middle - 2, 4, 0, 12),
            _rect("far", far - 2, 4, 2, 8),
        ],
    )


def longest(endpoints: Sequence[Mapping[str, Any]]) -> float:
    """The width of the latency chart in milliseconds."""
    return max((e["latency"].get("p95", 0.0) for e in endpoints), default=0.0) * 1.02


def milliseconds(value: float) -> str:
    """A latency as people write it."""
    if value >= 1000:
        return f"{value / 1000:.1f} s"
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"


def _shares(counts: Mapping[str, int], total: int) -> Iterator[Markup]:
    at = 0.0
    for state in STATES:
        width = WIDTH * counts.get(state, 0) / total
        if width:
            yield _rect(CLASSES[state], at, width, 0, HEIGHT)
        at += width


def _rect(name: str, x: float, width: float, y: float, height: float) -> Markup:
    return Markup('<rect class="{}" x="{:.1f}" width="{:.1f}" y="{}" height="{}"/>').format(
        name, max(x, 0), width, y, height
    )


def _svg(words: str, shapes: Iterator[Markup] | Sequence[Markup]) -> Markup:
    return Markup(
        '<svg role="img" viewBox="0 0 {} {}" preserveAspectRatio="none"><title>{}</title>{}</svg>'
    ).format(WIDTH, HEIGHT, escape(words), Markup("").join(shapes))
