"""Typed readers of environment variables: a wrong value ends the start with one line that says how to mend it."""

import os
import re
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_MISSING: Any = object()
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def text(name: str, default: str = _MISSING) -> str:
    value = os.environ.get(name, "")
    if value:
        return value
    if default is _MISSING:
        raise ImproperlyConfigured(f"{name} is not set. See docs/operators.md for what it means.")
    return default


def integer(name: str, default: int, *, least: int, most: int) -> int:
    raw = text(name, str(default))
    if not re.fullmatch(r"-?[0-9]{1,12}", raw) or not least <= int(raw) <= most:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} to {most}, not {raw!r}.")
    return int(raw)


def flag(name: str, *, default: bool) -> bool:
    raw = text(name, str(default)).lower()
    if raw not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} must be true or false, not {raw!r}.")
    return raw in TRUE


def choice(name: str, default: str, *allowed: str) -> str:
    raw = text(name, default)
    if raw not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {raw!r}.")
    return raw


def words(name: str, default: str = "") -> list[str]:
    return text(name, default).replace(",", " ").split()


def names(name: str, default: str = "") -> list[str]:
    """Names that may have spaces in them, between commas."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def secret(name: str, *, least: int) -> str:
    """Empty when not set. The message does not repeat the value."""
    raw = text(name, "")
    if raw and (len(raw) < least or not raw.isprintable() or " " in raw):
        raise ImproperlyConfigured(f"{name} must be a random value of {least} characters or more, without spaces.")
    return raw


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Networks such as 10.0.0.0/8 or addresses, between commas or spaces."""
    try:
        return [ip_network(word) for word in words(name)]
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} must list networks such as 10.1.0.0/16, 2001:db8::/32 ({error})."
        ) from error


def instant(name: str, default: str) -> datetime:
    raw = text(name, default)
    try:
        value = datetime.fromisoformat(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be an instant like 2026-12-31T23:59:59Z, not {raw!r}.") from error
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def origin(name: str, default: str = _MISSING) -> str:
    """An absolute http(s) address without path, query or trailing slash: the issuer (RFC 8414 §2)."""
    raw = text(name, default)
    parts = urlsplit(raw)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            f"{name} must look like https://id.example.com (no path, no slash at the end), not {raw!r}."
        )
    return raw


def database(name: str, default: str) -> dict[str, Any]:
    """`sqlite:///file` or `postgres://user:password@host:port/name` as a Django DATABASES entry."""
    raw = text(name, default)
    parts = urlsplit(raw)
    if parts.scheme == "sqlite" and parts.path:
        return sqlite(parts.path)
    if parts.scheme in {"postgres", "postgresql"} and len(parts.path) > 1:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "OPTIONS": {},
        }
    raise ImproperlyConfigured(f"{name} must be sqlite:///path or postgres://user:password@host/name.")


def sqlite(path: str) -> dict[str, Any]:
    """WAL lets readers and one writer work together; IMMEDIATE makes writers queue instead of failing late."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        },
    }
