"""Ready-to-paste configuration with the app's own values. Never a secret: a placeholder stands for it."""

from urllib.parse import quote

from oauthapps.models import Application


def endpoints(app: Application, issuer: str) -> list[dict[str, str]]:
    if app.is_legacy:
        return [
            {"label": "Authorize", "url": f"{issuer}/oauth2/authorize"},
            {"label": "Token", "url": f"{issuer}/oauth2/token"},
        ]
    base = f"{issuer}/oauth2/v2.0"
    return [
        {"label": "Discovery", "url": f"{issuer}/.well-known/openid-configuration"},
        {"label": "Authorize", "url": f"{base}/authorize"},
        {"label": "Token", "url": f"{base}/token"},
        {"label": "Introspect", "url": f"{base}/introspect"},
        {"label": "Revoke", "url": f"{base}/revoke"},
    ]


def quickstart(app: Application, issuer: str) -> list[dict[str, str]]:
    callback = app.callbacks[0] if app.callbacks else ""
    scope = " ".join(app.all_scopes)
    if app.is_legacy:
        query = f"client_id={app.client_id}&response_type=Assertion&state=STATE&scope={quote(scope)}&redirect_uri={quote(callback)}"
        return [{"title": "Address to send people to", "code": f"{issuer}/oauth2/authorize?{query}"}]
    python = (
        "from authlib.integrations.requests_client import OAuth2Session\n\n"
        f'session = OAuth2Session("{app.client_id}", CLIENT_SECRET, scope="{scope}",\n'
        f'    redirect_uri="{callback}", code_challenge_method="S256")\n'
        f'uri, state = session.create_authorization_url("{issuer}/oauth2/v2.0/authorize", code_verifier=VERIFIER)'
    )
    node = (
        'import * as client from "openid-client";\n\n'
        f'const config = await client.discovery(new URL("{issuer}"), "{app.client_id}", CLIENT_SECRET);\n'
        "const url = client.buildAuthorizationUrl(config, {\n"
        f'  redirect_uri: "{callback}", scope: "{scope}", code_challenge, code_challenge_method: "S256", state,\n'
        "});"
    )
    return [{"title": "Python (authlib)", "code": python}, {"title": "Node.js (openid-client)", "code": node}]
