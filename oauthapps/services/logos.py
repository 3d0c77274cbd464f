"""Pictures of apps are kept while an app shows them."""

import hashlib
from datetime import datetime

from oauthapps.models import Application, ApplicationLogo


def keep(png: bytes, *, now: datetime) -> ApplicationLogo:
    """In the caller's transaction. Locked: whoever forgets the same picture waits, and then sees that it is used."""
    digest = hashlib.sha256(png).hexdigest()
    locked = ApplicationLogo.objects.select_for_update()
    return locked.get_or_create(digest=digest, defaults={"image": png, "created_at": now})[0]


def forget_unused(digest: str | None) -> None:
    """In the caller's transaction: a picture that no app shows any more is not served any more."""
    logo = ApplicationLogo.objects.select_for_update().filter(digest=digest).first() if digest else None
    if logo is not None and not Application.objects.filter(logo=logo).exists():
        logo.delete()
