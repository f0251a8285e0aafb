"""Several processes on one live service: which Leaf users the tests of a process work on.

Credentials are one a Leaf user, so no two processes may work on the same one at a time. Every test
belongs to one pair of Leaf users, by its name, and all tests of a pair run in one process, one
after the other. With fewer pairs than processes, the others have nothing to do.

A pytest plugin's work: it schedules for pytest-xdist, and knows how a run of it ended.
"""

from __future__ import annotations

import zlib
from typing import Any


def pair_of(test: str, pairs: int) -> int:
    """The number of the pair of Leaf users that a test works on, by the test's id."""
    return zlib.crc32(test.encode()) % pairs


def scheduler(config: Any, log: Any, pairs: int) -> Any:
    """What gives pytest-xdist's processes their tests: all of one pair to one process."""
    from xdist.scheduler import LoadScopeScheduling

    class ByLeafUser(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return str(pair_of(nodeid, pairs))

    return ByLeafUser(config, log)


def ended_by_failures(config: Any) -> bool:
    """Whether `-x` or `--maxfail` ended xdist's run, which then calls itself interrupted."""
    session = config.pluginmanager.get_plugin("dsession")
    return session is not None and 0 < (session.maxfail or 0) <= session.countfailures
