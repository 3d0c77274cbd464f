"""Notices people can read in the portal, and the outbox of what leaves it.

Both are rows written in the transaction of the change they tell of. Ids are derived from what the row says, so a job
that runs twice, or on two workers at once, writes the same row.
"""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

MAY_LAPSE = models.Q(cancelled_at=None, kind__in=["authorization.expiring", "authorization.unused"])


class Notice(models.Model):
    """Something one person is told once. Names are copied, so that it can be read after its subject is gone."""

    id = models.UUIDField(primary_key=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=64)
    about_type = models.CharField(max_length=32, blank=True)
    about_id = models.CharField(max_length=64, blank=True)
    app_id = models.CharField(max_length=255, blank=True)
    app_name = models.CharField(max_length=255, blank=True)
    # Values for the texts: JSON, and never a token, a code or a secret.
    detail = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    # Set when what it says is no longer so; its mail, if still waiting, is not sent.
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        indexes = [
            models.Index(fields=["person", "-created_at"], name="notice_person"),
            # Those that may turn out to be no longer so.
            models.Index(fields=["id"], condition=MAY_LAPSE, name="notice_may_lapse"),
            models.Index(fields=["about_id"], condition=MAY_LAPSE, name="notice_reminder_about"),
            # The number in the header of each page.
            models.Index(fields=["person"], condition=models.Q(read_at=None, cancelled_at=None), name="notice_unread"),
            models.Index(fields=["about_type", "about_id"], name="notice_about"),
            models.Index(fields=["-created_at", "-id"], name="notice_created"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.person_id}"


class MailSettings(models.Model):
    """What one person wants as mail. Without a row: everything, each at once."""

    class Digest(models.TextChoices):
        OFF = "off", _("Each at once")
        DAILY = "daily", _("Once a day, in one mail")
        WEEKLY = "weekly", _("Once a week, in one mail")

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="mail_settings"
    )
    # Kinds that come without a mail. Those that cannot be turned off are mailed even if they stand here.
    silenced = models.JSONField(default=list)
    digest = models.CharField(max_length=16, choices=Digest, default=Digest.OFF)
    # When the next digest is due; None while there is none.
    digest_due_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        verbose_name = _("mail settings")

    def __str__(self) -> str:
        return f"mail settings of {self.person_id}"


class Message(models.Model):
    """One thing to send. The id is the idempotency key that the receiver sees: delivered at least once."""

    class Channel(models.TextChoices):
        MAIL = "mail", _("E-mail")
        DIGEST = "digest", _("Digest, by e-mail")
        WEBHOOK = "webhook", _("Webhook")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel = models.CharField(max_length=16, choices=Channel)
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, null=True, blank=True, related_name="messages")
    # Whom a digest is for; a notice knows its person.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="digests"
    )
    # Of a webhook, or of a letter to somebody who may be nobody here; other mails go to the address the person has
    # when they leave.
    address = models.CharField(max_length=2000, blank=True)
    payload = models.JSONField(default=dict)
    # A webhook's own headers, its signature for one: made when the message is written, over `compose.body(payload)`.
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    # Nothing more is tried: cancelled, nobody to send to, or refused for good. `problem` says why.
    dropped_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("message")
        indexes = [
            # The latest calls to one webhook, for the page of its owners.
            models.Index(
                fields=["address", "-created_at"], condition=models.Q(channel="webhook"), name="message_webhook"
            ),
            models.Index(fields=["due_at"], condition=models.Q(sent_at=None, dropped_at=None), name="message_waiting"),
            models.Index(fields=["created_at"], name="message_created"),
            models.Index(fields=["dropped_at"], condition=models.Q(dropped_at__isnull=False), name="message_given_up"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"
