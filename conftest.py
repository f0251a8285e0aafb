"""Ties the contract to pytest: options, header, families of tests, outcomes, summary, exit status.

Everything that is decided is decided in `contracts/`; what stands here only translates.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from contracts import known_failures, summary
from contracts.background import BackgroundProcessing
from contracts.behaviour import Behaviour
from contracts.cassettes import (
    CASSETTES,
    Serializer,
    authorised,
    canonical_body,
    name_of,
    unusable,
)
from contracts.contract import load
from contracts.located import DataError
from contracts.model import Contract, Requirement
from contracts.recording import Recording
from contracts.run import ADVISED, FAILED, SKIPPED, Run
from contracts.service import Service
from contracts.settings import LIVE, Settings, Unusable, read_settings
from contracts.targets import Target
from contracts.verdicts import NotChecked

RUN = pytest.StashKey[Run]()
# Replays are judged like live answers, but are no evidence for what is tested.
RECORDED = pytest.StashKey[Run]()
PROVES = pytest.StashKey[list[str]]()
LEDGER = "panorama-contracts"

settings.register_profile(
    "embedded",
    max_examples=200,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
# A live service is asked little, and a failure is not searched for a smaller one.
settings.register_profile(
    "live",
    parent=settings.get_profile("embedded"),
    max_examples=3,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


class Broken(Exception):
    """A test's outcome that is already written out; it needs no traceback."""


# ---------------------------------------------------------------- the beginning


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("panorama-contracts")
    group.addoption("--base-url", metavar="URL", help="Test the live service at this endpoint.")
    group.addoption(
        "--allow-writes", action="store_true", help="Let a live run create and delete credentials."
    )
    group.addoption(
        "--create-leaf-user",
        action="store_true",
        help="Work on two Leaf users that are made for this run and deleted in the end.",
    )
    group.addoption(
        "--request-timeout",
        metavar="SECONDS",
        default="10",
        help="How long one exchange may take (default: 10).",
    )
    group.addoption(
        "--behave",
        metavar="NAME",
        action="append",
        default=[],
        help="Let the embedded service misbehave; `python -m contracts faults` lists the names.",
    )
    group.addoption(
        "--known-failures",
        metavar="FILE",
        help="YAML: ids of requirements that are known to fail, each with a reason.",
    )


def pytest_configure(config: pytest.Config) -> None:
    try:
        contract = load()
        chosen = read_settings(
            contract,
            base_url=config.getoption("base_url"),
            allow_writes=config.getoption("allow_writes"),
            create_leaf_user=config.getoption("create_leaf_user"),
            timeout=config.getoption("request_timeout"),
        )
        listed = config.getoption("known_failures")
        known = known_failures.read(Path(listed), contract) if listed else {}
        service = embedded(contract, chosen, config.getoption("behave"))
        recording = Recording(contract, chosen, recording=is_recording(config))
        if chosen.kind == LIVE and config.getoption("numprocesses", None):
            raise Unusable("a live service is tested by one process: leave out -n")
    except (DataError, Unusable) as error:
        raise pytest.UsageError(str(error)) from None
    # pytest has an option --strict of its own: its strictness and ours are one.
    strict = bool(config.getini("strict"))
    config.stash[RUN] = Run(contract, Target(contract, chosen, service), strict, known)
    config.stash[RECORDED] = Run(contract, recording, strict=True)
    if not config.getoption("--hypothesis-profile", None):
        settings.load_profile(chosen.kind)


def embedded(contract: Contract, chosen: Settings, names: list[str]) -> Service | None:
    """The service in this process, with the behaviours that were asked for; None for a live one."""
    if chosen.kind == LIVE:
        if names:
            raise Unusable("--behave is about the embedded service: leave out --base-url")
        return None
    behaviours: list[Behaviour] = [BackgroundProcessing()]
    if names:
        from contracts import faults

        try:
            behaviours += faults.behaviours(names, contract)
        except ValueError as error:
            raise Unusable(str(error)) from None
    return Service(contract, behaviours=behaviours)


def pytest_report_header(config: pytest.Config) -> list[str]:
    run = config.stash[RUN]
    return list(summary.header(run.contract, run.target.settings))


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.option.collectonly:
        return
    run = session.config.stash[RECORDED if is_recording(session.config) else RUN]
    if run.target.kind == LIVE:
        # So that a terminated run still cleans up.
        for sig in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(sig, signal.default_int_handler)
    try:
        run.target.prepare()
    except Unusable as error:
        raise pytest.UsageError(run.target.secrets.mask(str(error))) from None


def is_recording(config: pytest.Config) -> bool:
    """Whether this run makes recordings instead of testing."""
    return config.getoption("--record-mode") not in (None, "none")


# ---------------------------------------------------------------- tests and their requirements


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test of a family (an id with braces) is run once for each requirement of the family.

    With `together=True` it is run once, and proves them all.
    """
    marks = list(metafunc.definition.iter_markers("requirement"))
    templates = [name for mark in marks for name in mark.args if "{" in name]
    if templates and not any(mark.kwargs.get("together") for mark in marks):
        contract = metafunc.config.stash[RUN].contract
        family = [r for template in templates for r in members(contract, template)]
        metafunc.parametrize("about", family, ids=[r.id for r in family])


def members(contract: Contract, template: str) -> list[Requirement]:
    """The requirements that a marker's argument names: one, or a family."""
    try:
        return contract.named(template)
    except KeyError as error:
        raise pytest.UsageError(str(error.args[0])) from None


def proves(item: pytest.Item) -> list[str]:
    """The ids of the requirements that a test proves."""
    named = [name for mark in item.iter_markers("requirement") for name in mark.args]
    callspec = getattr(item, "callspec", None)
    if named and callspec is not None and "about" in callspec.params:
        return [callspec.params["about"].id]
    contract = item.config.stash[RUN].contract
    return [requirement.id for name in named for requirement in members(contract, name)]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        item.stash[PROVES] = proves(item)
    # A live run tests the service, not the recordings; recording is a job of its own.
    left_out = []
    if is_recording(config):
        left_out = [item for item in items if not item.get_closest_marker("recorded")]
    elif config.getoption("base_url") is not None:
        left_out = [item for item in items if item.get_closest_marker("recorded")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish(session: pytest.Session) -> None:
    if not is_recording(session.config):
        for item in session.items:
            if item.get_closest_marker("recorded"):
                problem = unusable(CASSETTES / f"{name_of(item.name)}.yaml")
                if problem is not None:
                    raise pytest.UsageError(problem)
    if hasattr(session.config, "workerinput"):
        return  # a worker of pytest-xdist does not know which tests will be its own
    for item in session.items:
        run_of(item).expect(item.stash.get(PROVES, []))


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Run:
    """The run that this session is."""
    return pytestconfig.stash[RUN]


@pytest.fixture(scope="session")
def recorded(pytestconfig: pytest.Config) -> Run:
    """The run over the recordings."""
    return pytestconfig.stash[RECORDED]


def run_of(item: pytest.Item) -> Run:
    """The run that a test belongs to."""
    return item.config.stash[RECORDED if item.get_closest_marker("recorded") else RUN]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    run_of(item).begin()
    try:
        return (yield)
    except NotChecked as error:
        settle(item, error)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    if not item.stash[PROVES]:
        return (yield)
    error: BaseException | None = None
    try:
        yield
    except (KeyboardInterrupt, pytest.exit.Exception):
        raise
    except BaseException as raised:
        error = raised
    return settle(item, error)


def settle(item: pytest.Item, error: BaseException | None) -> None:
    """End a test as the run decides, which knows its requirements and all that was seen."""
    outcome = run_of(item).end(item.stash[PROVES], error)
    if outcome is None:
        assert error is not None
        raise error
    if outcome.kind == FAILED:
        raise Broken(outcome.text) from None
    if outcome.kind == ADVISED:
        pytest.xfail(outcome.text)
    if outcome.kind == SKIPPED:
        pytest.skip(outcome.text)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Show a broken requirement as it was written out, and everything without secrets."""
    report = yield
    mask = run_of(item).target.secrets.mask
    if call.excinfo is not None and isinstance(call.excinfo.value, Broken):
        report.longrepr = str(call.excinfo.value)
    elif report.failed and mask(report.longreprtext) != report.longreprtext:
        report.longrepr = mask(report.longreprtext)
    report.sections = [(name, mask(text)) for name, text in report.sections]
    return report


# ---------------------------------------------------------------- the end


def pytest_recording_configure(config: pytest.Config, vcr: Any) -> None:
    """Called by pytest-recording for each cassette."""
    recording = config.stash[RECORDED].target
    vcr.register_serializer("yaml", Serializer(recording.source))
    vcr.register_matcher("canonical_body", canonical_body)
    vcr.register_matcher("authorised", authorised)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    config = session.config
    if RECORDED not in config.stash:
        return
    run, recorded = config.stash[RUN], config.stash[RECORDED]
    run.complaints += [*run.target.clean_up()]
    if is_recording(config):
        recorded.complaints += [*recorded.target.clean_up()]
    if exitstatus == pytest.ExitCode.OK:
        recorded.complaints += recorded.target.promote()
    for each in (run, recorded):
        each.ledger.waits.update(
            times=each.target.client.waits, seconds=round(each.target.client.waited)
        )
        each.target.close()
    if hasattr(config, "workeroutput"):
        config.workeroutput[LEDGER] = [each.as_json() for each in (run, recorded)]
    elif exitstatus == pytest.ExitCode.OK and any(
        (*bad_news(run), *run.broken(), *bad_news(recorded), *recorded.broken())
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A worker of pytest-xdist is done: add what it has seen."""
    for key, data in zip((RUN, RECORDED), node.workeroutput[LEDGER], strict=True):
        node.config.stash[key].merge(data)


def bad_news(run: Run) -> Iterator[str]:
    """What makes a run fail although no test did."""
    yield from run.never_succeeded()
    yield from run.known_failure_errors()
    yield from run.complaints


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    run = config.stash[RUN]
    recorded = config.stash[RECORDED]
    write = terminalreporter.write_line
    if recorded.tested:
        terminalreporter.section("recordings")
        write(summary.recordings(recorded))
        for line in bad_news(recorded):
            write(recorded.target.secrets.mask(line), red=True)
    if not run.tested:
        return
    terminalreporter.section(run.contract.title)
    for line in summary.table(run):
        write(line)
    write("")
    for line in summary.details(run):
        write(run.target.secrets.mask(line))
    for line in bad_news(run):
        write(run.target.secrets.mask(line), red=True)
