"""The sign-in directory: Microsoft Entra, or a stand-in that differs only in its base addresses."""

from typing import Any

from portal import env


def providers(*, client_id: str, secret: str, login_url: str, graph_url: str) -> dict[str, Any]:
    """allauth's SOCIALACCOUNT_PROVIDERS entry. `login_url` without a slash at the end."""
    app = {
        "client_id": client_id,
        "secret": secret,
        "settings": {"tenant": env.text("ENTRA_TENANT", "common"), "login_url": login_url, "graph_url": graph_url},
    }
    return {"microsoft": {"APPS": [app]}}
