"""Where a webhook may lead: a public address, never a machine of ours (SSRF).

A name is looked up when the call is made, and the call goes to the address that was looked at: a name that leads
elsewhere a moment later changes nothing.
"""

import ipaddress
import socket


class PrivateAddress(Exception):
    """The name leads to an address that is not public, or to none."""


def is_public(address: str) -> bool:
    """An IP address that the whole internet shares. Also looks at IPv4 addresses that hide in IPv6 ones."""
    try:
        ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        hidden = ip.ipv4_mapped or ip.sixtofour or _of_nat64(ip)
        if hidden is not None:
            return is_public(str(hidden))
    return ip.is_global and not ip.is_multicast


def _of_nat64(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    inside = ip in ipaddress.ip_network("64:ff9b::/96")
    return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if inside else None


def resolve_public(host: str, port: int) -> str:
    """The address to call instead of the name. Raises PrivateAddress when any of the name's addresses is not public."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise PrivateAddress(f"{host} leads nowhere.") from error
    if not found or not all(is_public(address) for address in found):
        raise PrivateAddress(f"{host} does not lead to a public address.")
    return sorted(found)[0]
