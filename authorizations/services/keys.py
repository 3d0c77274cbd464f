"""Signing keys: made on first need, one current key per algorithm, private parts encrypted at rest.

A key is published before it signs and stays so until what it signed has ended: `key_rotation` moves it on.

RFC 7518 §3.3-3.4 (RS256, ES256), RFC 7638 (thumbprint as key id). Parsed keys are kept per process; what is
kept is only public knowledge and the key itself, never whether a token is alive.
"""

import base64
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from django.db import IntegrityError, transaction
from django.utils import timezone
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import SigningKey
from authorizations.services import at_rest

ALGORITHMS = ("ES256", "RS256")
RELOAD_SECONDS = 30.0


@dataclass(frozen=True)
class Key:
    kid: str
    algorithm: str
    private: Any  # None when it signs no more
    public: Any
    jwk: dict[str, Any]
    stage: str  # next, current, retired or withdrawn
    sealed: str = field(default="", repr=False)  # what it was read from


class KeyRing:
    """The keys of the database, parsed. Asked again after half a minute, or when a key id is not known."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: dict[str, Key] = {}
        self._read_at = 0.0
        self._document: tuple[dict[str, Key], bytes] = ({}, b"")

    def forget(self) -> None:
        self._keys, self._read_at = {}, 0.0

    def current(self, algorithm: str) -> Key:
        for key in self._fresh().values():
            if key.algorithm == algorithm and key.stage == "current":
                return key
        create(algorithm, now=timezone.now(), current=True)
        self.forget()
        return next(k for k in self._fresh().values() if k.algorithm == algorithm and k.stage == "current")

    def find(self, kid: str) -> Key | None:
        """The key that a token was signed with, if what it signed is still to be trusted."""
        found = self.prover(kid)
        return found if found is not None and found.stage != "withdrawn" else None

    def prover(self, kid: str) -> Key | None:
        """Any key that there ever was: for seals, which outlive the keys."""
        found = self._fresh().get(kid)
        # A key made by another process a moment ago; at most one look a second, so that guesses cost nothing.
        if found is None and time.monotonic() - self._read_at > 1:
            self._read_at = 0.0
            found = self._fresh().get(kid)
        return found

    def published(self) -> list[dict[str, Any]]:
        return _public(self._with_current())

    def document(self) -> bytes:
        """What is published, as it goes out (RFC 7517 §5): written once for each reading of the keys."""
        keys = self._with_current()
        of, said = self._document
        if of is not keys:
            said = orjson.dumps({"keys": _public(keys)})
            self._document = keys, said
        return said

    def ready_document(self) -> bytes | None:
        """None where it takes a look into the database to say it."""
        of, said = self._document
        return said if of is self._keys and not self._is_old() else None

    def _with_current(self) -> dict[str, Key]:
        for algorithm in ALGORITHMS:
            self.current(algorithm)
        return self._fresh()

    def _is_old(self) -> bool:
        return not self._keys or time.monotonic() - self._read_at > RELOAD_SECONDS

    def _fresh(self) -> dict[str, Key]:
        if self._is_old():
            with self._lock:
                if self._is_old():  # one thread reads, those that waited for it have what it found
                    self._keys = {row.kid: self._read(row) for row in SigningKey.objects.order_by("created_at")}
                    self._read_at = time.monotonic()
        return self._keys

    def _read(self, row: SigningKey) -> Key:
        """OpenSSL proves a private key when it reads one, which takes longer than a call: once is enough."""
        known = self._keys.get(row.kid)
        if known is None or known.sealed != row.private_key:
            return _parse(row)
        return known if known.stage == row.stage else replace(known, stage=row.stage)


ring = KeyRing()


def _public(keys: dict[str, Key]) -> list[dict[str, Any]]:
    return [key.jwk for key in keys.values() if key.stage != "withdrawn"]


def _parse(row: SigningKey) -> Key:
    if not row.private_key:
        reader = ECAlgorithm if row.algorithm == "ES256" else RSAAlgorithm
        public = reader.from_jwk(json.dumps(row.public_jwk))
        return Key(row.kid, row.algorithm, None, public, row.public_jwk, row.stage)
    private = load_pem_private_key(at_rest.decrypted(row.private_key, "signing keys"), password=None)
    return Key(row.kid, row.algorithm, private, private.public_key(), row.public_jwk, row.stage, row.private_key)


def create(algorithm: str, *, now: datetime, current: bool) -> bool:
    """Makes the current key of an algorithm, or the next one; when another process was quicker, its key is the one."""
    private: Any = (
        ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else rsa.generate_private_key(65537, 2048)
    )
    jwk = json.loads((ECAlgorithm if algorithm == "ES256" else RSAAlgorithm).to_jwk(private.public_key()))
    jwk = {k: v for k, v in jwk.items() if k in {"kty", "crv", "x", "y", "n", "e"}}
    kid = thumbprint(jwk)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        with transaction.atomic():
            SigningKey.objects.create(
                kid=kid,
                algorithm=algorithm,
                public_jwk=jwk | {"kid": kid, "alg": algorithm, "use": "sig"},
                private_key=at_rest.encrypted(pem),
                created_at=now,
                current_from=now if current else None,
            )
            detail = {"algorithm": algorithm, "current": current}
            record(Kind.SIGNING_KEY_CREATED, now=now, subject=("signing_key", kid), detail=detail)
    except IntegrityError:
        return False
    return True


def thumbprint(jwk: dict[str, Any]) -> str:
    """RFC 7638 §3: SHA-256 over the required members in lexical order."""
    canonical = json.dumps(dict(sorted(jwk.items())), separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).decode().rstrip("=")
