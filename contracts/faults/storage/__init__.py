"""What can be wrong with what is stored: its life, its log, and whose it is.

Start with `life`.
"""
