"""Who people are and where they belong.

A person is (tenant id, object id) of the directory they sign in with, never an e-mail address.
"""

import uuid
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _

PERSONAL_TENANT = uuid.UUID("9188040d-6c67-4c5b-b112-36a304b66dad")


class UserManager(BaseUserManager["User"]):
    def create_person(self, *, tenant_id: uuid.UUID, object_id: uuid.UUID, **fields: Any) -> "User":
        """A person who cannot use a password: people sign in with the directory only."""
        person = self.model(tenant_id=tenant_id, object_id=object_id, **fields)
        person.set_unusable_password()
        person.save(using=self._db)
        return person


class User(AbstractBaseUser, PermissionsMixin):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant_id = models.UUIDField(_("tenant id"))
    object_id = models.UUIDField(_("object id"))
    principal = models.CharField(max_length=80, unique=True, editable=False)
    principal_name = models.CharField(_("user name"), max_length=320, blank=True)
    display_name = models.CharField(_("name"), max_length=200, blank=True)
    # For messages to the person. The directory does not prove it, so it never identifies or links anybody.
    email = models.EmailField(_("e-mail"), max_length=320, blank=True)
    is_active = models.BooleanField(default=True)
    deactivated_at = models.DateTimeField(null=True, blank=True)
    is_staff = models.BooleanField(_("operations staff"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "principal"
    REQUIRED_FIELDS = ["tenant_id", "object_id"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [models.UniqueConstraint(fields=["tenant_id", "object_id"], name="person_is_tenant_and_object")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.principal = f"{self.tenant_id}.{self.object_id}"
        super().save(*args, **kwargs)

    def __str__(self) -> str:
        return self.display_name or self.principal_name or self.principal

    @property
    def is_personal(self) -> bool:
        return self.tenant_id == PERSONAL_TENANT

    @property
    def last_sign_in_at(self) -> datetime | None:
        return self.last_login

    @property
    def kind_label(self) -> str:
        return str(_("Personal account") if self.is_personal else _("Work account"))

    @property
    def initials(self) -> str:
        words = str(self).split()
        return "".join(word[0] for word in words[:1] + words[1:][-1:]).upper()


class Organization(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=64)
    # What stands in addresses; compared without case, so it is kept in lower case.
    slug = models.CharField(_("address name"), max_length=64, unique=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="owned_organizations")
    created_at = models.DateTimeField(auto_now_add=True)

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
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "person"], name="one_membership_per_organization")
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.organization}"


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


class PersonPreview(models.Model):
    """A person's own choice about a preview feature; it goes before what their organizations set."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="previews")
    feature = models.CharField(max_length=64)
    enabled = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "feature"], name="one_preview_per_person")]

    def __str__(self) -> str:
        return f"{self.feature} {'on' if self.enabled else 'off'} for {self.person_id}"


class OrganizationPreview(models.Model):
    """What an organization sets for its members; each of them may choose otherwise."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="previews")
    feature = models.CharField(max_length=64)
    enabled = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("preview feature")
        constraints = [models.UniqueConstraint(fields=["organization", "feature"], name="one_preview_per_organization")]

    def __str__(self) -> str:
        return f"{self.feature} {'on' if self.enabled else 'off'} in {self.organization_id}"
