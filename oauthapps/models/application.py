"""An app: a registered service."""

import uuid
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication, ApplicationManager

from accounts.models import User
from oauthapps import lookalikes, rules, scopes
from oauthapps.models.logo import ApplicationLogo

SKELETON = 200  # characters kept of what a name looks like


def new_client_id() -> str:
    return str(uuid.uuid4())


class ApplicationQuerySet(models.QuerySet["Application"]):
    def standing(self) -> "ApplicationQuerySet":
        """Not deleted."""
        return self.filter(deleted_at=None)

    def of(self, person: User) -> "ApplicationQuerySet":
        """The apps a person owns."""
        return self.standing().filter(owners=person)

    def orphaned(self) -> "ApplicationQuerySet":
        """Apps that nobody looks after: no owner is active."""
        active = Application.owners.through.objects.filter(application=models.OuterRef("pk"), user__is_active=True)
        return self.standing().filter(~models.Exists(active))


class Application(AbstractApplication):
    """A registered service. Columns of the toolkit that this design does not keep are dropped (`= None`)."""

    MODELS = (("standard", _("Standard (OAuth 2.1)")), ("legacy", _("Legacy")))

    client_id = models.CharField(_("app id"), max_length=255, unique=True, default=new_client_id)
    user = client_secret = hash_client_secret = skip_authorization = None  # type: ignore[assignment]
    algorithm = authorization_grant_type = allowed_origins = None  # type: ignore[assignment]
    registration_source = cimd_expires_at = post_logout_redirect_uris = None  # type: ignore[assignment]

    model = models.CharField(_("model"), max_length=16, choices=MODELS, default="standard")
    name = models.CharField(_("name"), max_length=100)
    # What the name looks like (oauthapps.lookalikes): finds names that imitate it.
    name_skeleton = models.CharField(max_length=SKELETON, db_index=True, editable=False, default="")
    company = models.CharField(_("company"), max_length=100)
    description = models.TextField(_("description"), max_length=1000, blank=True)
    website = models.URLField(_("website"), max_length=2000, blank=True)
    terms_url = models.URLField(_("terms of service"), max_length=2000, blank=True)
    privacy_url = models.URLField(_("privacy statement"), max_length=2000, blank=True)
    logo = models.ForeignKey(
        ApplicationLogo, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("picture")
    )
    verified_domain = models.CharField(_("verified domain"), max_length=253, blank=True)
    scopes = models.JSONField(_("required permissions"), default=list)
    optional_scopes = models.JSONField(_("optional permissions"), default=list)
    id_token_algorithm = models.CharField(
        max_length=8, choices=[("RS256", "RS256"), ("ES256", "ES256")], default="RS256"
    )
    resource_server = models.BooleanField(_("may introspect every token"), default=False)
    # 04-wire-contracts: historic answers say "jwt-bearer" and a string expires_in; some old clients insist on it.
    historic_answers = models.BooleanField(_("answers as the old system wrote them"), default=False)
    registered_at = models.DateTimeField(_("registered"))
    # Counts what owners say: whoever saves names the version they saw, so nobody undoes what they did not see.
    version = models.PositiveIntegerField(default=1, editable=False)
    disabled_at = models.DateTimeField(null=True, blank=True)
    # A tombstone: the row stays for the audit and so that the id is never given to another app.
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)
    deleted_by = models.CharField(max_length=200, blank=True)
    # The legacy app that this standard app replaces; both run side by side until people have moved.
    twin_of = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="twin", verbose_name=_("new version of")
    )
    owners = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="apps", blank=True)

    objects = ApplicationManager.from_queryset(ApplicationQuerySet)()

    class Meta:
        verbose_name = _("app")
        verbose_name_plural = _("apps")

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_skeleton = lookalikes.skeleton(self.name)[:SKELETON]
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Rules of registration live in `oauthapps.rules` and `oauthapps.services`; the toolkit's are for columns we dropped."""

    def get_absolute_url(self) -> str:
        return reverse("oauthapps:detail", args=[self.client_id])

    @property
    def is_legacy(self) -> bool:
        return self.model == rules.Model.LEGACY

    @property
    def is_public(self) -> bool:
        return self.client_type == self.CLIENT_PUBLIC

    @property
    def logo_url(self) -> str:
        """Empty without a picture. The digest is the key, so no statement is needed."""
        return reverse("app-logo", args=[self.logo_id]) if self.logo_id else ""

    @property
    def callbacks(self) -> list[str]:
        return self.redirect_uris.split()

    def accepts_callback(self, presented: str) -> bool:
        return any(rules.redirect_uri_matches(presented, registered) for registered in self.callbacks)

    @cached_property
    def all_scopes(self) -> list[str]:
        return [*self.scopes, *(s for s in self.optional_scopes if s not in self.scopes)]

    @cached_property
    def scope_closure(self) -> frozenset[str]:
        return scopes.closure(self.all_scopes)
