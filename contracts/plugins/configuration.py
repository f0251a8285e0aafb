"""A pytest plugin: from options and environment to a run, and from a run to its target."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path
from threading import current_thread, main_thread

import pytest
from hypothesis import settings

from contracts.masking.masking import Secrets
from contracts.plugins import profiles, report_plugin
from contracts.plugins.outlets import Outlets
from contracts.plugins.state import (
    INTERRUPTS,
    NOTES,
    RECORDED,
    RUN,
    SECRETS,
    is_recording,
    is_spread,
    is_worker,
    without_secrets,
)
from contracts.session import summary
from contracts.session.folders import INSTALLED, cassettes_of
from contracts.session.recording import Recording
from contracts.session.run import Run
from contracts.session.settings import Settings, Unusable, read_settings, secrets_of
from contracts.session.signals import Interrupts
from contracts.session.targets import Target, embedded
from contracts.spec import known_failures
from contracts.spec.load import load
from contracts.spec.model import Contract
from contracts.spec.yaml_nodes import DataError


@pytest.hookimpl(tryfirst=True)  # a report has junit.xml written, too
def pytest_configure(config: pytest.Config) -> None:
    outlets = Outlets(lambda text: without_secrets(config, text))
    config.pluginmanager.register(outlets)
    outlets.close_over(config)
    try:
        contract = load(config.getoption("contract"))
        config.stash[SECRETS] = configured = Secrets(contract.secret_fields)
        for value, name in secrets_of(contract, os.environ).items():
            configured.keep(value, name)
        chosen = _settings(config, contract)
        _check(config)
        _make_runs(config, contract, chosen)
    except (DataError, Unusable) as error:
        raise pytest.UsageError(str(error)) from None
    _report(config)
    profiles.register()
    if not config.getoption("--hypothesis-profile", None):
        settings.load_profile(profiles.name_for(chosen))


def _settings(config: pytest.Config, contract: Contract) -> Settings:
    return read_settings(
        contract,
        base_url=config.getoption("base_url"),
        allow_writes=config.getoption("allow_writes"),
        create_leaf_user=config.getoption("create_leaf_user"),
        timeout=config.getoption("request_timeout"),
        thorough=config.getoption("thorough"),
        seed=config.getoption("seed"),
        patience=config.getoption("patience"),
        max_minutes=config.getoption("max_minutes"),
        rate_limit=config.getoption("rate_limit"),
        accept_unchecked=config.getoption("accept_unchecked"),
    )


def _check(config: pytest.Config) -> None:
    if INSTALLED and is_recording(config):
        raise Unusable("recordings are made from a checkout, not from an installed suite")
    if is_spread(config) and is_recording(config):
        raise Unusable("recordings are made by one process: leave out -n, --dist and --tx")


def _make_runs(config: pytest.Config, contract: Contract, chosen: Settings) -> None:
    notes = config.stash[NOTES] = []
    known = known_failures.of_run(config.getoption("known_failures"), contract, notes.append)
    behave = config.getoption("behave")
    target = Target(contract, chosen, embedded(contract, chosen, behave))
    target.behave = tuple(behave)
    folder = cassettes_of(config.getoption("contract"))
    recording = Recording(contract, chosen, recording=is_recording(config), folder=folder)
    # pytest has an option --strict of its own: its strictness and ours are one.
    strict = bool(config.getini("strict"))
    config.stash[RUN] = Run(contract, target, strict, known)
    config.stash[RECORDED] = Run(contract, recording, strict=True)


def _report(config: pytest.Config) -> None:
    folder = config.getoption("report_dir")
    if folder and not config.option.collectonly and not is_recording(config):
        runs = config.stash[RUN], config.stash[RECORDED]
        report = report_plugin.Report(Path(folder), *runs, config.getoption("contract"))
        config.pluginmanager.register(report, report_plugin.NAME)


def pytest_report_header(config: pytest.Config) -> list[str]:
    run = config.stash[RUN]
    notes = (f"warning: {note}" for note in config.stash[NOTES])
    return [*summary.header(run.contract, run.target.settings), *notes]


def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    if config.option.collectonly:
        return
    run = config.stash[RECORDED if is_recording(config) else RUN]
    interrupts = config.stash[INTERRUPTS] = Interrupts()
    if current_thread() is main_thread():
        interrupts.catch()  # so that a terminated run still cleans up
        for key in (RUN, RECORDED):
            config.stash[key].target.client.before_sending = interrupts.check
    spread, worker = is_spread(config), is_worker(config)
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


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Run:
    """The run that this session is."""
    return pytestconfig.stash[RUN]


@pytest.fixture(scope="session")
def recorded(pytestconfig: pytest.Config) -> Run:
    """The run over the recordings."""
    return pytestconfig.stash[RECORDED]
