"""How Contoso speaks to the portal: authlib's session, with failures turned into `Problem`s."""

from typing import Any

import requests
from authlib.integrations.requests_client import OAuth2Session

from demo.sample_service.problems import Refused, garbled

TIMEOUT = (3, 10)
SHOWN_HEADERS = ("Content-Type", "WWW-Authenticate", "Deprecation", "Sunset", "Link", "Retry-After")


class PortalSession(OAuth2Session):
    """Remembers the headers of the last token answer: the legacy model announces its end there."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default_timeout=TIMEOUT, **options)
        # Portal and service are neighbours on loopback; a proxy from the environment cannot see them.
        self.trust_env = False
        self.token_headers: dict[str, str] = {}
        for hook in ("access_token_response", "refresh_token_response"):
            self.register_compliance_hook(hook, self._check_token_answer)

    def _check_token_answer(self, response: requests.Response) -> requests.Response:
        """authlib knows neither the legacy error keys nor what to do with a page instead of JSON."""
        body = json_body(response)
        if response.status_code >= 400:
            raise refusal(response.status_code, body)
        if not usable_token(body):
            raise garbled("The token answer")
        self.token_headers = shown_headers(response)
        return response


def refusal(status: int, body: Any) -> Refused:
    values = body if isinstance(body, dict) else {}
    error = values.get("error") or values.get("Error") or ""
    description = values.get("error_description") or values.get("ErrorDescription") or ""
    return Refused(status, str(error)[:80], str(description)[:300])


def usable_token(body: Any) -> bool:
    if not isinstance(body, dict) or "error" in body or not isinstance(body.get("access_token"), str):
        return False
    try:
        int(body.get("expires_in") or 0)
    except (TypeError, ValueError):
        return False
    return True


def shown_headers(response: requests.Response) -> dict[str, str]:
    return {name: response.headers[name] for name in SHOWN_HEADERS if name in response.headers}


def json_body(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def get_object(url: str, what: str) -> dict[str, Any]:
    with requests.Session() as session:
        session.trust_env = False
        response = session.get(url, timeout=TIMEOUT, headers={"Accept": "application/json"})
    body = json_body(response)
    if response.status_code != 200 or not isinstance(body, dict):
        raise garbled(f"{what} (HTTP {response.status_code})")
    return body
