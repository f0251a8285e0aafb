"""`panorama-contracts replay FILE`: send the requests of a failure again, and judge the answers."""

from __future__ import annotations

import argparse
import os
import re
from typing import Any

from contracts.http.link import Lost, Unreachable
from contracts.http.outcomes import NotChecked
from contracts.http.wording import counted
from contracts.replay import files
from contracts.replay.play import Replayed, play
from contracts.replay.writing import LEAF_USER, Maker
from contracts.session.run import renderer_of
from contracts.session.settings import LIVE, Unusable, read_settings
from contracts.session.signals import Interrupts
from contracts.session.targets import Target, embedded
from contracts.spec.load import load

BROKEN, NOT_BROKEN, INTERRUPTED = 1, 0, 2


def run(options: argparse.Namespace) -> int:
    """Replay a failure. Answers 1 when it was seen again, 0 when it was not.

    Raises `Unusable` when the file or the target cannot be used.
    """
    story = files.read(options.file)
    contract = load(options.contract or story["contract"])
    settings = read_settings(
        contract,
        base_url=options.base_url,
        allow_writes=options.allow_writes,
        create_leaf_user=options.create_leaf_user,
        timeout=options.request_timeout,
    )
    behave = [] if options.base_url else story["behave"]
    target = Target(contract, settings, embedded(contract, settings, behave))
    target.behave = tuple(behave)
    _check(story, target)
    interrupts = Interrupts()
    if target.kind == LIVE:
        interrupts.catch()
    try:
        target.prepare()
        replayed = play(target, story, Maker(target, os.environ))
    except (NotChecked, Unreachable, Lost) as error:
        raise Unusable(target.secrets.mask(f"{options.file} cannot be replayed: {error}")) from None
    except KeyboardInterrupt:
        print("interrupted")
        return INTERRUPTED
    finally:
        interrupts.hold_off()
        left = target.clean_up()
        target.close()
        interrupts.restore()
        if left:
            print(target.secrets.mask(left))
    _say(story, target, replayed)
    return BROKEN if replayed.finding or left else NOT_BROKEN


def _check(story: dict[str, Any], target: Target) -> None:
    contract = target.contract
    if story["requirement"] not in contract.requirements:
        raise Unusable(f"{contract.name} has no requirement {story['requirement']}")
    for step in story["steps"]:
        endpoint = contract.endpoints.get(step["endpoint"])
        if endpoint is None:
            raise Unusable(f"{contract.name} has no endpoint {step['endpoint']}")
        if endpoint.writes and target.refusal:
            raise Unusable(f"this story writes ({endpoint.request}): give --allow-writes")
        # A file that somebody has changed must not write where its endpoint does not.
        path = re.sub(r"\{[^{}]*\}", LEAF_USER, endpoint.path)
        asked, _, _ = step["path"].partition("?")
        is_elsewhere = endpoint.writes and asked != path
        if endpoint.method != step["method"] or is_elsewhere:
            asked = f"{step['method']} {step['path']}"
            raise Unusable(f"{endpoint.id} is {endpoint.method} {path}, and not {asked}")


def _say(story: dict[str, Any], target: Target, replayed: Replayed) -> None:
    name = story["requirement"]
    count = counted(replayed.requests, "request")
    if replayed.finding is None or replayed.exchange is None:
        print(f"{name} was not broken by the {count} of this story:")
        print("it has been mended since, or what breaks it comes and goes.")
        return
    requirement = target.contract.requirements[name]
    print(renderer_of(target).violation(requirement, replayed.finding, [replayed.exchange]))
    print(f"\n{name} is broken again, after {count}.")
