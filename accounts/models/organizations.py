"""Where people belong: organizations, their members and their projects."""

import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class Organization(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=64)
    # What stands in addresses; compared without case, so it is kept in lower case.
    slug = models.CharField(_("address name"), max_length=64, unique=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="owned_organizations")
    created_at = models.DateTimeField(auto_now_add=True)
    # What the organization has decided, each with the instants from which it counts (accounts.policies reads it).
    # It stands here, and not only in the history, so that deciding costs no statement of its own.
    policies = models.JSONField(default=dict, blank=True, editable=False)
    policies_version = models.PositiveIntegerField(default=0, editable=False)
    # Revocation rules: [created before (seconds since the epoch), [scopes]]. Here for the same reason.
    token_rules = models.JSONField(default=list, blank=True, editable=False)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.slug = self.slug.lower()
        super().save(*args, **kwargs)

    def __str__(self) -> str:
        return self.name


class AccessLevel(models.TextChoices):
    """In ascending order of what a member may do."""

    STAKEHOLDER = "stakeholder", _("Stakeholder")
    BASIC = "basic", _("Basic")
    BASIC_TEST_PLANS = "basic_test_plans", _("Basic + Test Plans")
    VISUAL_STUDIO = "visual_studio", _("Visual Studio subscriber")


class Membership(models.Model):
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    access_level = models.CharField(max_length=32, choices=AccessLevel, default=AccessLevel.STAKEHOLDER)
    administrator = models.BooleanField(_("Project Collection Administrator"), default=False)
    reviewer = models.BooleanField(_("reviews requests for services"), default=False)
    # The allow-list for the organizations that let only some people make personal access tokens.
    may_make_tokens = models.BooleanField(_("may make personal access tokens"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "person"], name="one_membership_per_organization")
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.organization}"

    @property
    def administers(self) -> bool:
        """Project Collection Administrators do, and the owner always is one. Reads the organization."""
        return self.administrator or self.organization.owner_id == self.person_id

    @property
    def sets_policies(self) -> bool:
        """An administrator with at least Basic."""
        return self.administers and self.access_level != AccessLevel.STAKEHOLDER

    @property
    def reviews(self) -> bool:
        """Answers requests for services: administrators, and the people they chose for it."""
        return self.reviewer or self.administers


class Project(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="projects")
    name = models.CharField(max_length=64)
    description = models.TextField(blank=True)
    members = models.ManyToManyField(User, related_name="projects", blank=True)
    revision = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="project_name_in_organization")]

    def __str__(self) -> str:
        return self.name
