"""Digests of random credentials.

HMAC-SHA-256 with a server key: the values are random 256-bit numbers, so a slow password hash would add nothing
but a quarter of a second of CPU to each call (03-library-traps, 1).
"""

import base64
import hmac
import secrets
from functools import lru_cache

from django.conf import settings


def digest(value: str) -> str:
    """64 hexadecimal characters."""
    mac = _keyed(settings.DIGEST_KEY).copy()
    mac.update(value.encode())
    return mac.hexdigest()


@lru_cache(maxsize=4)
def _keyed(key: str) -> hmac.HMAC:
    """A copy of what has taken in the key costs a third of taking it in again, and calls need up to seven."""
    return hmac.new(key.encode(), digestmod="sha256")


def same(left: str, right: str) -> bool:
    """In constant time."""
    return hmac.compare_digest(left, right)


def random_value() -> str:
    """256 random bits, 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def derived(purpose: str, value: str, size: int = 32) -> str:
    """A value that only this server can compute from `value`, URL-safe, from `size` bytes."""
    mac = _keyed(settings.DIGEST_KEY).copy()
    mac.update(f"{purpose}\x00{value}".encode())
    return base64.urlsafe_b64encode(mac.digest()[:size]).decode().rstrip("=")


def imported_key_id(value: str) -> str:
    """A secret of another system does not name itself, so its key id is made from its digest: 92 bits, found by the
    same unique index as ours, and the whole digest still decides."""
    return f"imported-{digest(value)[:23]}"


def key_ids(value: str) -> tuple[str, str]:
    """The key ids that a presented secret may have: its own prefix, or that of an imported one."""
    return value.partition(".")[0][:32], imported_key_id(value)
