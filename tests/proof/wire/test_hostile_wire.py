"""A hostile wire: the run ends by itself, in bounded memory, and names what is broken.

Each wire meets each endpoint in this process, and one of them in a live run. Some of these runs are
started as a user starts them; the others share a process, which takes less time.
"""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import trustme

from contracts.__main__ import main
from contracts.faults import behaviours
from contracts.faults.sockets.wire import CATALOGUE, LAWFUL, RUN_BY, VICTIM, Hostile
from contracts.faults.sockets.wire_server import HostileServer
from contracts.http.link import Unreachable
from contracts.http.outcomes import NotChecked, Violation
from contracts.leaf_user.account import Account
from contracts.leaf_user.request_bodies import environment_name
from contracts.service.app import Service
from contracts.service.store import known_leaf_users
from contracts.session.run import Run
from contracts.session.settings import OTHER_USER_ID, TOKEN, USER_ID, Settings, Unusable
from contracts.session.targets import Target
from contracts.spec.load import load
from tests.helpers.leak_search import Search, planted
from tests.helpers.live_prover import Counted, Switch
from tests.helpers.proof_harness import FULL, Proof, Prover

CONTRACT = load()
ROOT = Path(__file__).parents[3]
WITHIN = 60  # seconds
MEMORY = 400 * 1024  # KiB
SHORT = 0.4  # seconds for an exchange, in this process
FIRST, SECOND = known_leaf_users(CONTRACT)
ENDPOINTS = [*CONTRACT.endpoints]
# A run needs to read first, and says at once when it can't.
LATER = [name for name in ENDPOINTS if name != "read"]
TIMEOUT = 3  # seconds for an exchange, in the runs that the promise is about
# What may be broken when an endpoint's answers can't be read: nothing that they would show.
OF_THE_WIRE = ("succeeds", "json", "media-type", "no-server-error")
# These take the most time or memory, or are told the token.
AS_USERS_DO = ("wire-silence", "wire-drip", "wire-endless", "wire-bomb", "wire-deep-objects",
               "wire-long-header", "wire-redirect-loop", "wire-token-in-reason")  # fmt: skip
# Runs pytest and says how much memory this process, and no other, has used at its peak.
PEAK = """
import re, sys, pytest
status = pytest.main(sys.argv[1:])
print(re.search("VmHWM:.*", open("/proc/self/status").read())[0])
sys.exit(status)
"""


def token() -> str:
    return re.sub("[^!-~]", "-", planted("token"))


def of_the_provider() -> dict[str, str]:
    """What a live run needs so that a handshake must succeed."""
    forms = (e.takes for e in CONTRACT.endpoints.values() if e.takes)
    return {
        environment_name(name): (*form.choices.get(name, ()), f"a-{name}-of-acme")[0]
        for form in forms
        for name in form.fields
    }


def settings(token: str) -> dict[str, str]:
    leaf_users = {USER_ID: FIRST, OTHER_USER_ID: SECOND}
    return {TOKEN: token, **leaf_users, **of_the_provider()}


def run_on(
    url: str, victim: str, token: str, timeout: int = 1, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run the tests of the victim's answers on a served service."""
    environment = {**os.environ, **settings(token), **more}
    command = [
        sys.executable,
        "-c",
        PEAK,
        "-q",
        "-p",
        "no:cacheprovider",
        "--strict",
        "--allow-writes",
    ]
    return subprocess.run(
        [*command, "--base-url", url, "--request-timeout", str(timeout),
         "tests/contract/test_answers.py", "tests/contract/test_life.py", "-k", victim],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=WITHIN,
    )  # fmt: skip


def assert_harmless(done: subprocess.CompletedProcess[str], server: HostileServer) -> None:
    assert "Traceback" not in done.stdout + done.stderr
    peak = re.search(r"VmHWM:\s+(\d+) kB", done.stdout)
    assert peak is not None
    assert int(peak[1]) < MEMORY
    assert server.lured == 0


def of_the_wire(victim: str) -> set[str]:
    # Whoever answers without looking at the token lets everybody in.
    return {f"{victim}.{topic}" for topic in (*OF_THE_WIRE, "auth-required")}


# ------------------------------------------------------------- live runs


class WireProver(Prover):
    """Proves by live runs on a served service whose wire is hostile."""

    def __init__(self) -> None:
        self._switch = Switch()
        self.server = HostileServer(CONTRACT, CATALOGUE["wire-nan"], self._switch)
        self.token = token()
        options = ("--base-url", self.server.url, "--allow-writes", "--request-timeout",
                   str(TIMEOUT), "-k", "test_answers or test_life")  # fmt: skip
        super().__init__(drawn=True, options=options, environment=settings(self.token))

    def prove_wire(self, name: str, victim: str) -> Proof:
        """Run tests of all endpoints on a fresh service, with one endpoint's answers spoilt."""
        self._switch.app = Counted(token=self.token)
        self.server.attack(CATALOGUE[name], victim)
        return super().prove(scope=FULL)

    def __exit__(self, *details: object) -> None:
        super().__exit__(*details)
        self.server.close()


@pytest.fixture(scope="module")
def prover() -> Iterator[WireProver]:
    with WireProver() as prover:
        yield prover


def _in_turn() -> Iterator[tuple[str, str]]:
    """Each wire with an endpoint, such that all endpoints have their turn."""
    number = count()
    for name, hostile in CATALOGUE.items():
        fitting = [e for e in LATER if hostile.breaks(CONTRACT, e)]
        yield name, fitting[next(number) % len(fitting)]


@pytest.mark.parametrize(("name", "victim"), [*_in_turn()])
def test_a_hostile_answer_is_named_alone_and_the_run_ends(
    prover: WireProver, name: str, victim: str
) -> None:
    proof = prover.prove_wire(name, victim)
    assert proof.status == 1
    assert CATALOGUE[name].breaks(CONTRACT, victim) in proof.broken
    assert {*proof.broken} <= of_the_wire(victim), proof.actual
    assert proof.seconds < WITHIN
    assert 0 < proof.peak < MEMORY
    assert prover.server.lured == 0


def test_a_dead_connection_is_called_that(prover: WireProver) -> None:
    proof = prover.prove_wire("wire-dead-connection", "events")
    assert {*proof.broken} == {"events.succeeds", "events.no-server-error"}
    assert {*map(tuple, proof.actual.values())} == {(f"no answer within {TIMEOUT} s",)}


# ------------------------------------------------------------- runs as a user starts them


@pytest.mark.parametrize(("name", "victim"), [p for p in _in_turn() if p[0] in AS_USERS_DO])
def test_a_run_as_a_user_starts_it_ends_and_names_the_endpoint(name: str, victim: str) -> None:
    hostile, secret = CATALOGUE[name], token()
    with HostileServer(CONTRACT, hostile, Service(token=secret), victim) as server:
        done = run_on(server.url, victim, secret, TIMEOUT)
    assert done.returncode == 1, done.stdout + done.stderr
    said = re.findall(r"^(?:broken|advice not followed): (\S+)", done.stdout, re.MULTILINE)
    assert hostile.breaks(CONTRACT, victim) in said
    assert {*said} <= of_the_wire(victim)
    assert_harmless(done, server)
    assert not Search([secret]).found_in((done.stdout + done.stderr).encode())


@pytest.mark.parametrize("name", ["wire-silence", "wire-redirect-elsewhere", "wire-no-http"])
def test_a_service_that_cannot_even_be_read_is_not_tested(name: str) -> None:
    with HostileServer(CONTRACT, CATALOGUE[name], Service(), "read") as server:
        done = run_on(server.url, "read", "contract-test-token")
    assert done.returncode in (1, 4)
    said = done.stderr if done.returncode == 4 else done.stdout
    assert "read" in said or server.url in said
    assert_harmless(done, server)


@pytest.mark.parametrize("name", LAWFUL)
def test_an_unusual_but_lawful_wire_is_passed(name: str) -> None:
    with HostileServer(CONTRACT, LAWFUL[name], Service()) as server:
        done = run_on(server.url, VICTIM, "contract-test-token")
    assert done.returncode == 0, done.stdout


def test_a_redirect_from_https_to_plain_http_is_not_followed(tmp_path: Path) -> None:
    authority, context, secret = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), token()
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    hostile, service = CATALOGUE["wire-redirect-elsewhere"], Service(token=secret)
    with HostileServer(CONTRACT, hostile, service, tls=context) as server:
        done = run_on(server.url, VICTIM, secret, SSL_CERT_FILE=str(tmp_path / "authority.pem"))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Location: http://localhost" in done.stdout
    assert f"broken: {VICTIM}.succeeds " in done.stdout
    assert_harmless(done, server)


# ------------------------------------------------------------- every wire at every endpoint


def live_run(url: str, token: str) -> Run:
    settings = Settings(url, allow_writes=True, timeout=SHORT, token=token, leaf_user=FIRST)
    return Run(CONTRACT, Target(CONTRACT, settings))


def ask_everything(account: Account) -> None:
    """Each endpoint twice, as far as one comes."""
    for _ in range(2):
        for ask in (
            account.absent,
            account.create,
            lambda: account.ask("read"),
            lambda: account.ask("events"),
            lambda: account.ask("delete"),
            lambda: account.send("one-click", account.bodies.ordinary(account.form("one-click")),
                                 valid=True),
        ):  # fmt: skip
            try:
                ask()
            except (NotChecked, Violation):
                continue  # the ledger knows


@pytest.mark.parametrize("victim", ENDPOINTS)
@pytest.mark.parametrize("name", CATALOGUE)
def test_a_hostile_answer_of_any_endpoint_is_blamed_on_it(name: str, victim: str) -> None:
    hostile, secret = CATALOGUE[name], token()
    started = time.monotonic()
    with HostileServer(CONTRACT, hostile, Service(token=secret), victim) as server:
        run = live_run(server.url, secret)
        refused = ""
        try:
            run.target.prepare()
            ask_everything(next(filter(None, run.target.accounts())))
        except (Unusable, Unreachable) as error:
            refused = run.target.secrets.mask(str(error))
        run.target.close()
    broken = {name for name, record in run.ledger.records.items() if record.violations}
    assert broken <= of_the_wire(victim)
    expected = hostile.breaks(CONTRACT, victim)
    if victim == "read":
        # It is the first look: nobody knows then whether there are credentials.
        assert broken or refused or run.target.accounts()[0].refusal
        assert not refused or server.url in refused
    elif expected is not None:
        # Here, the second DELETE finds nothing, and need not succeed.
        assert expected in broken or (hostile.keeps_open and broken)
    assert server.lured == 0
    if "redirect" in name:
        assert server.asked == run.target.client.requests, "the redirect was followed"
    assert not Search([secret]).found_in(f"{refused} {run.ledger.as_json()}".encode())
    assert time.monotonic() - started < WITHIN / 2


# ------------------------------------------------------------- the catalogue


@pytest.mark.parametrize("name", [*CATALOGUE, *LAWFUL])
def test_a_hostile_wire_is_listed_and_says_how_it_is_run(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["faults"]) == 0
    assert f"\n{name}: " in capsys.readouterr().out
    with pytest.raises(ValueError, match="needs a raw socket") as caught:
        behaviours([name], CONTRACT)
    assert RUN_BY in str(caught.value)


def test_each_wire_meets_a_requirement_of_some_endpoint() -> None:
    wires: list[Hostile] = [*CATALOGUE.values()]
    assert all(hostile.breaks(CONTRACT) for hostile in wires)
    assert {victim for _, victim in _in_turn()} == {*LATER}
