"""A pytest plugin: which requirements a test proves, and which tests a run has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contracts.plugins.state import (
    LEFT_OUT,
    PROVES,
    RECORDED,
    RUN,
    is_recording,
    is_worker,
    recording_of,
    run_of,
)
from contracts.session.cassette_files import name_of, orphans, unusable
from contracts.spec.model import CREATE, SINGLE_ROLES, Contract, Requirement

# `{create}.stores` is one requirement, `{create}.keeps.{field}` are many.
ONE_OF_A_ROLE = re.compile(rf"\{{({'|'.join(SINGLE_ROLES)})\}}\.[a-z-]*(\{{[a-z]+\}})?")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test of a family (an id with braces) is run once for each requirement of the family.

    With `together=True` it is run once, and proves them all.
    """
    marks = list(metafunc.definition.iter_markers("requirement"))
    templates = [name for mark in marks for name in mark.args if _is_family(name)]
    if templates and not any(mark.kwargs.get("together") for mark in marks):
        contract = metafunc.config.stash[RUN].contract
        family = [r for template in templates for r in members(contract, template)]
        metafunc.parametrize("about", family, ids=[r.id for r in family])


def _is_family(name: str) -> bool:
    """Whether a marker's argument names many requirements: braces, other than those of a role."""
    return "{" in name and not ONE_OF_A_ROLE.fullmatch(name)


def members(contract: Contract, template: str) -> list[Requirement]:
    """The requirements that a marker's argument names: one, or a family."""
    try:
        return contract.named(template)
    except KeyError as error:
        raise pytest.UsageError(str(error.args[0])) from None


def proved_by(item: pytest.Item) -> list[str]:
    """The ids of the requirements that a test proves."""
    named = [name for mark in item.iter_markers("requirement") for name in mark.args]
    callspec = getattr(item, "callspec", None)
    if named and callspec is not None and "about" in callspec.params:
        about = callspec.params["about"]
        # pytest has a placeholder where a family has no requirement in this contract.
        return [about.id] if isinstance(about, Requirement) else []
    contract = item.config.stash[RUN].contract
    return [requirement.id for name in named for requirement in members(contract, name)]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        item.stash[PROVES] = proved_by(item)
    # What this contract gives no occasion for is not tested; the header counts such families.
    items[:] = [i for i in items if i.stash[PROVES] or not i.get_closest_marker("requirement")]
    _leave_out(
        config,
        items,
        [item for item in items if not all(map(config.stash[RUN].contract.having, _roles(item)))],
        "tests are left out: this contract has no endpoint of the role that they need",
    )
    # A live run tests the service, not the recordings; recording is a job of its own.
    recording, live = is_recording(config), config.getoption("base_url") is not None
    replays = [item for item in items if item.get_closest_marker("recorded")]
    if recording or live or not recording_of(config).folder.is_dir():
        reason = (
            "this run only makes recordings" if recording
            else "a live run tests the service" if live
            else "this contract has none here"
        )  # fmt: skip
        what = "other tests" if recording else "tests of recordings"
        others = [item for item in items if (item in replays) != recording]
        _leave_out(config, items, others, f"{what} are left out: {reason}")
    elif replays and _collects_all(config):
        config.stash[RECORDED].complaints += orphans(
            (name_of(item.name) for item in replays), recording_of(config).folder
        )


def _leave_out(
    config: pytest.Config, items: list[pytest.Item], left_out: list[pytest.Item], why: str
) -> None:
    """Take tests out of a run, and say so at its end."""
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        config.stash.setdefault(LEFT_OUT, []).append(f"{len(left_out)} {why}")
        unwanted = {*left_out}
        items[:] = [item for item in items if item not in unwanted]


def _roles(item: pytest.Item) -> set[str]:
    """The roles without which a test has nothing to ask: the marker's, and that of a fixture."""
    marked = {role for mark in item.iter_markers("needs") for role in mark.args}
    return marked | ({CREATE} & set(getattr(item, "fixturenames", ())))


def _collects_all(config: pytest.Config) -> bool:
    """Whether whole folders are collected, whatever is selected of them later."""
    return all(Path(arg).is_dir() for arg in config.args) and not config.getoption("lf", False)


def pytest_collection_finish(session: pytest.Session) -> None:
    if not is_recording(session.config):
        _check_replays(
            session.config, [item for item in session.items if item.get_closest_marker("recorded")]
        )
    if is_worker(session.config):
        return  # it does not know which tests will be its own
    for item in session.items:
        proved: list[str] | None = item.stash.get(PROVES, None)
        run_of(item).expect(proved or [])


def _check_replays(config: pytest.Config, replays: list[pytest.Item]) -> None:
    """Raise `UsageError` when a recorded test could not be replayed."""
    if replays and config.getoption("--disable-recording"):
        raise pytest.UsageError(
            "--disable-recording leaves nothing to replay: leave it out, or add -m 'not recorded'"
        )
    for item in replays:
        problem = unusable(recording_of(config).folder / f"{name_of(item.name)}.yaml")
        if problem is not None:
            raise pytest.UsageError(problem)


@pytest.fixture
def proves(request: pytest.FixtureRequest) -> list[str]:
    """The ids of the requirements that a test proves."""
    ids: list[str] = request.node.stash[PROVES]
    return ids
