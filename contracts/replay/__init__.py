"""Following a violation up: the requests that led to it, kept in a file, and sent again.

Knows: the exchanges of a run, how they are written without secrets, and how they are repeated with
values of their own. Must not know: pytest, the report's pages.
Start with: `stories` (what is kept), then `play` (how it is sent again).
"""
