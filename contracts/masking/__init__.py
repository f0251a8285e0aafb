"""How secrets are kept out of everything that leaves the process.

Knows: the secrets that were configured, sent or seen, and how they may be written within a text.
Must not know: contracts, HTTP, pytest.
Start with `masking`. `escapes` undoes what stands for single letters (JSON, URLs, HTML, Python);
`encodings` lists what is encoded as a whole (base64, hexadecimal) and finds all of it in one pass.
"""
