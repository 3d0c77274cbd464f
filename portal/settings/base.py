"""What every way of running Gatehouse shares. Values come from the environment through `portal.env`."""

import os
from pathlib import Path
from tempfile import gettempdir

from django.utils.translation import gettext_lazy as _

from portal import env
from portal.logs import settings_for
from portal.schedule import CELERY_BEAT_SCHEDULE  # noqa: F401  (Celery reads it from the settings)
from portal.settings.admin import *  # noqa: F403
from portal.settings.limits import *  # noqa: F403
from portal.settings.oauth import *  # noqa: F403  (settings modules compose by star import)
from portal.settings.serving import *  # noqa: F403

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DEBUG = False

INSTALLED_APPS = [
    "portal",
    "authorizations.events",
    "authorizations.switches",
    "authorizations.notifications",
    "authorizations",
    "oauthapps",
    "accounts",
    "unfold.apps.BasicAppConfig",
    "portal.admin_config.GatehouseAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "oauth2_provider",
    "django_htmx",
]

MIDDLEWARE = [
    "portal.probes.ProbeMiddleware",
    "portal.observing.ObserveMiddleware",
    "portal.web.RequestContextMiddleware",
    "portal.machine.MachineMiddleware",
    "portal.web.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.page_limits.PageLimitsMiddleware",
    "portal.read_only.ReadOnlyMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.chrome.chrome",
            ]
        },
    }
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "accounts.backends.ActivePersonBackend",
]
LOGIN_URL = "/signin"
LOGIN_REDIRECT_URL = "/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Whose word is taken for where a call came from, and over what: nobody's, unless it is said.
TRUSTED_PROXIES = frozenset(env.networks("TRUSTED_PROXIES"))
PROXY_HEADER = env.choice("PROXY_HEADER", "x-forwarded-for", "x-forwarded-for", "forwarded")
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["portal.formats"]
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "portal.web.csrf_failure"
SESSION_COOKIE_NAME = "gatehouse_session"
CSRF_COOKIE_NAME = "gatehouse_csrf"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = "Lax"  # Strict would drop the session on the way back from Microsoft
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
# Not no-referrer: with that, browsers send `Origin: null` on our own forms, and the CSRF check refuses them.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
# Parameters of a protocol request are few and small; more is an attack (checked again per endpoint).
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300
DATA_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024
FILE_UPLOAD_HANDLERS = [
    "portal.uploads.CappedUploads",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# django-allauth: only Microsoft signs people in; nothing is ever linked by e-mail (03: "nOAuth").
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.adapter.SocialAdapter"
SOCIALACCOUNT_ONLY = True
SOCIALACCOUNT_EMAIL_REQUIRED = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# No password route exists (SOCIALACCOUNT_ONLY); these two only satisfy its checks.
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False  # otherwise prompt=login does nothing

# The key before, while it is exchanged: it reads, and writes nothing (docs/deploying.md).
KEY_ENCRYPTION_KEY_PREVIOUS = env.text("GATEHOUSE_KEY_ENCRYPTION_KEY_PREVIOUS", "")

# Who may read /metrics: programs from these networks, or with this token. Empty is nobody.
METRICS_TOKEN = env.secret("METRICS_TOKEN", least=24)
METRICS_NETWORKS = env.networks("METRICS_NETWORKS")
# Where the processes of a machine put their numbers, for whichever of them is asked. Empty: nothing is counted.
METRICS_DIR = env.text("METRICS_DIR", str(Path(gettempdir()) / f"gatehouse-metrics-{os.getuid()}"))

# Webhooks go to public https addresses only; the embedded default may also call this machine.
WEBHOOK_LOOPBACK_ALLOWED = False

# How often a process writes what it noticed (0: only when asked to).
NOTICING_SECONDS = 10.0
# Streams of events may go into these private networks, where security systems often stand.
EVENT_STREAM_NETWORKS = env.networks("EVENT_STREAM_NETWORKS")
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
# Jobs pick by state, so a task lost with its worker or broker needs no rescue: beat sends the next one.
CELERY_TASK_REJECT_ON_WORKER_LOST = False  # a task that kills its worker must not come back for ever
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = 240, 300  # seconds: nothing holds a worker for ever
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a broker that was away for an hour is found again
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

# One JSON object a line for programs, or readable lines; and whether each request is a line.
LOG_FORMAT = env.choice("LOG_FORMAT", "json", "json", "text")
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", "DEBUG", "INFO", "WARNING", "ERROR")
ACCESS_LOG = env.flag("ACCESS_LOG", default=True)
LOGGING = settings_for(LOG_FORMAT, LOG_LEVEL)
