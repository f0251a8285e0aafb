"""What follows from a contract without asking any service.

Knows: JSON Schema, OpenAPI, and Hypothesis strategies for values that fit a form or do not.
Must not know: HTTP clients, answers, pytest.
Start with `json_schema`, then `openapi`.
"""
