"""The secrets of an app: digests, two slots, each with its own expiry."""

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from oauthapps.models.application import Application


class SecretQuerySet(models.QuerySet["ApplicationSecret"]):
    def live(self, now: datetime) -> "SecretQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=now)


class ApplicationSecret(models.Model):
    """One of two slots. A secret reads `<key id>.<random>`: it names itself, so no client id is needed to find it."""

    SLOTS = (("primary", _("Primary")), ("alternative", _("Alternative")))

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="secrets")
    slot = models.CharField(max_length=16, choices=SLOTS)
    key_id = models.CharField(max_length=32, unique=True)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = SecretQuerySet.as_manager()

    class Meta:
        verbose_name = _("secret")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "slot"], condition=models.Q(revoked_at=None), name="one_live_secret_per_slot"
            )
        ]

    def __str__(self) -> str:
        return f"{self.key_id}… ({self.slot})"

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > now

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("End a secret with oauthapps.services.end_secret; its row stays for the audit.")
