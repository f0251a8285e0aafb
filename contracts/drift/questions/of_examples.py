"""Questions about request examples: whether they send what their endpoint documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TypeAlias

from contracts.drift.page.examples import SHELL, Sent, is_broken, read
from contracts.drift.page.model import Example, Page, Request
from contracts.drift.questions.question import Found, Rule, lines_of, slug
from contracts.spec.types import Choice

_Test: TypeAlias = Callable[[Sent, Request], bool]


def broken(page: Page) -> Iterator[Found]:
    """Examples that their own language cannot read; what they send is compared with nothing."""
    unread = [example for example in page.examples if is_broken(example)]
    if unread:
        yield Found("example-not-readable", "", lines_of(unread),
                    "These examples cannot be read as what they are labelled: is a quote or a "
                    "bracket missing?")  # fmt: skip


def json_unlabelled(page: Page) -> Iterator[Found]:
    """A body of JSON that goes out under another media type."""
    yield from _about_each(
        page, "json-not-labelled", lambda sent, _: not sent.labelled and bool(sent.fields),
        "This example of {request} sends JSON without saying so: is a Content-Type needed?",
    )  # fmt: skip


def wrong_fields(page: Page) -> Iterator[Found]:
    """A body that has other fields than the form."""

    def differs(sent: Sent, request: Request) -> bool:
        form = page.template(request, "takes")
        return form is not None and form.record is not None and (
            set(sent.fields or ()) != form.names
        )  # fmt: skip

    yield from _about_each(
        page, "example-has-other-fields", differs,
        "This example of {request} does not send the fields that the form has: which is right?",
    )  # fmt: skip


def wrong_values(page: Page) -> Iterator[Found]:
    """A body with a value that its form does not have."""

    def differs(example: Example) -> bool:
        form = page.template(example.request, "takes") if example.request else None
        choices = {n: kind.values for n, kind in (form.fields if form else {}).items()
                   if isinstance(kind, Choice)}  # fmt: skip
        return any(
            value not in values
            for name, values in choices.items()
            for value in re.findall(
                rf"""\b{re.escape(name)}["']?\s*(?::|=>)\s*["']([A-Z][A-Z0-9_]+)["']""",
                example.text,
            )
        )

    wrong: dict[Request, list[Example]] = {}
    for example in page.examples:
        if example.request and differs(example):
            wrong.setdefault(example.request, []).append(example)
    for request, examples in wrong.items():
        yield Found("example-has-other-values", slug(request.heading), lines_of(examples),
                    f"This example of {request} sends a value that the form does not have: which "
                    "is right?")  # fmt: skip


_CHOICE_AS_TEXT = re.compile(
    r"""[:=]\s*\\?["']([A-Z][A-Z0-9_]+(?:\s+or\s+|\s*[|/]\s*)[A-Z][A-Z0-9_]+[^"'\n]{0,80})\\?["']"""
)


def choice_as_text(page: Page) -> Iterator[Found]:
    """A body with the text of the choice itself (`"A or B"`) in place of one of its values."""
    found: dict[Request, list[Example]] = {}
    for example in page.examples:
        if example.request and _CHOICE_AS_TEXT.search(example.text):
            found.setdefault(example.request, []).append(example)
    for request, examples in found.items():
        yield Found("example-sends-choice", slug(request.heading), lines_of(examples),
                    f"This example of {request} sends a choice as it is written in the form: which "
                    "of its values is meant?")  # fmt: skip


def broken_off(page: Page) -> Iterator[Found]:
    """A command of several lines, of which one does not say that another follows."""
    for example in page.examples:
        if example.language not in SHELL or "curl" not in example.text:
            continue
        pairs = pairwise([*example.text.rstrip().split("\n"), ""])
        at = next((n for n, (line, other) in enumerate(pairs) if _ends_early(line, other)), None)
        if at is not None:
            subject = slug(example.request.heading if example.request else example.heading)
            yield Found("command-breaks-off", subject, (example.line + at,),
                        "Is a backslash missing here? The command ends on this line, and the next "
                        "one belongs to it.")  # fmt: skip


def _ends_early(line: str, following: str) -> bool:
    """Whether a line of a command has a next one and does not say so, or the other way round."""
    text = following.strip()
    if line.rstrip().endswith("\\"):
        return line != line.rstrip() or not text
    goes_on = text.startswith(("-", "'http", '"http', "http"))
    return bool(line.strip()) and not line.strip().startswith("#") and goes_on and not (
        text.startswith(("http ", "https ")))  # fmt: skip


def wrong_method(page: Page) -> Iterator[Found]:
    """An example with another method than the request line."""
    yield from _about_each(
        page, "example-has-another-method", lambda sent, request: sent.method != request.method,
        "This example uses another method than {request}: which is right?",
    )  # fmt: skip


def wrong_url(page: Page) -> Iterator[Found]:
    """An example that goes to another address than base URL and path."""

    def differs(sent: Sent, request: Request) -> bool:
        return bool(page.base_url) and "{" in sent.url and (
            sent.url.partition("?")[0] != page.base_url + request.path
        )  # fmt: skip

    yield from _about_each(
        page, "example-has-another-url", differs,
        "This example of {request} goes to another address than the base URL with the path: which "
        "is right?",
    )  # fmt: skip


def reads_an_answer_without_form(page: Page) -> Iterator[Found]:
    """An example that needs JSON in an answer of which no form is shown."""
    yield from _about_each(
        page, "example-reads-undocumented-json",
        lambda sent, request: sent.reads_json and page.template(request, "answers") is None,
        "This example of {request} reads JSON from an answer that has no form: is there any?",
    )  # fmt: skip


def placeholders(page: Page) -> Iterator[Found]:
    """Examples whose URL has braces that nothing fills."""
    unfilled = [example for example, sent in _sent(page) if sent.unfilled]
    if unfilled:
        yield Found("example-url-not-filled", "", lines_of(unfilled),
                    "The URLs of these examples have braces that nothing fills: is the reader to "
                    "replace them, and with what?")  # fmt: skip


def headers_differ(page: Page) -> Iterator[Found]:
    """Examples of one endpoint that do not send the same headers (but for the media type)."""
    for request in page.described:
        sent = [(e, s) for e, s in _sent(page) if e.request and e.request.key == request.key]
        kinds = {frozenset(s.headers - {"content-type", "accept"}) for _, s in sent}
        if len(kinds) > 1:
            yield Found(
                "example-headers-differ",
                slug(request.heading),
                lines_of(example for example, _ in sent),
                f"The examples of {request} send different headers: which are needed?",
            )


def no_example(page: Page) -> Iterator[Found]:
    """An endpoint without an example, where others have one."""
    shown = {example.request.key for example in page.examples if example.request}
    for request in page.described if shown else ():
        if request.key not in shown:
            yield Found("no-example", slug(request.heading), (request.line,),
                        f"How is {request} used? It has no example.")  # fmt: skip


def _sent(page: Page) -> list[tuple[Example, Sent]]:
    return [(example, sent) for example in page.examples if (sent := read(example))]


def _about_each(page: Page, kind: str, wrong: _Test, sentence: str) -> Iterator[Found]:
    """One question for each endpoint with examples of which something is true."""
    found: dict[Request, list[Example]] = {}
    for example, sent in _sent(page):
        if example.request and wrong(sent, example.request):
            found.setdefault(example.request, []).append(example)
    for request, examples in found.items():
        text = sentence.format(request=request)
        yield Found(kind, slug(request.heading), lines_of(examples), text)


RULES: tuple[Rule, ...] = (
    broken, broken_off, choice_as_text, json_unlabelled, wrong_fields, wrong_values, wrong_method,
    wrong_url,
    reads_an_answer_without_form, placeholders, headers_differ, no_example,
)  # fmt: skip
