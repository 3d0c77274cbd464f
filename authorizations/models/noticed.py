"""What happens often, added up by the hour until it has become events; and what an organization's rules refused."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Noticed(models.Model):
    hour = models.DateTimeField()
    digest = models.CharField(max_length=32)  # of the facts
    facts = models.JSONField()
    proved = models.BooleanField()  # by somebody who proved who they are
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    told = models.PositiveBigIntegerField(default=0)  # of the calls, those that an event has said
    calls = models.PositiveBigIntegerField()

    class Meta:
        verbose_name = _("often seen")
        constraints = [models.UniqueConstraint(fields=["hour", "digest"], name="one_noticed_an_hour")]

    def __str__(self) -> str:
        return f"{self.facts['kind']} {self.hour:%Y-%m-%d %H}: {self.calls}"


class OrganizationRefusal(models.Model):
    """Calls about one organization that were refused on one day, UTC, by reason and app."""

    organization_id = models.UUIDField()  # no foreign key: what was noticed may be written after it has gone
    day = models.DateField()
    reason = models.CharField(max_length=64)
    app_id = models.CharField(max_length=255, blank=True)  # client_id; empty: a personal access token
    calls = models.PositiveBigIntegerField()

    class Meta:
        verbose_name = _("calls refused in an organization")
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "day", "reason", "app_id"], name="one_refusal_count")
        ]
        indexes = [models.Index(fields=["day"], name="organization_refusal_day")]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.reason} on {self.day}: {self.calls}"
