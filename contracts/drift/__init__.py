"""The documentation page, read as Markdown and held against the contract."""
