"""What happens to apps. Each function is one transaction and records its event."""

from oauthapps.services.checking import Asker, Problem, Registration, RegistrationRefused, check, problems
from oauthapps.services.legacy_exceptions import (
    ExceptionRefused,
    check_exception,
    grant_exception,
    live_exception,
    withdraw_exception,
)
from oauthapps.services.legacy_import import ForeignSecret, Outcome, TakeOver, take_over
from oauthapps.services.registration import RegistrationsStopped, Stale, change, register, values
from oauthapps.services.secrets import SecretChanged, create_secret, end_secret
from oauthapps.services.switching import disable, enable

__all__ = [
    "Asker",
    "ExceptionRefused",
    "ForeignSecret",
    "Outcome",
    "Problem",
    "Registration",
    "RegistrationRefused",
    "RegistrationsStopped",
    "SecretChanged",
    "Stale",
    "TakeOver",
    "change",
    "check",
    "check_exception",
    "create_secret",
    "disable",
    "enable",
    "end_secret",
    "grant_exception",
    "live_exception",
    "problems",
    "register",
    "take_over",
    "values",
    "withdraw_exception",
]
