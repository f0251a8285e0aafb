"""Answers with a status that is none for what was done, and ids and times that move."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

from contracts.faults.entry import (
    Answers,
    Fault,
    answers,
    fault,
    hooks,
    refuses_to_replace,
    shown_by,
    timestamps,
    to_status,
    with_value,
)
from contracts.faults.storage.life import SERVER_ERROR
from contracts.service.hooks import Answer, Behaviour, Call, Stop
from contracts.spec.java_dates import JavaPattern
from contracts.spec.model import READ, Contract

# After one of these has failed, nobody knows what stands, so that the next one may be impossible.


def faults(contract: Contract) -> Iterator[Fault]:
    """What is done and not said, and what changes by itself."""
    yield from _statuses(contract)
    yield from _moving(contract)


def _statuses(contract: Contract) -> Iterator[Fault]:
    found = {"Location": "https://login.example.com/"}
    table = {
        "read": (302, 400, 403, 500, 503),
        "create": (302, 400, 404, 500),
        "delete": (302, 400, 404, 500),
        "events": (302, 400, 404, 500),
        "one-click": (302, 400, 500),
    }
    for endpoint, statuses in table.items():
        for status in statuses:
            yield fault(
                f"{endpoint}-answers-{status}",
                f"What {endpoint} is asked is done, and answered with {status}.",
                f"{endpoint}.succeeds",
                answers(to_status(status, **found if status == 302 else {}), endpoint),
                also=(f"{endpoint}.no-server-error",) if status >= 500 else (),
                because=SERVER_ERROR,
            )
        yield fault(
            f"{endpoint}-answers-500-now-and-then",
            f"Now and then, what {endpoint} is asked is done, and answered with 500.",
            f"{endpoint}.succeeds",
            answers(to_status(500), endpoint, every=2 if endpoint == "one-click" else 3),
            also=[
                f"{endpoint}.no-server-error",
                *(n for n in contract.requirements if n == f"{endpoint}.again"),
                *(n for n in contract.requirements if n.startswith(f"{endpoint}.value.")),
            ],
            because=f"{SERVER_ERROR} What fails now and then may seem to fail for what was sent.",
        )
    yield fault(
        "delete-answers-302-and-removes-nothing",
        "DELETE leads to a login and deletes nothing; POST is refused where credentials stand.",
        "delete.succeeds",
        answers(to_status(302, **found), "delete"),
        hooks(remove=lambda *_: False, store=refuses_to_replace),
    )
    yield fault(
        "delete-answers-500-and-removes-nothing",
        "DELETE is answered with 500 and deletes nothing.",
        "delete.succeeds",
        hooks(remove=_fails_to_remove),
        also=("delete.no-server-error",),
        because=SERVER_ERROR,
    )
    yield fault(
        "create-answers-without-body",
        "POST stores what was sent and answers 201 without a body.",
        "create.json",
        answers(_bare_201, "create"),
        also=("create.media-type",),
        because="Without a body there is no label either.",
    )


def _bare_201(_: Answer) -> Answer:
    return Answer(201)


def _fails_to_remove(call: Call, _: bool) -> bool:
    raise Stop(call.service.problem(call, 500))


def _moving(contract: Contract) -> Iterator[Fault]:
    def other_ids() -> Behaviour:
        numbers = count(1)
        return Answers(
            with_value("id", lambda value: f"{value[:-4]}{next(numbers) % 10000:04d}"), "read"
        )

    yield fault("read-id-moves", "Each GET shows another id.", "read.keeps.id", other_ids)
    yield fault(
        "create-id-moves",
        "POST answers another id than GET shows.",
        "read.keeps.id",
        answers(with_value("id", lambda value: value[::-1]), "create"),
    )
    for name, pattern in timestamps(shown_by(contract, READ)):
        yield from _moving_time(name, pattern)


def _moving_time(name: str, pattern: JavaPattern) -> Iterator[Fault]:
    def later() -> Behaviour:
        numbers = count(1)

        def write(value: Any) -> Any:
            return pattern.format(pattern.parse(value) + timedelta(seconds=next(numbers)))

        return Answers(with_value(name, write), "read")

    yield fault("read-time-moves", "Each GET shows a later creation.", f"read.keeps.{name}", later)
    yield fault(
        "read-time-cut",
        "GET shows the creation without its microseconds.",
        f"read.keeps.{name}",
        answers(
            with_value(name, lambda v: pattern.format(pattern.parse(v).replace(microsecond=0))),
            "read",
        ),
    )
