"""Sentences of the page against those that somebody has read: new, gone or different ones."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping

from contracts.drift.differences.change import Change, main_page
from contracts.drift.differences.statements import Standing
from contracts.drift.page.model import Page
from contracts.drift.snapshot import Mark, Place, Snapshot, fingerprint, places
from contracts.spec.model import Contract

SHOWN = 60  # characters of a sentence


def prose_changes(
    contract: Contract,
    page: Page,
    renamed: Mapping[str, str],
    standing: Standing,
    snapshot: Snapshot,
    told: Collection[int] = (),
) -> Iterator[Change]:
    """Texts that are new, gone or different since the snapshot was taken; all are notable.

    The order under one heading does not matter. What `standing` or a renamed heading (old → new)
    already accounts for is not said again, nor is a form of which a line is already `told`.
    """
    headings = {fingerprint(old): fingerprint(new) for old, new in renamed.items()}
    now = [place for place in places(page) if place.text not in renamed.values()]
    before = [mark for mark in snapshot if mark.text not in headings]
    before = [Mark(headings.get(m.under, m.under), m.text, m.says) for m in before]
    gone, new = _unmatched(before, now, {fingerprint(h.text) for h in page.headings})
    lost = {change.name for change in standing.changes}
    gone = [mark for mark in gone if not lost & set(mark.says)]
    blamed = {(s.text, s.line) for s in standing.blamed}
    new = [place for place in new if (place.text, place.line) not in blamed]
    names = _names(contract, page)
    replaced: dict[str, deque[Mark]] = {}
    for mark in gone:
        replaced.setdefault(mark.under, deque()).append(mark)
    for place in new:
        under = replaced.get(place.mark[0])
        old = under.popleft() if under else None
        if place.what == "form" and any(line in told for line in place.lines):
            continue
        kind = "changed" if old else "added"
        ids = _supported(contract, old) if old else ()
        text = f"{'now reads' if old else 'is new'}: “{_clipped(place.text)}”"
        heading = place.heading or page.title
        yield Change(kind, place.what, heading, place.line, "notable", text, ids)
    for mark in (mark for left in replaced.values() for mark in left):
        name, line = names.get(mark.under, ("a heading that is gone", 1))
        yield Change("removed", "text", name, line, "notable",
                     "a text that stood here is gone", _supported(contract, mark))  # fmt: skip


def _unmatched(
    before: list[Mark], now: list[Place], headings: set[str]
) -> tuple[list[Mark], list[Place]]:
    """What is gone and what is new. What only stands under a heading of another name is neither."""
    left = Counter((mark.under, mark.text) for mark in before)
    new = []
    for place in now:
        if left[place.mark]:
            left[place.mark] -= 1
        else:
            new.append(place)
    gone = []
    for mark in before:
        if left[mark.under, mark.text]:
            left[mark.under, mark.text] -= 1
            gone.append(mark)
    moved = Counter(m.text for m in gone if m.under not in headings)
    still_new, found_again = [], Counter[str]()
    for place in new:
        _, text = place.mark
        if moved[text] > found_again[text]:
            found_again[text] += 1
        else:
            still_new.append(place)
    still_gone = []
    for mark in gone:
        if mark.under not in headings and found_again[mark.text]:
            found_again[mark.text] -= 1
        else:
            still_gone.append(mark)
    return still_gone, still_new


def _supported(contract: Contract, mark: Mark) -> tuple[str, ...]:
    statements = (contract.statements.get(name) for name in mark.says)
    return tuple(dict.fromkeys(r for s in statements if s for r in s.supports))


def _names(contract: Contract, page: Page) -> dict[str, tuple[str, int]]:
    """The headings that are known by name, with their lines, by fingerprint."""
    known = [s.source for s in contract.statements.values() if s.source.page == main_page(contract)]
    found = {fingerprint(source.heading): (source.heading, 1) for source in known}
    found |= {fingerprint(h.text): (h.text, h.line) for h in page.headings}
    return found | {fingerprint(""): ("the top", 1)}


def _clipped(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
