"""What an organization has said about a service, how it came to that, and what it says by itself."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from oauthapps.models import Application


def in_force(scopes: list[str] | None, sooner: Mapping[str, float] | None, now: datetime) -> list[str] | None:
    """Of approved permissions, those whose own end has not come; None stays None, and is all of them."""
    if not scopes or not sooner:
        return scopes
    return [s for s in scopes if s not in sooner or sooner[s] > now.timestamp()]


class ServiceRuling(models.Model):
    """How one service stands in one organization now: at most one row, read with the membership at each decision."""

    class Decision(models.TextChoices):
        APPROVED = "approved", _("Approved")
        BLOCKED = "blocked", _("Blocked")
        # Nothing stands: an approval or a block that is over. The row stays, and says what came last.
        ENDED = "ended", _("Ended")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="rulings")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="rulings")
    decision = models.CharField(max_length=16, choices=Decision)
    # None: every permission that the service is registered for, now and later.
    scopes = models.JSONField(null=True, blank=True)
    # An approval that is over counts as none; a block has no end.
    expires_at = models.DateTimeField(null=True, blank=True)
    # Permissions that end before the approval as a whole: {scope: seconds since the epoch}.
    sooner = models.JSONField(default=dict, blank=True)
    # The first of these ends: what the background job looks for.
    next_end_at = models.DateTimeField(null=True, blank=True, editable=False)
    reminded_at = models.DateTimeField(null=True, blank=True, editable=False)
    why = models.CharField(_("reason"), max_length=500, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_by_name = models.CharField(max_length=200)  # or the rule that decided by itself
    decided_at = models.DateTimeField()
    # What the service lost with the last decision, until a job has told those who use it; None: nothing to tell.
    # It has `how` ("blocked", "ended" or "expired") and `scopes` (None: all that was approved).
    untold = models.JSONField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "application"], name="one_ruling_per_service"),
        ]
        indexes = [
            models.Index(fields=["next_end_at"], condition=models.Q(decision="approved"), name="approval_ending"),
            models.Index(fields=["decided_at"], condition=models.Q(untold__isnull=False), name="ruling_untold"),
            models.Index(fields=["organization", "decision", "-decided_at"], name="ruling_list"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} is {self.decision} in {self.organization_id}"

    def approves(self, now: datetime) -> bool:
        return self.decision == self.Decision.APPROVED and (self.expires_at is None or self.expires_at > now)

    def approved_scopes(self, now: datetime) -> list[str] | None:
        """What the approval gives now; None: whatever the service is registered for."""
        return in_force(self.scopes, self.sooner, now) if self.approves(now) else []

    def ends(self) -> dict[str, datetime | None]:
        """When each approved permission ends; empty where all of them were approved as a whole."""
        return {
            s: datetime.fromtimestamp(self.sooner[s], UTC) if s in self.sooner else self.expires_at
            for s in self.scopes or []
        }


class ApprovalRequest(models.Model):
    """A member asks that a service may act in the organization."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting")
        APPROVED = "approved", _("Approved")
        DENIED = "denied", _("Denied")
        BLOCKED = "blocked", _("Blocked")
        EXPIRED = "expired", _("Nobody answered in time")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="approval_requests")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="approval_requests")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="approval_requests")
    scopes = models.JSONField(default=list)
    justification = models.CharField(_("what it is for"), max_length=1000)
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_by_name = models.CharField(max_length=200, blank=True)
    # The automatic rule that decided; what it said then stands in `decided_by_name`.
    rule = models.ForeignKey("ApprovalRule", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    approved_scopes = models.JSONField(null=True, blank=True)
    approved_until = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(_("answer to the person"), max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "application", "person"],
                condition=models.Q(state="open"),
                name="one_open_request_per_service",
            )
        ]
        indexes = [
            models.Index(fields=["organization", "state", "-asked_at"], name="approval_request_list"),
            models.Index(fields=["expires_at"], condition=models.Q(state="open"), name="approval_request_open"),
            models.Index(fields=["person", "-asked_at"], name="approval_request_person"),
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"

    def is_open(self, now: datetime) -> bool:
        return self.state == self.State.OPEN and self.expires_at > now


class ApprovalRule(models.Model):
    """Decides a request by itself. Rules are asked in their order; the first that matches decides."""

    class Verdict(models.TextChoices):
        APPROVE = "approve", _("Approve")
        DENY = "deny", _("Deny")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="approval_rules")
    position = models.PositiveIntegerField(default=0)
    verdict = models.CharField(max_length=16, choices=Verdict)
    # Each is a condition; empty or None asks for nothing, and all that are set must hold.
    publisher_domain = models.CharField(_("verified domain"), max_length=253, blank=True)
    only_verified = models.BooleanField(_("publisher is verified"), default=False)
    without_high_privilege = models.BooleanField(_("no high-privilege permission"), default=False)
    within_scopes = models.JSONField(_("nothing beyond these permissions"), null=True, blank=True)
    days = models.PositiveIntegerField(_("approve for so many days"), null=True, blank=True)
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "made_at"]

    def __str__(self) -> str:
        return f"{self.verdict} rule {self.pk}"
