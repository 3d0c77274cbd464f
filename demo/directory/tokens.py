"""Codes, ID tokens and the token endpoint's rules."""

import base64
import hashlib
import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from demo.directory.accounts import Account
from demo.directory.config import Config
from demo.directory.signing import Signer

CODE_SECONDS = 60


@dataclass(frozen=True)
class Code:
    account: Account
    auth_time: int
    redirect_uri: str
    challenge: str
    nonce: str
    scope: str
    made_at: float = field(default_factory=time.time)


class TokenError(Exception):
    def __init__(self, error: str, number: int, description: str) -> None:
        super().__init__(description)
        self.error, self.number, self.description = error, number, description


@dataclass
class Store:
    """What the directory remembers while it runs."""

    codes: dict[str, Code] = field(default_factory=dict)
    access: dict[str, Account] = field(default_factory=dict)
    refusals: dict[str, tuple[str, str]] = field(default_factory=dict)
    override: dict[str, Any] = field(default_factory=dict)

    def issue(self, code: Code) -> str:
        value = secrets.token_urlsafe(32)
        self.codes[value] = code
        return value

    def spend(self, value: str, redirect_uri: str, verifier: str) -> Code:
        """Once only (RFC 6749 §4.1.2), with the verifier of RFC 7636 §4.6."""
        code = self.codes.pop(value, None)
        if code is None or time.time() - code.made_at > CODE_SECONDS:
            raise TokenError("invalid_grant", 54005, "The code was used already or has expired.")
        if code.redirect_uri != redirect_uri:
            raise TokenError("invalid_grant", 50011, "The redirect URI is not the one of the request.")
        if code.challenge and code.challenge != challenge_of(verifier):
            raise TokenError("invalid_grant", 501481, "The code_verifier does not match the code_challenge.")
        return code


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def id_token(code: Code, config: Config, signer: Signer, override: dict[str, Any]) -> str:
    account, now = code.account, int(time.time())
    subject = hashlib.sha256(f"{account.oid}{config.client_id}".encode()).digest()  # pairwise per client, as Entra's
    claims: dict[str, Any] = {
        "ver": "2.0",
        "iss": f"{config.base}/{account.tid}/v2.0",
        "sub": base64.urlsafe_b64encode(subject).decode().rstrip("="),
        "aud": config.client_id,
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "auth_time": code.auth_time,
        "name": account.name,
        "preferred_username": account.upn,
        "oid": account.oid,
        "tid": account.tid,
        "uti": uuid.uuid4().hex,
    }
    if code.nonce:
        claims["nonce"] = code.nonce
    if account.mail and "email" in code.scope.split():
        claims["email"] = account.mail
    changes = dict(override)
    stranger, omit = changes.pop("sign_with", "") == "other_key", changes.pop("omit", [])
    claims = {k: v for k, v in (claims | changes).items() if k not in omit}
    return signer.sign(claims, stranger=stranger)
