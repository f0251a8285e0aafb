"""A served service for tests: a caller of one in this process, and one in a process of its own."""

from __future__ import annotations

import re
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from contracts.mock.request_audit import NOTICE, VIOLATION
from contracts.mock.served import Options, Served
from tests.helpers.service_helpers import BEARER, CONTRACT, FIRST

CONTROL = "/__contract"
PATIENCE = 30  # seconds


class Caller:
    """A client of one `Served`, without a socket; a request is sent as it is, token included."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app=served), base_url="http://embedded"
        )

    def ask(self, endpoint: str, user: str = FIRST, **options: Any) -> httpx.Response:
        """Ask one of the contract's endpoints, by default with the right token."""
        known = self.served.service.endpoints[endpoint]
        base = "" if endpoint == "login" else self.served.base_path
        options.setdefault("headers", BEARER)
        path = base + known.path.replace("{leafUserId}", user)
        return self.http.request(options.pop("method", known.method), path, **options)

    def raw(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask for any path below the base URL, with the right token."""
        return self.http.request(method, self.served.base_path + path, headers=BEARER, **options)

    def control(self, method: str, path: str = "", **options: Any) -> httpx.Response:
        return self.http.request(method, CONTROL + path, **options)

    def state(self) -> Any:
        answer = self.control("GET")
        assert answer.status_code == 200
        return answer.json()

    def rules(self, level: str = VIOLATION) -> list[str]:
        """The rules of all remarks of a level, with their fields."""
        return [f"{r.rule} {r.field or ''}".strip() for r in self.served.remarks(level)]

    def notices(self) -> list[str]:
        return self.rules(NOTICE)


def caller(**options: Any) -> Caller:
    return Caller(Served(Options(**options), CONTRACT))


class Running:
    """`python -m contracts serve` in a process of its own. `output` is complete once it ended."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process, self.url = process, url
        self.root = url[: url.index("/", len("http://"))]

    def stop(self) -> tuple[int, str, str]:
        """End it with SIGTERM: exit status, the rest of stdout, and stderr."""
        self.process.terminate()
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


@contextmanager
def serving(env: Mapping[str, str], *options: str) -> Iterator[Running]:
    """Serve on a free port until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "contracts", "serve", "--port", "0", *options],
        cwd=Path(__file__).parents[2],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
        line = process.stdout.readline() if ready else "nothing"
        found = re.fullmatch(r"ready at (http://127\.0\.0\.1:[0-9]+\S+)\n", line)
        assert found, line
        yield Running(process, found[1])
    finally:
        process.kill()
        process.communicate()
