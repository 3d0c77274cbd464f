"""Access tokens: signed JWTs after RFC 9068. Reading one proves who signed it, never that it is still alive."""

import hashlib
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
from django.conf import settings

from authorizations.bounded import Bounded
from authorizations.services import jws
from authorizations.services.keys import ring

TYPE = "at+jwt"
LONGEST = 8192
FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}")  # a signature of 64 bytes


@dataclass(frozen=True, slots=True)
class AccessToken:
    jti: str  # a UUID, as all ids here
    client_id: str
    subject: str
    scopes: tuple[str, ...]
    issued_at: int
    expires_at: int
    connection_id: str | None
    key_id: str  # the secret's key id, when a client asked for itself
    legacy: bool = False  # of the legacy model

    def is_good_at(self, now: datetime) -> bool:
        return self.expires_at > now.timestamp()

    @property
    def expires(self) -> datetime:
        return datetime.fromtimestamp(self.expires_at, UTC)


class Verified:
    """Tokens whose signature was checked: that of one text never changes, and costs a third of a call to check again.

    Kept under a digest of the whole token, so that nothing usable lies in memory for long; not kept is whether it is
    alive, which is asked of the database each time. Only what we signed comes in, so nobody can fill it with guesses.
    """

    MOST = 4096

    def __init__(self) -> None:
        self._known: Bounded[bytes, tuple[str, str, AccessToken]] = Bounded(self.MOST)

    @staticmethod
    def place(token: str) -> bytes:
        return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()

    def at(self, place: bytes) -> AccessToken | None:
        entry = self._known.get(place)
        if entry is None:
            return None
        kid, issuer, found = entry
        # A key id is the thumbprint of its key; one that was withdrawn is found no more.
        return found if issuer == settings.ISSUER and ring.find(kid) is not None else None

    def keep(self, place: bytes, kid: str, found: AccessToken) -> None:
        self._known.keep(place, (kid, settings.ISSUER, found))


verified = Verified()


def mint(
    *,
    client_id: str,
    subject: str,
    scopes: Iterable[str],
    now: datetime,
    ends: datetime,
    legacy: bool,
    connection_id: uuid.UUID | None = None,
    authorization_id: uuid.UUID | None = None,
    key_id: str = "",
    auth_time: int | None = None,
) -> tuple[str, int]:
    """The token and its lifetime in whole seconds. It never outlives `ends`."""
    key, issuer = ring.current("ES256"), settings.ISSUER
    issued = int(now.timestamp())
    expires = min(issued + int(settings.ACCESS_TOKEN_LIFETIME.total_seconds()), int(ends.timestamp()))
    text = " ".join(scopes)
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": subject,
        "aud": issuer,
        "client_id": client_id,
        "jti": str(uuid.uuid4()),
        "iat": issued,
        "nbf": issued,
        "exp": expires,
        "scope": text,
    }
    optional = {
        "cid": str(connection_id) if connection_id else None,
        "aid": str(authorization_id) if authorization_id else None,
        "key": key_id or None,
        "auth_time": auth_time,
        "scp": text if legacy else None,
    }
    claims |= {name: value for name, value in optional.items() if value is not None}
    return jws.signed(claims, key, TYPE), expires - issued


def read(token: str, now: datetime) -> AccessToken | None:
    """None for anything that is not an unexpired access token of ours: garbage, foreign, an ID token."""
    found = known(token)
    return found if found is not None and found.is_good_at(now) else None


def known(token: str) -> AccessToken | None:
    """One of ours, expired or not."""
    if len(token) > LONGEST:
        return None
    place = verified.place(token)
    return verified.at(place) or _verified(token, place)


def _verified(token: str, place: bytes) -> AccessToken | None:
    if not FORM.fullmatch(token):
        return None
    head, _, signature = token.rpartition(".")
    header, _, payload = head.partition(".")
    try:
        algorithm, kid, kind = _header(header)
        key = ring.find(kid)
        # RFC 9068 §4: the type keeps ID tokens out; the algorithm is the key's, never the header's.
        if key is None or key.algorithm != algorithm or kind != TYPE or not jws.verifies(head, signature, key):
            return None
        claims = orjson.loads(jws.decoded(payload))
        if claims["iss"] != settings.ISSUER or claims["aud"] != settings.ISSUER:
            return None
        found = _from(claims)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    verified.keep(place, kid, found)
    return found


@lru_cache(maxsize=256)
def _header(text: str) -> tuple[str, str, str]:
    """Algorithm, key and type. There are as many of ours as there are keys."""
    said = orjson.loads(jws.decoded(text))
    return said["alg"], said["kid"], said["typ"].lower()


def says_legacy(token: str) -> bool:
    """Whether it calls itself a token of the legacy model, be it expired or forged. For headers, never for a decision."""
    try:
        return "scp" in dict(orjson.loads(jws.decoded(token[:LONGEST].split(".")[1])))
    except (ValueError, TypeError, IndexError):
        return False


def _from(claims: dict[str, Any]) -> AccessToken:
    return AccessToken(
        claims["jti"],
        claims["client_id"],
        claims["sub"],
        tuple(claims.get("scope", "").split()),
        int(claims["iat"]),
        int(claims["exp"]),
        claims.get("cid"),
        claims.get("key", ""),
        "scp" in claims,
    )
