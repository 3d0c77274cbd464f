"""What asks: apps, their secrets and owners."""

from oauthapps.models.application import Application, new_client_id
from oauthapps.models.legacy import LegacyException
from oauthapps.models.secrets import ApplicationSecret

__all__ = ["Application", "ApplicationSecret", "LegacyException", "new_client_id"]
