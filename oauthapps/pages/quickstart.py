"""Ready-to-paste configuration with the app's own values. Never a secret: the snippets read it from the environment."""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from oauthapps.models import Application

Quote = Callable[[Any], str]


@dataclass(frozen=True)
class Snippet:
    title: str
    file: str
    quote: Quote
    applies: Callable[[Application], bool] = lambda app: True


def _signs_in(app: Application) -> bool:
    """What an OpenID Connect library insists on."""
    return "openid" in app.all_scopes and not app.is_public


def _shell(value: Any) -> str:
    return shlex.quote(str(value))


STANDARD = (
    Snippet("Python: Authlib", "authlib.py", json.dumps),
    Snippet("Python: requests-oauthlib", "requests_oauthlib.py", json.dumps),
    Snippet("Node.js: openid-client", "openid_client.mjs", json.dumps),
    Snippet("Node.js: oauth4webapi", "oauth4webapi.mjs", json.dumps),
    Snippet("Auth.js (Next.js and others)", "authjs.mjs", json.dumps, _signs_in),
    Snippet("ASP.NET Core: appsettings.json", "aspnet.json", json.dumps, _signs_in),
    Snippet("Shell: curl", "standard.sh", _shell),
)
LEGACY = (
    Snippet("Node.js: grant", "grant.mjs", json.dumps),
    Snippet("Shell: curl", "legacy.sh", _shell),
)
WITHOUT = {
    "secret_line": '    token_endpoint_auth_method="none",\n',
    "secret_argument": "include_client_id=True",
    "secret": "undefined, client.None()",
    "authentication": "oauth.None()",
}
WITH = {
    "secret_line": '    os.environ["CLIENT_SECRET"],\n',
    "secret_argument": 'client_secret=os.environ["CLIENT_SECRET"]',
    "secret": "process.env.CLIENT_SECRET",
    "authentication": "oauth.ClientSecretBasic(process.env.CLIENT_SECRET)",
}


def base(app: Application, issuer: str) -> str:
    return f"{issuer}/oauth2" if app.is_legacy else f"{issuer}/oauth2/v2.0"


def endpoints(app: Application, issuer: str) -> list[dict[str, str]]:
    names = ["Authorize", "Token"] if app.is_legacy else ["Authorize", "Token", "Introspect", "Revoke", "Userinfo"]
    found = [{"label": name, "url": f"{base(app, issuer)}/{name.lower()}"} for name in names]
    discovery = {"label": "Discovery", "url": f"{issuer}/.well-known/openid-configuration"}
    return found if app.is_legacy else [discovery, *found]


def quickstart(app: Application, issuer: str) -> list[dict[str, str]]:
    """An app that takes no callbacks only checks tokens: there is nobody to send anywhere."""
    if not app.callbacks:
        return []
    snippets = LEGACY if app.is_legacy else STANDARD
    return [{"title": s.title, "code": fill(s, app, issuer)} for s in snippets if s.applies(app)]


def fill(snippet: Snippet, app: Application, issuer: str) -> str:
    text = files("oauthapps.snippets").joinpath(f"{snippet.file}.txt").read_text(encoding="utf-8")
    literals = {name: snippet.quote(value) for name, value in _values(app, issuer).items()}
    filled = Template(text).substitute(literals, **_credentials(app))
    # Nothing to read from the environment when there is no secret.
    return filled.removeprefix("import os\n\n") if app.is_public else filled


def _values(app: Application, issuer: str) -> dict[str, Any]:
    callback, scope = app.callbacks[0], " ".join(app.all_scopes)
    parts = urlsplit(callback)
    response_type = "Assertion" if app.is_legacy else "code"
    query = {"client_id": app.client_id, "response_type": response_type, "redirect_uri": callback, "scope": scope}
    return {
        "issuer": issuer,
        "client_id": app.client_id,
        "callback": callback,
        "callback_path": parts.path or "/",
        "origin": f"{parts.scheme}://{parts.netloc}",
        "scope": scope,
        "scope_list": app.all_scopes,
        "authorize": f"{base(app, issuer)}/authorize",
        "token": f"{base(app, issuer)}/token",
        "authorize_query": f"{base(app, issuer)}/authorize?{urlencode(query, quote_via=quote)}",
    }


def _credentials(app: Application) -> dict[str, str]:
    """Code, not values: how the app proves itself."""
    if app.is_public:
        return WITHOUT | {"credentials": f"--data-urlencode client_id={_shell(app.client_id)}"}
    return WITH | {"credentials": f'--user {_shell(app.client_id)}":$CLIENT_SECRET"'}
