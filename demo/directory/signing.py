"""The directory's RSA keys: kept on disk so that a restart keeps the key id."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.algorithms import RSAAlgorithm


class Signer:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "signing-key.pem"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_bytes(
                rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            )
        self._key: Any = load_pem_private_key(path.read_bytes(), password=None)
        self._stranger: Any = rsa.generate_private_key(65537, 2048)
        self.kid = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()[:15]).decode()

    def sign(self, claims: dict[str, Any], *, stranger: bool = False) -> str:
        """`stranger`: with a key that is not published, to make hostile tokens for tests."""
        return jwt.encode(
            claims,
            self._stranger if stranger else self._key,
            algorithm="RS256",
            headers={"kid": self.kid, "typ": "JWT"},
        )

    def jwks(self) -> dict[str, Any]:
        jwk = json.loads(RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{"kty": "RSA", "use": "sig", "kid": self.kid, "alg": "RS256", "n": jwk["n"], "e": jwk["e"]}]}
