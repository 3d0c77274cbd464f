"""Whose address a call has. A header may say so, but anybody can send one: it counts only when the peer is a proxy of ours.

Each proxy appends the address that it was called from, so of the list the rightmost that is no proxy of ours is the last
one that somebody we trust has seen. What stands left of it was written by the caller.
"""

import ipaddress
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
MOST_HOPS, LONGEST = 30, 2000
# What a proxy says about the connection to it. From anybody else it is removed before somebody reads it.
SAID_BY_PROXIES = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_FORWARDED",
)
HEADERS = {"x-forwarded-for": "HTTP_X_FORWARDED_FOR", "forwarded": "HTTP_FORWARDED"}
# RFC 7239 §4: pairs of one hop are separated by semicolons, hops by commas; an address with a colon is quoted.
FOR = re.compile(r'(?:^|;)\s*for\s*=\s*("[^"]*"|[^;,"\s]+)', re.I)


def client_address(environ: dict[str, Any]) -> str:
    """And takes away from the request what only a proxy of ours may say."""
    peer: str = environ.get("REMOTE_ADDR", "") or ""
    trusted = settings.TRUSTED_PROXIES
    if not trusted or not is_trusted(peer, frozenset(trusted)):
        for name in SAID_BY_PROXIES:
            environ.pop(name, None)
        return peer
    header = settings.PROXY_HEADER
    return _behind(peer, environ.get(HEADERS[header], "")[-LONGEST:], header, frozenset(trusted))


@lru_cache(maxsize=1024)
def _behind(peer: str, said: str, header: str, trusted: frozenset[Network]) -> str:
    """The same caller comes again and again by the same way."""
    return rightmost(peer, forwarded(said) if header == "forwarded" else said.split(","), trusted)


def forwarded(said: str) -> list[str]:
    """The `for` of each hop (RFC 7239 §5.2); empty where a hop has none."""
    found = (FOR.search(hop) for hop in said.split(","))
    return [match[1].strip('"') if match else "" for match in found]


def rightmost(peer: str, hops: Sequence[str], trusted: frozenset[Network]) -> str:
    """The last that is no proxy of ours. A value that is no address ends the search: behind it nothing is known."""
    last = peer
    for hop in list(reversed(hops))[:MOST_HOPS]:
        found = read(hop)
        if found is None:
            break
        last = str(found)
        if not is_trusted(last, trusted):
            break
    return last


def read(hop: str) -> Address | None:
    """An address, with a port or without: 192.0.2.1, 192.0.2.1:443, 2001:db8::1, [2001:db8::1]:443."""
    text = hop.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found


@lru_cache(maxsize=4096)
def is_trusted(address: str, trusted: frozenset[Network]) -> bool:
    found = read(address)
    return found is not None and any(found in network for network in trusted if network.version == found.version)
