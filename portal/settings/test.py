"""The tests' settings: PostgreSQL where GATEHOUSE_TEST_DATABASE_URL names one, else SQLite in a file."""

import tempfile
from pathlib import Path

from portal import env
from portal.settings.base import *  # noqa: F403
from portal.settings.base import INSTALLED_APPS, LIMITS
from portal.settings.entra import providers

SECRET_KEY = DIGEST_KEY = KEY_ENCRYPTION_KEY = "only-for-the-tests-0123456789-abcdefghijklmnopqrstuvwxyz"
ISSUER = "http://localhost:8000"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
INSTALLED_APPS = [*INSTALLED_APPS, "demo"]
LEGACY_SUNSET = env.instant("LEGACY_SUNSET", "2099-12-31T23:59:59Z")
HOME = Path(tempfile.gettempdir())
DATABASES = {"default": env.database("GATEHOUSE_TEST_DATABASE_URL", f"sqlite:///{HOME / 'gatehouse-test.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(HOME / "gatehouse-test-db.sqlite3")}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
ACCESS_LOG = False
NOTICING_SECONDS = 0.0
USAGE_BUFFER = "memory"
METRICS_DIR = ""
REDIS_URL = env.text("GATEHOUSE_TEST_REDIS_URL", "")
USAGE_AUTOFLUSH_SECONDS = 0
# All tests call from one address; those that are about limits set their own.
LIMITS = {name: (count * 1000, seconds) for name, (count, seconds) in LIMITS.items()}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
SOCIALACCOUNT_PROVIDERS = providers(
    client_id="portal", secret="secret", login_url="http://localhost:1", graph_url="http://localhost:1"
)
ENTRA_ALLOWED_TENANTS: list[str] = []
CELERY_BROKER_URL = "memory://"
DEFAULT_FROM_EMAIL = "Gatehouse <no-reply@id.example>"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
