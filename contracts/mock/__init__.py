"""The embedded service for people who write clients.

Knows: how the service is started, controlled over HTTP, slowed down, and what it says of requests.
Must not know: the suite, pytest.
Start with `served`, then `request_audit`.
"""
