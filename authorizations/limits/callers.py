"""Under which name a caller is counted. Pure."""

import ipaddress
from functools import lru_cache
from hashlib import blake2b

LONGEST = 64


@lru_cache(maxsize=4096)
def network(address: str) -> str:
    """An IPv6 customer has a whole /64 and picks any address of it (RFC 6177), so those count as one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return named(address) or "unknown"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))


def named(who: str) -> str:
    """Callers write some of these names themselves: a long one is kept as a digest."""
    if len(who) <= LONGEST and who.isprintable():
        return who
    return blake2b(who.encode("utf-8", "replace"), digest_size=16).hexdigest()
