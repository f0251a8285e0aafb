"""What can be wrong in how requests are let in: tokens, and bodies with a mistake.

Start with `authorization`.
"""
