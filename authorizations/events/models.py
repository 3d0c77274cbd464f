"""The append-only event log. Ids and names are copied, so that a row outlives its subjects."""

from typing import Any, NoReturn

from django.db import models

from authorizations.events.kinds import FOLLOWS, ROUTINE, Kind

_routine = models.Q(name__in=ROUTINE)
# Says nothing, and lets the database look into both indexes of a person or an app: that of what timelines show, and that
# of what is routine.
ANY_KIND = _routine | ~_routine


class Event(models.Model):
    at = models.DateTimeField(db_index=True)
    name = models.CharField(max_length=64)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(max_length=200, blank=True)
    person_id = models.CharField(max_length=64, blank=True)
    person_name = models.CharField(max_length=200, blank=True)
    app_id = models.CharField(max_length=255, blank=True)
    app_name = models.CharField(max_length=255, blank=True)
    organization_id = models.CharField(max_length=64, blank=True)
    organization_name = models.CharField(max_length=200, blank=True)
    subject_type = models.CharField(max_length=32, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=64, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [
            # The hot path writes routine events, and pays for these two alone (docs/decisions/0099).
            models.Index(fields=["app_id", "-at", "-id"], condition=_routine, name="event_app_routine"),
            models.Index(
                fields=["person_id", "-id"], condition=_routine & ~models.Q(person_id=""), name="event_person_routine"
            ),
            # Most events are about no organization, and do not pay for it.
            models.Index(
                fields=["organization_id", "-at", "-id"],
                condition=~models.Q(organization_id=""),
                name="event_organization_time",
            ),
            # A page of a timeline reads its rows from these, however many events came before.
            models.Index(fields=["subject_id", "-at", "-id"], condition=~_routine, name="event_subject_shown"),
            models.Index(fields=["name", "-at", "-id"], condition=~_routine, name="event_kind_shown"),
            models.Index(fields=["app_id", "-at", "-id"], condition=~_routine, name="event_app_shown"),
            models.Index(fields=["person_id", "-at", "-id"], condition=~_routine, name="event_person_shown"),
            models.Index(
                fields=["request_id"], condition=~models.Q(request_id="") & ~_routine, name="event_request_shown"
            ),
            # From where an app takes tokens of its own is asked when its secret was stolen, so these stand here, too.
            models.Index(
                fields=["address", "-at", "-id"],
                condition=~models.Q(address="") & ~models.Q(name__in=FOLLOWS),
                name="event_address",
            ),
            # What somebody did to others.
            models.Index(
                fields=["actor_id", "-at", "-id"],
                condition=~models.Q(actor_id="") & ~models.Q(actor_id=models.F("person_id")),
                name="event_actor_time",
            ),
            models.Index(
                fields=["person_id", "app_id", "-at"],
                condition=models.Q(name=Kind.CONSENT_REFUSED.value),
                name="event_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            self._refuse()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise TypeError("An event is never changed or deleted.")


class EventBlock(models.Model):
    """Some hundred events, sealed: which they were, a digest of each, and the seal of the block before.

    A block names its events one by one (as ranges of ids), because a transaction that took long may commit a lower
    id after higher ones were sealed: such an event belongs to a later block.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    ranges = models.JSONField()  # [[first id, last id], ...], ascending
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    high_id = models.BigIntegerField()  # the highest id in this block and all before it
    count = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    leaves = models.BinaryField()  # LEAF bytes for each event, in the order of the ids
    # Ids that were left out and may still come: [[first, last, seconds since the epoch when first missed], ...]
    open_gaps = models.JSONField(default=list)
    seal = models.TextField()  # a signed token (JWS) over all of the above
    sealed_at = models.DateTimeField()
    # Retention: a signed summary of what was removed, written before the events go.
    summary = models.TextField(blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "sealed block of events"
        indexes = [
            models.Index(
                fields=["first_id", "last_id"], condition=models.Q(removed_at__isnull=False), name="block_removed"
            ),
            models.Index(fields=["last_at"], condition=models.Q(removed_at=None), name="block_standing"),
        ]

    def __str__(self) -> str:
        return f"block {self.number}"
