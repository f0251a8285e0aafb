"""Settings from the environment: what can be sent is taken, anything else is named, never shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from contracts.session.settings import NO_WAY_TO_WRITE, Settings, Unusable, read_settings
from contracts.session.targets import Target
from contracts.spec.load import load
from tests.helpers.small_contract import DATA, small

CONTRACT = load()
URL = "https://host.example/api"
USER = "00000000-0000-4000-8000-000000000001"
PLANTED = "planted-8c1f"


def settings(**environment: str) -> Settings:
    given = {"LEAF_USER_ID": USER, **environment}
    return read_settings(CONTRACT, base_url=URL, environment=given)


def login(**environment: str) -> Settings:
    return settings(**{"LEAF_USERNAME": "someone", "LEAF_PASSWORD": PLANTED, **environment})


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
def test_the_line_break_at_the_end_of_a_file_is_left_out(end: str) -> None:
    assert settings(LEAF_TOKEN=PLANTED + end).token == PLANTED
    assert login(LEAF_PASSWORD=PLANTED + end).login == ("someone", PLANTED)
    assert settings(LEAF_TOKEN=PLANTED, LEAF_USER_ID=USER + end).leaf_user == USER


def test_a_variable_that_is_only_a_line_break_is_not_set() -> None:
    with pytest.raises(Unusable, match="no token"):
        settings(LEAF_TOKEN="\n")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (f"{PLANTED}\nx", "a line break or another control character"),
        (f"{PLANTED}\tx", "a line break or another control character"),
        (f"{PLANTED}\x7f", "a line break or another control character"),
        (f"\n{PLANTED}", "a line break or another control character"),
        (f"{PLANTED}\x85", "a line break or another control character"),
        (f"{PLANTED}\udcff", "is no text in UTF-8"),
        (f"{PLANTED}’", "a letter that no header can carry"),
        (f"Bearer {PLANTED}", "a blank"),
        (f"{PLANTED} ", "a blank"),
        (f"{PLANTED}\xa0", "a blank"),
    ],
)
def test_a_token_that_cannot_be_sent_is_named_and_not_shown(value: str, words: str) -> None:
    with pytest.raises(Unusable, match=f"LEAF_TOKEN.*{words}") as caught:
        settings(LEAF_TOKEN=value)
    assert PLANTED not in str(caught.value)


@pytest.mark.parametrize("variable", ["LEAF_USERNAME", "LEAF_PASSWORD"])
@pytest.mark.parametrize("value", [f"{PLANTED}\nx", f"{PLANTED}\x00", f"{PLANTED}\udc80"])
def test_a_login_with_control_characters_is_named_and_not_shown(variable: str, value: str) -> None:
    with pytest.raises(Unusable, match=variable) as caught:
        login(**{variable: value})
    assert PLANTED not in str(caught.value)


@pytest.mark.parametrize("value", ["pässwörd", "пароль", "two words", " blank around ", "🌾"])
def test_a_password_may_have_any_letters_for_json_carries_them(value: str) -> None:
    assert login(LEAF_PASSWORD=value).login == ("someone", value)


def test_variables_of_others_are_nobodys_business() -> None:
    assert settings(LEAF_TOKEN=PLANTED, OTHER="a\nb\udcff").token == PLANTED


# ------------------------------------------------------------- logging in

Prepare = Callable[[int, bytes], str]


@pytest.fixture
def refusal(monkeypatch: pytest.MonkeyPatch) -> Prepare:
    """What a run says before it begins, when the login is answered so."""

    def refusal(status: int, content: bytes) -> str:
        def answer(request: httpx.Request) -> httpx.Response:
            return httpx.Response(status, stream=httpx.ByteStream(content))

        transport: Any = httpx.MockTransport(answer)
        monkeypatch.setattr("contracts.session.targets.SocketTransport", lambda deadline: transport)
        target = Target(CONTRACT, login())
        with pytest.raises(Unusable) as caught:
            target.prepare()
        target.close()
        return str(caught.value)

    return refusal


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_login_that_is_refused_is_said_to_be(status: int, refusal: Prepare) -> None:
    assert refusal(status, b"{}") == "LEAF_USERNAME and LEAF_PASSWORD are refused"


@pytest.mark.parametrize("status", [500, 502, 404, 302])
def test_a_login_that_is_not_even_refused_is_said_with_its_status(
    status: int, refusal: Prepare
) -> None:
    said = refusal(status, b"<html>")
    assert said.startswith(f"{URL} cannot be tested: the login is answered {status} ")


@pytest.mark.parametrize("content", [b"{}", b"[]", b"", b'{"id_token": 5}'])
def test_a_login_without_a_token_is_said_to_be(content: bytes, refusal: Prepare) -> None:
    assert "the login is answered 200 OK, without a token" in refusal(200, content)


# ------------------------------------------------------------- contracts that lack something


@pytest.mark.parametrize("lacking", ["read", "create", "delete"])
def test_nothing_is_written_live_where_it_could_not_be_looked_at_or_removed(lacking: str) -> None:
    endpoints = {name: each for name, each in DATA["endpoints"].items() if name != lacking}
    contract = small(
        endpoints=endpoints, requirements=None, statements=None, without=None, retired=None,
        freedoms=None,
    )  # fmt: skip
    settings = Settings(base_url="http://127.0.0.1:9", allow_writes=True, leaf_user="one")
    target = Target(contract, settings)
    assert target.refusal == NO_WAY_TO_WRITE
    target.close()
