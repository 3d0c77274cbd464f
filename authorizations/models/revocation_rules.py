"""A rule that refuses what was begun before an instant and has any of the scopes, in one organization.

The history; what decides stands on the organization (`Organization.token_rules`), beside its policies.
"""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization


class RevocationRuleQuerySet(models.QuerySet["RevocationRule"]):
    def standing(self) -> "RevocationRuleQuerySet":
        return self.filter(withdrawn_at=None, over_at=None)


class RevocationRule(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="revocation_rules")
    scopes = models.JSONField(default=list)
    created_before = models.DateTimeField()
    why = models.CharField(_("reason"), max_length=500, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by_name = models.CharField(max_length=200, blank=True)
    # When nothing was left that it could refuse: all that was begun before has ended.
    over_at = models.DateTimeField(null=True, blank=True)
    # When the people whom it stopped had been told.
    told_at = models.DateTimeField(null=True, blank=True)

    objects = RevocationRuleQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at"]
        indexes = [
            models.Index(fields=["organization", "-made_at"], name="revocation_rule_list"),
            models.Index(fields=["made_at"], condition=models.Q(told_at=None), name="revocation_rule_untold"),
        ]

    def __str__(self) -> str:
        return f"revocation rule {self.pk}"

    @property
    def stands(self) -> bool:
        return self.withdrawn_at is None and self.over_at is None
