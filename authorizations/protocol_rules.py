"""Small pure rules of the protocol: values in, answer out."""

import base64
import hashlib
import hmac
import re

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def s256(verifier: str) -> str:
    """RFC 7636 §4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def verifier_matches(verifier: str, challenge: str) -> bool:
    """RFC 7636 §4.6, S256 only (RFC 9700 §2.1.1: plain protects nothing)."""
    return bool(VERIFIER.fullmatch(verifier) and challenge) and hmac.compare_digest(s256(verifier), challenge)


def challenge_is_well_formed(challenge: str) -> bool:
    """A SHA-256 in base64url has exactly 43 characters."""
    return bool(CHALLENGE.fullmatch(challenge))
