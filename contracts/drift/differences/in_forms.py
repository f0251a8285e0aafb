"""The forms of the page against those of the contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contracts.drift.differences import change as touched
from contracts.drift.differences.change import Change
from contracts.drift.page.field_types import Difference, differences
from contracts.drift.page.model import Page, Template
from contracts.drift.questions.of_forms import question_id
from contracts.spec.model import Contract, Endpoint, Form
from contracts.spec.parser import Problem, parse
from contracts.spec.types import ContradictionError, Text, Type, narrow

IN_WORDS = {"takes": "the request body", "answers": "the response", "resource": "the resource"}


@dataclass(frozen=True)
class Role:
    """A place for a form: what the contract has there, and what the page has.

    `endpoint` is None for a form that stands on its own; `line` is where a missing one would be.
    """

    name: str
    form: Form | None
    template: Template | None
    endpoint: Endpoint | None
    line: int

    def __str__(self) -> str:
        where = f" of {self.endpoint.request}" if self.endpoint else ""
        return f"{IN_WORDS[self.name]}{where}"


def form_changes(
    contract: Contract, page: Page, role: Role, endpoints: Sequence[Endpoint]
) -> Iterator[Change]:
    """What differs in one place; `endpoints` are those that the page has."""
    form, template = role.form, role.template
    if form and not template:
        yield Change("removed", "form", form.id, role.line, "breaking",
                     f"{role} has no form any more", _of_form(contract, role))  # fmt: skip
    elif template and not form and not _is_asked(contract, template):
        yield Change("added", "form", str(role), template.line, "notable",
                     f"{role} has a form now")  # fmt: skip
    elif form and template and template.type is None:
        line = template.line + (template.error.line - 1 if template.error else 0)
        yield Change(
            "changed",
            "form",
            form.id,
            line,
            "breaking",
            f"{role} cannot be read: {template.error}",
            _of_form(contract, role),
        )
    elif form and template and template.type is not None:
        is_asked = _is_asked(contract, template)
        users = [e for e in endpoints if form.source.page == e.source.page]
        comparison = _FormComparison(contract, page, role, template, form, users)
        unread = [problem.path for problem in template.problems if problem.path]
        for difference in differences(parse(form.notation), template.type):
            is_unread = any(_within(difference, path, is_asked) for path in unread)
            is_known = _is_example(difference, form, page) or _contradicts(
                difference, contract, page
            )
            if not is_unread and not is_known:
                yield comparison.change(difference)
        for problem in template.problems:
            if not problem.slip and not is_asked:
                yield comparison.unreadable(problem)


def unused_templates(contract: Contract, page: Page, roles: Sequence[Role]) -> Iterator[Change]:
    """Forms on the page for which the contract has no place, and error forms that are gone."""
    placed = {role.template.line for role in roles if role.template}
    known = {(role.endpoint.method, role.endpoint.path) for role in roles if role.endpoint}
    errors: list[tuple[str, Type | None]] = [(s.heading, kind) for s, kind in contract.errors]
    for template in page.templates:
        new_endpoint = template.request is not None and template.request.key not in known
        is_further = question_id("further-form", template) in contract.questions
        if template.line in placed or new_endpoint or is_further or _is_asked(contract, template):
            continue
        if template.role == "error" and (template.heading, template.type) in errors:
            errors.remove((template.heading, template.type))
            continue
        name = template.heading or "the top"
        what = "an error form" if template.role == "error" else "a form"
        yield Change("added", "form", name, template.line, "notable",
                     f"{what} that the contract does not know")  # fmt: skip
    for heading, _ in errors:
        yield Change("removed", "form", heading, page.line_of(heading), "notable",
                     "the page no longer has this error form")  # fmt: skip


def _contradicts(difference: Difference, contract: Contract, page: Page) -> bool:
    """Whether a contract left a field out because the page's forms contradict each other there."""
    is_asked = f"types-differ.{difference.path}" in contract.questions
    is_new = (difference.kind, difference.what) == ("added", "field")
    return is_asked and is_new and _meaning(page, difference.path) is None


def _is_asked(contract: Contract, template: Template) -> bool:
    """Whether the contract already has the question what an unreadable form means."""
    asked = question_id("form-unreadable", template) in contract.questions
    return asked and not template.is_readable


def _within(difference: Difference, path: str, is_asked: bool) -> bool:
    """Whether a difference is in a field that cannot be read, and not that it is there.

    Where the question is known, the contract leaves the field out.
    """
    inside = difference.path == path or difference.path.startswith(f"{path}.")
    outside = is_asked and path.startswith(f"{difference.path}.")
    return (inside and (is_asked or difference.kind == "changed")) or outside


def _is_example(difference: Difference, form: Form, page: Page) -> bool:
    """Whether the page has an example of a text where the contract has any text."""
    is_text = isinstance(form.fields.get(difference.path), Text)
    return is_text and difference.what == "type" and difference.path in page.lone_values


def _of_form(contract: Contract, role: Role) -> tuple[str, ...]:
    if role.endpoint is None or role.form is None:
        return ()
    return touched.of_form(contract, role.endpoint, role.form)


@dataclass(frozen=True)
class _FormComparison:
    contract: Contract
    page: Page
    role: Role
    template: Template
    form: Form
    users: Sequence[Endpoint]

    def change(self, difference: Difference) -> Change:
        return Change(
            difference.kind,
            difference.what,
            f"{self.form.id}.{difference.path}" if difference.path else self.form.id,
            self._line(difference),
            self._severity(difference),
            f"{self.role}: {_sentence(difference)}",
            self._touched(difference),
            self._would_add(difference),
        )

    def unreadable(self, problem: Problem) -> Change:
        """A place that cannot be read; only the field in which it is, if any, is in doubt."""
        path = problem.path
        return Change(
            "changed",
            "type" if path else "form",
            f"{self.form.id}.{path}" if path else self.form.id,
            self.template.line + problem.error.line - 1,
            "breaking" if path else "notable",
            f"{self.role}: {f'`{path}`' if path else 'a place'} cannot be read: "
            f"{problem.error.sentence}",
            touched.of_field(self.contract, self._endpoints, path.partition(".")[0]),
        )

    @property
    def _endpoints(self) -> Sequence[Endpoint]:
        return [self.role.endpoint] if self.role.endpoint else self.users

    def _line(self, difference: Difference) -> int:
        if not difference.path or (difference.kind, difference.what) == ("removed", "field"):
            return self.template.line
        path = difference.path
        if difference.what == "field" and difference.kind == "changed":
            path = ".".join([*path.split(".")[:-1], difference.after])
        return self.template.line_of(path)

    def _severity(self, difference: Difference) -> str:
        kind, what = difference.kind, difference.what
        taken, answered = self.role.name == "takes", self.role.name == "answers"
        if what == "dots":
            return "harmless"
        if what == "field" and kind == "added":
            if difference.path in self.contract.secrets_never_answered and answered:
                return "breaking"
            return "breaking" if taken else "harmless"
        if what == "field":
            return "notable" if self.role.name == "resource" else self._lost(kind)
        if not self._changes_the_meaning(difference):
            return "harmless"
        return "notable" if what == "value" and kind == "added" else "breaking"

    def _lost(self, kind: str) -> str:
        """A field that a request no longer has may still be sent; one of an answer is missed."""
        return "notable" if self.role.name == "takes" and kind == "removed" else "breaking"

    def _touched(self, difference: Difference) -> tuple[str, ...]:
        if difference.what == "dots":
            return ()
        if not difference.path:
            return _of_form(self.contract, self.role)
        values = [difference.before, difference.after] if difference.what == "value" else []
        endpoints = self._endpoints
        if difference.what != "field" and self._changes_the_meaning(difference):
            endpoints = self.users
        return touched.of_field(self.contract, endpoints, difference.field, values)

    def _would_add(self, difference: Difference) -> tuple[str, ...]:
        new = {"added": difference.path, "changed": difference.after}.get(difference.kind)
        if difference.what != "field" or not new or "." in difference.path:
            return ()
        if self.role.endpoint is None:
            return ()
        return touched.would_add(self.contract, self.role.endpoint, self.form, new)

    def _changes_the_meaning(self, difference: Difference) -> bool:
        """Whether the field means something else on the whole page, not only in this form."""
        before, after = (
            self.form.fields.get(difference.field),
            _meaning(self.page, difference.field),
        )
        return before is None or after is None or any(differences(before, after))


def _meaning(page: Page, field: str) -> Type | None:
    """The most exact notation of a field on the page; None where its forms contradict."""
    kinds = [template.fields[field] for template in page.forms if field in template.fields]
    try:
        meaning = kinds[0] if kinds else None
        for kind in kinds[1:]:
            meaning = narrow(meaning, kind) if meaning is not None else None
    except ContradictionError:
        return None
    return meaning


def _sentence(difference: Difference) -> str:
    field = f"the field `{difference.path}`"
    match difference.kind, difference.what:
        case "changed", "field":
            return f"{field} is now `{difference.after}`"
        case kind, "field":
            return f"{field} ({difference.before or difference.after}) was {kind}"
        case "changed", "value":
            return f"{field} has the value {difference.after} in place of {difference.before}"
        case kind, "value":
            return f"{field}: the value {difference.before or difference.after} was {kind}"
        case "changed", "pattern":
            return f"{field} has the pattern {difference.after}, not {difference.before}"
        case "changed", "shape":
            return f"it is {difference.after}, not {difference.before}"
        case kind, "dots":
            return f"the dots for further fields were {kind}"
    return f"{field} is {difference.after}, not {difference.before}"
