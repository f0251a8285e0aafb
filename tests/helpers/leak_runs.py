"""Runs of the suite that are given planted secrets, and what they left, searched for these."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from contracts.leaf_user.request_bodies import environment_name
from contracts.session.settings import PASSWORD, TOKEN
from contracts.spec.load import load
from tests.helpers.leak_harness import ROOT, command
from tests.helpers.leak_sabotage import PLANTED
from tests.helpers.leak_search import Search, planted, shortly

CONTRACT = load()
PATIENCE = 120  # seconds


def of_a_header(label: str) -> str:
    """A fresh secret that a header can carry."""
    return planted(label).encode("ascii", "ignore").decode().replace(" ", "")


def planted_secrets() -> dict[str, str]:
    """A fresh secret for each variable that may hold one."""
    fields = sorted(CONTRACT.sendable_fields & CONTRACT.secret_fields)
    return {
        TOKEN: of_a_header("token"),
        PASSWORD: planted("login"),  # which a token makes needless, and no less secret
        **{environment_name(name): planted(name) for name in fields},
    }


def settings_with(
    secrets: Mapping[str, str], environment: Callable[[Mapping[str, str]], dict[str, str]]
) -> dict[str, str]:
    """The environment of a run that is given these secrets, and all that belongs to them."""
    forms = (e.takes for e in CONTRACT.endpoints.values() if e.takes)
    plain = {
        environment_name(name): (*form.choices.get(name, ()), f"own-{name}-of-acme")[0]
        for form in forms
        for name in form.fields
    }
    return environment({**plain, **secrets, PLANTED: " ".join(secrets)})


def run(
    folder: Path, settings: Mapping[str, str], *options: str, root: Path = ROOT, **env: str
) -> subprocess.CompletedProcess[bytes]:
    """A run of the suite, whose project is `root`; its output is kept with what it writes."""
    done = subprocess.run(
        [*command(folder, "-p", "tests.helpers.leak_sabotage", *options, root=root)],
        cwd=folder,
        env={**settings, "PYTHONPATH": f"{root}:{ROOT}", **env},
        capture_output=True,
        timeout=PATIENCE,
    )
    (folder / "stdout").write_bytes(done.stdout)
    (folder / "stderr").write_bytes(done.stderr)
    return done


def assert_silent(folder: Path, known: Iterable[str]) -> None:
    """No secret stands in any file below a folder."""
    found = Search(known).found_below(folder)
    places = {
        name: [shortly((folder / name).read_bytes(), secret) for secret in hits]
        for name, hits in found.items()
    }
    assert not places, places
