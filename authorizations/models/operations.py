"""What operations staff do to many at once: a job, how far it is, and what came of each thing it touched."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class OperationsJob(models.Model):
    """One confirmed act. Its place in the work is kept in the transaction of each batch, so that a worker that died is
    continued and nothing is done twice."""

    class Act(models.TextChoices):
        REVOKE = "revoke", _("Revoke authorizations")
        DISCONNECT = "disconnect", _("End connections")
        DISABLE = "disable", _("Switch apps off")
        ENABLE = "enable", _("Switch apps on again")
        END_SECRET = "end_secret", _("End secrets")
        DEACTIVATE = "deactivate", _("Deactivate people")
        REACTIVATE = "reactivate", _("Reactivate people")
        TELL = "tell", _("Tell everybody affected")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        CANCELLED = "cancelled", _("Cancelled")
        STOPPED = "stopped", _("Stopped by a fault")
        DONE = "done", _("Done")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(_("reference"), max_length=12, unique=True)
    act = models.CharField(_("act"), max_length=16, choices=Act)
    # Whom and what it touches, in the form of `services.operations.selection`.
    query = models.JSONField(default=dict)
    # How the act is carried out, such as {"switch_off": true}.
    options = models.JSONField(default=dict, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey(
        "authorizations.Incident", on_delete=models.PROTECT, null=True, blank=True, related_name="jobs"
    )
    # What the preview counted, and when: nothing that came later is touched.
    counted = models.JSONField(default=dict)
    counted_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(_("confirmed"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.WAITING)
    # Where the next batch begins: the number of the stage, and the last key that was done in it.
    stage = models.PositiveSmallIntegerField(default=0)
    after = models.CharField(max_length=64, blank=True)
    total = models.PositiveIntegerField(_("to do"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    over = models.PositiveIntegerField(_("over already"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    problem = models.CharField(max_length=200, blank=True)
    faults = models.PositiveSmallIntegerField(default=0)  # batches in a row that failed as a whole
    # Which run works on it, and until when it is taken to be alive.
    claim = models.UUIDField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("job")
        indexes = [
            models.Index(
                fields=["confirmed_at"], condition=models.Q(state__in=["waiting", "running"]), name="job_unfinished"
            ),
            models.Index(fields=["-confirmed_at", "-id"], name="job_newest"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def handled(self) -> int:
        return self.done + self.over + self.failed

    @property
    def percent(self) -> int:
        if self.state == self.State.DONE:
            return 100
        return min(99, self.handled * 100 // max(self.total, 1))

    @property
    def is_unfinished(self) -> bool:
        return self.state in (self.State.WAITING, self.State.RUNNING)


class OperationsJobItem(models.Model):
    """What came of one thing. Names are copied, so that it can be read after its subject is gone."""

    class Outcome(models.TextChoices):
        DONE = "done", _("Done")
        OVER = "over", _("Over already")
        FAILED = "failed", _("Failed")

    job = models.ForeignKey(OperationsJob, on_delete=models.CASCADE, related_name="items")
    subject_type = models.CharField(max_length=16)
    subject_id = models.CharField(max_length=64)
    person_name = models.CharField(_("person"), max_length=200, blank=True)
    app_name = models.CharField(_("service"), max_length=255, blank=True)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)
    receipt = models.CharField(_("receipt"), max_length=12, blank=True)
    connections = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("result")
        constraints = [
            models.UniqueConstraint(fields=["job", "subject_type", "subject_id"], name="one_result_per_subject")
        ]
        indexes = [
            models.Index(
                fields=["job", "outcome", "id"], condition=~models.Q(outcome="done"), name="job_item_not_done"
            ),
            models.Index(fields=["job", "id"], name="job_item_place"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id}: {self.outcome}"
