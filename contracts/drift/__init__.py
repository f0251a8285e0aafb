"""A documentation page, held against a contract.

Knows: the Markdown of such pages. `page` reads one, `questions` finds what it leaves open,
`differences` compares it with a contract, and `draft` makes a contract from it.
Must not know: services, answers, pytest.
Start with `command`, then `page.reader`.
"""
