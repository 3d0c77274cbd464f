"""Receipts: what was stopped, when, by whom, and the first call that was refused afterwards."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from authorizations.models.authorization import Authorization


class Receipt(models.Model):
    """Written in the transaction that stops something. Names are copied, so that it outlives its subjects."""

    class What(models.TextChoices):
        SERVICE = "service", _("One service")
        CONNECTION = "connection", _("Connections of a service")
        SET = "set", _("Several services")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Short enough to be read out on the telephone: R-7K3M-Q2TD.
    reference = models.CharField(_("reference"), max_length=12, unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="receipts")
    what = models.CharField(_("what was stopped"), max_length=16, choices=What)
    # Which set of services the person chose, in the words of `services.selection`.
    selection = models.CharField(max_length=120, blank=True)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(_("by"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    at = models.DateTimeField(_("stopped at"))
    services = models.PositiveIntegerField(_("services"), default=0)
    # Each connection has exactly one refresh token that works, so this is their number, too.
    connections = models.PositiveIntegerField(_("connections"), default=0)
    codes = models.PositiveIntegerField(_("pending codes"), default=0)
    # Connections whose last access token had not ended by itself yet. Access tokens have no row to count.
    fresh_connections = models.PositiveIntegerField(default=0)
    access_tokens_end_at = models.DateTimeField(null=True, blank=True)
    # Over everything above and the items: a row that was edited afterwards no longer fits it.
    seal = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("receipt")
        indexes = [
            models.Index(fields=["person", "-at"], name="receipt_person"),
            models.Index(fields=["-at", "-id"], name="receipt_at"),
        ]

    def __str__(self) -> str:
        return self.reference


class ReceiptItem(models.Model):
    """One service of a receipt, or one connection of it."""

    receipt = models.ForeignKey(Receipt, on_delete=models.CASCADE, related_name="items")
    authorization = models.ForeignKey(
        Authorization, on_delete=models.SET_NULL, null=True, blank=True, related_name="receipt_items"
    )
    # Set when only this connection was stopped.
    connection_id = models.UUIDField(null=True, blank=True, db_index=True)
    device = models.CharField(max_length=300, blank=True)
    app_id = models.CharField(max_length=255)
    app_name = models.CharField(_("service"), max_length=255)
    publisher = models.CharField(max_length=100, blank=True)
    connections = models.PositiveIntegerField(default=0)
    codes = models.PositiveIntegerField(default=0)
    last_used_at = models.DateTimeField(null=True, blank=True)
    # Not under the seal of the row: they come later.
    first_refused_at = models.DateTimeField(_("first refused call"), null=True, blank=True)
    first_refused_call = models.CharField(max_length=16, blank=True)
    restored_at = models.DateTimeField(_("restored"), null=True, blank=True)

    class Meta:
        verbose_name = _("item of a receipt")

    def __str__(self) -> str:
        return f"{self.app_name} on {self.receipt_id}"
