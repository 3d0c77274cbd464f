"""What became of each background job the last time. One row a job: this is a state, not a history."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaskRun(models.Model):
    class Outcome(models.TextChoices):
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")

    name = models.CharField(max_length=200, primary_key=True)  # of the task, as the schedule has it
    first_started_at = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=Outcome, default=Outcome.RUNNING)
    took_ms = models.PositiveBigIntegerField(null=True, blank=True)
    # The class of the exception. Its text may hold what the job worked on, and stays in the log, filtered.
    error = models.CharField(max_length=200, blank=True)
    failures = models.PositiveIntegerField(default=0)  # since it succeeded last
    processed = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("run of a job")
        verbose_name_plural = _("runs of jobs")

    def __str__(self) -> str:
        return f"{self.name} {self.outcome}"
