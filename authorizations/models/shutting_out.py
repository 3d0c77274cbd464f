"""An organization ends what a service could do in it, for one member or for all of them.

The person's consent stays as it is: "every organization of mine, now and later" goes on meaning that, but for this one.
"""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from authorizations.models.authorization import Authorization
from oauthapps.models import Application


class ShutOut(models.Model):
    """The act, written once and kept: when, by whom, why, and how many it concerned. Names are copied."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Short enough to be read out on the telephone: S-7K3M-Q2TD.
    reference = models.CharField(_("reference"), max_length=12, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="shut_outs")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="shut_outs")
    app_name = models.CharField(max_length=255)
    # None: for everybody whose consent reached the organization then.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    person_name = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    made_by_name = models.CharField(max_length=200)
    why = models.CharField(_("reason"), max_length=500)
    at = models.DateTimeField()
    people = models.PositiveIntegerField(_("people"))
    # Open ones. They go on in other organizations, so they do not end.
    connections = models.PositiveIntegerField(_("connections"))
    calls = models.PositiveBigIntegerField(_("calls in the last 30 days"))

    class Meta:
        indexes = [models.Index(fields=["organization", "application", "-at"], name="shut_out_history")]

    def __str__(self) -> str:
        return self.reference


class Exclusion(models.Model):
    """While the row stands, the service does nothing for the person in the organization. Read at each decision in the
    statement that finds the member; gone when the person lets the service in again."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="exclusions")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="exclusions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exclusions")
    # The consent that stood then. What counts is the person and the service: a twin or a new consent is no way around.
    authorization = models.ForeignKey(Authorization, on_delete=models.CASCADE, related_name="exclusions")
    act = models.ForeignKey(ShutOut, on_delete=models.CASCADE, related_name="exclusions")
    # Whether the person was told.
    told = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "application", "organization"], name="one_exclusion"),
        ]
        indexes = [
            models.Index(fields=["organization", "application"], name="exclusion_of_organization"),
            models.Index(fields=["id"], condition=models.Q(told=False), name="exclusion_untold"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} is shut out of {self.organization_id} for {self.person_id}"
