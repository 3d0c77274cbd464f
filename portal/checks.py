"""Our system checks: a setting that breaks a promise of the product is refused, with how to mend it."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

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
    if "@" in settings.DEFAULT_FROM_EMAIL and not settings.DEFAULT_FROM_EMAIL.endswith("@localhost"):
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
