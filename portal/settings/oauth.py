"""Lifetimes and dates of the protocol, and the toolkit's settings."""

from datetime import timedelta

from portal import env

ACCESS_TOKEN_LIFETIME = timedelta(minutes=env.integer("ACCESS_TOKEN_MINUTES", 60, least=1, most=100_000))
AUTHORIZATION_CODE_LIFETIME = timedelta(seconds=60)
AUTHORIZATION_LIFETIME = timedelta(days=env.integer("AUTHORIZATION_DAYS", 365, least=1, most=3650))
CONNECTION_LIFETIME = timedelta(days=env.integer("CONNECTION_DAYS", 90, least=1, most=3650))
LEGACY_CONNECTION_LIFETIME = timedelta(days=365)
SECRET_LIFETIME = timedelta(days=env.integer("SECRET_DAYS", 60, least=1, most=730))
# How many places (address and program) are remembered per secret, the latest ones.
SECRET_USES_KEPT = 20
REFRESH_RETRY_WINDOW = timedelta(seconds=10)
CONSENT_TICKET_LIFETIME = timedelta(minutes=15)
# However often a person asks for more time, a page is not answered later than this after it was opened.
CONSENT_TICKET_LIMIT = timedelta(hours=2)
LEGACY_REGISTRATION_CUTOFF = env.instant("LEGACY_REGISTRATION_CUTOFF", "2025-04-01T00:00:00Z")
LEGACY_SUNSET = env.instant("LEGACY_SUNSET", "2026-12-31T23:59:59Z")
LEGACY_DEPRECATED_SINCE = LEGACY_REGISTRATION_CUTOFF
# A signing key signs for so long; the next one is published so long before it signs, and the old one as long after as
# anything that it signed is good.
SIGNING_KEY_LIFETIME = timedelta(days=env.integer("SIGNING_KEY_DAYS", 90, least=2, most=3650))
SIGNING_KEY_PUBLISHED_BEFORE = timedelta(hours=env.integer("SIGNING_KEY_PUBLISHED_HOURS", 24, least=1, most=720))
SIGNING_KEY_PUBLISHED_AFTER = ACCESS_TOKEN_LIFETIME + timedelta(hours=1)
# How long events are kept; 0 days: for good. What is removed leaves a signed summary.
_EVENT_DAYS = env.integer("EVENT_RETENTION_DAYS", 0, least=0, most=36500)
EVENT_RETENTION = timedelta(days=_EVENT_DAYS) if _EVENT_DAYS else None
# How long before it starts a brown-out must be announced.
BROWN_OUT_NOTICE = timedelta(hours=env.integer("BROWN_OUT_NOTICE_HOURS", 24, least=0, most=2160))

# How long a request for the approval of a service waits for an answer, and how many a member may make in a day.
APPROVAL_REQUEST_LIFETIME = timedelta(days=env.integer("APPROVAL_REQUEST_DAYS", 14, least=2, most=365))
APPROVAL_REQUESTS_A_DAY = env.integer("APPROVAL_REQUESTS_A_DAY", 30, least=1, most=10_000)

PORTAL_NAME = "Gatehouse"
# Names that an app registered by a person may not bear, and may not speak of without saying that it is meant.
RESERVED_APP_NAMES = env.names(
    "RESERVED_APP_NAMES",
    "Microsoft, Azure DevOps, Azure, Microsoft 365, Office 365, OneDrive, SharePoint, Entra, Visual Studio, GitHub, Administrator",
)

# All six toolkit models point at our records: none of its tables exists (docs/decisions/0002).
# Its 22 migrations would make nothing, and take most of the time of a first start (docs/decisions/0095).
MIGRATION_MODULES = {"oauth2_provider": None}
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauthapps.Application"
OAUTH2_PROVIDER_GRANT_MODEL = "authorizations.AuthorizationCode"
OAUTH2_PROVIDER_DEVICE_GRANT_MODEL = "authorizations.AuthorizationCode"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "authorizations.RevokedAccessToken"  # noqa: S105
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "authorizations.Connection"  # noqa: S105
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "authorizations.RevokedAccessToken"  # noqa: S105
OAUTH2_PROVIDER = {
    "PKCE_REQUIRED": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
}

# How often the process-memory buffer of last-used times is written (0: only when asked to).
USAGE_AUTOFLUSH_SECONDS = env.integer("USAGE_AUTOFLUSH_SECONDS", 5, least=0, most=3600)
