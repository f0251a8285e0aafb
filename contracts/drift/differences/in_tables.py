"""Tables that describe fields: what they say of a field that its forms do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from contracts.drift.differences import change as touched
from contracts.drift.differences.change import Change
from contracts.drift.page.model import Page
from contracts.drift.page.rows import type_in
from contracts.spec.model import Contract, Endpoint
from contracts.spec.types import ContradictionError, Type, describe, narrow


def table_changes(
    contract: Contract, page: Page, endpoints: Sequence[Endpoint]
) -> Iterator[Change]:
    """Types that contradict what the contract says of a field; further words are prose's."""
    meanings: dict[str, Type] = {}
    for endpoint in endpoints:
        for form in (endpoint.takes, endpoint.answers):
            meanings |= dict(form.fields) if form else {}
    for row in page.rows:
        kind = type_in(row)
        field = row.cells[0] if row.cells else ""
        if kind is None or field not in meanings:
            continue
        try:
            narrow(meanings[field], kind)
        except ContradictionError:
            text = f"a table says that `{field}` is {describe(kind)}, not "
            yield Change("changed", "type", field, row.line, "breaking",
                         text + describe(meanings[field]),
                         touched.of_field(contract, endpoints, field))  # fmt: skip
