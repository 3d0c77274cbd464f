"""The secrets of an app: digests, two slots, each with its own expiry, and who uses which."""

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

    class Ended(models.TextChoices):
        REGENERATED = "regenerated", _("Regenerated")
        ENDED = "ended", _("Ended by an owner")
        EXPIRED = "expired", _("Expired")
        OPERATIONS = "operations", _("Ended by operations")
        LEAKED = "leaked", _("Reported as leaked")
        APP_DELETED = "app_deleted", _("The app was deleted")

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="secrets")
    slot = models.CharField(max_length=16, choices=SLOTS)
    key_id = models.CharField(max_length=32, unique=True)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200, blank=True)  # the name, so that it can be read later
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=16, choices=Ended, blank=True)
    # The last of the notices before the expiry that was written: how many days before it was due.
    told_days_before = models.SmallIntegerField(null=True, blank=True)

    objects = SecretQuerySet.as_manager()

    class Meta:
        verbose_name = _("secret")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "slot"], condition=models.Q(revoked_at=None), name="one_live_secret_per_slot"
            )
        ]
        indexes = [models.Index(fields=["expires_at"], condition=models.Q(revoked_at=None), name="secret_expiring")]

    def __str__(self) -> str:
        return f"{self.key_id}… ({self.slot})"

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > now

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("End a secret with authorizations.services.app_secrets; its row stays for the audit.")


class SecretUse(models.Model):
    """Where a secret was used at the token endpoint, and when last. Written late and bounded per secret: no decision reads it."""

    secret = models.ForeignKey(ApplicationSecret, on_delete=models.CASCADE, related_name="uses")
    address = models.CharField(max_length=64)
    user_agent = models.CharField(max_length=120, blank=True)
    last_used_at = models.DateTimeField()

    class Meta:
        verbose_name = _("use of a secret")
        constraints = [
            models.UniqueConstraint(fields=["secret", "address", "user_agent"], name="one_use_per_place_and_program")
        ]

    def __str__(self) -> str:
        return f"{self.secret_id} at {self.address}"
