"""How much is used, counted off the hot path: calls per app and day, and what of an authorization they touched."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from authorizations.models.authorization import Authorization
from oauthapps.models import Application


class AppUsage(models.Model):
    """Calls of an app at one kind of endpoint (authorize, token, api, introspect, userinfo) on one day, UTC."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="usage")
    day = models.DateField()
    endpoint = models.CharField(max_length=16)
    calls = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("use of an app")
        constraints = [models.UniqueConstraint(fields=["application", "day", "endpoint"], name="one_app_count")]
        indexes = [models.Index(fields=["day"], name="app_usage_day")]

    def __str__(self) -> str:
        return f"{self.endpoint} on {self.day}: {self.calls}"


class AuthorizationUsage(models.Model):
    """Calls that used an authorization on one day, UTC. Each facet counts the same calls in its own way."""

    class Facet(models.TextChoices):
        ENDPOINT = "endpoint", _("kind of call")  # every call has one: their sum is the number of calls
        SCOPE = "scope", _("permission")
        ORGANIZATION = "organization", _("organization")  # the id

    authorization = models.ForeignKey(Authorization, on_delete=models.CASCADE, related_name="usage")
    day = models.DateField()
    facet = models.CharField(max_length=16, choices=Facet)
    value = models.CharField(max_length=64)
    calls = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("use of an authorization")
        constraints = [
            models.UniqueConstraint(fields=["authorization", "day", "facet", "value"], name="one_authorization_count")
        ]
        indexes = [
            models.Index(fields=["day"], name="authorization_usage_day"),
            # What was done in one organization, without reading what was done in the others.
            models.Index(
                fields=["value", "day"],
                include=["authorization", "calls"],
                condition=models.Q(facet="organization"),
                name="authorization_usage_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facet} {self.value} on {self.day}: {self.calls}"


class OrganizationUsage(models.Model):
    """Calls of an app about one organization on one day, UTC, whoever they were for. The facet of the same name has
    them per authorization; an organization with many members and services is read from here."""

    # No foreign key: what was counted in a buffer may be written after the organization has gone.
    organization_id = models.UUIDField()
    day = models.DateField()
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+", db_index=False)
    calls = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("use in an organization")
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "day", "application"], name="one_organization_count")
        ]
        indexes = [
            models.Index(fields=["day"], name="organization_usage_day"),
            models.Index(fields=["application", "organization_id", "day"], name="organization_usage_app"),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} on {self.day}: {self.calls}"
