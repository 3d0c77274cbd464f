"""Something was compromised: what, between when, and what was done about it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Incident(models.Model):
    class Subject(models.TextChoices):
        APP = "app", _("An app")
        SECRET = "secret", _("A secret of an app")
        ADDRESSES = "addresses", _("A range of addresses")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CONTAINED = "contained", _("Contained")
        CLOSED = "closed", _("Closed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(_("reference"), max_length=12, unique=True)
    title = models.CharField(_("title"), max_length=100)
    what_happened = models.TextField(_("what happened"), max_length=4000, blank=True)
    subject = models.CharField(_("what was compromised"), max_length=16, choices=Subject)
    # The client id, the key id of the secret, or the range (192.0.2.0/24).
    subject_id = models.CharField(max_length=255)
    subject_name = models.CharField(max_length=255, blank=True)
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"))
    # Those addresses of the range that anything here has seen in that time.
    addresses = models.JSONField(default=list, blank=True)
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.OPEN)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("opened"))
    contained_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    conclusion = models.TextField(_("conclusion"), max_length=4000, blank=True)

    class Meta:
        verbose_name = _("incident")
        constraints = [models.CheckConstraint(condition=Q(until__gte=F("since")), name="incident_ends_after_it_began")]

    def __str__(self) -> str:
        return f"{self.reference}: {self.title}"


class EvidencePack(models.Model):
    """A file of everything about an incident, made in the background and kept in pieces."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Stopped by a fault")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="packs")
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=200, blank=True)
    faults = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("evidence pack")
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=Q(state__in=["waiting", "running"]), name="one_pack_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.state} evidence pack {self.pk}"


class EvidencePiece(models.Model):
    pack = models.ForeignKey(EvidencePack, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pack", "number"], name="one_piece_per_number")]

    def __str__(self) -> str:
        return f"piece {self.number} of {self.pack_id}"
