"""What happens to apps. Each function is one transaction and records its event."""

from oauthapps.services.registration import Registration, RegistrationRefused, change, check, register, values
from oauthapps.services.secrets import SecretChanged, create_secret, end_secret
from oauthapps.services.switching import disable, enable

__all__ = [
    "Registration",
    "RegistrationRefused",
    "SecretChanged",
    "change",
    "check",
    "create_secret",
    "disable",
    "enable",
    "end_secret",
    "register",
    "values",
]
