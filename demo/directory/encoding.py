"""Hashes as OAuth and JOSE write them."""

import base64
import hashlib
import json


def digest(text: str) -> str:
    """SHA-256 in base64url without padding: the S256 challenge of RFC 7636 §4.2, and more."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def thumbprint(rsa_public: dict[str, str]) -> str:
    """RFC 7638 §3: of the required members only, in alphabetical order, without spaces."""
    members = {"e": rsa_public["e"], "kty": "RSA", "n": rsa_public["n"]}
    return digest(json.dumps(members, separators=(",", ":")))
