"""How a page differs from a contract, and which requirements that touches.

Start with `every`.
"""
