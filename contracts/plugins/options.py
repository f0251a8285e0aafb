"""The options that this suite adds to pytest's; README.md lists them."""

from __future__ import annotations

from typing import Any


def add_to(parser: Any) -> None:
    """Declare them to pytest's parser."""
    group = parser.getgroup("panorama-contracts", after="_anonymous")
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
        "--report-dir",
        metavar="DIR",
        help="Write the report there: index.html, report.json, report.md and junit.xml.",
    )
