"""The embedded default: one machine, SQLite, no server, the simulated directory. `make run` uses it."""

import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from portal import env
from portal.logs import settings_for
from portal.settings.base import *  # noqa: F403
from portal.settings.base import BASE_DIR, INSTALLED_APPS, LOG_LEVEL
from portal.settings.entra import providers
from portal.settings.mail import *  # noqa: F403

PORT = env.integer("PORT", 8000, least=1, most=65532)
HOME = Path(env.text("GATEHOUSE_HOME", str(BASE_DIR / "var"))).absolute()
HOME.mkdir(parents=True, exist_ok=True)


def _first_start() -> dict[str, str]:
    """Keys and dates made on the first start and kept with the data, readable by the owner alone."""
    path = HOME / "first-start.json"
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        return json.loads(path.read_text())
    made = {
        "secret_key": secrets.token_urlsafe(48),
        "digest_key": secrets.token_urlsafe(32),
        "key_encryption_key": secrets.token_urlsafe(32),
        # Relative to the first start, so that the sunset can be seen coming.
        "legacy_sunset": (datetime.now(UTC).replace(microsecond=0) + timedelta(days=45)).isoformat(),
    }
    path.write_text(json.dumps(made))
    return made


_made = _first_start()
SECRET_KEY = env.text("GATEHOUSE_SECRET_KEY", _made["secret_key"])
DIGEST_KEY = env.text("GATEHOUSE_DIGEST_KEY", _made["digest_key"])
KEY_ENCRYPTION_KEY = env.text("GATEHOUSE_KEY_ENCRYPTION_KEY", _made["key_encryption_key"])
LEGACY_SUNSET = env.instant("LEGACY_SUNSET", _made["legacy_sunset"])
ISSUER = env.origin("GATEHOUSE_ISSUER", f"http://localhost:{PORT}")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
INSTALLED_APPS = [*INSTALLED_APPS, "demo"]
DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{HOME / 'db.sqlite3'}")}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
LOG_FORMAT = env.choice("LOG_FORMAT", "text", "json", "text")
LOGGING = settings_for(LOG_FORMAT, LOG_LEVEL)
ACCESS_LOG = env.flag("ACCESS_LOG", default=False)
USAGE_BUFFER = "memory"
METRICS_DIR = str(HOME / "metrics")
REDIS_URL = ""
STATIC_ROOT = HOME / "static"
WHITENOISE_USE_FINDERS = True
# Files to open in a browser (var/mail/index.html), unless a mail server is named.
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend" if env.text("EMAIL_HOST", "") else "demo.mailbox.Mailbox"
EMAIL_FILE_PATH = HOME / "mail"
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Gatehouse <gatehouse@localhost>")
WEBHOOK_LOOPBACK_ALLOWED = True

_directory = env.origin("DIRECTORY_BASE_URL", f"http://localhost:{PORT + 1}")
SOCIALACCOUNT_PROVIDERS = providers(
    client_id=env.text("DIRECTORY_CLIENT_ID", "7b1e3c52-5f0a-4f0e-9d3c-0c6a1f2b8e11"),
    secret=env.text("DIRECTORY_CLIENT_SECRET", "directory-demo-secret"),
    login_url=_directory,
    graph_url=_directory,
)
ENTRA_ALLOWED_TENANTS: list[str] = env.words("ENTRA_ALLOWED_TENANTS")

# Celery's file transport: a real worker and a real beat on a broker that needs no server.
_broker = HOME / "broker"
for _folder in ("messages", "processed", "control"):
    (_broker / _folder).mkdir(parents=True, exist_ok=True)
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", "filesystem://")
if CELERY_BROKER_URL == "filesystem://":
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "messages"),
        "data_folder_out": str(_broker / "messages"),
        "processed_folder": str(_broker / "processed"),
        "control_folder": str(_broker / "control"),
        "store_processed": False,
    }
