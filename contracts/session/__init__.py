"""One run of the suite: its settings, its target, what was seen, and what that means.

Knows: the environment, targets, recordings, and the ledger of evidence and violations.
Must not know: pytest. A test runner tells it when tests begin and end.
Start with `run`, then `targets` and `ledger`.
"""
