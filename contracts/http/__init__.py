"""Sending one request and reading its answer.

Knows: requests, answers and exchanges; time limits, retries, whether the service is still there.
Must not know: what an answer must show (that is `judging`), what stands for a Leaf user, pytest.
Start with `exchange`, then `client`.
"""
