"""A pytest plugin: the options that this suite adds to pytest's; README.md lists them."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("panorama-contracts", after="_anonymous")
    group.addoption(
        "--contract",
        metavar="CONTRACT",
        default="panorama",
        help="The contract to test: its name, or a file (default: panorama).",
    )
    group.addoption("--base-url", metavar="URL", help="Test the live service at this endpoint.")
    group.addoption(
        "--allow-writes", action="store_true", help="Let a live run create and delete credentials."
    )
    group.addoption(
        "--create-leaf-user",
        action="store_true",
        help="Work on two Leaf users that are made for this run and deleted in the end.",
    )
    group.addoption(
        "--request-timeout",
        metavar="SECONDS",
        default="10",
        help="How long one exchange may take (default: 10).",
    )
    group.addoption(
        "--behave",
        metavar="NAME",
        action="append",
        default=[],
        help="Let the embedded service misbehave; `python -m contracts faults` lists the names.",
    )
    group.addoption(
        "--known-failures",
        metavar="FILE",
        help="YAML: ids of requirements that are known to fail, each with a reason.",
    )
    group.addoption(
        "--thorough",
        action="store_true",
        help="Try live everything that is tried on the embedded service: thousands of requests.",
    )
    group.addoption(
        "--seed",
        metavar="NUMBER",
        help="Which cases a live run tries; give the number of an earlier run to repeat it.",
    )
    group.addoption(
        "--patience",
        metavar="SECONDS",
        default="30",
        help="How long to wait for what the service has only accepted, 202 (default: 30).",
    )
    group.addoption(
        "--max-minutes",
        metavar="MINUTES",
        default="10",
        help="How long a live run may take, besides cleaning up (default: 10).",
    )
    group.addoption(
        "--rate-limit",
        metavar="N/s",
        help="Send at most so many requests a second (10/s) or a minute (60/min).",
    )
    group.addoption(
        "--accept-unchecked",
        action="store_true",
        help="Do not fail where requirements stay unchecked because of the run's own limits.",
    )
    group.addoption(
        "--report-dir",
        metavar="DIR",
        help="Write the report there: index.html, report.json, report.md, junit.xml, and failures/ "
        "for replay.",
    )
