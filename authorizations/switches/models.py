"""Each row is one time for which a switch was on: who turned it, why, and when it is over. Together they are the history."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Switch(models.TextChoices):
    STOP_ISSUING = "stop_issuing", _("Stop issuing")
    STOP_LEGACY = "stop_legacy", _("Stop the legacy model")
    STOP_REGISTRATIONS = "stop_registrations", _("Stop registrations")
    READ_ONLY = "read_only", _("Read-only")


class SwitchPeriodQuerySet(models.QuerySet["SwitchPeriod"]):
    def standing(self) -> "SwitchPeriodQuerySet":
        """Not turned off by anybody. Its time may be over already."""
        return self.filter(turned_off_at=None)

    def live(self, now: datetime) -> "SwitchPeriodQuerySet":
        return self.standing().filter(models.Q(until=None) | models.Q(until__gt=now))


class SwitchPeriod(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    switch = models.CharField(_("switch"), max_length=20, choices=Switch)
    turned_on_at = models.DateTimeField(_("turned on"), db_index=True)
    turned_on_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=500)
    told = models.CharField(_("what people are told"), max_length=300, blank=True)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    turned_off_at = models.DateTimeField(_("turned off"), null=True, blank=True)
    turned_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    off_reason = models.CharField(_("reason for turning it off"), max_length=500, blank=True)

    objects = SwitchPeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("time of a kill switch")
        verbose_name_plural = _("history of the kill switches")
        constraints = [
            # One live state: of two people who turn the same switch at once, one is told that it is on already.
            models.UniqueConstraint(
                fields=["switch"], condition=models.Q(turned_off_at=None), name="one_standing_period"
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gt=models.F("turned_on_at")),
                name="switch_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_switch_display()} from {self.turned_on_at:%Y-%m-%d %H:%M} UTC"

    def is_live(self, now: datetime) -> bool:
        return self.turned_off_at is None and (self.until is None or now < self.until)
