"""The other servers that the bench measures."""

from typing import Any

from bench.peers import dot, oidc

PEERS: list[Any] = [oidc.on_redis, oidc.on_postgresql, dot.unhashed, dot.stock]
