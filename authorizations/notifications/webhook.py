"""Webhook calls: https only, to public addresses only, never following a redirect.

Addresses come from people, so this is where somebody would try to make the portal call its own network (SSRF). The
host is resolved once, every address it has is checked, and the connection goes to the address that was checked: a
name that answers differently a moment later gains nothing.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

TIMEOUT = 10.0  # seconds for connecting and for each wait
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # NAT64 (RFC 6052)
DEADLINE = 20.0  # seconds for the whole call, however slowly an answer drips


Networks = Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]


class Forbidden(Exception):
    """An address that is never called. The text says why, for the person who typed it."""


class NoAnswer(Exception):
    """Nobody answered, or not in time."""


class Refused(Exception):
    """Answered, and not with success."""


@dataclass(frozen=True)
class Target:
    host: str
    port: int
    path: str
    secure: bool
    address: str = ""


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def parse(url: str) -> Target:
    """Raises Forbidden."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Forbidden("This is not an address.") from error
    secure = parts.scheme == "https"
    if not parts.hostname or parts.username is not None or parts.fragment or any(c <= " " for c in url):
        raise Forbidden("The address must look like https://hooks.example.com/path.")
    if not secure and not (parts.scheme == "http" and settings.WEBHOOK_LOOPBACK_ALLOWED):
        raise Forbidden("The address must begin with https://.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.hostname, port or (443 if secure else 80), path, secure)


def check(url: str, inside: Networks = ()) -> Target:
    """Where a call to `url` would go. Raises Forbidden, or NoAnswer when the name has no address right now.

    `inside`: private networks that may be called all the same; the configuration names them, and no person can.
    """
    target = parse(url)
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoAnswer(f"{target.host} has no address") from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        _refuse_inside(address, target, inside)
    return Target(target.host, target.port, target.path, target.secure, addresses[0])


def _refuse_inside(address: str, target: Target, inside: Networks) -> None:
    ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    if target.secure and any(ip in network for network in inside):
        return
    mapped = _inside(ip)
    if settings.WEBHOOK_LOOPBACK_ALLOWED and ip.is_loopback:
        return
    # `is_global` leaves out private, loopback, link-local, shared and reserved networks (RFC 6890).
    if not ip.is_global or ip.is_multicast or (mapped and not mapped.is_global):
        raise Forbidden(f"{target.host} leads to an address inside a private network, which is never called.")
    if not target.secure:
        raise Forbidden("The address must begin with https://.")


def _inside(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to by translation or a tunnel."""
    if not isinstance(ip, ipaddress.IPv6Address):
        return None
    if ip in TRANSLATED:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


class _Checked(http.client.HTTPConnection):
    """Connects to the address that was checked; the certificate must be the host's."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=TIMEOUT)
        self.target = target

    def connect(self) -> None:
        sock = socket.create_connection((self.target.address, self.target.port), TIMEOUT)
        if self.target.secure:
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self.target.host)
        self.sock = sock

    def cut(self) -> None:
        # Closing alone would not wake a thread that waits for bytes.
        if self.sock:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


def post(url: str, body: bytes, *, key: str, headers: dict[str, str] | None = None, inside: Networks = ()) -> None:
    """Raises Forbidden, NoAnswer or Refused. Success is a status from 200 to 299; a redirect is not followed."""
    connection = _Checked(check(url, inside))
    watchdog = threading.Timer(DEADLINE, connection.cut)
    watchdog.daemon = True
    watchdog.start()
    try:
        status = _answered(connection, body, (headers or {}) | _headers(key))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswer(f"{host_of(url)} did not answer: {str(error) or type(error).__name__}") from error
    finally:
        watchdog.cancel()
        connection.close()
    if not 200 <= status < 300:
        raise Refused(f"{host_of(url)} answered {status}")


def _headers(key: str) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "Idempotency-Key": key,
        "User-Agent": "Gatehouse",
        "Connection": "close",
    }


def _answered(connection: _Checked, body: bytes, headers: dict[str, str]) -> int:
    connection.request("POST", connection.target.path, body, headers)
    return connection.getresponse().status
