"""Kinds of expectations, and of contradictions to them. An `Expectation` itself is in `http`.

A contradiction is what an answer shows against what must stand. Which requirement it breaks is
chosen by `attribution`.
"""

from __future__ import annotations

# What an answer must show, or must not show.
FOUND = "found"  # the credentials that stand are found
SHOWN = "shown"  # these values, field by field
NOTHING = "nothing"  # nothing, since nothing stands
NEVER = "never"  # none of these values, which belong to other credentials
OWN = "own"  # other identifiers than these, which the neighbour's credentials have
UNCHANGED = "unchanged"  # the same as before this request, which must change nothing here
ISOLATED = "isolated"  # no credentials that have nothing in common with those that stand
MAYBE = "maybe"  # perhaps these values: a handshake that was started may have come to its end
STAYS = "stays"  # these log entries, which were shown before
GONE = "gone"  # none of these log entries, which belong to other credentials

# How an answer can contradict what must stand.
MISSING = "missing"  # credentials stand, and nothing is found
PRESENT = "present"  # nothing stands, and something is shown
DIFFERENT = "different"  # credentials stand, and other values are shown
LOST = "lost"  # log entries that were shown before are not there any more
