"""Exceptions from the cutoff: somebody may still register one legacy app, because operations said so and why."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from oauthapps.models.application import Application


class LegacyExceptionQuerySet(models.QuerySet["LegacyException"]):
    def live(self, now: datetime) -> "LegacyExceptionQuerySet":
        return self.filter(used_at=None, withdrawn_at=None, valid_from__lte=now, valid_until__gt=now)


class LegacyException(models.Model):
    """Good for one registration, by one person, within its dates."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="legacy_exceptions",
        verbose_name=_("who may register"),
    )
    reason = models.CharField(_("why"), max_length=500)
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"))
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("granted by")
    )
    granted_at = models.DateTimeField(_("granted"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    used_by = models.OneToOneField(
        Application,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="legacy_exception",
        verbose_name=_("used for"),
    )

    objects = LegacyExceptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("exception from the legacy cutoff")
        verbose_name_plural = _("exceptions from the legacy cutoff")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_until__gt=models.F("valid_from")), name="legacy_exception_ends_after_it_begins"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}, until {self.valid_until:%Y-%m-%d}"

    def is_live(self, now: datetime) -> bool:
        open_ = self.used_at is None and self.withdrawn_at is None
        return open_ and self.valid_from <= now < self.valid_until
