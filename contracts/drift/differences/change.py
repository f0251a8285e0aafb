"""What a difference between the page and the contract is, and which requirements it touches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.spec.model import Contract, Endpoint, Form, Page, Requirement

# How grave a change is: an integrator's code may stop working; worth knowing; of no consequence.
SEVERITIES = ("breaking", "notable", "harmless")


@dataclass(frozen=True)
class Change:
    """One difference. `kind` is added, removed or changed; `what` says of which kind of thing.

    `requirements` are ids of the contract that it touches; `would_add` are ids that the contract
    would gain. `line` is the page's; for what has vanished, that of the place where it was.
    """

    kind: str
    what: str
    name: str
    line: int
    severity: str
    sentence: str
    requirements: tuple[str, ...] = ()
    would_add: tuple[str, ...] = ()


def main_page(contract: Contract) -> Page:
    """The page that describes most of the endpoints."""
    pages = [endpoint.source.page for endpoint in contract.endpoints.values()]
    return max(pages, key=pages.count)


def of_endpoint(contract: Contract, endpoint: Endpoint) -> tuple[str, ...]:
    """The requirements of an endpoint."""
    return tuple(r.id for r in contract.requirements.values() if r.endpoint == endpoint.id)


def of_request_line(contract: Contract, endpoint: Endpoint) -> tuple[str, ...]:
    """The documented requirements that rest on an endpoint's request line alone."""
    return tuple(
        r.id
        for r in contract.requirements.values()
        if r.endpoint == endpoint.id and not r.advisory and set(r.parameters) <= {"endpoint"}
        and r.source == endpoint.source
    )  # fmt: skip


def of_heading(contract: Contract, page: Page, heading: str) -> tuple[str, ...]:
    """The requirements whose source is a heading of a page."""
    return tuple(
        r.id
        for r in contract.requirements.values()
        if (r.source.page, r.source.heading) == (page, heading)
    )


def of_field(
    contract: Contract, endpoints: Iterable[Endpoint], field: str, values: Iterable[str] = ()
) -> tuple[str, ...]:
    """The requirements of endpoints that are about a field.

    With `values`, those about another one of its values are left out.
    """
    ids, wanted = {endpoint.id for endpoint in endpoints}, set(values)
    return tuple(
        r.id
        for r in contract.requirements.values()
        if r.endpoint in ids and r.parameters.get("field") == field and _about(r, wanted)
    )


def _about(requirement: Requirement, values: set[str]) -> bool:
    value = requirement.parameters.get("value")
    return not values or value is None or value in values


def of_form(contract: Contract, endpoint: Endpoint, form: Form) -> tuple[str, ...]:
    """The requirements of an endpoint that rest on one of its forms, field by field or whole."""
    about_fields = {r for name in form.fields for r in of_field(contract, [endpoint], name)}
    bare = set(of_request_line(contract, endpoint))
    return tuple(name for name in contract.requirements if name in about_fields | bare)


def would_add(contract: Contract, endpoint: Endpoint, form: Form, field: str) -> tuple[str, ...]:
    """The ids that a further field of a form would bring: of families that hold for all others."""
    families: dict[str, set[str]] = {}
    for r in contract.requirements.values():
        if r.endpoint == endpoint.id and set(r.parameters) <= {"endpoint", "field"}:
            families.setdefault(r.family, set()).add(r.parameters.get("field", ""))
    return tuple(
        f"{endpoint.id}.{family.partition('.')[2].format(field=field)}"
        for family, fields in families.items()
        if fields >= set(form.fields)
    )
