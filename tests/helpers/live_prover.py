"""A prover whose runs are live ones: over a socket, as somebody starts them who tests a service.

What `pytest --base-url … --allow-writes` does, without starting pytest for each behaviour.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from contracts.faults import behaviours
from contracts.service.app import DEFAULT_TOKEN, Service
from contracts.service.background import BackgroundProcessing
from contracts.service.hooks import Behaviour
from contracts.service.http_server import serve
from contracts.service.store import known_leaf_users
from contracts.session.settings import OTHER_USER_ID, TOKEN, USER_ID
from contracts.spec.load import load
from tests.helpers.proof_harness import FULL, Proof, Prover

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

CONTRACT = load()


class Counted:
    """A fresh service that behaves as named, whose requests are counted where they arrive."""

    def __init__(
        self, *names: str, more: Iterable[Behaviour] = (), token: str = DEFAULT_TOKEN
    ) -> None:
        behaving = [BackgroundProcessing(), *behaviours(names, CONTRACT), *more]
        self.service = Service(CONTRACT, token=token, behaviours=behaving)
        self.base_path = self.service.base_path
        self.requests = 0
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._lock:
            self.requests += 1
        return self.service(environ, start_response)

    @property
    def left_behind(self) -> int:
        """How many Leaf users have credentials."""
        store = self.service.store
        return sum(store.get(user) is not None for user in store.users)


class Switch:
    """One address for one service after the other."""

    def __init__(self) -> None:
        self.app = Counted()
        self.base_path = self.app.base_path

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self.app(environ, start_response)


class LiveProver(Prover):
    """Proves by live runs that may write; `requests` are those that arrived at the service.

    The `environment` has settings besides those of the Leaf users.
    """

    def __init__(self, environment: Mapping[str, str] = MappingProxyType({})) -> None:
        self._switch = Switch()
        self._server = serve(self._switch)
        one, other = known_leaf_users(CONTRACT)
        super().__init__(
            drawn=True,
            options=("--base-url", self._server.url, "--allow-writes"),
            environment={TOKEN: DEFAULT_TOKEN, USER_ID: one, OTHER_USER_ID: other, **environment},
        )

    def prove(
        self,
        *names: str,
        scope: str = FULL,
        strict: bool = True,
        more: Iterable[Behaviour] = (),
    ) -> Proof:
        """Run the suite on a service that behaves as named, and as `more` has it."""
        self._switch.app = app = Counted(*names, more=more)
        proof = super().prove(*names, scope=scope, strict=strict)
        return replace(proof, requests=app.requests)

    def __exit__(self, *details: object) -> None:
        super().__exit__(*details)
        self._server.close()
