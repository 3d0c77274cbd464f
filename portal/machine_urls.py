"""Routes of the lean path: which paths are of machines, and what they lead to. Matched in lower case."""

import re
from collections.abc import Callable

from django.urls import path

from authorizations.api.openapi import ADDRESS, openapi
from authorizations.api.routes import api
from authorizations.legacy.token import legacy_token
from authorizations.protocol.http import Answer, Request
from authorizations.protocol.introspect import introspect
from authorizations.protocol.metadata import authorization_server, jwks, openid_configuration
from authorizations.protocol.revoke import revoke
from authorizations.protocol.token import token
from authorizations.protocol.userinfo import userinfo
from oauthapps.pages.leaks import report

MACHINE = re.compile(
    r"^/(?:oauth2/(?:v2\.0/)?(?:token|introspect|revoke|userinfo)|\.well-known/.+|secrets/report|(?:[^/]+/)?_apis(?:/.*)?)/?$",
    re.I | re.S,  # a line break in a path makes it no page
)
REST = re.compile(r"^/(?:[^/]+/)?_apis(?:/|$)", re.I)
# Public data and endpoints that never look at a cookie may be called from any page (single-page apps).
CROSS_ORIGIN = re.compile(r"^/(?:oauth2/v2\.0/(?:token|revoke|userinfo)|\.well-known/)", re.I)

# The endpoints that are answered before Django's handler: by their path, with the name that limits and figures know.
ENDPOINTS: dict[str, tuple[str, Callable[[Request], Answer]]] = {
    "/oauth2/v2.0/token": ("token", token),
    "/oauth2/v2.0/introspect": ("introspect", introspect),
    "/oauth2/v2.0/revoke": ("revoke", revoke),
    "/oauth2/v2.0/userinfo": ("userinfo", userinfo),
    "/oauth2/token": ("legacy-token", legacy_token),
    "/.well-known/openid-configuration": ("discovery", openid_configuration),
    "/.well-known/oauth-authorization-server": ("discovery", authorization_server),
    "/.well-known/jwks.json": ("jwks", jwks),
}
# Answered before Django where it needs no page (authorizations.pages.known).
AUTHORIZE = "/oauth2/v2.0/authorize"
# The rest of the machine paths: Django's views, past its other middleware.
urlpatterns = [
    path("secrets/report", report),
    path(ADDRESS, openapi),
    path("", api.urls),
]
