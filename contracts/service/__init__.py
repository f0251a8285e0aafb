"""The embedded service: what a conforming service does, in memory.

Knows: the contract, WSGI, and the hooks by which it can be made to behave differently.
Must not know: how answers are judged, the suite.
Start with `app`, then `hooks`; `http_server` puts it on a socket.
"""
