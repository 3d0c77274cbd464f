"""Where events are sent to: the webhook of a security system, and how far it is."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class EventStream(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80, unique=True)
    address = models.CharField(max_length=2000)
    kinds = models.JSONField(default=list)  # names of events; empty: all
    secret = models.TextField(editable=False)  # the signing secret, encrypted
    made_by_name = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True, blank=True)
    # Everything up to this event of this block has been taken by the receiver.
    block = models.PositiveBigIntegerField()
    event = models.PositiveBigIntegerField(default=0)
    sent = models.PositiveBigIntegerField(default=0)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    last_event_at = models.DateTimeField(null=True, blank=True)  # of the last event that was taken
    # Since when the receiver does not take anything; None while it does.
    failing_since = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("stream of events")
        verbose_name_plural = _("streams of events")

    def __str__(self) -> str:
        return self.name
