"""Changes between two states of an API, classed for those who integrate with it, and shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BREAKING, NOTABLE, HARMLESS = "breaking", "notable", "harmless"
MAX_NAMED = 5  # changes of which the same is said
# The worst first.
CLASSES = (BREAKING, NOTABLE, HARMLESS)
MEANINGS: Mapping[str, str] = {
    BREAKING: "an integrator's code may stop working",
    NOTABLE: "worth a look",
    HARMLESS: "nothing to do",
}


@dataclass(frozen=True)
class Change:
    """One change. `kind` says of what, `id` of which; `old` and `new` are JSON values."""

    severity: str
    kind: str
    id: str
    sentence: str
    old: Any = None
    new: Any = None


def worst_first(changes: Iterable[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: CLASSES.index(change.severity))


def reach(changes: Iterable[Change], limit: str) -> bool:
    """Whether any change is of the class `limit` or a worse one."""
    return any(CLASSES.index(c.severity) <= CLASSES.index(limit) for c in changes)


def as_text(title: str, changes: Sequence[Change]) -> str:
    """For a terminal."""
    lines = [title]
    for severity, found in _grouped(changes):
        lines += ["", f"{severity} ({MEANINGS[severity]}):"]
        lines += [f"  {kind} {', '.join(names)}: {said}" for kind, names, said in _alike(found)]
    return "\n".join([*lines, "", _counted(changes)])


def as_markdown(title: str, changes: Sequence[Change], prose: Callable[[str], str]) -> str:
    """For a pull request; `prose` makes Markdown of a sentence."""
    counted = _counted(changes)
    lines = [f"# {counted[:1].upper()}{counted[1:]}", "", prose(title)]
    ids = {change.id for change in changes}
    for severity, found in _grouped(changes):
        lines += ["", f"## {severity.capitalize()}: {MEANINGS[severity]}", ""]
        for kind, names, said in _alike(found):
            shown = ", ".join(f"`{name}`" if name in ids else name for name in names)
            lines.append(f"- {kind} {shown}: {prose(said)}")
    return "\n".join(lines)


def _grouped(changes: Sequence[Change]) -> Iterable[tuple[str, list[Change]]]:
    for severity in CLASSES:
        found = [change for change in changes if change.severity == severity]
        if found:
            yield severity, found


def _alike(changes: Sequence[Change]) -> Iterable[tuple[str, list[str], str]]:
    """Changes of a kind of which the same is said, as one: kind, ids (not too many), sentence."""
    groups: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        groups.setdefault((change.kind, change.sentence), []).append(change.id)
    for (kind, sentence), names in groups.items():
        more = [f"and {len(names) - MAX_NAMED} more"] if len(names) > MAX_NAMED else []
        yield kind, [*names[:MAX_NAMED], *more], sentence


def _counted(changes: Sequence[Change]) -> str:
    counts = Counter(change.severity for change in changes)
    if not changes:
        return "nothing changed"
    return ", ".join(f"{counts[s]} {s}" for s in CLASSES) + " changes"
