"""Reading a documentation page: request lines, forms, examples and sentences, with their lines.

Must not know: contracts.
Start with `model`, then `reader`.
"""
