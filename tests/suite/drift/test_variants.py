"""Pages that say one thing in many ways: read as what they say, agreeing with their drafts."""

from __future__ import annotations

import pytest

from contracts.drift.differences.every import compare, snapshot_of
from contracts.drift.draft.adopt import draft, lacking
from contracts.drift.page.reader import read
from contracts.drift.questions.every import new, raised
from contracts.spec import yaml_nodes
from contracts.spec.load import read as read_contract
from contracts.spec.model import Contract
from tests.helpers.page_variants import VARIANTS, Variant


def adopted(variant: Variant) -> Contract:
    text, contract = draft(read(variant.page), "page.md")
    assert read_contract(yaml_nodes.parse(text, "draft")).endpoints.keys() == (
        contract.endpoints.keys()
    )
    return contract


@pytest.mark.parametrize("name", VARIANTS)
def test_a_page_is_read_as_what_it_says(name: str) -> None:
    variant = VARIANTS[name]
    contract = adopted(variant)
    by_request = {endpoint.request: endpoint for endpoint in contract.endpoints.values()}
    assert set(by_request) == variant.requests
    assert contract.base_url == variant.base_url
    bodies = {request: set(e.takes.fields) for request, e in by_request.items() if e.takes}
    answers = {request: set(e.answers.fields) for request, e in by_request.items() if e.answers}
    assert variant.takes.items() <= bodies.items()
    assert variant.answers.items() <= answers.items()
    forms = [f for e in by_request.values() for f in (e.takes, e.answers) if f]
    choices = {field: values for form in forms for field, values in form.choices.items()}
    assert choices == variant.choices
    required = {field for form in forms for field in form.required}
    assert required == variant.required
    own = {field for form in forms for field in form.fields}
    if variant.secrets:
        assert contract.secret_fields & own == variant.secrets
    assert variant.asked <= set(contract.questions)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_page_agrees_with_its_own_draft(name: str) -> None:
    page = read(VARIANTS[name].page)
    contract = adopted(VARIANTS[name])
    assert compare(contract, page, snapshot_of(contract, page)) == []
    assert new(raised(page), contract.questions) == []


def test_a_draft_that_lacks_most_of_the_page_says_so() -> None:
    shown = "\n\n".join(f"One may *GET* /silos/{name} as well." for name in ("a", "b", "c"))
    page = read(f"# Silos\n\n{shown}\n\n`GET /silos`\n")
    _, contract = draft(page, "page.md")
    sentences = lacking(contract, page)
    assert any("no form" in sentence for sentence in sentences)
    assert any("lacks 3 of the 4 request lines" in sentence for sentence in sentences)
    for variant in VARIANTS.values():
        assert lacking(adopted(variant), read(variant.page)) == [] or not (
            variant.takes or variant.answers
        )
