"""A contract that is drafted from a page.

Start with `adopt`.
"""
