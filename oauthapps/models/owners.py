"""Invitations to own an app together with others."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from oauthapps.models.application import Application


class InvitationQuerySet(models.QuerySet["OwnerInvitation"]):
    def open(self, now: datetime) -> "InvitationQuerySet":
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)


class OwnerInvitation(models.Model):
    """One link for one person, kept as a digest: whoever opens it signed in may become an owner, once."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    # Who it is meant for, in the inviter's words: a reminder, never a check.
    note = models.CharField(_("for"), max_length=100, blank=True)
    # The app is handed over: the inviter stops being an owner when it is accepted.
    hands_over = models.BooleanField(default=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")

    def __str__(self) -> str:
        return f"invitation of {self.created_at:%Y-%m-%d} to {self.application}"

    def is_open(self, now: datetime) -> bool:
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > now
