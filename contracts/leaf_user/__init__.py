"""One Leaf user under test: what is sent for it, and what must stand for it.

Knows: request bodies, the history of a Leaf user, and which requirement a contradiction breaks.
Must not know: settings, reports, pytest.
Start with `account`, then `expected_state` and `attribution`.
"""
