"""An invitation into an organization: a link for one address, kept as a digest, for one use."""

import uuid
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.organizations import AccessLevel, Organization
from accounts.models.people import User


class InvitationQuerySet(models.QuerySet["OrganizationInvitation"]):
    def waiting(self) -> "InvitationQuerySet":
        """Neither used nor withdrawn; it may have run out."""
        return self.filter(accepted_at=None, revoked_at=None)

    def open(self, now: datetime) -> "InvitationQuerySet":
        return self.waiting().filter(expires_at__gt=now)


class OrganizationInvitation(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail"), max_length=320)
    digest = models.CharField(max_length=64, unique=True)
    access_level = models.CharField(
        _("access level"), max_length=32, choices=AccessLevel, default=AccessLevel.STAKEHOLDER
    )
    projects = models.JSONField(default=list, blank=True)  # ids of the organization's projects to be put into
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    invited_by_name = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="one_open_invitation_per_address",
            )
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    def is_open(self, now: datetime) -> bool:
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > now
