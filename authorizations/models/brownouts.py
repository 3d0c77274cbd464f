"""Announced windows in which the legacy model does not answer, so that everybody notices before it ends for good."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class BrownOutQuerySet(models.QuerySet["BrownOut"]):
    def planned(self, now: datetime) -> "BrownOutQuerySet":
        """Those that are coming or running, the next first."""
        return self.filter(cancelled_at=None, ends_at__gt=now).order_by("starts_at")


class BrownOut(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    starts_at = models.DateTimeField(_("starts"), db_index=True)
    ends_at = models.DateTimeField(_("ends"))
    reason = models.CharField(_("what people are told"), max_length=500)
    announced_at = models.DateTimeField(_("announced"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    # Counts the announcements: a changed window is announced anew.
    edition = models.PositiveIntegerField(default=1)

    objects = BrownOutQuerySet.as_manager()

    class Meta:
        verbose_name = _("brown-out of the legacy model")
        verbose_name_plural = _("brown-outs of the legacy model")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="brown_out_ends_after_it_starts"
            )
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} to {self.ends_at:%H:%M} UTC"

    def is_running(self, now: datetime) -> bool:
        return self.cancelled_at is None and self.starts_at <= now < self.ends_at
