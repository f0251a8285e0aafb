"""What a page leaves open or says in two ways.

Must not know: contracts.
Start with `every`.
"""
