"""Ties the contract to pytest: options, header, families of tests, outcomes, summary, exit status.

Everything that is decided is decided in `contracts/`; what stands here only translates.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from contracts.http.link import Lost
from contracts.http.outcomes import NotChecked
from contracts.masking.masking import Secrets
from contracts.plugins import options, profiles, report_plugin, xdist_pairs
from contracts.plugins.outlets import Outlets
from contracts.session import summary
from contracts.session.cassettes import (
    Serializer,
    authorised,
    canonical_body,
    name_of,
    orphans,
    unusable,
)
from contracts.session.folders import CASSETTES, INSTALLED
from contracts.session.recording import Recording
from contracts.session.run import ADVISED, FAILED, SKIPPED, Run
from contracts.session.settings import LIVE, Unusable, read_settings, secrets_of
from contracts.session.signals import Interrupts
from contracts.session.targets import Target, embedded
from contracts.spec import known_failures
from contracts.spec.load import load
from contracts.spec.model import SINGLE_ROLES, Contract, Requirement
from contracts.spec.yaml_nodes import DataError

RUN = pytest.StashKey[Run]()
# Replays are judged like live answers, but are no evidence for what is tested.
RECORDED = pytest.StashKey[Run]()
SECRETS = pytest.StashKey[Secrets]()
PROVES = pytest.StashKey[list[str]]()
INTERRUPTS = pytest.StashKey[Interrupts]()
# Set when the token or the service was lost.
LOST = pytest.StashKey[bool]()
NOTES = pytest.StashKey[list[str]]()
LEDGER = "panorama-contracts"
# `{create}.stores` is one requirement, `{create}.keeps.{field}` are many.
ONE_OF_A_ROLE = re.compile(rf"\{{({'|'.join(SINGLE_ROLES)})\}}\.[a-z-]*(\{{[a-z]+\}})?")


class Broken(Exception):
    """A test's outcome that is already written out; it needs no traceback."""


# ---------------------------------------------------------------- the beginning


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add_to(parser)


@pytest.hookimpl(tryfirst=True)  # a report has junit.xml written, too
def pytest_configure(config: pytest.Config) -> None:
    outlets = Outlets(lambda text: without_secrets(config, text))
    config.pluginmanager.register(outlets)
    outlets.close_over(config)
    try:
        contract = load()
        config.stash[SECRETS] = configured = Secrets(contract.secret_fields)
        for value, name in secrets_of(contract, os.environ).items():
            configured.keep(value, name)
        chosen = read_settings(
            contract,
            base_url=config.getoption("base_url"),
            allow_writes=config.getoption("allow_writes"),
            create_leaf_user=config.getoption("create_leaf_user"),
            timeout=config.getoption("request_timeout"),
        )
        if INSTALLED and is_recording(config):
            raise Unusable("recordings are made from a checkout, not from an installed suite")
        notes = config.stash[NOTES] = []
        known = known_failures.of_run(config.getoption("known_failures"), contract, notes.append)
        service = embedded(contract, chosen, config.getoption("behave"))
        recording = Recording(contract, chosen, recording=is_recording(config))
        if is_spread(config) and is_recording(config):
            raise Unusable("recordings are made by one process: leave out -n, --dist and --tx")
    except (DataError, Unusable) as error:
        raise pytest.UsageError(str(error)) from None
    # pytest has an option --strict of its own: its strictness and ours are one.
    strict = bool(config.getini("strict"))
    config.stash[RUN] = Run(contract, Target(contract, chosen, service), strict, known)
    config.stash[RECORDED] = Run(contract, recording, strict=True)
    report_to = config.getoption("report_dir")
    if report_to and not config.option.collectonly and not is_recording(config):
        runs = config.stash[RUN], config.stash[RECORDED]
        report = report_plugin.Report(Path(report_to), *runs, proves, bad_news)
        config.pluginmanager.register(report, report_plugin.NAME)
    profiles.register()
    if not config.getoption("--hypothesis-profile", None):
        settings.load_profile(chosen.kind)


def without_secrets(config: pytest.Config, text: str) -> str:
    """A text without what was configured, sent or seen as a secret so far."""
    runs = [config.stash[key].target.secrets for key in (RUN, RECORDED) if key in config.stash]
    for known in (*runs, config.stash.get(SECRETS, Secrets())):
        text = known.mask(text)
    return text


def pytest_report_header(config: pytest.Config) -> list[str]:
    run = config.stash[RUN]
    notes = (f"warning: {note}" for note in config.stash[NOTES])
    return [*summary.header(run.contract, run.target.settings), *notes]


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.option.collectonly:
        return
    run = session.config.stash[RECORDED if is_recording(session.config) else RUN]
    interrupts = session.config.stash[INTERRUPTS] = Interrupts()
    if run.target.kind == LIVE:
        interrupts.catch()  # so that a terminated run still cleans up
    spread, worker = is_spread(session.config), hasattr(session.config, "workerinput")
    # Processes look at their own Leaf users; before they start, all are looked at here.
    pairs = 0 if worker else len(run.target.settings.pairs) if spread else 1
    # A Leaf user whose creation was interrupted is known to nobody, and would stay.
    creating = run.target.settings.create_leaf_user
    try:
        with interrupts.deferring() if creating else nullcontext():
            run.target.prepare(pairs, create=worker or not spread)
    except BaseException as error:
        # What has not begun is not finished by pytest either.
        interrupts.hold_off()
        left = run.target.clean_up()
        if isinstance(error, Unusable):
            sentence = "; ".join(filter(None, (str(error), left)))
            raise pytest.UsageError(run.target.secrets.mask(sentence)) from None
        raise


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Let no two processes work on the same Leaf user; elsewhere xdist does as it was told."""
    target = config.stash[RUN].target
    if target.kind != LIVE or target.settings.create_leaf_user:
        return None
    return xdist_pairs.scheduler(config, log, len(target.settings.pairs))


def is_spread(config: pytest.Config) -> bool:
    """Whether pytest-xdist runs the tests in several processes, however it was told to."""
    told = config.getoption("numprocesses", None) or config.getoption("tx", None)
    return bool(told) or hasattr(config, "workerinput")


def is_recording(config: pytest.Config) -> bool:
    """Whether this run makes recordings instead of testing."""
    return config.getoption("--record-mode") not in (None, "none")


# ---------------------------------------------------------------- tests and their requirements


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test of a family (an id with braces) is run once for each requirement of the family.

    With `together=True` it is run once, and proves them all.
    """
    marks = list(metafunc.definition.iter_markers("requirement"))
    templates = [name for mark in marks for name in mark.args if is_family(name)]
    if templates and not any(mark.kwargs.get("together") for mark in marks):
        contract = metafunc.config.stash[RUN].contract
        family = [r for template in templates for r in members(contract, template)]
        metafunc.parametrize("about", family, ids=[r.id for r in family])


def is_family(name: str) -> bool:
    """Whether a marker's argument names many requirements: braces, other than those of a role."""
    return "{" in name and not ONE_OF_A_ROLE.fullmatch(name)


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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        item.stash[PROVES] = proves(item)
    # A live run tests the service, not the recordings; recording is a job of its own.
    recording, live = is_recording(config), config.getoption("base_url") is not None
    replays = [item for item in items if item.get_closest_marker("recorded")]
    if recording or live:
        left_out = [item for item in items if (item in replays) != recording]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    elif replays and collects_all(config):
        config.stash[RECORDED].complaints += orphans(name_of(item.name) for item in replays)


def collects_all(config: pytest.Config) -> bool:
    """Whether whole folders are collected, whatever is selected of them later."""
    return all(Path(arg).is_dir() for arg in config.args) and not config.getoption("lf", False)


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


@pytest.fixture(name="proves")
def ids_proved(request: pytest.FixtureRequest) -> list[str]:
    """The ids of the requirements that a test proves."""
    ids: list[str] = request.node.stash[PROVES]
    return ids


def run_of(item: pytest.Item) -> Run:
    """The run that a test belongs to."""
    return item.config.stash[RECORDED if item.get_closest_marker("recorded") else RUN]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    run = run_of(item)
    run.begin()
    if hasattr(item.config, "workerinput"):
        run.target.pair = xdist_pairs.pair_of(item.nodeid, len(run.target.settings.pairs))
    with ended_when_lost(item):
        try:
            return (yield)
        except NotChecked as error:
            settle(item, error)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    with ended_when_lost(item):
        if not item.stash[PROVES]:
            return (yield)
        error: BaseException | None = None
        try:
            yield
        except (KeyboardInterrupt, pytest.exit.Exception, Lost):
            raise
        except BaseException as raised:
            error = raised
        return settle(item, error)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    with ended_when_lost(item):
        return (yield)


@contextmanager
def ended_when_lost(item: pytest.Item) -> Iterator[None]:
    """End the whole run when the token or the service is lost: what follows would say so, too."""
    try:
        yield
    except (Lost, Unusable) as error:
        item.config.stash[LOST] = True
        sentence = run_of(item).target.secrets.mask(str(error))
        pytest.exit(sentence, returncode=pytest.ExitCode.USAGE_ERROR)


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
    """Show a broken requirement as it was written out. `Outlets` masks it."""
    report = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, Broken):
        report.longrepr = str(call.excinfo.value)
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
    interrupts = config.stash.get(INTERRUPTS, Interrupts())
    interrupts.hold_off()
    run.complaints += filter(None, [run.target.clean_up()])
    if is_recording(config):
        recorded.complaints += filter(None, [recorded.target.clean_up()])
    interrupts.restore()
    if exitstatus == pytest.ExitCode.OK and not recorded.complaints:
        recorded.complaints += recorded.target.promote()
    for each in (run, recorded):
        client = each.target.client
        each.ledger.waits.update(
            times=client.waits, seconds=round(client.waited), reconnects=client.reconnects
        )
        each.target.close()
    if hasattr(config, "workeroutput"):
        config.workeroutput[LEDGER] = [each.as_json() for each in (run, recorded)]
        return
    unheard = exitstatus == pytest.ExitCode.OK and any(
        (*bad_news(run), *run.broken(), *bad_news(recorded), *recorded.broken())
    )
    stopped = exitstatus == pytest.ExitCode.INTERRUPTED and xdist_pairs.ended_by_failures(config)
    if unheard or stopped:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A worker of pytest-xdist is done: add what it has seen."""
    output = getattr(node, "workeroutput", None)  # one that crashed has none
    if output is None or LEDGER not in output:
        node.config.stash[RUN].complaints.append(
            "a process of pytest-xdist ended without telling what it had seen"
        )
        return
    for key, data in zip((RUN, RECORDED), output[LEDGER], strict=True):
        node.config.stash[key].merge(data)


def bad_news(run: Run) -> Iterator[str]:
    """What makes a run fail although no test did."""
    yield from run.never_succeeded()
    yield from run.known_failure_errors()
    yield from dict.fromkeys(run.complaints)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    run, recorded = config.stash[RUN], config.stash[RECORDED]
    lost = config.stash.get(LOST, False)
    write = terminalreporter.write_line
    if recorded.tested and not lost:
        terminalreporter.section("recordings")
        write(summary.recordings(recorded))
    if run.tested and not lost:
        terminalreporter.section(run.contract.title)
        for line in summary.table(run):
            write(line)
        write("")
        for line in summary.details(run):
            write(run.target.secrets.mask(line))
    for each in (recorded, run):
        for line in dict.fromkeys(each.complaints) if lost else bad_news(each):
            write(each.target.secrets.mask(line), red=True)
