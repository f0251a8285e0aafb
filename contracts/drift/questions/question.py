"""A question to the documentation: where the page contradicts itself or leaves a gap."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from contracts.drift.page.model import Page


@dataclass(frozen=True)
class Found:
    """One question: the rule's name, what it is about, the page's lines, and the sentence."""

    kind: str
    subject: str
    lines: tuple[int, ...]
    sentence: str

    @property
    def id(self) -> str:
        return f"{self.kind}.{self.subject}" if self.subject else self.kind


Rule: TypeAlias = Callable[[Page], Iterator[Found]]


def slug(text: str) -> str:
    """A heading or a path in lower case with hyphens; parts in braces are left out."""
    return "-".join(re.findall(r"[a-z0-9]+", re.sub(r"\{[^}]*\}", "", text).lower()))


def says(page: Page, *patterns: str) -> bool:
    """Whether any sentence, heading or cell of the page matches a pattern, in any case."""
    texts = [s.text for s in (*page.sentences, *page.remarks)] + [h.text for h in page.headings]
    return any(re.search(p, text, re.IGNORECASE) for p in patterns for text in texts)


def lines_of(items: Iterable[object]) -> tuple[int, ...]:
    """The lines of request lines, forms, examples or sentences, each once, in order."""
    return tuple(sorted({int(item.line) for item in items}))  # type: ignore[attr-defined]
