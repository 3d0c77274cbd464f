"""Production: everything from the environment, PostgreSQL, Redis, Microsoft Entra, HTTPS.

What is wrong with the environment is said at once, a line each (docs/deploying.md has the table).
"""

# isort: skip_file
from portal import env

env.collect()  # before the other settings read theirs

from portal.settings.base import *  # noqa: F403, E402
from portal.settings.base import BASE_DIR  # noqa: E402
from portal.settings import caching, database  # noqa: E402
from portal.settings.entra import providers  # noqa: E402
from portal.settings.mail import *  # noqa: F403, E402
from portal.settings.serving import DATABASE_POOL  # noqa: E402

REFUSE_UNSAFE_START = True  # web, worker and beat end at once when a check finds an error (portal/start.py)
SECRET_KEY = env.text("GATEHOUSE_SECRET_KEY")
DIGEST_KEY = env.text("GATEHOUSE_DIGEST_KEY")
KEY_ENCRYPTION_KEY = env.text("GATEHOUSE_KEY_ENCRYPTION_KEY")
ISSUER = env.origin("GATEHOUSE_ISSUER")
ALLOWED_HOSTS = env.words("GATEHOUSE_HOSTS", ISSUER.split("//")[1].rsplit(":", 1)[0])

DATABASES = {"default": database.production(pool_size=DATABASE_POOL)}
REDIS_URL = env.redis("REDIS_URL")
CACHES = {"default": caching.cache(REDIS_URL)}
SESSION_ENGINE = "django.contrib.sessions.backends.db"  # docs/decisions/0086
USAGE_BUFFER = "redis"
LIMITS_REDIS_URL = REDIS_URL
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = caching.broker_options()
STATIC_ROOT = env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
SOCIALACCOUNT_PROVIDERS = providers(
    client_id=env.text("ENTRA_CLIENT_ID"),
    secret=env.text("ENTRA_CLIENT_SECRET"),
    login_url=env.origin("ENTRA_LOGIN_URL", "https://login.microsoftonline.com"),
    graph_url=env.origin("ENTRA_GRAPH_URL", "https://graph.microsoft.com"),
)
ENTRA_ALLOWED_TENANTS: list[str] = env.words("ENTRA_ALLOWED_TENANTS")

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-gatehouse_session"
CSRF_COOKIE_NAME = "__Host-gatehouse_csrf"
SECURE_SSL_REDIRECT = env.flag("SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # supervisors ask over plain http, from this machine
SECURE_HSTS_SECONDS = 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
if env.flag("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "")

env.complain()
