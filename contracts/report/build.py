"""The report of a run as JSON-able data, in the format of `schema`. Without secrets."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from contracts.masking.masking import Secrets
from contracts.report.format import BROKEN, FAILED, FORMAT, HOLDS, INTERRUPTED
from contracts.report.observer import Observer
from contracts.report.traffic import Traffic
from contracts.session.ledger import Verdict
from contracts.session.run import Run
from contracts.spec.model import Contract, Endpoint, Form, Source, choice_values
from contracts.spec.types import Timestamp, describe

OK, TESTS_FAILED, INTERRUPT = 0, 1, 2  # exit statuses, as pytest has them
PACKAGES = ("panorama-contracts", "pytest", "hypothesis", "schemathesis", "httpx", "jsonschema")


class Foreign(str):
    """A text that came from outside: nobody knows what is in it until it is masked."""

    __slots__ = ()


@dataclass
class EndedTest:
    """What became of one test: `outcome` as pytest has it, `seconds`, what it proves."""

    id: str
    outcome: str
    seconds: float = 0.0
    proves: Sequence[str] = ()


@dataclass
class Session:
    """What a test runner knows of a run and the run itself doesn't."""

    started: datetime
    seconds: float
    exit_status: int
    tests: Sequence[EndedTest] = ()
    complaints: Sequence[str] = ()
    recorded: Mapping[str, Any] | None = None
    versions: Mapping[str, str] = field(default_factory=lambda: versions())


def build(run: Run, traffic: Traffic, observer: Observer, session: Session) -> dict[str, Any]:
    """The whole report; `schema.SCHEMA` says what is in it."""
    contract = run.contract
    report = {
        "format": FORMAT,
        "contract": {
            "name": contract.name,
            "title": contract.title,
            "version": contract.version,
            "base_url": contract.base_url,
        },
        "run": _run(run, session),
        "endpoints": [_endpoint(run, traffic, e) for e in contract.endpoints.values()],
        "forms": [_form(contract, form) for form in _used(contract)],
        "requirements": _requirements(run, session.tests),
        "observations": [
            {
                **o.as_json(),
                "value": [Foreign(v) for v in o.values],
                "sentence": Foreign(o.sentence),
            }
            for o in observer.observations()
        ],
        "questions": [_question(name, each) for name, each in _questions(contract).items()],
        "freedoms": [
            {"id": f.id, "sentence": f.sentence, "source": _source(f.source)}
            for f in contract.freedoms.values()
        ],
        "tests": [
            {"id": t.id, "outcome": t.outcome, "seconds": round(t.seconds, 4)}
            for t in sorted(session.tests, key=lambda t: t.id)
        ],
    }
    return dict(without_secrets(report, run.target.secrets))


def without_secrets(value: Any, secrets: Secrets) -> Any:
    """The value with every `Foreign` text masked; texts of the contract stay as they are.

    What can't be written as UTF-8 (half of a surrogate pair) is written as an escape.
    """
    texts = sorted(set(_foreign(value)))
    clear = [text.encode("utf-8", "backslashreplace").decode() for text in map(secrets.mask, texts)]
    masked = dict(zip(texts, clear, strict=True))

    def clean(value: Any) -> Any:
        if isinstance(value, Foreign):
            return masked[value]
        if isinstance(value, dict):
            return {key: clean(inner) for key, inner in value.items()}
        return [clean(inner) for inner in value] if isinstance(value, list) else value

    return clean(value)


def _foreign(value: Any) -> Iterable[str]:
    if isinstance(value, Foreign):
        yield str(value)
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _foreign(inner)


def versions() -> dict[str, str]:
    """What the run was made with."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # run from a folder that was never installed
            continue
    return found


def _run(run: Run, session: Session) -> dict[str, Any]:
    target, ledger = run.target, run.ledger
    return {
        "verdict": _verdict(run, session),
        "exit_status": session.exit_status,
        "target": {
            "kind": target.kind,
            "base_url": Foreign(target.client.base_url),
            "writes": target.refusal is None,
        },
        "started": session.started.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seconds": round(session.seconds, 2),
        "requests": sum(ledger.requests.values()),
        "waits": {"times": ledger.waits["times"], "seconds": ledger.waits["seconds"]},
        "strict": run.strict,
        "versions": dict(session.versions),
        "complaints": [Foreign(text) for text in session.complaints],
        "notes": [Foreign(text) for text in target.notes],
        "recordings": session.recorded,
    }


def _verdict(run: Run, session: Session) -> str:
    """One word for the run; what the suite itself could not do is kept apart from what it found."""
    if session.exit_status == INTERRUPT:
        return INTERRUPTED
    if session.exit_status == OK:
        return HOLDS
    return BROKEN if run.broken() and session.exit_status == TESTS_FAILED else FAILED


def _endpoint(run: Run, traffic: Traffic, endpoint: Endpoint) -> dict[str, Any]:
    ledger, example = run.ledger, traffic.example(endpoint.id)
    return {
        "id": endpoint.id,
        "request": endpoint.request,
        "summary": endpoint.summary,
        "source": _source(endpoint.source),
        "takes": endpoint.takes.id if endpoint.takes else None,
        "answers": endpoint.answers.id if endpoint.answers else None,
        "requests": ledger.requests[endpoint.id],
        "successes": ledger.successes[endpoint.id],
        "statuses": dict(sorted(ledger.statuses.get(endpoint.id, {}).items())),
        "latency": traffic.latency(endpoint.id),
        "example": {k: Foreign(v) for k, v in example.items()} if example else None,
    }


def _used(contract: Contract) -> list[Form]:
    """The forms that the endpoints take and answer, each once."""
    forms = [form for e in contract.endpoints.values() for form in (e.takes, e.answers) if form]
    return list({form.id: form for form in forms}.values())


def _form(contract: Contract, form: Form) -> dict[str, Any]:
    return {
        "id": form.id,
        "title": form.title,
        "source": _source(form.source),
        "list": form.is_list,
        "fields": [
            {
                "name": name,
                "type": describe(kind),
                "values": list(choice_values(kind)),
                "format": kind.pattern.source if isinstance(kind, Timestamp) else None,
                # A form shows what is there: all its fields, with a request as in an answer.
                "required": True,
                "secret": contract.fields[name].secret,
                "volatile": contract.fields[name].volatile,
                "description": contract.fields[name].description,
            }
            for name, kind in form.fields.items()
        ],
    }


def _requirements(run: Run, tests: Sequence[EndedTest]) -> list[dict[str, Any]]:
    proved: dict[str, list[str]] = {}
    for test in sorted(tests, key=lambda t: t.id):
        for name in test.proves:
            proved.setdefault(name, []).append(test.id)
    return [
        _requirement(verdict, proved.get(verdict.requirement.id, []), run.known_failures)
        for verdict in run.ledger.verdicts()
    ]


def _requirement(
    verdict: Verdict, tests: list[str], known_failures: Mapping[str, str]
) -> dict[str, Any]:
    requirement = verdict.requirement
    known = known_failures.get(requirement.id)
    return {
        "id": requirement.id,
        "endpoint": requirement.endpoint,
        "level": requirement.level,
        "sentence": requirement.sentence,
        "source": _source(requirement.source),
        "verdict": verdict.state,
        "reason": Foreign(verdict.reason) if verdict.reason else None,
        "evidence": verdict.evidence,
        "violations": verdict.violations,
        "tests": tests,
        "known_failure": Foreign(known) if known else None,
        "shown": [
            {
                "expected": Foreign(shown["expected"]),
                "actual": Foreign(shown["actual"]),
                "exchanges": [Foreign(text) for text in shown["exchanges"]],
            }
            for shown in verdict.shown
        ],
    }


def _source(source: Source) -> dict[str, str]:
    return {"page": source.page.title, "heading": source.heading}


def _questions(contract: Contract) -> Mapping[str, Any]:
    """What is to be asked of the documentation's authors, where the contract has such a list."""
    found: Mapping[str, Any] = getattr(contract, "questions", {})
    return found


def _question(name: str, question: Any) -> dict[str, Any]:
    source = getattr(question, "source", None)
    return {
        "id": name,
        "sentence": question.sentence,
        "source": _source(source) if isinstance(source, Source) else None,
    }
