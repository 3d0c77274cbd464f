"""Copies of what the portal knows about a person, made in the background when they are long."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Export(models.Model):
    """How far the copy is. Its parts are written one by one, so that a worker that died is continued, not repeated."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Stopped")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exports")
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    rows_done = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)
    # Where the next part begins: the number of the section, and the last key that was read of it.
    section = models.PositiveSmallIntegerField(default=0)
    after = models.CharField(max_length=64, blank=True)
    # Which run works on it, and until when it is taken to be alive.
    claim = models.UUIDField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("copy of a person's data")
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(state__in=["waiting", "running"]), name="one_export_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.state} export {self.pk}"

    @property
    def percent(self) -> int:
        if self.state == self.State.READY:
            return 100
        return min(99, self.rows_done * 100 // max(self.rows_total, 1))


class ExportPart(models.Model):
    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    section = models.CharField(max_length=32)
    data = models.BinaryField()  # rows as JSON, compressed

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "number"], name="one_part_per_number")]

    def __str__(self) -> str:
        return f"part {self.number} of {self.export_id}"
