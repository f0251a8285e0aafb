"""Questions about forms: what the same field is called and said to be in different places."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from contracts.drift.page.field_types import differences
from contracts.drift.page.model import Page, Template
from contracts.drift.questions.question import Found, Rule, lines_of, says, slug
from contracts.spec.types import Choice, Record, Text, Timestamp, Type, describe


def types_differ(page: Page) -> Iterator[Found]:
    """A field that is written with different types in different forms."""
    for name, places in _fields(page).items():
        kinds = list(dict.fromkeys(kind for _, kind in places))
        # Choices of which one has fewer values are another question.
        if len(kinds) > 1 and not all(isinstance(kind, Choice) for kind in kinds):
            words = "; ".join(describe(kind) for kind in kinds)
            yield Found("types-differ", name, _lines(name, places),
                        f"What is `{name}`? Its forms say: {words}.")  # fmt: skip


def spellings_differ(page: Page) -> Iterator[Found]:
    """A field whose one type is spelt in different ways."""
    for name, places in _fields(page).items():
        spelt = {found[1] for template, _ in places if (found := _scalar(name, template))}
        if len({kind for _, kind in places}) == 1 and len(spelt) > 1:
            words = " and ".join(sorted(spelt))
            yield Found("spellings-differ", name, _lines(name, places),
                        f"Is there a difference between {words} for `{name}`?")  # fmt: skip


def values_left_out(page: Page) -> Iterator[Found]:
    """A response form with fewer values than another form has."""
    for name, places in _fields(page).items():
        choices = [(t, kind) for t, kind in places if isinstance(kind, Choice)]
        known = {value for _, kind in choices for value in kind.values}
        fewer = [(t, k) for t, k in choices if t.role == "answers" and set(k.values) < known]
        if fewer:
            yield Found("values-left-out", name, _lines(name, fewer),
                        f"Does an answer show every value of `{name}` that can be sent? The "
                        "response form has fewer.")  # fmt: skip


def values_open(page: Page) -> Iterator[Found]:
    """A field whose value the prose speaks of, and whose values stand nowhere."""
    sent = {name for t in page.forms if t.role == "takes" for name in t.fields}
    for name, places in _fields(page).items():
        about = [
            s
            for s in page.sentences
            if re.search(rf"\bvalues?\b.*\b{re.escape(name)}\b", s.text, re.IGNORECASE)
        ]
        plain = all(isinstance(kind, Text) for _, kind in places)
        if about and plain and name not in sent:
            lines = sorted({*lines_of(about), *_lines(name, places)})
            yield Found("values-open", name, tuple(lines),
                        f"Which values can `{name}` have, and what does each mean?")  # fmt: skip


def form_of_nothing(page: Page) -> Iterator[Found]:
    """A form that no endpoint answers with."""
    answers = [t for t in page.forms if t.role == "answers"]
    for template in page.forms:
        if template.role == "resource" and not any(_alike(template, a) for a in answers):
            yield Found("form-of-nothing", slug(template.heading), lines_of([template]),
                        f"What is the form “{template.heading}” the form of? No endpoint answers "
                        "with it.")  # fmt: skip


def fields_of_nothing(page: Page) -> Iterator[Found]:
    """Fields of a resource's form that no endpoint takes and none answers with."""
    used = {name for t in page.forms if t.role != "resource" for name in t.names}
    for template in page.forms if used else ():
        names = [name for name in template.fields if name not in used]
        is_partly_used = len(names) < len(template.fields)
        if template.role == "resource" and names and is_partly_used:
            lines = tuple(dict.fromkeys(template.line_of(name) for name in names))
            words = ", ".join(f"`{name}`" for name in names)
            yield Found("fields-of-nothing", ".".join(names), lines,
                        f"What is {words} of? No endpoint takes or shows it.")  # fmt: skip


_PASSWORD = re.compile(r"(?i:password|passwd|passphrase|passcode)$|(?:^|_)(?:pin|pwd)$")


def secret_shown(page: Page) -> Iterator[Found]:
    """An answer that shows a password."""
    found: dict[str, list[int]] = {}
    for template in page.forms:
        for name in template.fields if template.role == "answers" else ():
            if _PASSWORD.search(name):
                found.setdefault(name, []).append(template.line_of(name))
    for name, lines in found.items():
        yield Found("secret-shown", name, tuple(lines),
                    f"Is `{name}` meant to be shown in an answer?")  # fmt: skip


def further_form(page: Page) -> Iterator[Found]:
    """A second form for what one endpoint takes, or for what it answers."""
    for first, further in page.further_forms:
        yield Found("further-form", slug(further.heading), (first.line, further.line),
                    f"{further.request} has two forms for what it {further.role}: when does "
                    "which one hold?")  # fmt: skip


def question_id(kind: str, template: Template) -> str:
    """The id of a question about one form."""
    subject = slug(template.heading)
    return f"{kind}.{subject}" if subject else kind


def sent_and_not_shown(page: Page) -> Iterator[Found]:
    """Fields of a body that the answer to the same request leaves out."""
    for request in page.described:
        body, answer = (page.template(request, role) for role in ("takes", "answers"))
        for name in body.fields if body and answer and answer.record else ():
            if body and answer and name not in answer.names:
                yield Found("sent-and-not-shown", f"{slug(request.heading)}.{name}",
                            (body.line_of(name), answer.line),
                            f"{request} takes `{name}` and does not show it: is that meant, and is "
                            "it kept?")  # fmt: skip


def answers_differ(page: Page) -> Iterator[Found]:
    """Two request lines with one path that answer with different objects."""
    first: dict[str, Template] = {}
    for template in page.forms:
        if template.role != "answers" or not template.request:
            continue
        one = first.setdefault(template.request.path, template)
        if one.names != template.names or _is_list(one) != _is_list(template):
            yield Found("answers-differ", slug(template.heading), lines_of([one, template]),
                        f"{one.request} and {template.request} answer with different forms: is it "
                        "the same resource?")  # fmt: skip


def names_differ(page: Page) -> Iterator[Found]:
    """Two timestamps of one pattern whose names differ only in their last word."""
    stamps = {n: places for n, places in _fields(page).items()
              if all(isinstance(kind, Timestamp) for _, kind in places)}  # fmt: skip
    for one, other in combinations(stamps, 2):
        together = any(one in t.fields and other in t.fields for t in page.forms)
        if not together and stamps[one][0][1] == stamps[other][0][1] and _root(one) == _root(other):
            lines = sorted({*_lines(one, stamps[one]), *_lines(other, stamps[other])})
            yield Found("names-differ", f"{one}.{other}", tuple(lines),
                        f"Do `{one}` and `{other}` mean the same thing?")  # fmt: skip


def unreadable(page: Page) -> Iterator[Found]:
    """A form that the notation cannot read, or that is no object and no list of objects."""
    for template in page.templates:
        for slip, kind in ((False, "form-unreadable"), (True, "comma-missing")):
            found = [problem.error for problem in template.problems if problem.slip == slip]
            lines = dict.fromkeys(template.line + error.line - 1 for error in found)
            if found:
                yield Found(kind, slug(template.heading), tuple(lines),
                            f"What does this form mean? {found[0].sentence}.")  # fmt: skip
        if template.record is None and not template.problems:
            yield Found("form-unreadable", slug(template.heading), (template.line,),
                        "What does this form mean? It has no field.")  # fmt: skip


def labelled_as_json(page: Page) -> Iterator[Found]:
    """A readable form in a block that says it is JSON and is not."""
    for template in page.forms:
        if template.language == "json" and template.type is not None:
            try:
                json.loads(template.text)
            except (ValueError, RecursionError) as error:
                line = template.line + getattr(error, "lineno", 1) - 1
                place = f"{slug(template.heading)}.{template.role}"
                yield Found("not-json", place, (line,),
                            "This form is labelled as JSON, which it is not: is it meant to be "
                            "copied?")  # fmt: skip


def required_or_not(page: Page) -> Iterator[Found]:
    """Bodies of which nothing says what must be sent."""
    bodies = [t for t in page.forms if t.role == "takes" and not t.required]
    if bodies and not says(page, r"\brequired\b", r"\boptional", r"\bmandatory\b", r"\bmust\b"):
        yield Found("required-or-not", "", lines_of(bodies),
                    "Which fields of a body must be sent? The page does not say.")  # fmt: skip


def _fields(page: Page) -> dict[str, list[tuple[Template, Type]]]:
    """Field → where it stands, with the type there; inner objects are left out."""
    found: dict[str, list[tuple[Template, Type]]] = {}
    for template in page.forms:
        for name, kind in template.fields.items():
            if not isinstance(kind, Record):
                found.setdefault(name, []).append((template, kind))
    return found


def _lines(name: str, places: Sequence[tuple[Template, Type]]) -> tuple[int, ...]:
    return tuple(sorted({template.line_of(name) for template, _ in places}))


def _scalar(name: str, template: Template) -> re.Match[str] | None:
    """The field's type as it is written, when it is one word in quotes, and no example."""
    if name in template.examples or template.language in ("table", "example"):
        return None
    return re.search(rf'{re.escape(json.dumps(name))}\s*:\s*("[A-Za-z]+")', template.text)


def _alike(one: Template, other: Template) -> bool:
    return one.record is not None and other.record is not None and not any(
        d for d in differences(one.record, other.record) if d.what == "field"
    )  # fmt: skip


def _is_list(template: Template) -> bool:
    return template.type is not None and template.type is not template.record


def _root(name: str) -> list[str]:
    """The words of a camel-case name but for the last one."""
    return re.findall(r"[A-Z]?[a-z0-9]+", name)[:-1]


RULES: tuple[Rule, ...] = (
    types_differ, spellings_differ, values_left_out, values_open, form_of_nothing,
    fields_of_nothing, further_form, secret_shown,
    sent_and_not_shown, answers_differ, names_differ, unreadable, labelled_as_json,
    required_or_not,
)  # fmt: skip
