"""What was decided about an organization's policies: one row per change, never changed but for its own end."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.organizations import Organization
from accounts.models.people import User


class PolicyChange(models.Model):
    """The history. What decides stands on the organization itself (`Organization.policies`), in the statement that
    finds the member anyway."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="policy_changes")
    policy = models.CharField(max_length=64)
    value = models.JSONField(null=True)
    previous = models.JSONField(null=True)
    why = models.CharField(_("reason"), max_length=500, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    # From when on it decides; later than `made_at` when it was scheduled.
    effective_at = models.DateTimeField()
    # The organization's `policies_version` from this change on: the order of changes, also of two in one instant.
    version = models.PositiveIntegerField(default=0)
    # Those affected are to be told; a job does it and says when it was done.
    announce = models.BooleanField(default=False)
    announced_at = models.DateTimeField(null=True, blank=True)
    # It was announced and then taken back, and those who had been told were told that too.
    recalled_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by_name = models.CharField(max_length=200, blank=True)
    undoes = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="undone_by")

    class Meta:
        ordering = ["-made_at", "-version"]
        indexes = [
            models.Index(fields=["organization", "policy", "-made_at"], name="policy_change_history"),
            models.Index(
                fields=["made_at"],
                condition=models.Q(announce=True, announced_at=None, cancelled_at=None),
                name="policy_change_to_announce",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy} of {self.organization_id}"
