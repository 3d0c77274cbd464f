"""Rules about registrations: pure values in, answer out."""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from authorizations.notifications.addresses import is_public

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
LONGEST_ADDRESS = 2000
MOST_CALLBACKS = 50
CONTROL = re.compile(r"[\x00-\x20\x7f\\]")


class Model(StrEnum):
    STANDARD = "standard"
    LEGACY = "legacy"


class AddressProblem(ValueError):
    """Says in a sentence what is wrong with an address and what to do."""


def check_callback(address: str) -> str:
    """A callback that may be registered: absolute, https (or http on this machine), no fragment, no wildcard.

    RFC 6749 §3.1.2, RFC 9700 §2.1, RFC 8252 §7.3. Returns it unchanged; raises AddressProblem.
    """
    parts = _split(address)
    if parts.fragment or "#" in address:
        raise AddressProblem(f"{address}: remove the part after “#”; a callback cannot carry a fragment.")
    if "*" in address:
        raise AddressProblem(f"{address}: “*” is not possible. List each callback address exactly.")
    if parts.username or parts.password:
        raise AddressProblem(f"{address}: remove the user name and password.")
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return address
    raise AddressProblem(f"{address}: must start with https:// (http:// only for localhost).")


def check_site(address: str) -> str:
    """A web address to show to people."""
    if _split(address).scheme not in {"https", "http"}:
        raise AddressProblem(f"{address}: must start with https://.")
    return address


def _split(address: str):  # type: ignore[no-untyped-def]
    if len(address) > LONGEST_ADDRESS:
        raise AddressProblem(f"An address has at most {LONGEST_ADDRESS} characters.")
    if CONTROL.search(address):
        raise AddressProblem("An address cannot contain spaces, backslashes or control characters.")
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError as error:
        raise AddressProblem(f"{address}: is not a web address.") from error
    if not parts.hostname:
        raise AddressProblem(f"{address}: must be a whole address such as https://app.example.com/callback.")
    return parts


def check_callbacks(addresses: Sequence[str]) -> list[str]:
    """All callbacks of an app, in order, without repeats."""
    unique = list(dict.fromkeys(addresses))
    if not unique:
        raise AddressProblem("Give at least one callback address.")
    if len(unique) > MOST_CALLBACKS:
        raise AddressProblem(f"An app has at most {MOST_CALLBACKS} callback addresses.")
    return [check_callback(address) for address in unique]


def redirect_uri_matches(presented: str, registered: str) -> bool:
    """RFC 9700 §2.1: exact comparison; a prefix match is an open door. RFC 8252 §7.3: the port of a loopback IP may vary."""
    if presented == registered:
        return True
    try:
        ours, theirs = urlsplit(registered), urlsplit(presented)
        same = ours._replace(netloc="") == theirs._replace(netloc="") and ours.hostname == theirs.hostname
        return (
            same
            and ours.scheme == "http"
            and ours.hostname in {"127.0.0.1", "::1"}
            and not theirs.username
            and theirs.port is not None
        )
    except ValueError:
        return False


def legacy_registration_allowed(created: datetime, cutoff: datetime) -> bool:
    """A legacy app exists only if it was registered before the cutoff; at the instant itself it is too late."""
    return created < cutoff


def legacy_is_over(now: datetime, sunset: datetime) -> bool:
    return now >= sunset


def host_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


NOT_PUBLIC = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test", ".example", ".invalid")


def check_webhook(address: str, *, allow_private: bool) -> str:
    """An address that is called by us: https to a public name. `allow_private`: http and this machine too (development).

    Returns it unchanged; raises AddressProblem.
    """
    parts = _split(address)
    if parts.username or parts.password or "#" in address:
        raise AddressProblem(f"{address}: remove the user name, password and “#” part.")
    if allow_private and parts.scheme in {"http", "https"}:
        return address
    if parts.scheme != "https":
        raise AddressProblem(f"{address}: must start with https://.")
    host = parts.hostname.rstrip(".")
    named = "." in host and not f".{host}".endswith(NOT_PUBLIC)
    if not (is_public(host) if is_ip(host) else named):
        raise AddressProblem(f"{address}: must be an address on the public internet.")
    return address


def is_ip(host: str) -> bool:
    """Also the old ways to write one, such as 127.1 or 0x7f000001: a name never ends in a number (RFC 3696 §2)."""
    last = host.rsplit(".", 1)[-1]
    return ":" in host or last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last, re.I) is not None
