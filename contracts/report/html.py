"""index.html: the report as one self-contained page."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from contracts.report import charts
from contracts.report.charts import CLASSES, milliseconds
from contracts.report.observer import CIRCUMSTANCES
from contracts.session.ledger import ADVICE, BROKEN, STATES

VERDICTS = {
    "holds": "The contract holds",
    "broken": "The contract is broken",
    "failed": "The run failed",
    "interrupted": "The run was interrupted",
}
COLUMNS = ("status", "media-type", "body")
MAX_TESTS = 25  # that are listed for one requirement


def page(report: Mapping[str, Any]) -> str:
    """The whole page; everything in the report is text and escaped."""
    environment = _environment()
    style, script = (_source(name) for name in ("style.css", "script.js"))
    endpoints = [_endpoint(report, endpoint) for endpoint in report["endpoints"]]
    return environment.get_template("index.html.j2").render(
        report=report,
        run=report["run"],
        contract=report["contract"],
        headline=VERDICTS[report["run"]["verdict"]],
        started=moment(report["run"]["started"]),
        policy=_policy(style, script),
        style=Markup(style),  # noqa: S704, a file of this package
        script=Markup(script),  # noqa: S704, likewise
        states=STATES,
        counts=_counts(report["requirements"]),
        endpoints=endpoints,
        forms={form["id"]: form for form in report["forms"]},
        longest=charts.longest(report["endpoints"]),
        general=[o for o in report["observations"] if o["endpoint"] is None],
        outcomes=Counter(test["outcome"] for test in report["tests"]),
        max_tests=MAX_TESTS,
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("contracts.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(code=_code, ms=milliseconds, duration=_duration)
    environment.globals.update(
        verdict_bar=charts.verdict_bar, latency_bar=charts.latency_bar, classes=CLASSES
    )
    return environment


def _source(name: str) -> str:
    loader = _environment().loader
    assert loader is not None  # noqa: S101
    return loader.get_source(_environment(), name)[0]


def _policy(style: str, script: str) -> str:
    """A Content-Security-Policy that lets nothing run or load but this very style and script."""
    allowed = f"style-src {_hash(style)}; script-src {_hash(script)}"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _counts(requirements: list[dict[str, Any]]) -> dict[str, int]:
    counts = Counter(r["verdict"] for r in requirements)
    return {state: counts[state] for state in STATES}


def _endpoint(report: Mapping[str, Any], endpoint: Mapping[str, Any]) -> dict[str, Any]:
    """An endpoint with all that the page shows of it; what doesn't hold comes first."""
    name = endpoint["id"]
    requirements = [r for r in report["requirements"] if r["endpoint"] == name]
    urgency = {BROKEN: 0, ADVICE: 1}
    seen = [o for o in report["observations"] if o["endpoint"] == name]
    method, _, path = endpoint["request"].partition(" ")
    return {
        **endpoint,
        "method": method,
        "path": path,
        "requirements": sorted(requirements, key=lambda r: urgency.get(r["verdict"], 2)),
        "counts": _counts(requirements),
        "answered": _answered(seen),
        "seen": [o for o in seen if o["type"] not in COLUMNS],
    }


def _answered(observations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each circumstance: how requests were answered there."""
    rows: dict[str, dict[str, Any]] = {}
    for seen in observations:
        if seen["type"] in COLUMNS:
            case = seen["circumstance"]
            row = rows.setdefault(case, {"case": CIRCUMSTANCES.get(case, case)})
            row[seen["type"].replace("-", "_")] = seen["value"]
    return list(rows.values())


def _code(text: str) -> Markup:
    """A sentence whose parts in backquotes are code."""
    parts = str(text).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


def moment(text: str) -> str:
    """An ISO timestamp as people write it."""
    try:
        return datetime.fromisoformat(text).strftime("%d %B %Y, %H:%M UTC").lstrip("0")
    except ValueError:  # a date that doesn't exist, in a report that somebody has edited
        return text


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
