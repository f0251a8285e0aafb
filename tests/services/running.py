"""Starts a service as a process of its own, and runs the suite on it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "services"
PYTHON = BUILD / "venv" / "bin" / "python"
NODE_FOLDER = BUILD / "node"
BASE_PATH = "/services/usermanagement/api"
SECONDS_TO_START = 30
SECONDS_OF_A_RUN = 600
LIMITS = {
    "nginx-gzip": "",
    "nginx-busy": "limit_req zone=one;",
    "nginx-429": "limit_req zone=one; limit_req_status 429;",
}
IDENTITY = {
    "LEAF_TOKEN": "token-of-the-independent-services",
    "LEAF_USER_ID": "5f0c9a52-0d3e-4b59-9d6c-1f6a3f7f2a11",
    "LEAF_OTHER_USER_ID": "c1b8d7e6-7a0b-4f0a-8a55-6d2e9b0f4c22",
}


@dataclass(frozen=True)
class Service:
    """How one of the services is started, and what must be there for it."""

    name: str
    command: tuple[str, ...]
    needs: tuple[Path | str, ...]

    def missing(self) -> str | None:
        """What of its needs is not there, or None."""
        for need in self.needs:
            there = need.exists() if isinstance(need, Path) else shutil.which(need)
            if not there:
                return f"{need} is not there; `make services` installs what it can"
        return None


SERVICES = {
    service.name: service
    for service in (
        Service(
            "fastapi_sqlalchemy",
            (str(PYTHON), str(HERE / "fastapi_sqlalchemy" / "service.py")),
            (PYTHON,),
        ),
        Service("django_rest", (str(PYTHON), str(HERE / "django_rest" / "service.py")), (PYTHON,)),
        Service(
            "express_sqlite",
            ("node", str(HERE / "express_sqlite" / "service.js")),
            ("node", NODE_FOLDER / "node_modules" / "better-sqlite3"),
        ),
        Service("plain_java", ("java", str(HERE / "plain_java" / "Service.java")), ("java",)),
    )
}


@dataclass(frozen=True)
class Outcome:
    """What a run of the suite said: `broken` and `advice` are ids of requirements."""

    status: int
    output: str
    broken: frozenset[str]
    advice: frozenset[str]
    not_checked: frozenset[str]
    requests: int
    seconds: float

    @property
    def red(self) -> frozenset[str]:
        return self.broken | self.advice


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def process(command: tuple[str, ...], port: int, environment: dict[str, str]) -> Iterator[None]:
    """Runs the command until the block ends; it must listen on the port within 30 s."""
    store = Path(environment["STORE"])
    with (store / f"output-{port}.txt").open("wb") as output:
        running = subprocess.Popen(
            command, env=environment, stdout=output, stderr=subprocess.STDOUT, cwd=store
        )
        try:
            wait_for(port, running, store / f"output-{port}.txt")
            yield
        finally:
            running.terminate()
            running.wait(20)


def wait_for(port: int, running: subprocess.Popen[bytes], output: Path) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        if running.poll() is not None:
            break
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"the service did not start: {output.read_text()[-2000:]}")


@contextmanager
def served(
    service: Service, store: Path, *, variant: str = "", mistake: str = "", gateway: str = ""
) -> Iterator[str]:
    """The base URL of the service, or of nginx in front of it."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "STORE": str(store),
        "PORT": str(port),
        "VARIANT": variant,
        "MISTAKE": mistake,
        "NODE_FOLDER": str(NODE_FOLDER),
        **IDENTITY,
        **provider_values(variant),
    }
    with ExitStack() as stack:
        stack.enter_context(process(service.command, port, environment))
        if gateway:
            upstream, port = port, free_port()
            configuration = nginx_configuration(store, port, upstream, gateway)
            command = ("nginx", "-p", str(store), "-c", str(configuration))
            stack.enter_context(process(command, port, environment))
        yield f"http://127.0.0.1:{port}{BASE_PATH}"


def provider_values(variant: str) -> dict[str, str]:
    """The real credentials that a service with a provider check accepts."""
    if variant != "provider":
        return {}
    return {
        "PANORAMA_CLIENT_ID": "client-of-acme-farms",
        "PANORAMA_USERNAME": "partner@acme.example",
        "PANORAMA_PASSWORD": "pw-of-acme-42-farms",
        "PANORAMA_ORGANIZATION_CODE": "ACME-0042",
        "PANORAMA_REFRESH_TOKEN": "refresh-of-acme-farms",
        "PANORAMA_CLIENT_ENVIRONMENT": "STAGE",
    }


def nginx_configuration(store: Path, port: int, upstream: int, gateway: str) -> Path:
    text = (HERE / "nginx" / "nginx.conf.in").read_text()
    values = {"PORT": port, "UPSTREAM": upstream, "STORE": store, "LIMIT": LIMITS[gateway]}
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    written = store / "nginx.conf"
    written.write_text(text)
    return written


def run_suite(
    base_url: str, folder: Path, *, variant: str = "", options: tuple[str, ...] = ()
) -> Outcome:
    """Runs the suite on the base URL as a user does it, with `--strict`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LEAF_", "PANORAMA_"))}
    command = [
        sys.executable, "-m", "pytest", "--base-url", base_url, "--allow-writes", "--strict",
        f"--report-dir={folder}", "-q", "-p", "no:cacheprovider", *options,
    ]  # fmt: skip
    start = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**kept, **IDENTITY, **provider_values(variant)},
        capture_output=True,
        text=True,
        timeout=SECONDS_OF_A_RUN,
    )
    report = read_report(folder)
    return Outcome(
        done.returncode,
        done.stdout + done.stderr,
        ids(report, "broken"),
        ids(report, "advice not followed"),
        ids(report, "not checked"),
        report.get("run", {}).get("requests", 0),
        time.monotonic() - start,
    )


def read_report(folder: Path) -> dict[str, Any]:
    """The report of a run; empty where the run ended before it wrote one (exit status 4)."""
    file = folder / "report.json"
    return dict(json.loads(file.read_text())) if file.exists() else {}


def ids(report: dict[str, Any], verdict: str) -> frozenset[str]:
    return frozenset(r["id"] for r in report.get("requirements", []) if r["verdict"] == verdict)
