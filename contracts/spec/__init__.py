"""What is documented: contracts, forms, notations and requirements, as objects.

Knows: the YAML of a contract and of the families, the notation of the documentation, and Java's
date patterns. Must not know: HTTP, schemas of answers, pytest, or any provider or path by name.

Start with `model`, then `load`, which finds a contract and reads it together with what all share.
`structure` says what may stand where in a file, `forms` reads the facts of a page, `families`
spreads requirements over endpoints and fields, and `statements` reads what rests on sentences.
`parser`, `types`, `tokens` and `java_dates` are the notation; `yaml_nodes` names lines.
"""
