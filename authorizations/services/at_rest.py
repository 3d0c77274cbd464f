"""What must be readable again and not by who has the database: encrypted with a key from the environment.

While the key is exchanged the one before it still reads (`manage.py reencrypt` writes everything anew).
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
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


def written_anew(stored: str, what: str) -> str:
    """The same with the key of now. Raises ImproperlyConfigured."""
    return encrypted(decrypted(stored, what))


def _fernet() -> MultiFernet:
    keys = [settings.KEY_ENCRYPTION_KEY, settings.KEY_ENCRYPTION_KEY_PREVIOUS]
    digests = [hashlib.sha256(key.encode()).digest() for key in keys if key]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
