"""RFC 7662: the portal says what a token is good for, now."""

from typing import Any

import requests
from authlib.integrations.requests_client import OAuth2Session

from demo.resource_server.config import Config

TIMEOUT = (3, 10)


class NoVerdict(Exception):
    """The portal could not be asked, or did not answer the question."""


def introspect(config: Config, token: str) -> dict[str, Any]:
    try:
        with OAuth2Session(config.client_id, config.client_secret, default_timeout=TIMEOUT) as session:
            session.trust_env = False  # a proxy from the environment cannot see a portal on loopback
            answer = session.introspect_token(f"{config.portal}/oauth2/v2.0/introspect", token=token)
        verdict = answer.json() if answer.status_code == 200 else None
    except (requests.RequestException, ValueError) as error:
        raise NoVerdict(type(error).__name__) from error
    if not isinstance(verdict, dict):
        raise NoVerdict(f"HTTP {answer.status_code}")
    return verdict


def is_active(verdict: dict[str, Any]) -> bool:
    """RFC 7662 §2.2: only the boolean true means active."""
    return verdict.get("active") is True


def scopes(verdict: dict[str, Any]) -> set[str]:
    granted = verdict.get("scope")
    return set(granted.split()) if isinstance(granted, str) else set()
