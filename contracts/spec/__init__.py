"""What is documented: contracts, forms, notations and requirements, as objects.

Knows: the YAML of a contract, the notation of the documentation, and Java's date patterns.
Must not know: HTTP, schemas, pytest, or any provider, path or field by name.
Start with `model`, then `load`; `families` spreads requirements over endpoints and fields.
"""
