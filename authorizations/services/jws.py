"""Signs tokens (RFC 7515 §3.1, RFC 7518 §3.3-3.4): the header of each key is written once, and nothing checked twice."""

import base64
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

if TYPE_CHECKING:
    from authorizations.services.keys import Key

ES256 = ec.ECDSA(SHA256())
RS256 = padding.PKCS1v15()
HASH = SHA256()


def signed(claims: dict[str, Any], key: "Key", kind: str) -> str:
    """The compact form. `kind` is the header's `typ`."""
    text = _header(key.algorithm, key.kid, kind) + b"." + encoded(orjson.dumps(claims))
    return (text + b"." + encoded(_signature(text, key))).decode()


def _signature(text: bytes, key: "Key") -> bytes:
    if key.algorithm == "RS256":
        found: bytes = key.private.sign(text, RS256, HASH)
        return found
    r, s = decode_dss_signature(key.private.sign(text, ES256))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")  # RFC 7518 §3.4: both numbers, each of 32 bytes


def verifies(text: str, signature: str, key: "Key") -> bool:
    """ES256 alone: the only tokens that come back to us."""
    raw = decoded(signature)
    if key.algorithm != "ES256" or len(raw) != 64:
        return False
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    try:
        key.public.verify(der, text.encode("ascii"), ES256)
    except InvalidSignature:
        return False
    return True


def decoded(text: str) -> bytes:
    """Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encoded(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


@lru_cache(maxsize=64)
def _header(algorithm: str, kid: str, kind: str) -> bytes:
    return encoded(orjson.dumps({"alg": algorithm, "kid": kid, "typ": kind}))
