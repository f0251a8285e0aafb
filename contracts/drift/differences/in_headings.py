"""Headings and titles that say something, such as that an endpoint is going away."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from contracts.drift.differences.change import Change, main_page
from contracts.drift.differences.telling import NEGATIONS, telling
from contracts.drift.page.model import Heading, Page
from contracts.spec.model import Contract

# In a heading they mean the endpoint; in a sentence they may mean what it does.
_GONE = ("removed", "gone", "retired", "discontinued", "unavailable", "disabled", "withdrawn")
_NAME = re.compile(r"[A-Za-z_][\w-]*")


def known_names(contract: Contract, page: Page) -> frozenset[str]:
    """In lower case: the names of the contract, and whatever stands in the page's examples."""
    endpoints = list(contract.endpoints.values())
    forms = [f for e in endpoints for f in (e.takes, e.answers) if f]
    forms += [f for f in contract.forms.values() if f.source.page == main_page(contract)]
    texts = [
        *(name for form in forms for name in form.fields),
        *contract.path_parameters,
        *(value for form in forms for values in form.choices.values() for value in values),
        *(part for e in endpoints for part in (*e.path.split("/"), *e.query)),
        *(name for template in page.templates for name in template.names),
        *(example.text for example in page.examples),
    ]
    return frozenset(name.lower() for text in texts for name in _NAME.findall(text))


def severity(text: str, before: str, known: Collection[str]) -> str:
    """How grave it is that a heading or a title now reads so."""
    shown = {p.shown for p in telling(text, (), known)} - {
        p.shown for p in telling(before, (), known)
    }
    lower = text.lower()
    if shown & NEGATIONS or any(w in lower and w not in before.lower() for w in _GONE):
        return "breaking"
    return "notable" if shown else "harmless"


def new_headings(
    contract: Contract, page: Page, renamed: Collection[str], known: Collection[str]
) -> Iterator[Change]:
    """Headings that the contract does not know and that say something; `renamed` stand for known
    ones.
    """
    main = main_page(contract)
    sources = {
        source.heading
        for source in (
            *(r.source for r in contract.requirements.values()),
            *(s.source for s in contract.statements.values()),
            *(f.source for f in contract.freedoms.values()),
            *(q.source for q in contract.questions.values()),
        )
        if source.page == main
    }
    endpoints = {request.heading for request in page.at("section")}
    for heading in page.headings:
        if heading.text in sources | endpoints or heading.text in renamed:
            continue
        if _heads_an_error(page, heading):
            continue  # reported as a form
        grave = severity(heading.text, "", known)
        if grave != "harmless":
            yield Change("added", "heading", heading.text, heading.line, grave,
                         "a heading that says something the contract does not know")  # fmt: skip


def _heads_an_error(page: Page, heading: Heading) -> bool:
    later = [h.line for h in page.headings if h.line > heading.line]
    end = min(later, default=None)
    return any(
        t.role == "error" and t.line > heading.line and (end is None or t.line < end)
        for t in page.templates
    )
