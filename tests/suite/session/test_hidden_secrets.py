"""What a run knows to be secret, and how a violation tells of it without showing it."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.http.wording import describe_hidden
from contracts.service.app import Service
from contracts.service.hooks import Answer, Behaviour, Call
from contracts.session.settings import Settings, read_settings
from contracts.session.targets import Target
from contracts.spec.load import load

CONTRACT = load()
URL = "http://localhost:1/api"
USER = "00000000-0000-4000-8000-000000000001"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
(SECRET, *_) = sorted(CONTRACT.secret_fields & CONTRACT.the("read").answers.fields.keys())  # type: ignore[union-attr]


class Answers(Behaviour):
    """A service that reads with a part of the answer, or a header, as given."""

    def __init__(self, header: str = "", **parts: Any) -> None:
        self._header, self._parts = header, parts

    def answer(self, call: Call, answer: Answer) -> Answer:
        if call.endpoint == CONTRACT.the("read").id and isinstance(answer.content, dict):
            answer.content |= self._parts
            answer.headers.append(("X-Session", self._header))
        return answer


def read(behaviour: Behaviour) -> tuple[Target, Any]:
    target = Target(CONTRACT, Settings(), Service(CONTRACT, behaviours=[behaviour]))
    account, _ = target.accounts()
    account.create()
    return target, account.read()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (["one", "two"], "*** (a list of 2)"),
        ({"inner": "one"}, "*** (an object)"),
        (5, "*** (a number)"),
        (1.5, "*** (a number)"),
        (True, "*** (true or false)"),
        (None, "null"),
    ],
)
def test_a_secret_of_another_type_is_not_shown(value: object, words: str) -> None:
    _, exchange = read(Answers(**{SECRET: value}))
    finding = exchange.judgement.finding(f"read.response.{SECRET}")
    assert finding.actual == words


def test_a_short_secret_is_not_shown() -> None:
    assert describe_hidden("s3") == "*** (a text)"


def test_a_token_is_masked_that_stands_in_a_header_or_in_a_text() -> None:
    for behaviour in (Answers(header=JWT), Answers(note=f"see {JWT}."), Answers(note={"x": [JWT]})):
        target, _ = read(behaviour)
        assert target.secrets.mask(f"it is {JWT}") == "it is ***"


def test_an_answer_that_is_nested_deep_is_judged() -> None:
    nested: object = 1
    for _ in range(300):
        nested = {"a": nested}
    _, exchange = read(Answers(note=nested))
    assert "nested deeper" in exchange.judgement.finding("read.json").actual


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_all_that_is_configured_is_masked_whether_it_is_needed_or_not(end: str) -> None:
    values = {"LEAF_TOKEN": "the-token-of-1", "LEAF_PASSWORD": "the-password-of-1"}
    environment = {**{name: value + end for name, value in values.items()}, "LEAF_USER_ID": USER}
    target = Target(CONTRACT, read_settings(CONTRACT, base_url=URL, environment=environment))
    for value in values.values():
        assert target.secrets.mask(f"<{value}>") == "<***>"
    target.close()
