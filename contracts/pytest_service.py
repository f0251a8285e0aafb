"""A pytest plugin for projects with a client of their own: the fixture `panorama_service`.

In their root `conftest.py`: `pytest_plugins = ["contracts.pytest_service"]`. Nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from contracts.mock.request_audit import NOTICE, Remark
from contracts.mock.served import Served
from contracts.service.http_server import Server
from contracts.service.store import known_leaf_users


class PanoramaService:
    """A served service, as `python -m contracts serve` is one.

    `base_url` ends as Leaf's does; `root_url` is the host's root, with the login and
    `/__contract`. `leaf_user` and `other_leaf_user` exist from the start, without credentials.
    """

    def __init__(self, served: Served, base_url: str) -> None:
        self._served = served
        parts = urlsplit(base_url)
        self.base_url = base_url
        self.root_url = f"{parts.scheme}://{parts.netloc}"
        self.token = served.options.token
        self.leaf_user, self.other_leaf_user = known_leaf_users(served.contract)

    def violations(self) -> list[Remark]:
        """What was wrong with the requests since the test began: the last 1000, oldest first."""
        return self._served.remarks()

    def notices(self) -> list[Remark]:
        """What was unusual about them, and no violation."""
        return self._served.remarks(NOTICE)

    def assert_no_violations(self) -> None:
        """Fail the test with a line for each violation, if there are any."""
        __tracebackhide__ = True
        if found := self.violations():
            lines = [f"{v.rule} in request {v.number}: {v}" for v in found]
            if dropped := self._served.dropped():
                lines.insert(0, f"{dropped} earlier violations are no longer kept")
            pytest.fail("\n".join(lines))

    def reset(self) -> None:
        """Start afresh: no credentials, no remarks, no faults, the right time."""
        self._served.start_afresh()

    def behave(self, *names: str) -> None:
        """Misbehave like this from now on (`python -m contracts faults`); ValueError if unknown."""
        self._served.behave(names)

    def advance(self, by: timedelta) -> None:
        """Move the service's clock on, so that log entries and credentials age."""
        self._served.advance(by)

    def invalidate(self, leaf_user: str | None = None) -> None:
        """Let the (first) Leaf user's credentials turn invalid; KeyError when it has none."""
        self._served.invalidate(leaf_user or self.leaf_user)

    def __repr__(self) -> str:
        return f"<PanoramaService {self.base_url}>"


@pytest.fixture(scope="session")
def panorama_server() -> Iterator[PanoramaService]:
    """One server for the whole run, on a free port; `panorama_service` is what a test wants."""
    served = Served()
    with Server(served) as server:
        yield PanoramaService(served, server.url)


@pytest.fixture
def panorama_service(panorama_server: PanoramaService) -> PanoramaService:
    """Leaf's Panorama service on this machine, fresh for each test."""
    panorama_server.reset()
    return panorama_server
