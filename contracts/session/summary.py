"""What a run says at its beginning and at its end, as lines of plain text."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from contracts.http.wording import counted
from contracts.session.cassette_files import out_of_date
from contracts.session.ledger import ADVICE, BROKEN, HOLDS, STATES, UNCHECKED, Verdict
from contracts.session.run import Run
from contracts.session.settings import LEAF_VARIABLES, LIVE, Settings, provider_variables
from contracts.spec.model import Contract

MAX_REASONS = 12
INTERRUPTED, USAGE_ERROR = 2, 4  # as pytest has it


def header(
    contract: Contract, settings: Settings, environment: Mapping[str, str] = os.environ
) -> Iterator[str]:
    """What is tested and which settings were picked up; never a secret."""
    where = settings.base_url or "a service in this process"
    writes = "writing" if settings.allow_writes or not settings.base_url else "reading only"
    users = ", ".join(filter(None, (settings.leaf_user, settings.other_leaf_user)))
    yield f"contract: {contract.name} {contract.version}, {_counts(contract)}"
    yield f"target: {settings.kind}, {where}, {writes}, timeout {settings.timeout:g} s"
    yield f"Leaf user: {users if settings.base_url else 'a fresh one for each test'}"
    if settings.kind == LIVE:
        depth = "everything (--thorough)" if settings.thorough else "few requests"
        yield f"depth: {depth}, seed {settings.seed}, at most {settings.max_minutes:g} minutes"
    known = [*LEAF_VARIABLES, *provider_variables(contract)]
    found = [name for name in known if environment.get(name)]
    yield f"settings found: {', '.join(found) or 'none'}"


def _counts(contract: Contract) -> str:
    """How many requirements there are, and how many families have none here."""
    empty, off = len(contract.families_without_requirement), len(contract.without)
    absent = f" ({empty} families have none here, {off} are switched off)" if empty or off else ""
    return f"{len(contract.requirements)} requirements{absent}"


def table(run: Run) -> Iterator[str]:
    """Endpoint × verdict, as counts of requirements."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in run.contract.endpoints}
    for verdict in run.ledger.verdicts():
        counts[verdict.requirement.endpoint][verdict.state] += 1
    width = max(len(name) for name in counts)
    yield f"{'endpoint':<{width}}  " + "  ".join(f"{s:>{len(s)}}" for s in STATES) + "  requests"
    for name, found in counts.items():
        cells = "  ".join(f"{found[state]:>{len(state)}}" for state in STATES)
        yield f"{name:<{width}}  {cells}  {run.ledger.requests[name]:>8}"


def details(run: Run, *, verbose: bool = False) -> Iterator[str]:
    """What does not hold, what was not checked and why, and what the service was like.

    With `verbose`, also how much evidence there is for each requirement.
    """
    verdicts = run.ledger.verdicts()
    if verbose:
        yield from _coverage(run)
    for state in (BROKEN, ADVICE):
        for verdict in verdicts:
            if verdict.state == state:
                yield _broken_line(run, verdict)
                if state == ADVICE and not run.strict:
                    yield from _shown(verdict)
    yield from _unchecked(verdicts)
    yield from run.target.notes
    waited = run.ledger.waits["times"]
    if waited:
        yield f"the service asked to wait {waited} times, {run.ledger.waits['seconds']} s in all"
    refused = run.ledger.waits["reconnects"]
    if refused:
        yield f"the service took no connection and was tried again {refused} times"
    yield f"{sum(run.ledger.requests.values())} judged exchanges {run.target.origin}"


def _coverage(run: Run) -> Iterator[str]:
    """A line for each requirement: its evidence, and how many of the known cases were tried."""
    for name, record in run.ledger.records.items():
        tried = f", {record.tried} of {record.cases} cases tried" if record.cases else ""
        yield f"evidence: {name}: {record.evidence} exchanges{tried}"


MAX_NAMES = 5


def verdict(runs: Iterable[Run], status: int, *, tests: int, failed: int, lost: str = "") -> str:
    """A run in one line, with the reason of its exit status: the last line on the terminal.

    `tests` were run, of which `failed` did. `lost` is the sentence that ended the run early.
    """
    runs = list(runs)
    broken = list(dict.fromkeys(r.id for run in runs for r in run.broken()))
    news = list(dict.fromkeys(sentence for run in runs for sentence in run.bad_news()))
    if status == INTERRUPTED:
        said = "interrupted: what was seen until then says little"
    elif lost:
        said = f"ended early: {lost}"
    elif status == USAGE_ERROR:
        said = "unusable: see above"
    elif not tests:
        said = "nothing was tested"
    elif broken:
        said = f"{counted(len(broken), 'requirement')} broken: {_few(broken)}"
    elif news:
        said = f"not green, although no requirement is broken: {news[0]}"
    elif status:
        said = f"the suite could not do its work: {counted(failed, 'test')} ended in an error"
    else:
        said = _holds(runs[0])
    return f"{said} (exit status {status})"


def _holds(run: Run) -> str:
    states = Counter(each.state for each in run.ledger.verdicts())
    others = [f", {states[state]} {state}" for state in (ADVICE, UNCHECKED) if states[state]]
    hold = f"{states[HOLDS]} of {states.total()} requirements hold"
    return f"nothing is broken: {hold}{''.join(others)}"


def _few(names: list[str]) -> str:
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more


def recordings(recorded: Run, folder: Path) -> Iterator[str]:
    """What the recordings in a folder showed, and which of them are old."""
    if not folder.is_dir():
        yield f"no recordings are kept in cassettes/{folder.name}: see --record-mode"
        return
    requests = sum(recorded.ledger.requests.values())
    broken = [requirement.id for requirement in recorded.broken()]
    verdict = f"break {', '.join(broken)}" if broken else "all keep to the contract"
    yield f"{requests} exchanges {recorded.target.origin}, {verdict}"
    yield from (f"warning: {sentence}" for sentence in out_of_date(folder))


def _broken_line(run: Run, verdict: Verdict) -> str:
    requirement = verdict.requirement
    known = run.known_failures.get(requirement.id)
    label = f"known failure ({known})" if known else verdict.state
    return f"{label}: {requirement.id} ({verdict.violations}x) {requirement.sentence}"


def _shown(verdict: Verdict) -> Iterator[str]:
    """The exchange that shows advice that was not followed: no failed test does."""
    for shown in verdict.shown[:1]:
        yield f"    expected {shown['expected']}, and not {shown['actual']}"
        for line in str(shown["exchanges"][-1]).splitlines() if shown["exchanges"] else ():
            yield f"    {line}".rstrip()


def _unchecked(verdicts: list[Verdict]) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for verdict in verdicts:
        if verdict.state == UNCHECKED:
            reasons.setdefault(verdict.reason, []).append(verdict.requirement.id)
    for reason, names in sorted(reasons.items(), key=lambda item: -len(item[1]))[:MAX_REASONS]:
        shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        yield f"not checked, {reason}: {shown}"
    if len(reasons) > MAX_REASONS:
        yield f"not checked, for {len(reasons) - MAX_REASONS} further reasons"
