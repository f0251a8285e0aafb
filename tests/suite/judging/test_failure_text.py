"""A violation as text: commands that can be followed, in which every secret is a variable."""

from __future__ import annotations

from datetime import UTC, datetime

from contracts.http.exchange import Answer, Exchange, Finding, Intent, Request
from contracts.judging.failure_text import Renderer
from contracts.leaf_user.request_bodies import environment_name
from contracts.masking.masking import Secrets
from contracts.spec.load import load

CONTRACT = load()
NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
REQUIREMENT = CONTRACT.requirements["create.stores"]
BODY = b'{"username": "grower", "password": "a-made-up-password-7f3a"}'


def written(replay: str = "") -> str:
    headers = [("Authorization", "Bearer a-made-up-token-91c4"), ("X", "y")]
    exchange = Exchange(
        "create", Request("POST", "http://localhost/users/one/x", headers, BODY),
        Answer(500), Intent(), NOW, NOW,
    )  # fmt: skip
    renderer = Renderer(
        Secrets(CONTRACT.secret_fields),
        "LEAF_TOKEN",
        variable=environment_name,
        served_url=lambda url: url.replace("/one/", "/two/"),
    )
    finding = Finding(REQUIREMENT.id, "what is right", "what is wrong")
    return renderer.violation(REQUIREMENT, finding, [exchange], replay=replay)


def test_a_command_has_variables_in_place_of_secrets() -> None:
    (command,) = [line for line in written().splitlines() if line.startswith("  curl ")]
    assert '"Authorization: Bearer $LEAF_TOKEN"' in command
    assert r"\"password\": \"$PANORAMA_PASSWORD\"" in command
    assert "made-up" not in written()


def test_a_command_names_a_leaf_user_that_is_served() -> None:
    text = written()
    assert "> POST http://localhost/users/one/x" in text
    assert "curl -i -X POST http://localhost/users/two/x" in text


def test_the_command_that_sends_it_again_is_shown() -> None:
    assert "\n  panorama-contracts replay x.json\n" in written("panorama-contracts replay x.json")
    assert "replay" not in written()
