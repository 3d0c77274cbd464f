"""What must be readable again and not by who has the database: encrypted with a key from the environment."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def encrypted(value: bytes) -> str:
    return _fernet().encrypt(value).decode()


def decrypted(stored: str, what: str) -> bytes:
    """Raises ImproperlyConfigured. `what`: in the plural, for the message."""
    try:
        return _fernet().decrypt(stored.encode())
    except InvalidToken as error:
        raise ImproperlyConfigured(
            f"GATEHOUSE_KEY_ENCRYPTION_KEY is not the key that the {what} were stored with."
        ) from error


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(settings.KEY_ENCRYPTION_KEY.encode()).digest()))
