"""What the tests of the contract are given: a Leaf user, and exchanges to look at."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings

from contracts.http.exchange import Exchange
from contracts.http.outcomes import NotChecked
from contracts.judging import expect
from contracts.leaf_user.account import Account
from contracts.session.cassette_files import name_of
from contracts.session.cassettes import MATCH_ON
from contracts.session.run import Run
from contracts.session.settings import OTHER_USER_ID
from contracts.spec.model import CHANGE, CREATE, Contract, Endpoint, Requirement

HERE = Path(__file__).parent
FIRST = "test_state_machine.py"
Case = TypeVar("Case")
Perform = Callable[[str], Exchange]


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    # What asks for any order of requests sees most; others need not ask for it again.
    items.sort(key=lambda item: item.path.name != FIRST)
    if config.getoption("base_url") is None:
        for item in items:
            if item.path.is_relative_to(HERE):
                item.add_marker(pytest.mark.block_network)


@pytest.fixture(scope="session")
def vcr_cassette_dir(recorded: Run, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where pytest-recording reads cassettes, and where it writes them until all are good."""
    if not recorded.target.recording:
        return str(recorded.target.folder)
    recorded.target.staging = tmp_path_factory.mktemp("cassettes")
    return str(recorded.target.staging)


@pytest.fixture
def default_cassette_name(request: pytest.FixtureRequest) -> str:
    return name_of(request.node.name)


@pytest.fixture
def vcr_config(recorded: Run) -> dict[str, Any]:
    scrubber = recorded.target.scrubber
    return {
        "match_on": MATCH_ON,
        "before_record_request": scrubber.request,
        "before_record_response": scrubber.response,
        "record_on_exception": False,
    }


@pytest.fixture
def scenario(recorded: Run, vcr: Any) -> Iterator[Account]:
    """The Leaf user of a recorded scenario. Every recorded exchange must be played once."""
    account = recorded.target.account()
    yield account
    complaint = account.clean_up()
    if recorded.target.recording:
        recorded.complaints += filter(None, [complaint])
    else:
        assert [vcr.play_counts[n] for n in range(len(vcr))] == [1] * len(vcr), "not played once"


@pytest.fixture
def contract(run: Run) -> Contract:
    return run.contract


@pytest.fixture
def about(proves: list[str], run: Run) -> Requirement:
    """The requirement that a test proves; a family's tests are parametrised with it instead."""
    (name,) = proves
    return run.contract.requirements[name]


@pytest.fixture
def endpoint(about: Requirement) -> str:
    return about.endpoint


@pytest.fixture
def field(about: Requirement) -> str:
    return about.parameters["field"]


@pytest.fixture
def value(about: Requirement) -> str:
    return about.parameters["value"]


@pytest.fixture
def values(run: Run, endpoint: str, field: str) -> tuple[str, ...]:
    """All values of the enum that an endpoint takes as `field`."""
    takes = run.contract.endpoints[endpoint].takes
    return tuple(takes.choices[field]) if takes else ()


@pytest.fixture
def token(about: Requirement) -> str:
    return about.parameters["token"]


@pytest.fixture
def accounts(run: Run) -> tuple[Account, Account | None]:
    """A Leaf user and its neighbour; on the embedded service nobody has used them before."""
    return run.target.accounts()


@pytest.fixture
def account(accounts: tuple[Account, Account | None]) -> Account:
    return accounts[0]


@pytest.fixture
def other(accounts: tuple[Account, Account | None]) -> Account:
    if accounts[1] is None:
        raise NotChecked(f"{OTHER_USER_ID} names no second Leaf user")
    return accounts[1]


@pytest.fixture
def create(contract: Contract) -> Endpoint:
    """The endpoint that makes credentials."""
    return contract.the(CREATE)


@pytest.fixture
def perform(account: Account, run: Run) -> Perform:
    """Ask an endpoint as documented, with what it needs arranged, so that it must succeed."""

    def perform(endpoint: str) -> Exchange:
        known = run.contract.endpoints[endpoint]
        if known.takes is None:
            account.present()
            return account.ask(endpoint)
        if account.refusal:
            raise NotChecked(f"{endpoint} writes, and {account.refusal}")
        if known.role == CHANGE:
            account.present()
            return account.send(endpoint, account.bodies.ordinary(known.takes), valid=True)
        account.absent()
        if not known.handshake:
            return account.create()
        exchange = account.send(
            endpoint, account.bodies.ordinary(known.takes), valid=run.target.shakes_hands
        )
        if exchange.refused and not run.target.shakes_hands:
            raise NotChecked(
                f"made-up values were refused ({exchange.status}) in the provider's handshake"
            )
        return exchange

    return perform


@pytest.fixture
def provoke(account: Account, run: Run) -> Perform:
    """Ask an endpoint with the right token for something that it cannot do."""

    def provoke(endpoint: str) -> Exchange:
        if run.contract.endpoints[endpoint].takes is not None:
            return account.send(endpoint, content=b"this is not JSON")
        if account.refusal is None:
            account.absent()
        return account.ask(endpoint)

    return provoke


@pytest.fixture
def takes_ordinary(run: Run, perform: Perform) -> Callable[[str], None]:
    """Make sure that an endpoint takes ordinary bodies; else a refusal shows nothing."""

    def takes_ordinary(endpoint: str) -> None:
        if not run.ledger.successes[endpoint]:
            expect.succeeded(perform(endpoint))

    return takes_ordinary


@pytest.fixture
def ordinary(account: Account) -> Callable[..., dict[str, Any]]:
    """An ordinary body for an endpoint, with some fields as given."""
    return lambda endpoint, **fixed: account.bodies.ordinary(account.form(endpoint), **fixed)


@pytest.fixture
def evidence_from(run: Run, about: Requirement) -> Callable[[Callable[[], Exchange]], None]:
    """Judge an exchange for the requirement, unless this run has seen enough to tell already.

    Every answer is judged on every requirement that it can show, whichever test asked for it.
    `strong` evidence may be that of few exchanges only where requests are scarce.
    """

    def evidence_from(ask: Callable[[], Exchange], *, strong: bool = False) -> None:
        record = run.ledger.records[about.id]
        seen_enough = record.evidence and not record.violations
        if not seen_enough or (strong and not run.target.thrifty):
            expect.evidence(about, ask())

    return evidence_from


@pytest.fixture
def examples() -> Callable[..., settings]:
    """Settings with a share of the examples that the profile in force asks for."""

    def examples(share: float = 1, **more: Any) -> settings:
        few = max(1, round(settings.default.max_examples * share))
        return settings(settings.default, max_examples=few, **more)

    return examples


@pytest.fixture
def pick(request: pytest.FixtureRequest, run: Run, proves: list[str]) -> Callable[..., list[Any]]:
    """All cases of the test's requirements; of a thrifty run so many as `live` says.

    Which ones a thrifty run tries is decided by its seed, so that each run tries others.
    """

    def pick(cases: Iterable[Case], *, live: int) -> list[Case]:
        every = list(cases)
        few = run.target.thrifty and len(every) > live
        start = zlib.crc32(f"{run.seed} {request.node.name}".encode())
        chosen = [every[(start + n) % len(every)] for n in range(live)] if few else every
        for requirement in proves:
            run.ledger.tried(requirement, len(chosen), len(every))
        return chosen

    return pick
