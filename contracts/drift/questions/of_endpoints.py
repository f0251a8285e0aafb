"""Questions about request lines: the table, the sections, and what is never said of an endpoint."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.drift.page.model import WITH_BODY, Page, Request
from contracts.drift.page.reconcile import shape
from contracts.drift.questions.question import Found, Rule, lines_of, says, slug
from contracts.spec.forms import METHODS

_LIST_WORDS = (r"\border(ed)?\b", r"\bsort", r"\bpag(e|ing|ination)\b", r"\b(newest|latest)\b")


def not_in_table(page: Page) -> Iterator[Found]:
    """An endpoint that is described but not in the page's own table."""
    rows = {row.key for row in page.at("table")}
    for request in page.described if page.has_table else ():
        if request.key not in rows:
            yield Found("endpoint-not-in-table", slug(request.heading), (request.line,),
                        f"{request} is described, but it is not in the table of endpoints: does "
                        "the table leave it out on purpose?")  # fmt: skip


def written_otherwise(page: Page) -> Iterator[Found]:
    """An endpoint whose method, path or spelling is another one in another place."""
    for request in page.requests:
        if not request.written:
            continue
        method, _, path = request.written.partition(" ")
        subject, lines = (
            slug(request.heading or request.title) or subject_of(request),
            (request.line,),
        )
        if method != request.method:
            yield Found("badge-differs", subject, lines,
                        f"Is {request.path} meant with {method} or with {request.method}? Table, "
                        "section and examples differ.")  # fmt: skip
        elif _plain(path) != _plain(request.path):
            yield Found("path-differs", subject, lines,
                        f"Is {request.written} the same endpoint as {request}? The title is the "
                        "same.")  # fmt: skip
        else:
            yield Found("path-written-otherwise", subject, lines,
                        f"Is {request.written} the same as {request}? A slash or a parameter's "
                        "name differs.")  # fmt: skip


def _plain(path: str) -> str:
    return shape(path.partition("://")[2].partition("/")[2] if "://" in path else path)


def only_in_table(page: Page) -> Iterator[Found]:
    """A row of the table whose endpoint is described nowhere."""
    described = {request.key for request in page.described}
    for row in page.at("table"):
        if row.key not in described:
            yield Found("endpoint-not-described", subject_of(row), (row.line,),
                        f"{row} is in the table of endpoints, but no section describes it: what "
                        "does it do?")  # fmt: skip


def method_unknown(page: Page) -> Iterator[Found]:
    """A request line with a method that no contract has, such as OPTIONS."""
    for request in page.requests:
        if request.method not in METHODS:
            yield Found("method-unknown", subject_of(request), (request.line,),
                        f"What is {request} for?")  # fmt: skip


def only_mentioned(page: Page) -> Iterator[Found]:
    """A request line that stands in running text only."""
    elsewhere = {request.key for request in page.requests if request.place != "mention"}
    mentions = {r.key: r for r in reversed(page.at("mention")) if r.key not in elsewhere}
    for request in reversed(mentions.values()):
        yield Found(
            "endpoint-only-mentioned",
            subject_of(request),
            (request.line,),
            f"{request} is only mentioned: what does it take, and what does it answer?",
        )


def described_twice(page: Page) -> Iterator[Found]:
    """One request line with two sections."""
    for request in page.described:
        sections = [r for r in page.at("section") if r.key == request.key]
        if len(sections) > 1:
            yield Found(
                "endpoint-described-twice",
                slug(request.heading),
                lines_of(sections),
                f"{request} is described in more than one place: which one holds?",
            )


def title_differs(page: Page) -> Iterator[Found]:
    """A row of the table that is called otherwise than the section."""
    for request in page.described:
        for row in page.at("table"):
            if row.key == request.key and row.title and row.title != request.heading:
                yield Found("titles-differ", slug(request.heading), (row.line, request.line),
                            f"The table and the section of {request} have different titles: are "
                            "both the same endpoint?")  # fmt: skip


def no_answer_form(page: Page) -> Iterator[Found]:
    """An endpoint whose answer has no form."""
    for request in page.described:
        if page.template(request, "answers") is None:
            yield Found("no-answer-form", slug(request.heading), (request.line,),
                        f"What is in the answer to {request}? It has no form.")  # fmt: skip


def no_body_form(page: Page) -> Iterator[Found]:
    """A write whose body has no form."""
    for request in page.described:
        if request.method in WITH_BODY and page.template(request, "takes") is None:
            yield Found("no-body-form", slug(request.heading), (request.line,),
                        f"What is sent with {request}? Its body has no form.")  # fmt: skip


def no_description(page: Page) -> Iterator[Found]:
    """A section without a sentence."""
    for request in page.described:
        if not any(request.heading in sentence.headings for sentence in page.sentences):
            yield Found("no-description", slug(request.heading), (request.line,),
                        f"What does {request} do? Its section has no sentence.")  # fmt: skip


def no_status_codes(page: Page) -> Iterator[Found]:
    """A page that gives no status code."""
    if page.described and not says(page, r"\b[1-5]\d\d\b(?!\s*(?:days|ms|seconds))"):
        yield Found("no-status-codes", "", lines_of(page.described),
                    "Which statuses do the endpoints answer with, in success and in failure? The "
                    "page gives none.")  # fmt: skip


def no_error_form(page: Page) -> Iterator[Found]:
    """A page that does not show what an error looks like."""
    shown = any(template.role == "error" for template in page.templates)
    if page.described and not shown and not says(page, r"\berrors?\b"):
        yield Found("no-error-form", "", lines_of(page.described),
                    "What does the answer look like when a request fails? The page shows no "
                    "error.")  # fmt: skip


def no_update(page: Page) -> Iterator[Found]:
    """A single resource that is created and read at one path, and never changed."""
    methods = _methods_by_path(page)
    for path, requests in methods.items():
        post, get = requests.get("POST"), requests.get("GET")
        if post and get and not {"PUT", "PATCH"} & set(requests) and not _is_list(page, get):
            yield Found("create-on-existing", slug(post.heading), (get.line, post.line),
                        f"What does {post} do when there is something at {path} already? There is "
                        "no way to change it.")  # fmt: skip


def none_there(page: Page) -> Iterator[Found]:
    """What GET answers when there is nothing (any more)."""
    for requests in _methods_by_path(page).values():
        get, delete = requests.get("GET"), requests.get("DELETE")
        if get and delete and not says(page, r"\b404\b", r"not found", r"\bempty\b"):
            yield Found(
                "none-there",
                slug(get.heading),
                (get.line, delete.line),
                f"What does {get} answer when there is nothing, such as after {delete}?",
            )


def list_without_order(page: Page) -> Iterator[Found]:
    """A list whose order and length are open."""
    if says(page, *_LIST_WORDS):
        return
    for request in page.described:
        if _is_list(page, request):
            template = page.template(request, "answers")
            yield Found(
                "list-without-order",
                slug(request.heading),
                lines_of([template]),
                f"In which order does {request} list, and is everything in one answer?",
            )


def badges_differ(page: Page) -> Iterator[Found]:
    """One method under badges of different styles."""
    styles: dict[str, dict[str, int]] = {}
    for request in page.requests:
        if request.style:
            styles.setdefault(request.method, {}).setdefault(request.style, request.line)
    for method, found in styles.items():
        if len(found) > 1:
            yield Found(
                "badges-differ",
                method.lower(),
                tuple(sorted(found.values())),
                f"{method} has badges of different kinds: does that mean anything?",
            )


def _methods_by_path(page: Page) -> dict[str, dict[str, Request]]:
    found: dict[str, dict[str, Request]] = {}
    for request in page.described:
        found.setdefault(request.path, {})[request.method] = request
    return found


def _is_list(page: Page, request: Request) -> bool:
    template = page.template(request, "answers")
    return template is not None and template.text.lstrip().startswith("[")


def subject_of(request: Request) -> str:
    """What a question about one request line is about, as a part of its id."""
    return f"{request.method.lower()}-{slug(request.path)}"


RULES: tuple[Rule, ...] = (
    not_in_table, written_otherwise, only_in_table, method_unknown, only_mentioned,
    described_twice, title_differs, no_answer_form,
    no_body_form, no_description, no_status_codes, no_error_form, no_update, none_there,
    list_without_order, badges_differ,
)  # fmt: skip
