"""Histories that are made by hand, exchange by exchange, without a client."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

from contracts.expected_state.expectations import expectations
from contracts.expected_state.history import History
from contracts.http.exchange import Answer, Exchange, Intent, Request
from contracts.judging.judge import Judge
from contracts.leaf_user.request_bodies import Bodies
from contracts.masking.masking import Secrets
from contracts.spec.model import CREATE, DELETE, HANDSHAKE, LOG, READ, Contract
from contracts.spec.types import Timestamp
from tests.helpers.judge_helpers import CONTRACT, CREATED, DATE, JSON

MOMENTS = count()


class Told:
    """What happened for one Leaf user, as its answers tell it. `other` is the neighbour."""

    def __init__(self, contract: Contract = CONTRACT) -> None:
        self.contract = contract
        self.history = History(contract)
        self.other: Told | None = None
        self._judge = Judge(contract, Secrets(contract.secret_fields))
        self._bodies = Bodies(contract)
        self._ids = count()

    def beside(self) -> Told:
        """The neighbour, who knows of what is written here."""
        self.other = self.other or Told(self.contract)
        self.other.other = self
        return self.other

    # ------------------------------------------------------------ what is asked

    def create(self, status: int = 201, *, authorised: bool = True, **fixed: Any) -> Exchange:
        """An ordinary POST; what its answer shows is in `made`."""
        endpoint = self.contract.the(CREATE)
        assert endpoint.takes
        sent = self._bodies.ordinary(endpoint.takes, **fixed)
        self.made = self.record(sent)
        shown = self.made if 200 <= status < 300 else None
        return self._ask(CREATE, status, shown, sent, authorised=authorised)

    def shake_hands(self, status: int = 200, **fixed: Any) -> dict[str, Any]:
        """Start a handshake; answers the record that may appear after it."""
        endpoint = self.contract.the(HANDSHAKE)
        assert endpoint.takes
        sent = self._bodies.ordinary(endpoint.takes, **fixed)
        self._ask(HANDSHAKE, status, None, sent)
        return self.record(sent)

    def delete(self, status: int = 204, *, authorised: bool = True) -> Exchange:
        return self._ask(DELETE, status, None, authorised=authorised)

    def read(self, shown: Any = None, status: int | None = None) -> Exchange:
        """A read that shows a record, or finds nothing."""
        return self._ask(READ, status or (404 if shown is None else 200), shown)

    def log(self, entries: list[Any], status: int = 200) -> Exchange:
        return self._ask(LOG, status, entries)

    # ------------------------------------------------------------ values

    def record(self, sent: dict[str, Any]) -> dict[str, Any]:
        """What a read shows of a body that was stored."""
        answers = self.contract.the(READ).answers
        assert answers
        example = json.loads(json.dumps(self.contract.example(answers)))
        ids = {name: f"id-{next(MOMENTS)}-of-these" for name in self.contract.identifiers}
        return {**example, **ids, **{n: v for n, v in sent.items() if n in example}}

    def entry(self) -> dict[str, Any]:
        """A log entry of its own."""
        answers = self.contract.the(LOG).answers
        assert answers
        (example,) = json.loads(json.dumps(self.contract.example(answers)))
        ids = {name: f"entry-{next(MOMENTS)}" for name in self.contract.identifiers}
        written = CREATED + timedelta(milliseconds=next(MOMENTS))
        instants = {
            name: kind.pattern.format(written)
            for name, kind in answers.fields.items()
            if isinstance(kind, Timestamp)
        }
        return {**example, **ids, **instants}

    # ------------------------------------------------------------ inside

    def _ask(
        self,
        role: str,
        status: int,
        shown: Any,
        sent: dict[str, Any] | None = None,
        *,
        authorised: bool = True,
    ) -> Exchange:
        endpoint = self.contract.the(role)
        others = [self.other.history] if self.other else []
        asked = endpoint if authorised else self.contract.the(READ)
        expected = expectations(self.history, asked, sent or {}, others if authorised else [])
        valid = self.history.is_present is True if endpoint.takes is None else False
        content = b"" if shown is None else json.dumps(shown).encode()
        moment = CREATED + timedelta(milliseconds=next(MOMENTS))
        exchange = Exchange(
            endpoint.id,
            Request(
                endpoint.method,
                self.contract.base_url + endpoint.path,
                [],
                json.dumps(sent).encode() if sent else b"",
            ),
            Answer(status, "", (JSON, DATE), content),
            Intent(
                valid=valid,
                authorised=authorised,
                present=self.history.is_present,
                expected=expected,
            ),
            sent=moment,
            moment=moment,
        )
        exchange = replace(exchange, judgement=self._judge(exchange))
        self.history = self.history.after(exchange)
        if authorised and self.other:
            self.other.history = self.other.history.after_neighbour(exchange)
        return exchange


def broken(exchange: Exchange) -> list[str]:
    """The requirements that an exchange breaks."""
    return [finding.requirement for finding in exchange.judgement.findings]


def proved(exchange: Exchange) -> frozenset[str]:
    """The requirements that an exchange is evidence for."""
    return exchange.judgement.proved
