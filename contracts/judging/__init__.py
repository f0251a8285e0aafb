"""What an exchange shows: which requirements it breaks, and for which it is evidence.

Knows: the contract, one exchange at a time, and what was expected of it.
Must not know: how requests are sent, the tests, pytest.
Start with `judge`; `expect` is what tests say about exchanges.
"""
