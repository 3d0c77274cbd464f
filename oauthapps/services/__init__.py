"""What happens to apps. Each function is one transaction and records its event."""

from oauthapps.services.legacy_exceptions import (
    ExceptionRefused,
    grant_exception,
    live_exception,
    withdraw_exception,
)
from oauthapps.services.legacy_import import ForeignSecret, Outcome, TakeOver, take_over
from oauthapps.services.registration import Registration, RegistrationRefused, change, check, register, values
from oauthapps.services.secrets import SecretChanged, create_secret, end_secret
from oauthapps.services.switching import disable, enable

__all__ = [
    "ExceptionRefused",
    "ForeignSecret",
    "Outcome",
    "Registration",
    "RegistrationRefused",
    "SecretChanged",
    "TakeOver",
    "change",
    "check",
    "create_secret",
    "disable",
    "enable",
    "end_secret",
    "grant_exception",
    "live_exception",
    "register",
    "take_over",
    "values",
    "withdraw_exception",
]
