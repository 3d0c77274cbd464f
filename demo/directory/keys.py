"""Keys on disk: a restart keeps the key id that relying parties cached, and who is signed in."""

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.algorithms import RSAAlgorithm

from demo.directory.encoding import thumbprint


class Signer:
    def __init__(self, folder: Path) -> None:
        # Any: the loaders' types allow every algorithm, and these files hold RSA keys that we wrote.
        self._key: Any = load_pem_private_key(kept(folder / "signing-key.pem", new_pem), password=None)
        self._stranger: Any = load_pem_private_key(new_pem(), password=None)
        public: Any = self._key.public_key()
        self._public = {k: v for k, v in json.loads(RSAAlgorithm.to_jwk(public)).items() if k in "ne"}
        self.kid = thumbprint(self._public)

    def sign(self, claims: dict[str, Any], *, stranger: bool = False) -> str:
        """`stranger`: our key id, but a key that is not published, to make hostile tokens for tests."""
        key = self._stranger if stranger else self._key
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": self.kid})

    def jwks(self) -> dict[str, Any]:
        return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid} | self._public]}


def cookie_key(folder: Path) -> bytes:
    return kept(folder / "cookie-key", lambda: secrets.token_bytes(32))


def new_pem() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """What the file holds; made first if it is missing."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_bytes(make())
        # Renamed when whole: a start that is interrupted must not leave half a key for the next one.
        os.replace(fresh, path)
    return path.read_bytes()
