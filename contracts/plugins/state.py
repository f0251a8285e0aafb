"""What the plugins keep on pytest's configuration, and how they find it again."""

from __future__ import annotations

import pytest

from contracts.masking.masking import Secrets
from contracts.session.recording import Recording
from contracts.session.run import Run
from contracts.session.signals import Interrupts

RUN = pytest.StashKey[Run]()
# Replays are judged like live answers, but are no evidence for what is tested.
RECORDED = pytest.StashKey[Run]()
SECRETS = pytest.StashKey[Secrets]()
# The ids of the requirements that a test proves.
PROVES = pytest.StashKey[list[str]]()
INTERRUPTS = pytest.StashKey[Interrupts]()
# Warnings about the user's own files.
NOTES = pytest.StashKey[list[str]]()
# Why the run was ended: the token or the service was lost.
LOST = pytest.StashKey[str]()
# What was not run, and why.
LEFT_OUT = pytest.StashKey[list[str]]()
# Known when it ends.
SESSION = pytest.StashKey[pytest.Session]()


def run_of(item: pytest.Item) -> Run:
    """The run that a test belongs to."""
    return item.config.stash[RECORDED if item.get_closest_marker("recorded") else RUN]


def recording_of(config: pytest.Config) -> Recording:
    """The target that recordings are replayed or made by."""
    target = config.stash[RECORDED].target
    if not isinstance(target, Recording):
        raise TypeError("the run over the recordings has another target")
    return target


def is_recording(config: pytest.Config) -> bool:
    """Whether this run makes recordings instead of testing."""
    return config.getoption("--record-mode") not in (None, "none")


def is_spread(config: pytest.Config) -> bool:
    """Whether pytest-xdist runs the tests in several processes, however it was told to."""
    told = config.getoption("numprocesses", None) or config.getoption("tx", None)
    return bool(told) or is_worker(config)


def is_worker(config: pytest.Config) -> bool:
    """Whether this is a process of pytest-xdist that runs a share of the tests."""
    return hasattr(config, "workerinput")


def without_secrets(config: pytest.Config, text: str) -> str:
    """A text without what was configured, sent or seen as a secret so far."""
    runs = [config.stash[key].target.secrets for key in (RUN, RECORDED) if key in config.stash]
    for known in (*runs, config.stash.get(SECRETS, Secrets())):
        text = known.mask(text)
    return text
