"""The seal: a signed statement about one block, after RFC 7515. Anybody with the public keys can check it."""

from typing import Any

import jwt

from authorizations.services.keys import ring

ALGORITHM = "ES256"
BLOCK_TYPE, SUMMARY_TYPE = "gatehouse-events+jwt", "gatehouse-events-removed+jwt"


class WrongSeal(Exception):
    """It is not a seal that a key of ours made."""


def sign(claims: dict[str, Any], kind: str) -> str:
    key = ring.current(ALGORITHM)
    return jwt.encode(claims, key.private, algorithm=ALGORITHM, headers={"kid": key.kid, "typ": kind})


def read(seal: str, kind: str) -> dict[str, Any]:
    """Raises WrongSeal. Keys that were retired since still prove what they signed."""
    try:
        header = jwt.get_unverified_header(seal)
        key = ring.prover(str(header.get("kid", "")))
        if key is None or key.algorithm != ALGORITHM or header.get("typ") != kind:
            raise WrongSeal
        return jwt.decode(seal, key.public, algorithms=[ALGORITHM], options={"verify_aud": False, "verify_iat": False})
    except (jwt.PyJWTError, ValueError) as error:
        raise WrongSeal from error
