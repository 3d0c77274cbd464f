"""Who people are.

A person is (tenant id, object id) of the directory they sign in with, never an e-mail address.
"""

import uuid
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role, at_least, columns, consistent

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
    # `db_default`: an older version of this portal, which knows no roles, goes on writing people during an upgrade.
    role = models.CharField(
        _("operations role"), max_length=16, choices=Role.choices, default=Role.NONE, db_default=Role.NONE, blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "principal"
    REQUIRED_FIELDS = ["tenant_id", "object_id"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "object_id"], name="person_is_tenant_and_object"),
            models.CheckConstraint(condition=consistent(), name="person_has_one_role"),
        ]
        indexes = [
            models.Index(fields=["role"], condition=~models.Q(role=Role.NONE), name="person_with_role"),
            models.Index(fields=["-created_at", "-id"], name="person_created"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.principal = f"{self.tenant_id}.{self.object_id}"
        if kwargs.get("update_fields") is None:
            for name, value in columns(self.role).items():
                setattr(self, name, value)
        super().save(*args, **kwargs)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Django's question about single permissions, answered from the role alone: the admin's pages ask finer."""
        reads = perm.partition(".")[2].startswith("view_")
        return at_least(self, Role.AUDITOR if reads else Role.ADMINISTRATOR)

    def has_module_perms(self, app_label: str) -> bool:
        return at_least(self, Role.AUDITOR)

    def __str__(self) -> str:
        return self.display_name or self.principal_name or self.principal

    def get_full_name(self) -> str:
        """What Django and the admin's frame call a person."""
        return str(self)

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
