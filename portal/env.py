"""Typed readers of environment variables: a wrong value ends the start with one line that says how to mend it.

A value may also come from a file: `NAME_FILE` is the path, as container secrets and systemd credentials hand them over.
Settings that read many variables call `collect()` first and `complain()` last, so that all that is wrong is said at once.
"""

import os
import re
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_MISSING: Any = object()
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}
DOCS = "docs/deploying.md"
# What libpq may be told in the address of the database (PostgreSQL manual, 34.1.2); anything else is a slip of the pen.
DATABASE_OPTIONS = {
    "sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "ssl_min_protocol_version", "channel_binding", "gssencmode",
    "target_session_attrs", "connect_timeout",
}  # fmt: skip
SSL_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}

OF_ENTRY_POINTS = {"GATEHOUSE_PROCESS"}  # set by them, not by people
read: set[str] = set()  # every name that was asked for, for the check of unknown variables and for the docs' test
_problems: list[str] | None = None
T = TypeVar("T")


def collect() -> None:
    """From here on what is wrong is noted instead of raised, and a harmless value stands in for it."""
    global _problems  # noqa: PLW0603  (settings modules are read once per process)
    _problems = []


def complain() -> None:
    """Raises all that was noted, one line each."""
    global _problems
    noted, _problems = _problems or [], None
    if noted:
        raise ImproperlyConfigured("\n".join(dict.fromkeys(noted)))


def _wrong(says: str, stand_in: T) -> T:
    if _problems is None:
        raise ImproperlyConfigured(says)
    _problems.append(says)
    return stand_in


def text(name: str, default: str = _MISSING) -> str:
    read.add(name)
    value = os.environ.get(name, "")
    path = os.environ.get(f"{name}_FILE", "")
    if value and path:
        return _wrong(f"{name} and {name}_FILE are both set: keep one of them.", value)
    if path:
        return _of_file(name, path)
    if value:
        return value
    if default is _MISSING:
        return _wrong(f"{name} is not set. See {DOCS} for what it means.", "")
    return default


def _of_file(name: str, path: str) -> str:
    try:
        value = Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        return _wrong(f"{name}_FILE names {path!r}, which cannot be read: {why}.", "")
    return value or _wrong(f"{name}_FILE names {path!r}, which is empty.", "")


def integer(name: str, default: int, *, least: int, most: int) -> int:
    raw = text(name, str(default))
    if not re.fullmatch(r"-?[0-9]{1,12}", raw) or not least <= int(raw) <= most:
        return _wrong(f"{name} must be a whole number from {least} to {most}, not {raw!r}.", default)
    return int(raw)


def flag(name: str, *, default: bool) -> bool:
    raw = text(name, str(default)).lower()
    if raw not in TRUE | FALSE:
        return _wrong(f"{name} must be true or false, not {raw!r}.", default)
    return raw in TRUE


RATE = re.compile(r"^([1-9][0-9]{0,8})/(second|minute|hour)$")
SECONDS = {"second": 1, "minute": 60, "hour": 3600}


def rate(name: str, default: str) -> tuple[int, int]:
    """`600/minute` as (600, 60): so many in so many seconds. `off` is (0, 0)."""
    raw = text(name, default)
    if raw == "off":
        return 0, 0
    found = RATE.match(raw)
    if not found:
        return _wrong(f"{name} must be like 600/minute (second, minute or hour), or off, not {raw!r}.", (0, 0))
    return int(found[1]), SECONDS[found[2]]


def choice(name: str, default: str, *allowed: str) -> str:
    raw = text(name, default)
    if raw not in allowed:
        return _wrong(f"{name} must be one of {', '.join(allowed)}, not {raw!r}.", default)
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
        return _wrong(f"{name} must be a random value of {least} characters or more, without spaces.", "")
    return raw


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Networks such as 10.0.0.0/8 or addresses, between commas or spaces."""
    try:
        return [ip_network(word) for word in words(name)]
    except ValueError as error:
        return _wrong(f"{name} must list networks such as 10.1.0.0/16, 2001:db8::/32 ({error}).", [])


def instant(name: str, default: str) -> datetime:
    raw = text(name, default)
    try:
        value = datetime.fromisoformat(raw)
    except ValueError:
        says = f"{name} must be an instant like 2026-12-31T23:59:59Z, not {raw!r}."
        return _wrong(says, datetime(2026, 12, 31, tzinfo=UTC))
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def origin(name: str, default: str = _MISSING) -> str:
    """An absolute http(s) address without path, query or trailing slash: the issuer (RFC 8414 §2)."""
    raw = text(name, default)
    if not raw:
        return "https://id.invalid"  # said already
    if not is_origin(raw):
        says = f"{name} must look like https://id.example.com (no path, no slash at the end), not {raw!r}."
        return _wrong(says, "https://id.invalid")
    return raw


def is_origin(raw: str) -> bool:
    try:
        parts = urlsplit(raw)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, or a bracket that does not close
        return False
    return known and not (parts.path or parts.query or parts.fragment or parts.username)


def redis(name: str, default: str = _MISSING) -> str:
    raw = text(name, default)
    if raw and urlsplit(raw).scheme not in {"redis", "rediss", "unix"}:
        return _wrong(f"{name} must look like redis://:password@host:6379/0 (rediss:// with TLS).", "")
    return raw


def database(name: str, default: str = _MISSING) -> dict[str, Any]:
    """`sqlite:///file` or `postgres://user:password@host:port/name?sslmode=verify-full` as a DATABASES entry."""
    raw = text(name, default)
    try:
        parts = urlsplit(raw)
        port = parts.port
    except ValueError:
        return _wrong(f"{name} has a port that is not a number.", sqlite(":memory:"))
    if parts.scheme == "sqlite" and parts.path:
        return sqlite(parts.path)
    if parts.scheme in {"postgres", "postgresql"} and len(parts.path) > 1:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(port or ""),
            "OPTIONS": _database_options(name, parts.query),
        }
    if not raw:
        return sqlite(":memory:")  # said already
    return _wrong(f"{name} must be sqlite:///path or postgres://user:password@host/name.", sqlite(":memory:"))


def _database_options(name: str, query: str) -> dict[str, Any]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    for unknown in options.keys() - DATABASE_OPTIONS:
        return _wrong(f"{name} has the option {unknown!r}; known are {', '.join(sorted(DATABASE_OPTIONS))}.", {})
    if options.get("sslmode", "prefer") not in SSL_MODES:
        return _wrong(f"{name} has sslmode={options['sslmode']!r}; it must be one of {', '.join(SSL_MODES)}.", {})
    return dict(options)


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
