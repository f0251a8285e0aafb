"""No secret leaves a run that logs in, records or reports, on a service that leaks what it knows.

And the search that shows this is no blind one: where nothing is masked, it finds what was planted
in each kind of output.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from contracts import faults
from contracts.faults.answers.leaks import WAYS
from contracts.faults.entry import is_success
from contracts.service.app import Service
from contracts.service.hooks import Answer, Behaviour, Call
from contracts.service.http_server import serve
from contracts.service.store import known_leaf_users
from contracts.session.settings import OTHER_USER_ID, PASSWORD, TOKEN, USER_ID, USERNAME
from tests.helpers.encoders import ENCODERS
from tests.helpers.leak_harness import ROOT, Noting
from tests.helpers.leak_runs import (
    CONTRACT,
    assert_silent,
    of_a_header,
    planted_secrets,
    run,
    settings_with,
)
from tests.helpers.leak_sabotage import SABOTAGE, UNMASKED
from tests.helpers.leak_search import Search, planted

LOUD = ("-vv", "--showlocals", "--tb=long", "-rA", "-olog_cli=true", "--log-level=DEBUG",
        "--log-file=records", "--debug=trace")  # fmt: skip
HEADER = len(ENCODERS)  # so much of what is repeated stands in a header, too
FEW = [str(ROOT / f"tests/contract/test_{name}.py") for name in ("answers", "life")]


def _everywhere(way: str) -> list[str]:
    return [f"--behave={endpoint}-shows-{way}" for endpoint in CONTRACT.endpoints]


class Chatters(Behaviour):
    """Every good answer repeats, in the writing of every encoder, the token that it was sent.

    And these `fields`, as far as it was sent them, or shows them anyway. That is no fault, as long
    as the password is not among them.
    """

    def __init__(self, *fields: str) -> None:
        self._fields = fields

    def answer(self, call: Call, answer: Answer) -> Answer:
        if not is_success(answer):
            return answer
        held = [value for value in (call.body, answer.content) if isinstance(value, dict)]
        values = [value[name] for value in held for name in self._fields if name in value]
        known = [call.headers.get("Authorization", "").removeprefix("Bearer "), *values]
        spelt = [encode(f"me:{text}") for text in known for encode in ENCODERS.values()]
        # As bytes on the wire, one letter each, and without what a header can't carry.
        shown = " ".join(spelt[:HEADER]).encode().decode("latin-1")
        answer.headers.append(("X-Debug", shown.replace("\n", " ")))
        if isinstance(answer.content, dict):
            answer.content["debug"] = spelt
        return answer


class HandsOut(Behaviour):
    """Each good answer shows a fresh token under no documented name, and within texts."""

    def __init__(self) -> None:
        self.made: set[str] = set()

    def answer(self, call: Call, answer: Answer) -> Answer:
        token = ".".join(("eyJhbGciOiJIUzI1NiJ9", secrets.token_urlsafe(24), secrets.token_hex(12)))
        self.made.add(token)
        answer.headers.append(("X-Session", token))
        if is_success(answer) and isinstance(answer.content, dict):
            inner = json.dumps({"headers": f"x-session: {token}"})
            answer.content |= {"session": token, "note": f"use {token}, please", "log": inner}
        return answer


# ------------------------------------------------------------- runs that report


@pytest.mark.parametrize("way", WAYS)
def test_a_report_shows_no_secret(way: str, tmp_path: Path, environment: Any) -> None:
    known = planted_secrets()
    settings = settings_with(known, environment)
    settings["GITHUB_STEP_SUMMARY"] = str(tmp_path / "summary.md")
    settings["GITHUB_ACTIONS"] = "true"
    report = f"--report-dir={tmp_path / 'report'}"
    done = run(tmp_path, settings, report, "-vv", "--showlocals", *_everywhere(way), *FEW)
    assert done.returncode == 1, done.stdout.decode()
    assert {"index.html", "report.json", "report.md"} <= {p.name for p in tmp_path.rglob("*")}
    assert b"hides.password" in (tmp_path / "report" / "index.html").read_bytes()
    assert_silent(tmp_path, known.values())


# ------------------------------------------------------------- live runs with a login


class Served:
    """A leaking service on a socket; `settings` are those of a run that logs in to it."""

    def __init__(self, environment: Any, *behaviours: Behaviour) -> None:
        self.secrets = {**planted_secrets(), PASSWORD: planted("login")}
        self.token = self.secrets.pop(TOKEN)
        self._noting = Noting()
        service = Service(CONTRACT, token=self.token, behaviours=[*behaviours, self._noting])
        self.server = serve(service)
        one, other = known_leaf_users(CONTRACT)
        login = {USERNAME: "an-owner@example.com", USER_ID: one, OTHER_USER_ID: other}
        self.settings = settings_with({**self.secrets, **login}, environment)
        self.options = ("--base-url", self.server.url, "--allow-writes")

    @property
    def known(self) -> set[str]:
        """Every secret that there is: of the run, of the service, and the token between them."""
        return {*self.secrets.values(), self.token, *self._noting.seen}

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()


def test_a_live_run_with_a_login_shows_no_secret(tmp_path: Path, environment: Any) -> None:
    names = [f"{e}-shows-{way}" for e, way in zip(CONTRACT.endpoints, WAYS, strict=False)]
    fields = sorted(CONTRACT.sendable_fields & CONTRACT.secret_fields)
    leaking = [*faults.behaviours(names, CONTRACT), Chatters(*fields)]
    with Served(environment, *leaking) as served:
        report = f"--report-dir={tmp_path / 'report'}"
        done = run(tmp_path, served.settings, *served.options, *LOUD, report, *FEW)
    assert done.returncode == 1, done.stdout.decode()
    assert b"X-Debug" in done.stdout, "nothing was shown that had to be masked"
    assert_silent(tmp_path, served.known)


def test_a_login_that_is_refused_shows_no_secret(tmp_path: Path, environment: Any) -> None:
    class Refuses(Behaviour):
        def answer(self, call: Call, answer: Answer) -> Answer:
            if call.endpoint != "login":
                return answer
            return Answer(500, [("X-Sent", call.raw.decode("latin-1"))], call.raw)

    with Served(environment, Refuses()) as served:
        done = run(tmp_path, served.settings, *served.options, *LOUD, *FEW)
    assert done.returncode == 4, done.stdout.decode()
    assert b"Traceback" not in done.stdout + done.stderr
    assert_silent(tmp_path, served.known)


# ------------------------------------------------------------- recordings


def recorded(tmp_path: Path, served: Served, **env: str) -> tuple[Any, dict[str, bytes], Path]:
    """A recording in a copy of the project; the run, the cassettes from before, and the copy."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".*", "__pycache__", "suite"))
    kept = {path.name: path.read_bytes() for path in (folder / "cassettes").iterdir()}
    done = run(
        tmp_path, served.settings, *served.options, *LOUD,
        "--record-mode=rewrite", str(folder / "tests/contract/test_recordings.py"),
        root=folder, **env,
    )  # fmt: skip
    return done, kept, folder / "cassettes"


def test_a_recording_of_a_leaking_service_holds_no_secret(tmp_path: Path, environment: Any) -> None:
    tokens = sorted(CONTRACT.secret_fields & CONTRACT.endpoints["read"].answers.fields.keys())  # type: ignore[union-attr]
    with Served(environment, Chatters(*tokens)) as served:
        done, kept, cassettes = recorded(tmp_path, served)
    assert done.returncode == 0, done.stdout.decode()
    made = {path.name: path.read_bytes() for path in cassettes.iterdir()}
    assert made.keys() == kept.keys()
    assert all(b"debug" in content for name, content in made.items() if "life" in name)
    assert_silent(tmp_path, served.known)


def test_a_token_that_nobody_documents_is_neither_shown_nor_recorded(
    tmp_path: Path, environment: Any
) -> None:
    handing = HandsOut()
    with Served(environment, handing) as served:
        report = f"--report-dir={tmp_path / 'report'}"
        done = run(tmp_path, served.settings, *served.options, *LOUD, report, *FEW)
        assert b"session" in (tmp_path / "report" / "report.json").read_bytes()
        assert_silent(tmp_path, {*served.known, *handing.made})
        done, kept, cassettes = recorded(tmp_path, served)
    assert done.returncode == 0, done.stdout.decode()
    made = {path.name: path.read_bytes() for path in cassettes.iterdir()}
    assert all(b"session" in content for name, content in made.items() if "life" in name)
    assert made.keys() == kept.keys()
    assert_silent(tmp_path, {*served.known, *handing.made})


def test_a_recording_that_shows_the_password_is_not_kept(tmp_path: Path, environment: Any) -> None:
    names = ["create-shows-password-nested", "read-shows-basic-credentials"]
    with Served(environment, *faults.behaviours(names, CONTRACT)) as served:
        done, kept, cassettes = recorded(tmp_path, served)
    assert done.returncode == 1, done.stdout.decode()
    assert {path.name: path.read_bytes() for path in cassettes.iterdir()} == kept
    assert_silent(tmp_path, served.known)


# ------------------------------------------------------------- the search itself


def _shows(folder: Path, known: Mapping[str, str]) -> dict[str, set[str]]:
    """Variables whose secrets stand in a file, by the file's name."""
    names = {secret: variable for variable, secret in known.items()}
    found = Search(known.values()).found_below(folder)
    return {Path(path).name: {names[secret] for secret in hits} for path, hits in found.items()}


def test_where_nothing_is_masked_the_search_finds_secrets_in_each_kind_of_output(
    tmp_path: Path, environment: Any
) -> None:
    names = [f"{endpoint}-shows-password" for endpoint in CONTRACT.endpoints]
    with Served(environment, *faults.behaviours(names, CONTRACT), Chatters("password")) as served:
        report = f"--report-dir={tmp_path / 'report'}"
        options = (*served.options, *LOUD, report, *FEW)
        run(tmp_path, served.settings, *options, **{UNMASKED: "1"})
    found = _shows(tmp_path, {**served.secrets, TOKEN: served.token})
    for outlet in ("stdout", "junit.xml", "index.html", "report.json", "report.md"):
        assert {TOKEN, "PANORAMA_PASSWORD"} <= found.get(outlet, set()), outlet


def test_where_nothing_is_masked_the_search_finds_secrets_in_recordings(
    tmp_path: Path, environment: Any
) -> None:
    handing = HandsOut()
    with Served(environment, Chatters("accessToken"), handing) as served:
        _, kept, _ = recorded(tmp_path, served, **{UNMASKED: "1"})
    names = dict.fromkeys(handing.made, "handed out")
    known = {served.token: TOKEN, **names}
    found = Search(known).found_below(tmp_path / "temporary")
    shown = {Path(path).name: {known[secret] for secret in hits} for path, hits in found.items()}
    for name in kept:
        assert TOKEN in shown[name], name
        assert "handed out" in shown[name], name


@pytest.mark.parametrize(
    ("moment", "outlets"),
    [("call", ["stdout", "records", "junit.xml", "trace"]), ("unconfigure", ["stderr"])],
)
def test_where_nothing_is_masked_the_search_finds_what_a_broken_suite_says(
    moment: str, outlets: list[str], tmp_path: Path, environment: Any
) -> None:
    known = planted_secrets()
    settings = settings_with(known, environment)
    run(tmp_path, settings, *LOUD, *FEW, **{SABOTAGE: moment, UNMASKED: "1"})
    found = _shows(tmp_path, known)
    for outlet in outlets:
        # Of a long text, the trace shows both ends.
        cut = {PASSWORD} if outlet == "trace" else set()
        assert found.get(outlet, set()) | cut == {*known}, outlet


@pytest.mark.parametrize("encode", ENCODERS.values(), ids=ENCODERS)
@pytest.mark.parametrize("make", [planted, of_a_header])
def test_the_search_finds_a_secret_in_the_writing_of_every_encoder(
    make: Callable[[str], str], encode: Callable[[str], str]
) -> None:
    secret, other = make("one"), make("other")
    search = Search([secret, other])
    for before in ("", "a", "ab", "me:"):
        assert search.found_in(encode(f"{before}{secret} after").encode()) == {secret}
    assert search.found_in(encode(f"before {make('third')} after").encode()) == set()
