"""Our system checks: a setting that breaks a promise of the product is refused, with how to mend it."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.utils import timezone

LONGEST_ACCESS_TOKEN = timedelta(minutes=90)


@register(Tags.security)
def access_tokens_are_short(**_: Any) -> list[CheckMessage]:
    if settings.ACCESS_TOKEN_LIFETIME <= LONGEST_ACCESS_TOKEN:
        return []
    return [
        Error(
            "Access tokens may live at most 90 minutes.",
            hint="Set ACCESS_TOKEN_MINUTES to 90 or less.",
            id="gatehouse.E001",
        )
    ]


@register(Tags.security, deploy=True)
def keys_are_long_and_different(**_: Any) -> list[CheckMessage]:
    keys = [settings.SECRET_KEY, settings.DIGEST_KEY, settings.KEY_ENCRYPTION_KEY]
    if len(set(keys)) == len(keys) and min(map(len, keys)) >= 50:
        return []
    hint = "Set GATEHOUSE_SECRET_KEY, GATEHOUSE_DIGEST_KEY and GATEHOUSE_KEY_ENCRYPTION_KEY to three random values of 50 characters or more."
    return [Error("The keys of the portal are too short or the same.", hint=hint, id="gatehouse.E002")]


@register(deploy=True)
def mail_has_a_sender(**_: Any) -> list[CheckMessage]:
    if "@" in settings.DEFAULT_FROM_EMAIL and not settings.DEFAULT_FROM_EMAIL.rstrip("> ").endswith("@localhost"):
        return []
    hint = "Set DEFAULT_FROM_EMAIL to an address that your mail server may send from, such as Gatehouse <no-reply@id.example.com>."
    return [Error("Mails have no sender, so mail servers refuse them.", hint=hint, id="gatehouse.E010")]


@register(Tags.security, deploy=True)
def mail_password_is_encrypted(**_: Any) -> list[CheckMessage]:
    if not settings.EMAIL_HOST_USER or settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL:
        return []
    hint = "Set EMAIL_SECURITY to starttls or tls."
    return [Error("The password of the mail server would travel in clear.", hint=hint, id="gatehouse.E011")]


@register(Tags.security, deploy=True)
def issuer_is_https(**_: Any) -> list[CheckMessage]:
    if settings.ISSUER.startswith("https://"):
        return []
    return [
        Error("The issuer must be an https address.", hint="Set GATEHOUSE_ISSUER to https://…", id="gatehouse.E003")
    ]


@register(Tags.security, deploy=True)
def proxies_are_named(**_: Any) -> list[CheckMessage]:
    """Without them X-Forwarded-Proto is believed from nobody, and all callers have the address of the proxy."""
    if not settings.SECURE_PROXY_SSL_HEADER or settings.TRUSTED_PROXIES:
        return []
    hint = "Set TRUSTED_PROXIES to the networks of your proxies, such as 10.0.0.0/8."
    return [Error("BEHIND_TLS_PROXY is on, but no proxy is trusted.", hint=hint, id="gatehouse.E060")]


@register(Tags.security, deploy=True)
def not_everybody_is_a_proxy(**_: Any) -> list[CheckMessage]:
    if all(network.prefixlen > 0 for network in settings.TRUSTED_PROXIES):
        return []
    hint = "Set TRUSTED_PROXIES to the networks of your proxies alone: whoever is in them may claim any address."
    return [Error("TRUSTED_PROXIES trusts every address there is.", hint=hint, id="gatehouse.E061")]


@register(Tags.security, deploy=True)
def public_networks_are_no_proxies(**_: Any) -> list[CheckMessage]:
    wide = [
        str(n) for n in settings.TRUSTED_PROXIES if 0 < n.prefixlen < (16 if n.version == 4 else 48) and n.is_global
    ]
    if not wide:
        return []
    hint = "Name only the addresses that your proxies call from."
    said = f"TRUSTED_PROXIES trusts large public networks: {', '.join(wide)}."
    return [Warning(said, hint=hint, id="gatehouse.W060")]


@register(Tags.security, deploy=True)
def calls_are_limited(**_: Any) -> list[CheckMessage]:
    off = sorted(f"LIMIT_{name.upper()}" for name, (count, _) in settings.LIMITS.items() if not count)
    if not off:
        return []
    hint = "Set each to something like 600/minute, or leave it out."
    return [Warning(f"Some limits are off: {', '.join(off)}.", hint=hint, id="gatehouse.W061")]


@register()
def legacy_model_has_not_ended(**_: Any) -> list[CheckMessage]:
    """A date in the past is a way to run, and also what a slip of the pen looks like."""
    if timezone.now() < settings.LEGACY_SUNSET:
        return []
    ended = f"The legacy model ended on {settings.LEGACY_SUNSET:%Y-%m-%d %H:%M:%S} UTC: every call of legacy apps is refused."
    hint = "If that is not meant, set LEGACY_SUNSET. A day after the end the authorizations of legacy apps are closed for good."
    return [Warning(ended, hint=hint, id="gatehouse.W001")]


@register()
def legacy_registration_closes_before_the_model_ends(**_: Any) -> list[CheckMessage]:
    if settings.LEGACY_REGISTRATION_CUTOFF <= settings.LEGACY_SUNSET:
        return []
    hint = "Set LEGACY_REGISTRATION_CUTOFF to an instant before LEGACY_SUNSET."
    return [Warning("Legacy apps could be registered after their model has ended.", hint=hint, id="gatehouse.W002")]
