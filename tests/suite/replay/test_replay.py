"""A violation is written as a story, and the story sent again shows it again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from contracts.__main__ import main
from contracts.http.outcomes import Violation
from contracts.leaf_user.account import Account
from contracts.replay import files
from contracts.replay.play import Replayed, play
from contracts.replay.stories import Stories
from contracts.replay.writing import Maker
from contracts.service.app import DEFAULT_TOKEN
from contracts.service.http_server import serve
from contracts.service.store import known_leaf_users
from contracts.session.run import Run
from contracts.session.settings import Settings, Unusable
from contracts.session.targets import Target, embedded
from contracts.spec.load import load
from tests.helpers.live_prover import Counted

CONTRACT = load()
CREATE, READ, DELETE = (CONTRACT.the(role) for role in ("create", "read", "delete"))
FORM = CREATE.takes
assert FORM
SECRET = next(name for name in FORM.fields if name in CONTRACT.secret_fields)
PLAIN = next(n for n in FORM.fields if n not in CONTRACT.secret_fields and n not in FORM.choices)
MADE_UP = "a-made-up-secret-1"


def target_that(*behave: str, **settings: Any) -> Target:
    chosen = Settings(**settings)
    target = Target(CONTRACT, chosen, embedded(CONTRACT, chosen, list(behave)))
    target.behave = behave
    return target


def removed(account: Account, _: Account) -> None:
    account.create()
    account.read()
    account.log()
    account.delete()
    account.read()


def unauthorised(account: Account, _: Account) -> None:
    account.present()
    header = [("Authorization", f"Bearer {account.client.token}wxyz")]
    account.unauthorised(READ.id, header, f"{READ.id}.auth.extended")


def for_another(account: Account, other: Account) -> None:
    account.create()
    other.create()
    other.delete()
    account.read()


def malformed(account: Account, _: Account) -> None:
    account.send(CREATE.id, content=b'{"' + SECRET.encode() + b'": "' + MADE_UP.encode() + b'", ')


def odd_text(account: Account, _: Account) -> None:
    body = account.bodies.ordinary(FORM, **{PLAIN: "  padded  "})
    account.send(CREATE.id, body)
    account.read()


CASES = [
    pytest.param("delete-removes-nothing", removed, f"{DELETE.id}.removes", id="delete"),
    pytest.param("read-takes-longer-token", unauthorised, f"{READ.id}.auth.extended", id="token"),
    pytest.param("delete-removes-neighbour", for_another, f"{DELETE.id}.isolated", id="neighbour"),
    pytest.param("create-malformed-500", malformed, f"{CREATE.id}.no-server-error", id="malformed"),
    pytest.param("create-text-trimmed", odd_text, f"{READ.id}.keeps.{PLAIN}", id="text"),
]


@pytest.fixture
def stories_of() -> Iterator[Callable[..., Stories]]:
    targets = []

    def stories_of(
        does: Callable[[Account, Account], None], *behave: str, **settings: Any
    ) -> Stories:
        target = target_that(*behave, **settings)
        targets.append(target)
        run = Run(CONTRACT, target)
        stories = Stories(run, "panorama")
        one, other = target.accounts()
        assert other
        with suppress(Violation):
            does(one, other)
        return stories

    yield stories_of
    for target in targets:
        target.close()


def replayed(story: dict[str, Any], *behave: str, **environment: str) -> Replayed:
    target = target_that(*behave)
    try:
        return play(target, story, Maker(target, environment))
    finally:
        target.close()


@pytest.mark.parametrize(("behave", "does", "requirement"), CASES)
def test_what_was_broken_is_broken_again_and_not_on_a_conforming_service(
    behave: str,
    does: Callable[[Account, Account], None],
    requirement: str,
    stories_of: Callable[..., Stories],
    tmp_path: Path,
) -> None:
    stories = stories_of(does, behave)
    assert requirement in stories.kept
    files.write(stories.kept, tmp_path)
    story = files.read(files.path_of(tmp_path, requirement))
    found = replayed(story, behave)
    assert found.finding
    assert found.finding.requirement == requirement
    assert replayed(story).finding is None


def test_the_fewest_requests_are_sent_first(stories_of: Callable[..., Stories]) -> None:
    story = stories_of(removed, "delete-removes-nothing").kept[f"{DELETE.id}.removes"]
    needed = [step["endpoint"] for step in story["steps"] if step["needed"]]
    assert needed == [CREATE.id, DELETE.id, READ.id]
    assert len(story["steps"]) == 5
    assert replayed(story, "delete-removes-nothing").requests == 3


@pytest.mark.parametrize(("behave", "does", "requirement"), CASES)
def test_a_story_shows_no_secret_and_no_mark(
    behave: str,
    does: Callable[[Account, Account], None],
    requirement: str,
    stories_of: Callable[..., Stories],
) -> None:
    sent: list[bytes] = []

    def watched(account: Account, other: Account) -> None:
        account.client.listeners.append(lambda exchange: sent.append(exchange.request.content))
        does(account, other)
        marks.append(account.bodies.mark)

    marks: list[str] = []
    text = json.dumps(stories_of(watched, behave).kept[requirement])
    assert marks[0] not in text
    assert DEFAULT_TOKEN not in text
    assert MADE_UP not in text
    for content in filter(None, sent):
        with suppress(ValueError):
            assert json.loads(content)[SECRET] not in text


def test_values_from_the_environment_are_named_and_taken_from_there(
    stories_of: Callable[..., Stories],
) -> None:
    real = {name: f"known-{name}-91ab" for name in FORM.fields if name not in FORM.choices}
    stories = stories_of(removed, "delete-removes-nothing", real=real)
    story = stories.kept[f"{DELETE.id}.removes"]
    text = json.dumps(story)
    assert not [value for value in real.values() if value in text]
    variables = {
        value["$variable"]
        for step in story["steps"]
        for value in step.get("json", {}).values()
        if isinstance(value, dict) and "$variable" in value
    }
    given = dict.fromkeys(variables, "another value 7")
    assert replayed(story, "delete-removes-nothing", **given).finding
    missing = sorted(variables)[0]
    with pytest.raises(Unusable, match="is missing"):
        replayed(story, **{name: "x" for name in variables if name != missing})


# ------------------------------------------------------------- the command


@pytest.fixture
def written(stories_of: Callable[..., Stories], tmp_path: Path) -> Path:
    stories = stories_of(removed, "delete-removes-nothing")
    (path,) = files.write(stories.kept, tmp_path)
    return path


def test_the_command_on_the_embedded_service(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(written)]) == 1
    said = capsys.readouterr().out
    assert said.startswith(f"{DELETE.id}.removes (documented)")
    assert f"{DELETE.id}.removes is broken again, after " in said


def test_the_command_on_a_live_service(
    written: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = known_leaf_users(CONTRACT)
    monkeypatch.setenv("LEAF_TOKEN", DEFAULT_TOKEN)
    monkeypatch.setenv("LEAF_USER_ID", one)
    monkeypatch.setenv("LEAF_OTHER_USER_ID", other)
    faulty, sound = Counted("delete-removes-nothing"), Counted()
    with serve(faulty) as server:
        assert main(["replay", str(written), "--base-url", server.url]) == 4
        assert "give --allow-writes" in capsys.readouterr().err
        assert main(["replay", str(written), "--base-url", server.url, "--allow-writes"]) == 1
    with serve(sound) as server:
        assert main(["replay", str(written), "--base-url", server.url, "--allow-writes"]) == 0
    assert "was not broken by the" in capsys.readouterr().out
    assert sound.left_behind == 0
    assert sound.requests > 0


def spoilt(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda story: {**story, **changes}


def without_steps(story: dict[str, Any]) -> Any:
    return {name: value for name, value in story.items() if name != "steps"}


def reading_by_delete(story: dict[str, Any]) -> Any:
    return {**story, "steps": [{**s, "endpoint": READ.id} for s in story["steps"]]}


def writing_elsewhere(story: dict[str, Any]) -> Any:
    """Nothing is written for a Leaf user that nobody gave."""
    return json.loads(json.dumps(story).replace("{leaf_user}", "somebody-else"))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda _: [], "is not a failure of this suite"),
        (without_steps, "'steps' is a required property"),
        (spoilt(steps=[]), "is not a failure of this suite: $.steps"),
        (spoilt(format=2), "is not a failure of this suite: $.format"),
        (spoilt(requirement="nothing.known"), "has no requirement nothing.known"),
        (spoilt(contract="nowhere"), "nowhere"),
        (spoilt(behave=["no-such"]), "no-such"),
        (reading_by_delete, f"{READ.id} is {READ.method} /users/{{leaf_user}}/"),
        (writing_elsewhere, ", and not POST /users/somebody-else/panorama-credentials"),
    ],
)
def test_a_file_that_is_no_story_gets_a_sentence(
    spoil: Callable[[Any], Any], words: str, written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written.write_text(json.dumps(spoil(json.loads(written.read_text()))))
    assert main(["replay", str(written)]) == 4
    said = capsys.readouterr()
    (line,) = said.err.splitlines()
    assert line.startswith("error: ")
    assert words in line
    assert said.out == ""


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b"null"])
def test_hostile_files(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    assert main(["replay", str(path)]) == 4
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(tmp_path / "none.json")]) == 4
    assert "cannot be read: No such file" in capsys.readouterr().err
