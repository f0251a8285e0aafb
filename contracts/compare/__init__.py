"""What changed between two runs, read from their reports.

Knows: the format of reports, and how much a change matters.
Must not know: HTTP clients, services, pytest.
Start with `compare`.
"""
