"""What only a raw socket can do wrong.

Start with `wire`; `wire_server` puts it on a socket.
"""
