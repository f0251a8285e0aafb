"""Recordings as a target: replayed from `cassettes/`, or recorded anew from a real socket."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import httpcore
import httpx

from contracts.http.client import Client
from contracts.judging.judge import Judge
from contracts.leaf_user.account import Account
from contracts.leaf_user.request_bodies import Bodies
from contracts.masking.masking import MASK
from contracts.service.app import DEFAULT_TOKEN, Service
from contracts.service.background import BackgroundProcessing
from contracts.service.http_server import Server
from contracts.session.cassette_files import complaints, secrets_in
from contracts.session.cassettes import EMBEDDED_SOURCE, Scrubber, origin
from contracts.session.settings import NO_WRITES, Settings, Unusable
from contracts.session.targets import Target
from contracts.spec.model import Contract

REPLAYED = "recorded"  # stands in all recorded values, so that a replay can make them again


class NoNetwork(httpcore.NetworkBackend):
    """Makes no connection, so that a replay reaches nobody, whatever the options."""

    def connect_tcp(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        raise httpcore.ConnectError("a replay reaches no network")


def replaying_transport() -> httpx.HTTPTransport:
    """httpx's own transport, which vcrpy knows, without a network behind it."""
    transport = httpx.HTTPTransport(verify=False, trust_env=False)
    # httpx has no parameter for httpcore's network backend; a test holds this to account.
    transport._pool._network_backend = NoNetwork()
    return transport


class Recording(Target):
    """A target whose exchanges are recorded or replayed, with fixed bodies.

    Cassettes are kept in `folder`. Recording goes to the live service of the settings, or to an
    embedded one on a free port.
    """

    def __init__(
        self, contract: Contract, settings: Settings, *, recording: bool, folder: Path
    ) -> None:
        self._server: Server | None = None
        self.recording = recording
        self.folder = folder
        self.staging: Path | None = None
        if recording and settings.base_url and not settings.allow_writes:
            raise Unusable(
                f"recordings are made by creating and deleting credentials, and {NO_WRITES}"
            )
        self._embedded = Service(contract, behaviours=[BackgroundProcessing()])
        super().__init__(contract, settings if recording else Settings(), self._embedded)
        self.service = None
        self.bodies = Bodies(contract, self._fixed_values(), run=REPLAYED)
        self.scrubber = Scrubber(
            contract,
            self.secrets,
            self.client.base_url,
            tuple(filter(None, (settings.leaf_user, settings.other_leaf_user)))
            if recording
            else (),
            {v: self._made_up(n) for n, v in settings.real.items() if not self._is_choice(n)},
        )

    @property
    def source(self) -> str:
        """What is recorded, for the header of a cassette."""
        if self.settings.base_url is None:
            return EMBEDDED_SOURCE
        return f"a live service at {origin(self.settings.base_url)}"

    @property
    def origin(self) -> str:
        return f"recorded from {self.source}" if self.recording else "replayed from cassettes/"

    def account(self) -> Account:
        """The Leaf user of a scenario; nothing stands for it, and everything is verified."""
        leaf_user = self.settings.leaf_user if self.recording else None
        example = next(iter(self.contract.path_parameters.values())).example
        account = Account(self.client, leaf_user or example, self.bodies)
        if self.recording:
            self._live[account.leaf_user] = account  # cleaned up in the end, whatever happens
        return account

    def prepare(self, pairs: int = 1, *, create: bool = True) -> None:
        """As for a live target, when one is recorded; nothing is asked for a replay."""
        if self.settings.base_url is not None:
            super().prepare(pairs, create=create)

    @property
    def fresh(self) -> list[Path]:
        """The new recordings, which are not kept yet."""
        return sorted(self.staging.glob("*.yaml")) if self.staging else []

    def unfit(self) -> list[str]:
        """Why the new recordings are not fit to be kept, in sentences."""
        found = [complaint for path in self.fresh for complaint in complaints(path)]
        public = self.contract.identifiers
        return found or [
            f"{path.name} holds a secret"
            for path in self.fresh
            if secrets_in(path, self.secrets, public)
        ]

    def keep(self) -> None:
        """Move the new recordings to where they are kept."""
        self.folder.mkdir(exist_ok=True)
        for path in self.fresh:
            shutil.move(path, self.folder / path.name)

    def close(self) -> None:
        super().close()
        if self._server is not None:
            self._server.close()

    def _client(self) -> Client:
        base_url = self.settings.base_url or self.contract.base_url
        if self.recording and self.settings.base_url is None:
            self._server = Server(self._embedded)
            base_url = self._server.url
        return Client(
            self.contract,
            # vcrpy knows httpx's own transport, and reads answers whole.
            httpx.HTTPTransport() if self.recording else replaying_transport(),
            base_url=base_url,
            token=self.settings.token or DEFAULT_TOKEN,
            timeout=self.settings.timeout,
            judge=Judge(self.contract, self.secrets),
            secrets=self.secrets,
        )

    def _fixed_values(self) -> dict[str, str]:
        """The values of all bodies: real ones while recording from a provider's service."""
        made_up = {
            name: MASK if name in self.contract.secret_fields and not self.recording else value
            for name, value in ((n, self._made_up(n)) for n in self.contract.sendable_fields)
            if not self._is_choice(name)
        }
        real = self.settings.real if self.recording else {}
        # A scenario names the values of enums itself.
        return made_up | {n: value for n, value in real.items() if not self._is_choice(n)}

    def _made_up(self, name: str) -> str:
        local, at, host = str(self.contract.fields[name].example).partition("@")
        return f"{local}-{REPLAYED}{at}{host}"

    def _is_choice(self, name: str) -> bool:
        forms = (e.takes for e in self.contract.endpoints.values() if e.takes)
        return any(name in form.choices for form in forms)
