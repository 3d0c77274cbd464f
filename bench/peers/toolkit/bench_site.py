"""django-oauth-toolkit as its tutorial sets it up: one Django site, its urls below /o/, OpenID Connect on."""

import os

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings

UNHASHED = os.environ["PEER_MODE"] == "unhashed"


def _key() -> str:
    path = os.environ["PEER_KEY"]
    if not os.path.exists(path):
        pem = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with open(path, "wb") as file:
            file.write(pem)
    with open(path) as file:
        return file.read()


settings.configure(
    SECRET_KEY="only-for-the-bench",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="site_urls",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                ]
            },
        }
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["PEER_NAME"],
            "USER": "postgres",
            "HOST": "127.0.0.1",
            "PORT": os.environ["PEER_DATABASE_PORT"],
            "CONN_MAX_AGE": None if UNHASHED else 0,  # 0 is Django's default
        }
    },
    LOGIN_URL="/login",
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": _key(),
        "SCOPES": {"openid": "Sign in", "profile": "Profile", "email": "E-mail", "read": "Read"},
        "AUTHORIZATION_CODE_EXPIRE_SECONDS": 3600,
    },
)

import django  # noqa: E402  (the settings come first)

django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()
