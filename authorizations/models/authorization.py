"""The record that everything hangs on: a person's standing consent to an app, and the connections inside it."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from oauthapps.models import Application, ApplicationSecret


def live(now: datetime) -> models.Q:
    """In force at `now`. With the legacy model every authorization of it ends, before any job has closed a row."""
    standing = models.Q(revoked_at=None) & (models.Q(expires_at=None) | models.Q(expires_at__gt=now))
    return standing & ~models.Q(application__model="legacy") if now >= settings.LEGACY_SUNSET else standing


class AuthorizationQuerySet(models.QuerySet["Authorization"]):
    def of(self, person: User) -> "AuthorizationQuerySet":
        return self.filter(person=person)

    def live(self, now: datetime) -> "AuthorizationQuerySet":
        return self.filter(live(now))

    def ended(self, now: datetime) -> "AuthorizationQuerySet":
        """What `live` leaves out: history."""
        return self.filter(~live(now))


class Authorization(models.Model):
    class Ended(models.TextChoices):
        REVOKED = "revoked", _("Revoked")
        EXPIRED = "expired", _("Expired")
        MIGRATED = "migrated", _("Moved to the new version")
        SUNSET = "sunset", _("The legacy model ended")
        APP_DELETED = "app_deleted", _("The service was deleted by its owners")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="authorizations")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="authorizations")
    scopes = models.JSONField(_("permissions"), default=list)
    # Optional permissions the person left out: not asked again on each sign-in.
    declined = models.JSONField(default=list, blank=True)
    # None: every organization the person belongs to, now and later.
    organizations = models.JSONField(null=True, blank=True)
    granted_at = models.DateTimeField(_("granted"))
    widened_at = models.DateTimeField(null=True, blank=True)
    # The last time the person said yes again: on the approval page, or by renewing.
    confirmed_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(_("ends"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    # When a legacy authorization was moved: the standard one that took its place.
    migrated_to = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="migrated_from"
    )
    # How the consent was given (GDPR Art. 7(1) asks that it can be shown).
    page_version = models.CharField(max_length=16, blank=True)
    address = models.CharField(max_length=64, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    # The person's own words about the service; nobody else is shown them, and no event repeats them.
    note = models.CharField(_("note"), max_length=500, blank=True)

    objects = AuthorizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("authorization")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "application"], condition=models.Q(revoked_at=None), name="one_live_authorization"
            )
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=models.Q(revoked_at=None), name="authorization_expiring"),
            # Lists of operations, however far back.
            models.Index(fields=["-granted_at", "-id"], name="authorization_granted"),
            # How many live ones each app has, without reading them.
            models.Index(
                fields=["application", "expires_at"],
                condition=models.Q(revoked_at=None),
                name="authorization_live_app",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} for {self.person}"

    def ended_at(self, now: datetime) -> datetime | None:
        """The first of what ended it; None while it is live."""
        ends = [self.revoked_at, self.expires_at]
        if now >= settings.LEGACY_SUNSET and self.application.is_legacy:
            ends.append(settings.LEGACY_SUNSET)
        return min((at for at in ends if at and at <= now), default=None)

    def is_live(self, now: datetime) -> bool:
        if now >= settings.LEGACY_SUNSET and self.application.is_legacy:
            return False
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


class Connection(models.Model):
    """One token family: one completed code exchange, usually one device or server. Rotated in place."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authorization = models.ForeignKey(Authorization, on_delete=models.PROTECT, related_name="connections")
    scopes = models.JSONField(default=list)
    refresh_digest = models.CharField(max_length=64)
    previous_digest = models.CharField(max_length=64, blank=True)
    rotated_at = models.DateTimeField(null=True, blank=True)
    secret = models.ForeignKey(
        ApplicationSecret, on_delete=models.PROTECT, null=True, blank=True, related_name="connections"
    )
    auth_time = models.BigIntegerField(null=True, blank=True)
    nonce = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    # Whether a job has looked at it and told the person, where there was something to tell.
    told = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("connection")
        indexes = [
            models.Index(fields=["expires_at"], condition=models.Q(revoked_at=None), name="connection_expiring"),
            models.Index(fields=["created_at"], condition=models.Q(told=False), name="connection_untold"),
            models.Index(fields=["-created_at", "-id"], name="connection_created"),
        ]

    def __str__(self) -> str:
        return f"connection {self.pk}"
