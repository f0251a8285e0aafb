"""The real page, where somebody has put it beside the project, agrees with the contract."""

from __future__ import annotations

import pytest

from contracts.drift.differences.every import compare
from contracts.drift.page.reader import read
from contracts.drift.questions.every import raised
from contracts.spec.load import load
from tests.helpers.drift_pages import REFERENCE


@pytest.mark.skipif(
    not REFERENCE.is_file(), reason="the real page is not beside the project (../shared/reference)"
)
def test_the_real_page_agrees_with_the_contract_and_raises_its_questions() -> None:
    contract, page = load(), read(REFERENCE.read_text(encoding="utf-8"))
    assert compare(contract, page) == []
    assert page.unread == []
    assert {question.id for question in raised(page)} == set(contract.questions)
