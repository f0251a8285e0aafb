"""TLS errors are explained and never ignored; a private authority can be named."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from contracts.service.app import DEFAULT_TOKEN
from contracts.service.store import known_leaf_users
from contracts.spec.load import load

ROOT = Path(__file__).parents[3]


class Nothing(BaseHTTPRequestHandler):
    """Finds nothing, whatever is asked."""

    def do_GET(self) -> None:
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(params=["localhost", "elsewhere.invalid"])
def served(request: pytest.FixtureRequest, authority: trustme.CA) -> Iterator[tuple[str, str]]:
    """The URL of a server and the host that its certificate is for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(request.param).configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Nothing)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"https://localhost:{server.server_port}/api", request.param
    server.shutdown()
    server.server_close()
    thread.join()


def run_on(url: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "LEAF_TOKEN": DEFAULT_TOKEN,
        "LEAF_USER_ID": known_leaf_users(load())[0],
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--base-url", url,
         "-k", "read.succeeds"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_an_unknown_authority_is_explained(served: tuple[str, str]) -> None:
    done = run_on(served[0])
    assert done.returncode == 4
    assert "certificate" in done.stderr
    assert "SSL_CERT_FILE" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_private_authority_is_trusted_for_its_own_host_only(
    served: tuple[str, str], authority: trustme.CA, tmp_path: Path
) -> None:
    url, host = served
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    done = run_on(url, SSL_CERT_FILE=str(tmp_path / "authority.pem"))
    if host == "localhost":
        assert "answers 404 to every request" in done.stderr
    else:
        assert done.returncode == 4
        assert "certificate" in done.stderr
