"""What can be wrong with an answer: its status, its form, its fields, its values, secrets in it.

Start with `forms`.
"""
