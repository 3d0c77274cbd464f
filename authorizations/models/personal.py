"""Personal access tokens, for tools that cannot do OAuth. Kept as digests, like everything that can be used."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from oauthapps.scopes import FULL_ACCESS


class PersonalTokenQuerySet(models.QuerySet["PersonalAccessToken"]):
    def of(self, person: Any) -> "PersonalTokenQuerySet":
        return self.filter(person=person)

    def live(self, now: datetime) -> "PersonalTokenQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=now)

    def expired(self, now: datetime) -> "PersonalTokenQuerySet":
        """Those whose time was over, whether a job has closed them or not."""
        return self.filter(Q(reason=PersonalAccessToken.Ended.EXPIRED) | Q(revoked_at=None, expires_at__lte=now))

    def revoked(self) -> "PersonalTokenQuerySet":
        return self.exclude(revoked_at=None).exclude(reason=PersonalAccessToken.Ended.EXPIRED)

    def reaching(self, organization: Organization) -> "PersonalTokenQuerySet":
        """Those that were made for the organization or for every one of their person."""
        return self.filter(Q(organization=organization) | Q(organization=None))


class PersonalAccessToken(models.Model):
    class Ended(models.TextChoices):
        """Why it is over."""

        REVOKED = "revoked", _("Revoked")
        ADMINISTRATOR = "administrator", _("Revoked by an administrator")
        LEAKED = "leaked", _("Found in the open")
        IDLE = "idle", _("Not used for too long")
        EXPIRED = "expired", _("Expired")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="personal_tokens")
    name = models.CharField(_("name"), max_length=200)
    scopes = models.JSONField(_("permissions"), default=list)
    # None: every organization of the person.
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, null=True, blank=True, related_name="personal_tokens"
    )
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("created"))
    issued_at = models.DateTimeField()  # of the value in force: later than `created_at` after it was made anew
    expires_at = models.DateTimeField(_("ends"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    last_address = models.CharField(max_length=64, blank=True)
    last_user_agent = models.CharField(max_length=300, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by_name = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    # Ids of organizations that will not have it, while it goes on elsewhere: an administrator's word ends at home.
    shut_out = models.JSONField(default=list, blank=True)

    objects = PersonalTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("personal access token")
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="personal_token_created"),
            models.Index(fields=["person", "-created_at"], name="personal_token_person"),
            models.Index(fields=["organization", "-created_at"], name="personal_token_organization"),
            models.Index(fields=["expires_at"], condition=models.Q(revoked_at=None), name="personal_token_expiring"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("issued_at")), name="personal_token_ends_after_issue"),
        ]

    def __str__(self) -> str:
        return f"personal token {self.pk}"

    @property
    def is_full(self) -> bool:
        return FULL_ACCESS in self.scopes

    @property
    def organizations(self) -> list[str] | None:
        """As an authorization has it: None is every one of the person's."""
        return None if self.organization_id is None else [str(self.organization_id)]

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > now

    def is_expired(self, now: datetime) -> bool:
        return self.reason == self.Ended.EXPIRED or (self.revoked_at is None and self.expires_at <= now)

    @property
    def version(self) -> str:
        """Says which value is in force, so that a page reloaded later does not end one that it never showed."""
        return f"{self.issued_at.timestamp():.6f}"


class PersonalTokenUsage(models.Model):
    """How often a token was used on a day (UTC)."""

    token = models.ForeignKey(PersonalAccessToken, on_delete=models.CASCADE, related_name="usage")
    # The id of the organization that the calls were about; empty for calls that were about none.
    # No key: what happened outlives it.
    place = models.CharField(max_length=36, blank=True)
    day = models.DateField()
    calls = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "place", "day"], name="one_personal_token_day")]

    def __str__(self) -> str:
        return f"{self.token_id} on {self.day}"
