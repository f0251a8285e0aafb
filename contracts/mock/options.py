"""The options of `python -m contracts serve`; read here, so that a mistake is one sentence."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from contracts.mock import durations
from contracts.session.settings import token_of
from contracts.spec.load import DEFAULT

if TYPE_CHECKING:
    from contracts.mock.served import Options

T = TypeVar("T")
MAX_LATENCY = 60.0  # seconds
MAX_AGE = 1000 * 365 * 86400.0  # seconds


def add_options(parser: argparse.ArgumentParser) -> None:
    """Tell a parser of the options; `read` makes `serving.Options` of what it found."""
    parser.add_argument(
        "--contract", metavar="NAME|FILE", default=DEFAULT,
        help=f"the contract that the service keeps to ({DEFAULT})",
    )  # fmt: skip
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8900, help="the port (8900); 0: any free one")
    parser.add_argument(
        "--behave", metavar="NAME", action="append", default=[],
        help="misbehave; see `faults`; may be given more than once",
    )  # fmt: skip
    parser.add_argument(
        "--latency", metavar="TIME", type=_as(_latency), default=0.0,
        help="let every answer take longer: 0.15 (seconds), 150ms",
    )  # fmt: skip
    parser.add_argument(
        "--rate-limit", metavar="N/s", type=_as(durations.rate),
        help="answer 429 with Retry-After to more requests than this: 10/s, 90/m",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, help="make the same ids and tokens in every run")
    parser.add_argument(
        "--clock", metavar="TIME", type=_as(_clock),
        help="let the clock be ahead (+31d) or behind (=-31d), or start at 2026-01-15T09:30:00Z",
    )  # fmt: skip
    parser.add_argument(
        "--invalid-after", metavar="TIME", type=_as(_age),
        help="let credentials of this age (24h, 7d) turn invalid",
    )  # fmt: skip
    parser.add_argument("--quiet", action="store_true", help="write no access log to stderr")


def read(found: argparse.Namespace) -> Options:
    """How the service is to be served; the token is the environment's, or the default one.

    `settings.Unusable` when the environment's is none.
    """
    from contracts.mock.served import Options
    from contracts.service.app import DEFAULT_TOKEN

    return Options(
        token=token_of(os.environ) or DEFAULT_TOKEN,
        behave=tuple(found.behave),
        latency=found.latency,
        rate_limit=found.rate_limit,
        seed=found.seed,
        clock=found.clock,
        invalid_after=found.invalid_after,
    )


def _as(read: Callable[[str], T]) -> Callable[[str], T]:
    """A reader whose sentences argparse shows."""

    def checked(text: str) -> T:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return checked


def _latency(text: str) -> float:
    seconds = durations.length(text)
    if seconds > MAX_LATENCY:
        raise ValueError(f"{text!r} is more than {MAX_LATENCY:.0f} seconds")
    return seconds


def _clock(text: str) -> str:
    durations.Clock(text)
    return text


def _age(text: str) -> float:
    seconds = durations.length(text)
    if seconds > MAX_AGE:
        raise ValueError(f"{text!r} is too long a time")
    return seconds
