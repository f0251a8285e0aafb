"""Recording and replaying as a user does it, on a copy of the project."""

from __future__ import annotations

import base64
import json
import re
import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import pytest
import yaml

from contracts.http.strict_json import NotJson, loads
from contracts.leaf_user.request_bodies import environment_name
from contracts.service.app import Service
from contracts.service.hooks import Behaviour, Call
from contracts.service.http_server import serve
from contracts.session.cassettes import HEADER
from contracts.session.folders import CASSETTES
from contracts.spec.load import load

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

CONTRACT = load()
ROOT = Path(__file__).parents[3]
PYTEST = ("pytest", "-q", "-p", "no:cacheprovider", "tests/contract/test_recordings.py")
LEAF_USER = "7d3c2f6e-52f0-4a55-9a0e-2f4b8a1c9d10"
# Each has letters that some spelling has to escape.
PLANTED = {
    "LEAF_TOKEN": "planted-token-4f9c~+/=a1",
    **{
        environment_name(name): f'planted {name} <{number}>&"q" é/+{number}'
        for number, name in enumerate(sorted(CONTRACT.sendable_fields))
        if name in CONTRACT.secret_fields
    },
}
# They belong to an account and are no secrets; still nobody else needs to know them.
OWN = {
    environment_name(name): "STAGE" if name == "clientEnvironment" else f"own-{name}-of-acme"
    for name in sorted(CONTRACT.sendable_fields - CONTRACT.secret_fields)
    if name != "sharingUrlId"  # it is optional
}
AWKWARD = {
    **OWN,
    "PANORAMA_SHARING_URL_ID": "a-sharing-url-of-acme",
    "PANORAMA_ORGANIZATION_CODE": "QXJZW",
    "PANORAMA_CLIENT_ENVIRONMENT": "PRODUCTION",
}


class Remembering:
    """A service, and every secret value that it ever sent or was sent."""

    def __init__(self, service: Service) -> None:
        self.service, self.base_path = service, service.base_path
        self.secrets: set[str] = set()
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        chunks = list(self.service(environ, start_response))
        with self._lock:
            self._learn(b"".join(chunks))
        return chunks

    def _learn(self, content: bytes) -> None:
        try:
            value = loads(content)
        except NotJson:
            return
        for record in value if isinstance(value, list) else [value]:
            for name in CONTRACT.secret_fields & record.keys():
                self.secrets.add(record[name])


def spellings(secret: str) -> Iterator[bytes]:
    """The ways in which a text could stand in a file."""
    raw = secret.encode()
    yield raw
    yield from (
        quote(secret, safe="").encode(),
        quote(secret).encode(),
        quote_plus(secret).encode(),
    )
    yield from (json.dumps(secret)[1:-1].encode(), json.dumps(json.dumps(secret)).encode())
    yield json.dumps(secret, ensure_ascii=False)[1:-1].encode()
    for skipped in range(3):
        whole = base64.b64encode(bytes(skipped) + raw)[4:-4]
        if len(whole) >= 8:  # less of it stands anywhere by chance, and nothing of it everywhere
            yield from (whole, whole.replace(b"+", b"-").replace(b"/", b"_"))
    yield raw[::-1]


def found_in(folder: Path, secrets: Iterable[str]) -> list[tuple[str, str]]:
    contents = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return [
        (str(path), secret)
        for secret in secrets
        for path, content in contents.items()
        if any(spelling in content for spelling in spellings(secret))
    ]


class Recorded:
    """A recording from a live service, made in a copy of the project."""

    def __init__(self, python: Any, folder: Path, own: Mapping[str, str]) -> None:
        leave = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "suite")
        shutil.copytree(ROOT, folder, ignore=leave)
        self.folder, self.cassettes = folder, folder / "cassettes"
        service = Service(token=PLANTED["LEAF_TOKEN"])
        service.store.add_user(LEAF_USER, {})
        app = Remembering(service)
        with serve(app) as server:
            self.process: CompletedProcess[str] = python(
                *PYTEST,
                "--record-mode=rewrite",
                f"--basetemp={folder / 'temporary'}",
                f"--base-url={server.url}",
                "--allow-writes",
                folder=folder,
                env={**PLANTED, **own, "LEAF_USER_ID": LEAF_USER},
            )
        self.output = self.process.stdout + self.process.stderr
        self.made = app.secrets - set(PLANTED.values())
        self.left_behind = service.credentials(LEAF_USER)


@pytest.fixture(scope="module")
def recorded(python: Any, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A recording with planted secrets."""
    return Recorded(python, tmp_path_factory.mktemp("recording") / "project", OWN)


@pytest.fixture(scope="module")
def awkward(python: Any, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A recording with credentials as real ones may be."""
    return Recorded(python, tmp_path_factory.mktemp("recording") / "project", AWKWARD)


def test_recording_succeeds_and_leaves_nothing_behind(recorded: Recorded) -> None:
    assert recorded.process.returncode == 0, recorded.output
    assert recorded.left_behind is None


def test_a_recording_shows_no_secret_wherever_it_is_written(recorded: Recorded) -> None:
    assert recorded.made, "the service never made a token"
    secrets = {*PLANTED.values(), *recorded.made}
    assert found_in(recorded.folder, secrets) == []
    assert [s for s in secrets for spelt in spellings(s) if spelt in recorded.output.encode()] == []


def test_the_search_for_secrets_finds_nothing_where_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("nothing of the kind", encoding="utf-8")
    assert found_in(tmp_path, [*PLANTED.values(), *AWKWARD.values(), LEAF_USER]) == []


def test_the_search_for_secrets_finds_one_in_any_spelling(tmp_path: Path) -> None:
    secret = PLANTED["PANORAMA_PASSWORD"]
    for spelt in (secret, quote(secret), json.dumps(secret), json.dumps(json.dumps(secret)),
                  base64.b64encode(f"user:{secret}".encode()).decode()):  # fmt: skip
        (tmp_path / "file").write_text(f"before {spelt} after", encoding="utf-8")
        assert found_in(tmp_path, [secret]) == [("file", secret)], spelt


def test_a_recording_shows_nothing_of_the_account_that_it_was_made_with(
    recorded: Recorded,
) -> None:
    own = [value for value in OWN.values() if value != "STAGE"]
    assert found_in(recorded.cassettes, [*own, LEAF_USER]) == []
    for path in recorded.cassettes.iterdir():
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert data[HEADER]["from"].startswith("a live service")
        assert "127.0.0.1" not in json.dumps(data["interactions"])


def test_the_same_cassettes_are_recorded_as_are_kept(recorded: Recorded) -> None:
    fresh = {path.name: path.read_bytes() for path in recorded.cassettes.iterdir()}
    kept = {path.name: path.read_bytes() for path in CASSETTES.iterdir()}
    assert set(fresh) == set(kept)
    assert [name for name in kept if fresh[name] == kept[name]] == []


def test_a_recording_can_be_replayed(recorded: Recorded, python: Any) -> None:
    replayed = python(*PYTEST, folder=recorded.folder)
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr


def test_recording_with_all_of_the_providers_credentials_succeeds(awkward: Recorded) -> None:
    assert awkward.process.returncode == 0, awkward.output


def test_a_short_value_of_the_account_is_not_written(awkward: Recorded) -> None:
    assert found_in(awkward.cassettes, [AWKWARD["PANORAMA_ORGANIZATION_CODE"]]) == []


def test_a_recording_with_short_values_and_the_other_enum_value_can_be_replayed(
    awkward: Recorded, python: Any
) -> None:
    replayed = python(*PYTEST, folder=awkward.folder)
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr


# ------------------------------------------------------------- cassettes that were tampered with


def edit(folder: Path, name: str, change: Any) -> None:
    path = folder / "cassettes" / f"{name}.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(data["interactions"])
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")


def answer_with(old: str, new: str, number: int) -> Any:
    """Another text in the body of one answer."""

    def change(interactions: list[Any]) -> None:
        body = interactions[number]["response"]["body"]
        assert old in body["string"]
        body["string"] = body["string"].replace(old, new)

    return change


def ask_for(old: str, new: str) -> Any:
    """Another text in the body of the first request."""

    def change(interactions: list[Any]) -> None:
        assert old in interactions[0]["request"]["body"]
        interactions[0]["request"]["body"] = interactions[0]["request"]["body"].replace(old, new)

    return change


# One change in each cassette, and a part of what must then be said about its test.
EDITS = {
    "life_with-first-value": (answer_with('"STAGE"', '"stage"', 1), "read.response.clientEnv"),
    "life_with-second-value": (ask_for('"PRODUCTION"', '"STAGE"'), "no readable answer|Cannot"),
    "created_again": (lambda found: found.pop(2), "Cannot|not played once"),
    "deleted_twice": (lambda found: found.append(found[0]), "not played once"),
    "one_click": (answer_with("Z\"", "+00:00\"", 1), "read.response.createdTime"),
    "status_may_change": (answer_with('"id": "', '"id": "x', 2), "read.keeps.id"),
    "without_a_token": (
        lambda found: found[0]["response"]["status"].update(code=200),
        "read.auth.missing",
    ),
}  # fmt: skip


def test_a_cassette_that_was_edited_makes_its_test_fail_and_no_other(
    project_copy: Path, python: Any
) -> None:
    for name, (change, _) in EDITS.items():
        edit(project_copy, name, change)
    process = python(*PYTEST, "-rfE", folder=project_copy)
    assert process.returncode == 1, process.stdout + process.stderr
    red = re.findall(r"^(?:FAILED|ERROR) \S+::test_(\S+)", process.stdout, re.MULTILINE)
    named = {name.replace("[", "-").rstrip("]") for name in red}
    assert named == set(EDITS)
    for name, (_, words) in EDITS.items():
        assert re.search(words, process.stdout), name
    assert "fields_missing" not in named


@pytest.mark.parametrize("content", [None, "interactions: []"], ids=["missing", "empty"])
def test_a_cassette_that_cannot_be_replayed_ends_the_run_in_a_sentence(
    content: str | None, project_copy: Path, python: Any
) -> None:
    path = project_copy / "cassettes" / "one_click.yaml"
    path.unlink()
    if content:
        path.write_text(content, encoding="utf-8")
    process = python(*PYTEST, "-k", "one_click", folder=project_copy)
    assert process.returncode == 4, process.stdout + process.stderr
    assert "ERROR: one_click.yaml " in process.stderr
    assert path.exists() is (content is not None)


class Undying(Behaviour):
    """A service that deletes nothing."""

    def remove(self, call: Call, removing: bool) -> bool:
        return False


def test_a_scenario_that_cannot_clean_up_says_so_and_no_cassette_is_moved(
    project_copy: Path, python: Any
) -> None:
    service = Service(token=PLANTED["LEAF_TOKEN"], behaviours=[Undying()])
    service.store.add_user(LEAF_USER, {})
    before = {path.name: path.read_bytes() for path in (project_copy / "cassettes").iterdir()}
    recordings = "tests/contract/test_recordings.py"
    with serve(service) as server:
        process = python(
            "pytest", "-q", "-p", "no:cacheprovider", "--record-mode=rewrite", "--allow-writes",
            f"--base-url={server.url}", f"{recordings}::test_fields_missing",
            f"{recordings}::test_one_click", f"{recordings}::test_nothing_there",
            folder=project_copy,
            env={**PLANTED, **OWN, "LEAF_USER_ID": LEAF_USER},
        )  # fmt: skip
    assert process.returncode == 1, process.stdout + process.stderr
    said = f"this run created credentials for {LEAF_USER} and could not delete them"
    assert process.stdout.count(said) == 1
    assert before == {p.name: p.read_bytes() for p in (project_copy / "cassettes").iterdir()}


# ------------------------------------------------------------- cassettes that nobody plays

ORPHAN = "cassettes/life_with-third-value.yaml is played by no test: delete it"


@pytest.fixture
def orphaned(project_copy: Path) -> Path:
    """A copy of the project with a cassette that no test plays, and few tests."""
    cassettes = project_copy / "cassettes"
    shutil.copy(cassettes / "one_click.yaml", cassettes / "life_with-third-value.yaml")
    for path in (project_copy / "tests" / "contract").glob("test_*.py"):
        if path.name not in ("test_recordings.py", "test_keeping.py"):
            path.unlink()
    return project_copy


@pytest.mark.parametrize("options", [(), ("-k", "one_click"), ("-n", "2")], ids=str)
def test_a_cassette_that_no_test_plays_makes_the_run_red_in_a_sentence(
    options: tuple[str, ...], orphaned: Path, python: Any
) -> None:
    process = python("pytest", "-q", "-p", "no:cacheprovider", *options, folder=orphaned)
    assert process.returncode == 1, process.stdout + process.stderr
    assert process.stdout.count(ORPHAN) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("tests/contract/test_recordings.py::test_one_click",),
        ("tests/contract/test_keeping.py",),
        ("--ignore=tests/contract/test_recordings.py",),
    ],
    ids=str,
)
def test_a_part_of_the_tests_says_nothing_of_other_cassettes(
    arguments: tuple[str, ...], orphaned: Path, python: Any
) -> None:
    process = python("pytest", "-q", "-p", "no:cacheprovider", *arguments, folder=orphaned)
    assert process.returncode == 0, process.stdout + process.stderr
    assert "played by no test" not in process.stdout


@pytest.mark.parametrize("options", [("-k", "one_click"), ("--deselect", "tests/contract/x")])
def test_a_selection_is_no_reason_to_call_a_cassette_an_orphan(
    options: tuple[str, ...], orphaned: Path, python: Any
) -> None:
    (orphaned / "cassettes" / "life_with-third-value.yaml").unlink()
    process = python("pytest", "-q", "-p", "no:cacheprovider", *options, folder=orphaned)
    assert process.returncode == 0, process.stdout + process.stderr
