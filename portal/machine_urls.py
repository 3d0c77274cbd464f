"""Routes of the lean path. Paths are matched in lower case."""

from django.urls import path

from authorizations.api.openapi import ADDRESS, openapi
from authorizations.api.routes import api
from authorizations.legacy.token import legacy_token
from authorizations.protocol.introspect import introspect
from authorizations.protocol.metadata import authorization_server, jwks, openid_configuration
from authorizations.protocol.revoke import revoke
from authorizations.protocol.token import token
from authorizations.protocol.userinfo import userinfo
from oauthapps.pages.leaks import report

urlpatterns = [
    path("oauth2/v2.0/token", token, name="token"),
    path("oauth2/v2.0/introspect", introspect, name="introspect"),
    path("oauth2/v2.0/revoke", revoke, name="revoke"),
    path("oauth2/v2.0/userinfo", userinfo, name="userinfo"),
    path("oauth2/token", legacy_token, name="legacy-token"),
    path("secrets/report", report),
    path(".well-known/openid-configuration", openid_configuration),
    path(".well-known/oauth-authorization-server", authorization_server),
    path(".well-known/jwks.json", jwks),
    path(ADDRESS, openapi),
    path("", api.urls),
]
