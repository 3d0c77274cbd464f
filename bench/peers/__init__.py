"""The other servers that the bench measures."""

PEERS: list = []
