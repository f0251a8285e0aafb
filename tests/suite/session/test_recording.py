"""Recording and replaying as a user does it, on a copy of the project."""

from __future__ import annotations

import base64
import gzip
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
from contracts.session.cassette_files import HEADER
from contracts.session.folders import CASSETTES
from contracts.spec.load import DEFAULT, load, names

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


# ------------------------------------------------------------- services that are hard to record


class Gateway:
    """A gateway that compresses each body and adds a header in Latin-1."""

    def __init__(self, service: Service) -> None:
        self.service, self.base_path = service, service.base_path

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started: list[Any] = []
        content = gzip.compress(b"".join(self.service(environ, lambda *told: started.append(told))))
        status, headers = started[0][:2]
        kept = [(n, v) for n, v in headers if n.lower() != "content-length"]
        more = [("Content-Encoding", "gzip"), ("X-Place", "M\xfcnster")]
        start_response(status, [*kept, *more, ("Content-Length", str(len(content)))])
        return [content]


def record(folder: Path, service: Any, python: Any, *options: str) -> CompletedProcess[str]:
    """Record from a service that knows the planted token and the Leaf user."""
    with serve(service) as server:
        process: CompletedProcess[str] = python(
            *PYTEST, "--record-mode=rewrite", "--allow-writes", f"--base-url={server.url}",
            *options, folder=folder, env={**PLANTED, **OWN, "LEAF_USER_ID": LEAF_USER},
        )  # fmt: skip
    return process


def service_with(*behaviours: Behaviour) -> Service:
    service = Service(token=PLANTED["LEAF_TOKEN"], behaviours=[*behaviours])
    service.store.add_user(LEAF_USER, {})
    return service


def test_a_recording_through_a_gateway_can_be_replayed_and_searched(
    project_copy: Path, python: Any
) -> None:
    process = record(project_copy, Gateway(service_with()), python)
    assert process.returncode == 0, process.stdout + process.stderr
    for path in (project_copy / "cassettes").iterdir():
        text = path.read_text(encoding="utf-8").lower()
        assert "x-place" in text
        assert "m\\xfcnster" in text
        assert "content-encoding" not in text
        assert "!!binary" not in text
    replayed = python(*PYTEST, folder=project_copy)
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr


def test_a_recording_that_does_not_replay_replaces_none(project_copy: Path, python: Any) -> None:
    module = project_copy / "contracts" / "session" / "cassettes.py"
    forgets = 'cassette["interactions"].pop()\n        header = {'
    module.write_text(module.read_text().replace("header = {", forgets))
    before = {path.name: path.read_bytes() for path in (project_copy / "cassettes").iterdir()}
    process = record(project_copy, service_with(), python, "-k", "second or nothing")
    assert process.returncode == 1, process.stdout + process.stderr
    assert "the new recordings do not replay, and none of them is kept" in process.stdout
    for name in ("test_life_with[second-value]", "test_nothing_there"):
        assert re.search(
            rf"^(?:FAILED|ERROR) \S+::{re.escape(name)}", process.stdout, re.MULTILINE
        ), name
    assert before == {p.name: p.read_bytes() for p in (project_copy / "cassettes").iterdir()}


# The one with an enum, and the one without, that come first.
OTHERS = {
    bool(load(name).the("create").takes.choices): name  # type: ignore[union-attr]
    for name in reversed(names())
    if name != DEFAULT
}


@pytest.mark.parametrize("name", OTHERS.values())
def test_each_contract_is_recorded_into_a_folder_of_its_own(
    name: str, project_copy: Path, python: Any
) -> None:
    before = {path.name: path.read_bytes() for path in (project_copy / "cassettes").glob("*.yaml")}
    chosen = (*PYTEST, "--contract", name)
    life = ("pytest", "-q", "-p", "no:cacheprovider", "tests/contract/test_life.py")
    unrecorded = python(*life, "--contract", name, folder=project_copy)
    assert f"no recordings are kept in cassettes/{name}" in unrecorded.stdout
    process = python(*chosen, "--record-mode=rewrite", folder=project_copy)
    assert process.returncode == 0, process.stdout + process.stderr
    assert len([*(project_copy / "cassettes" / name).glob("*.yaml")]) >= 6
    after = {path.name: path.read_bytes() for path in (project_copy / "cassettes").glob("*.yaml")}
    assert before == after
    for options in (chosen, PYTEST):
        replayed = python(*options, folder=project_copy)
        assert replayed.returncode == 0, replayed.stdout + replayed.stderr
        assert "exchanges replayed from cassettes/, all keep to the contract" in replayed.stdout


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
