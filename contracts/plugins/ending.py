"""A pytest plugin: what a run does and says in the end, and its exit status."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.plugins import xdist_pairs
from contracts.plugins.promotion import promoted
from contracts.plugins.state import (
    INTERRUPTS,
    LEFT_OUT,
    LOST,
    PROVES,
    RECORDED,
    RUN,
    SESSION,
    is_recording,
    is_worker,
    recording_of,
)
from contracts.session import summary
from contracts.session.cassettes import Serializer, authorised, canonical_body
from contracts.session.settings import LIVE
from contracts.session.signals import Interrupts

LEDGER = "panorama-contracts"


def pytest_recording_configure(config: pytest.Config, vcr: Any) -> None:
    """Called by pytest-recording for each cassette."""
    recording = recording_of(config)
    vcr.register_serializer("yaml", Serializer(recording.source))
    vcr.register_matcher("canonical_body", canonical_body)
    vcr.register_matcher("authorised", authorised)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    config = session.config
    if RECORDED not in config.stash:
        return
    config.stash[SESSION] = session
    run, recorded = config.stash[RUN], config.stash[RECORDED]
    interrupts = config.stash.get(INTERRUPTS, Interrupts())
    interrupts.hold_off()
    run.finish()
    if is_recording(config):
        recorded.finish()
    interrupts.restore()
    if exitstatus == pytest.ExitCode.OK and not recorded.complaints:
        recorded.complaints += promoted(session, recording_of(config))
    for each in (run, recorded):
        each.target.close()
    if hasattr(config, "workeroutput"):
        config.workeroutput[LEDGER] = [each.as_json() for each in (run, recorded)]
        return
    unheard = exitstatus == pytest.ExitCode.OK and any(
        (*run.bad_news(), *run.broken(), *recorded.bad_news(), *recorded.broken())
    )
    stopped = exitstatus == pytest.ExitCode.INTERRUPTED and xdist_pairs.ended_by_failures(config)
    if unheard or stopped:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Say the verdict when pytest has said all that it has to say."""
    session = config.stash.get(SESSION, None)
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if session is None or terminal is None or config.option.collectonly or is_worker(config):
        return
    runs = config.stash[RUN], config.stash[RECORDED]
    is_of_the_suite = any(run.tested for run in runs) or any(
        item.stash.get(PROVES, []) for item in session.items
    )
    if session.testscollected and not is_of_the_suite:
        return  # tests of something else
    line = summary.verdict(
        runs,
        int(session.exitstatus),
        tests=session.testscollected,
        failed=session.testsfailed,
        lost=config.stash.get(LOST, ""),
    )
    terminal.write_line(config.stash[RUN].target.secrets.mask(line))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Let no two processes work on the same Leaf user; elsewhere xdist does as it was told."""
    target = config.stash[RUN].target
    if target.kind != LIVE or target.settings.create_leaf_user:
        return None
    return xdist_pairs.scheduler(config, log, len(target.settings.pairs))


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


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    run, recorded = config.stash[RUN], config.stash[RECORDED]
    lost = config.stash.get(LOST, "")
    write = terminalreporter.write_line
    folder = recording_of(config).folder
    unrecorded = not folder.is_dir() and run.target.kind != LIVE
    if (recorded.tested or unrecorded) and not lost:
        terminalreporter.section("recordings")
        for line in summary.recordings(recorded, folder):
            write(line)
    for line in config.stash.get(LEFT_OUT, []):
        write(line)
    if run.tested and not lost:
        terminalreporter.section(run.contract.title)
        for line in summary.table(run):
            write(line)
        write("")
        for line in summary.details(run, verbose=config.get_verbosity() > 0):
            write(run.target.secrets.mask(line))
    for each in (recorded, run):
        for line in dict.fromkeys(each.complaints) if lost else each.bad_news():
            write(each.target.secrets.mask(line), red=True)
