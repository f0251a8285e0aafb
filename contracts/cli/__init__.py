"""The command line: what is not a test run, and the suite from any folder.

Start with `contracts/__main__.py`, then `anywhere`.
"""
