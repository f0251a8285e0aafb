"""How secrets are kept out of everything that leaves the process.

Knows: the secrets that were configured, sent or seen, and the ways in which they may be spelled.
Must not know: contracts, HTTP, pytest.
Start with `masking`; `encodings` lists the spellings.
"""
