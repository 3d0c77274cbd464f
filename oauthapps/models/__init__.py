"""What asks: apps, their secrets, owners, and where they want to be told."""

from oauthapps.models.application import Application, new_client_id
from oauthapps.models.calendar import CalendarFeed
from oauthapps.models.key_check import KeyCheck
from oauthapps.models.legacy import LegacyException
from oauthapps.models.logo import ApplicationLogo
from oauthapps.models.owners import OwnerInvitation
from oauthapps.models.secrets import ApplicationSecret, SecretUse
from oauthapps.models.webhook import AppWebhook

__all__ = [
    "AppWebhook",
    "Application",
    "ApplicationLogo",
    "ApplicationSecret",
    "CalendarFeed",
    "KeyCheck",
    "LegacyException",
    "OwnerInvitation",
    "SecretUse",
    "new_client_id",
]
