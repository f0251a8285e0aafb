"""What a run is remembered by: its report, as data and as pages.

Knows: the ledger, example exchanges, and observations of what is not documented.
Must not know: pytest, how requests are sent.
Start with `build`, which makes the data in `format`; `html` and `markdown` show it.
"""
