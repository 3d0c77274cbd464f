"""Production: everything from the environment, PostgreSQL, Redis, Microsoft Entra, HTTPS."""

from portal import env
from portal.settings.base import *  # noqa: F403
from portal.settings.base import BASE_DIR
from portal.settings.entra import providers
from portal.settings.mail import *  # noqa: F403

SECRET_KEY = env.text("GATEHOUSE_SECRET_KEY")
DIGEST_KEY = env.text("GATEHOUSE_DIGEST_KEY")
KEY_ENCRYPTION_KEY = env.text("GATEHOUSE_KEY_ENCRYPTION_KEY")
ISSUER = env.origin("GATEHOUSE_ISSUER")
ALLOWED_HOSTS = env.words("GATEHOUSE_HOSTS", ISSUER.split("//")[1].split(":")[0])
DATABASES = {"default": env.database("DATABASE_URL", env.text("DATABASE_URL"))}
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": env.integer("DATABASE_POOL", 8, least=1, most=200),
    }
REDIS_URL = env.text("REDIS_URL")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
USAGE_BUFFER = "redis"
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", REDIS_URL)
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
SECURE_HSTS_SECONDS = 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
if env.flag("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "")
