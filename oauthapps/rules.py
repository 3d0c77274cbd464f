"""Rules about registrations: pure values in, answer out."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from oauthapps import hosts

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
LONGEST_ADDRESS = 2000
MOST_CALLBACKS = 50
CONTROL = re.compile(r"[\x00-\x20\x7f\\]")
HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")  # what `hostname` says: lower case, an IPv6 address without brackets
SCRIPTS = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source"})


class Model(StrEnum):
    STANDARD = "standard"
    LEGACY = "legacy"


Publisher = tuple[str, str]  # company and website


def still_verified(domain: str, before: Publisher, now: Publisher) -> str:
    """The verified domain of an app whose publisher is written anew: what was verified was the old publisher."""
    return domain if before == now else ""


class AddressProblem(ValueError):
    """Says in a sentence what is wrong with an address and what to do."""


def check_callback(address: str) -> str:
    """A callback that may be registered: absolute, https (or http on this machine), no fragment, no wildcard.

    RFC 6749 §3.1.2, RFC 9700 §2.1, RFC 8252 §7.3. Returns it unchanged; raises AddressProblem.
    """
    if "*" in address:
        raise AddressProblem(f"{address}: “*” is not possible. List each callback address exactly.")
    parts = _split(address)
    if "#" in address:
        raise AddressProblem(f"{address}: remove “#” and what follows; a callback cannot carry a fragment.")
    if not (parts.path + parts.query).isascii():
        raise AddressProblem(f"{address}: write it as it is sent: {_quoted(address)}")
    if any(step in {".", ".."} for step in parts.path.split("/")):
        raise AddressProblem(f"{address}: remove the “.” and “..” steps; the address must be exact.")
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return address
    raise AddressProblem(f"{address}: must start with https:// (http:// only for localhost).")


def check_site(address: str) -> str:
    """A web address to show to people."""
    if _split(address).scheme not in {"https", "http"}:
        raise AddressProblem(f"{address}: must start with https://.")
    return address


def _quoted(address: str) -> str:
    return quote(address, safe="/:?#[]@!$&'()*+,;=%")


def _split(address: str) -> SplitResult:
    if len(address) > LONGEST_ADDRESS:
        raise AddressProblem(f"An address has at most {LONGEST_ADDRESS} characters.")
    if CONTROL.search(address) or any(unicodedata.category(c)[0] in "CZ" for c in address):
        raise AddressProblem("An address cannot contain spaces, backslashes or characters that people cannot see.")
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError as error:
        raise AddressProblem(f"{address}: is not a web address.") from error
    if parts.scheme in SCRIPTS:
        raise AddressProblem(
            f"{address}: “{parts.scheme}:” runs or opens something. It must be a whole address that starts with https://."
        )
    if not parts.hostname:
        raise AddressProblem(f"{address}: must be a whole address such as https://app.example.com/callback.")
    if "@" in parts.netloc:
        raise AddressProblem(f"{address}: remove the user name and password in front of the host.")
    if parts.hostname.isascii() and not HOST.fullmatch(parts.hostname):
        raise AddressProblem(f"{address}: “{parts.hostname}” is not a host name.")
    return parts


def in_ascii(address: str) -> str:
    """The address with its host as it is sent (RFC 5891); everything else stays as it is. Raises hosts.HostProblem."""
    if address.isascii():
        return address
    parts = urlsplit(address)
    host = hosts.ascii_form(parts.hostname or "")
    return urlunsplit(parts._replace(netloc=host if parts.port is None else f"{host}:{parts.port}"))


def check_callback_count(addresses: Sequence[str]) -> None:
    if not addresses:
        raise AddressProblem("Give at least one callback address.")
    if len(set(addresses)) > MOST_CALLBACKS:
        raise AddressProblem(f"An app has at most {MOST_CALLBACKS} callback addresses; this is {len(set(addresses))}.")


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
