"""What production must not be started with. Each has an id, and says how to mend it (docs/deploying.md lists them)."""

import os
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.http.request import validate_host

from portal import env

YEAR_SECONDS = 31_536_000
SHORTEST_RETENTION = timedelta(days=90)
MADE_UP = ("change", "secret", "password", "example", "django-insecure", "only-for-the-tests", "test")
ONE_PROCESS_CACHES = ("LocMemCache", "DummyCache", "FileBasedCache")
NO_BROKERS = ("memory", "filesystem", "")


def error(number: int, says: str, hint: str) -> list[CheckMessage]:
    return [Error(says, hint=hint, id=f"gatehouse.E{number:03}")]


def warning(number: int, says: str, hint: str) -> list[CheckMessage]:
    return [Warning(says, hint=hint, id=f"gatehouse.W{number:03}")]


@register(Tags.security, deploy=True)
def debug_is_off(**_: Any) -> list[CheckMessage]:
    if not settings.DEBUG:
        return []
    return error(20, "DEBUG shows settings and code to strangers.", "Use portal.settings.production, which has it off.")


@register(Tags.security, deploy=True)
def keys_are_random(**_: Any) -> list[CheckMessage]:
    keys = {
        "GATEHOUSE_SECRET_KEY": settings.SECRET_KEY,
        "GATEHOUSE_DIGEST_KEY": settings.DIGEST_KEY,
        "GATEHOUSE_KEY_ENCRYPTION_KEY": settings.KEY_ENCRYPTION_KEY,
    }
    weak = [name for name, key in keys.items() if len(set(key)) < 16 or key.lower().startswith(MADE_UP)]
    if not weak:
        return []
    return error(21, f"{', '.join(weak)}: not a random value.", "Make one with: openssl rand -base64 48")


@register(Tags.security, deploy=True)
def hosts_are_named(**_: Any) -> list[CheckMessage]:
    host = urlsplit(settings.ISSUER).hostname or ""
    if any("*" in name for name in settings.ALLOWED_HOSTS):
        return error(
            22, "Any host name is accepted.", f"Set GATEHOUSE_HOSTS to the names of this portal, such as {host}."
        )
    if not validate_host(host, settings.ALLOWED_HOSTS):
        return error(22, f"The issuer's host {host} is not accepted.", f"Add {host} to GATEHOUSE_HOSTS.")
    return []


@register(deploy=True)
def database_is_a_server(**_: Any) -> list[CheckMessage]:
    if "sqlite" not in settings.DATABASES["default"]["ENGINE"]:
        return []
    return error(23, "SQLite serves one machine only.", "Set DATABASE_URL to postgres://user:password@host/name.")


@register(deploy=True)
def redis_is_shared(**_: Any) -> list[CheckMessage]:
    alone = settings.CACHES["default"]["BACKEND"].endswith(ONE_PROCESS_CACHES)
    if settings.REDIS_URL and settings.USAGE_BUFFER == "redis" and not alone:
        return []
    says = "Limits and last-used times would be counted by each process for itself."
    return error(24, says, "Set REDIS_URL, and use portal.settings.production.")


@register(deploy=True)
def broker_is_a_server(**_: Any) -> list[CheckMessage]:
    if urlsplit(settings.CELERY_BROKER_URL).scheme not in NO_BROKERS:
        return []
    return error(25, "Workers on other machines would not find this broker.", "Set CELERY_BROKER_URL to redis://….")


@register(Tags.security, deploy=True)
def cookies_are_secure(**_: Any) -> list[CheckMessage]:
    if settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE and settings.SESSION_COOKIE_HTTPONLY:
        return []
    return error(26, "Cookies would travel in clear.", "Use portal.settings.production, which makes them secure.")


@register(Tags.security, deploy=True)
def browsers_remember_https(**_: Any) -> list[CheckMessage]:
    if settings.SECURE_HSTS_SECONDS >= YEAR_SECONDS:
        return []
    return error(27, "HSTS is off or shorter than a year.", "Use portal.settings.production, which sets two years.")


@register(Tags.security, deploy=True)
def plain_http_is_sent_away(**_: Any) -> list[CheckMessage]:
    proxy = getattr(settings, "SECURE_PROXY_SSL_HEADER", None)
    if not settings.SECURE_SSL_REDIRECT and not proxy:
        hint = "Leave SSL_REDIRECT on, or set BEHIND_TLS_PROXY=true if a proxy does it."
        return error(28, "Pages would be served in clear.", hint)
    if settings.SECURE_SSL_REDIRECT and not proxy and "GRANIAN_SSL_CERTIFICATE" not in os.environ:
        hint = "Set BEHIND_TLS_PROXY=true and let the proxy set X-Forwarded-Proto, or give the server a certificate."
        return warning(28, "Behind a proxy that ends TLS, each page would redirect to itself for ever.", hint)
    return []


@register(Tags.security, deploy=True)
def directory_is_microsofts(**_: Any) -> list[CheckMessage]:
    said = settings.SOCIALACCOUNT_PROVIDERS["microsoft"]["APPS"][0]["settings"]
    addresses = [said["login_url"], said["graph_url"]]
    if all(address.startswith("https://") for address in addresses):
        return []
    says = "People would sign in at a directory without TLS, such as the simulated one."
    return error(29, says, "Unset ENTRA_LOGIN_URL and ENTRA_GRAPH_URL, or set them to https addresses.")


@register(Tags.security, deploy=True)
def demo_is_not_installed(**_: Any) -> list[CheckMessage]:
    if not any(name == "demo" or name.startswith("demo.") for name in settings.INSTALLED_APPS):
        return []
    return error(30, "The demo app is installed.", "Use portal.settings.production, which leaves it out.")


@register(Tags.security, deploy=True)
def webhooks_stay_outside(**_: Any) -> list[CheckMessage]:
    if not settings.WEBHOOK_LOOPBACK_ALLOWED:
        return []
    says = "Webhooks of apps could reach into this machine."
    return error(31, says, "Use portal.settings.production, which leaves WEBHOOK_LOOPBACK_ALLOWED off.")


@register(deploy=True)
def events_are_kept(**_: Any) -> list[CheckMessage]:
    if settings.EVENT_RETENTION is None or settings.EVENT_RETENTION >= SHORTEST_RETENTION:
        return []
    says = "Events would be removed before anybody looks into an incident."
    return error(32, says, "Set EVENT_RETENTION_DAYS to 90 or more, or to 0 to keep them for good.")


@register(deploy=True)
def variables_are_known(**_: Any) -> list[CheckMessage]:
    """A name with a slip in it would change nothing, silently."""
    ours = {name for name in os.environ if name.startswith("GATEHOUSE_")}
    known = env.read | {f"{name}_FILE" for name in env.read} | env.OF_ENTRY_POINTS
    unknown = sorted(name for name in ours - known if not name.startswith("GATEHOUSE_TEST_"))
    if not unknown:
        return []
    return warning(21, f"Nothing reads {', '.join(unknown)}.", "Compare with the table in docs/deploying.md.")
