"""What happened for a Leaf user, and what therefore must be shown.

Knows: the contract, and exchanges that are over. All of it is pure: values, functions, one table.
Must not know: how requests are sent, how an answer's form is judged, pytest.
Start with `history`, then `expectations`; `attribution` is the table of rules.
"""
