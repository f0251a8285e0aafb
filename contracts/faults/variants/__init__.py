"""What a conforming service may do differently.

Start with `conforming`; `rules` are its building blocks.
"""
