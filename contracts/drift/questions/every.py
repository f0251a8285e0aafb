"""Every question that a page raises, found by rule: `raised(page)`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from contracts.drift.page.model import Page
from contracts.drift.questions import of_endpoints, of_examples, of_forms
from contracts.drift.questions.question import Found, Rule, lines_of, says, slug

_DURATION = re.compile(r"\b(\d+)\s+(seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b", re.I)
_BEGINS = re.compile(r"\W+(?:after|since|from|of (?:its|their) creation|following|ago|old)\b", re.I)
_OLDER = re.compile(r"\bolder than\W*$", re.I)
# The stems of verbs that an integrator would look for an endpoint of.
_ACTION = re.compile(
    r"\b(dis?associat|revok|rotat|reactivat|activat|deactivat|validat|migrat)(?:e|ed|es|ing)\b"
)
_ENTITY = re.compile(r"&[a-z]{2,8}(?![a-z;])")
_BRACES = re.compile(r"\{(\w+)\}")


# Questions about how the page is written: none of them changes what it says of the API.
ABOUT_WRITING = (
    "badges-differ", "box-not-closed", "comma-missing", "entity-without-semicolon",
    "example-url-not-filled", "link-to-nowhere", "no-description", "no-example", "not-json",
    "path-written-otherwise", "spellings-differ",
)  # fmt: skip


def new(questions: Iterable[Found], known: Collection[str]) -> list[Found]:
    """The questions that a page newly raises about the API; `known` are ids of the contract.

    Where one of a kind came and one of it went, it is the same one about something that is called
    otherwise now, which is a change of its own.
    """
    asked = list(questions)
    ids = {question.id for question in asked}
    gone = Counter(name.partition(".")[0] for name in known if name not in ids)
    found = []
    for question in asked:
        if question.id in known or question.kind in ABOUT_WRITING:
            continue
        if gone[question.kind]:
            gone[question.kind] -= 1
        else:
            found.append(question)
    return found


def raised(page: Page) -> list[Found]:
    """The questions in the order of the page's lines; each id stands once."""
    found: dict[str, Found] = {}
    for rule in RULES:
        for question in rule(page):
            found.setdefault(question.id, question)
    return sorted(found.values(), key=lambda question: (question.lines or (0,), question.id))


def duration_without_start(page: Page) -> Iterator[Found]:
    """A period that is given without the moment at which it begins."""
    for sentence in page.sentences:
        period = _DURATION.search(sentence.text)
        if not period:
            continue
        before, after = sentence.text[: period.start()], sentence.text[period.end() :]
        if not _BEGINS.match(after) and not _OLDER.search(before):
            yield Found("duration-without-start", slug(period[0]), (sentence.line,),
                        f"From when are the {period[0]} counted?")  # fmt: skip


def action_not_described(page: Page) -> Iterator[Found]:
    """Something that the prose says is done, and for which there is no endpoint."""
    offered = " ".join(f"{r.path} {r.heading}" for r in page.requests).lower()
    for sentence in page.sentences:
        for found in _ACTION.findall(sentence.text.lower()):
            if found not in offered:
                yield Found("action-not-described", found, (sentence.line,),
                            f"How does one {found}e something? No endpoint does it.")  # fmt: skip


def no_base_url(page: Page) -> Iterator[Found]:
    """Paths without an address that they belong to."""
    if page.described and not page.base_url:
        yield Found("no-base-url", "", lines_of(page.described),
                    "Which address do the paths belong to? The page gives none.")  # fmt: skip


def further_address(page: Page) -> Iterator[Found]:
    """An address beside the base URL, of which nothing says what it is for."""
    for line, address in page.addresses:
        if address != page.base_url:
            yield Found("further-address", slug(address), (line,),
                        f"What is {address} for? The paths belong to another one.")  # fmt: skip


def no_authentication(page: Page) -> Iterator[Found]:
    """A page that says in no sentence how a request is authorized."""
    if page.described and not says(page, r"\bbearer\b", r"\bauthoriz", r"\bAPI key\b"):
        yield Found("no-authentication", "", lines_of(page.examples or page.described),
                    "Which token do the requests need, and where is it from? Only the examples "
                    "show that there is one.")  # fmt: skip


def parameter_not_described(page: Page) -> Iterator[Found]:
    """A part of a path that no sentence names."""
    for name in dict.fromkeys(n for r in page.described for n in _BRACES.findall(r.path)):
        # Also in words of its own: `leafUserId` as the id of the Leaf user.
        if not any(_named(name, s.text) for s in (*page.sentences, *page.remarks)):
            requests = [r for r in page.described if f"{{{name}}}" in r.path]
            yield Found("parameter-not-described", name, lines_of(requests),
                        f"What is `{name}` in the path, and where is it from?")  # fmt: skip


def parameter_form(page: Page) -> Iterator[Found]:
    """A part of a path whose form is open."""
    for name in dict.fromkeys(n for r in page.described for n in _BRACES.findall(r.path)):
        if not says(page, r"\buuids?\b", rf"\b{re.escape(name)}\b.*\b(integer|number|string)\b"):
            requests = [r for r in page.described if f"{{{name}}}" in r.path]
            yield Found("parameter-form-open", name, lines_of(requests),
                        f"Which form has `{name}` in the path (a UUID, a number)?")  # fmt: skip


def boxes_never_closed(page: Page) -> Iterator[Found]:
    """Boxes (`:::tip`, `<Tip>`) that begin and have no end."""
    if page.unclosed:
        yield Found("box-not-closed", "", tuple(page.unclosed),
                    "Where do these boxes end? They are never closed.")  # fmt: skip


def links_to_nowhere(page: Page) -> Iterator[Found]:
    """Links to a heading that the page does not have."""
    anchors = {f"#{slug(heading.text)}" for heading in page.headings}
    for target, line in page.references.items():
        if target.startswith("#") and target not in anchors:
            yield Found(
                "link-to-nowhere",
                target.removeprefix("#"),
                (line,),
                f"Where does the link {target} lead? The page has no such heading.",
            )


def broken_entities(page: Page) -> Iterator[Found]:
    """Entities that are shown as they are written, for want of a semicolon."""
    shown = [(span.line, found[0]) for block in page.paragraphs for span in block.spans
             if span.kind == "text" and (found := _ENTITY.search(span.text))]  # fmt: skip
    if shown:
        yield Found("entity-without-semicolon", "", tuple(sorted({line for line, _ in shown})),
                    f"Is {shown[0][1]} meant to be seen? It lacks its semicolon.")  # fmt: skip


def _named(name: str, text: str) -> bool:
    parts = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", name)
    return all(re.search(rf"\b{re.escape(p)}s?\b", text, re.I) for p in parts) or (
        re.search(rf"\b{re.escape(name)}\b", text, re.I) is not None
    )


RULES: tuple[Rule, ...] = (
    *of_endpoints.RULES,
    *of_forms.RULES,
    *of_examples.RULES,
    duration_without_start,
    action_not_described,
    no_base_url,
    further_address,
    no_authentication,
    parameter_not_described,
    parameter_form,
    links_to_nowhere,
    boxes_never_closed,
    broken_entities,
)
