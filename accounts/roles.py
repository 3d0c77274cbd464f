"""What operations staff may do: an auditor reads, an operator acts, an administrator configures. Each includes the one before."""

from typing import TYPE_CHECKING, Union

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class Role(models.TextChoices):
    NONE = "", _("No operations role")
    AUDITOR = "auditor", _("Auditor: reads everything")
    OPERATOR = "operator", _("Operator: acts on authorizations, apps and people")
    ADMINISTRATOR = "administrator", _("Administrator: configures, and says who has which role")


RANK = {Role.NONE: 0, Role.AUDITOR: 1, Role.OPERATOR: 2, Role.ADMINISTRATOR: 3}


def at_least(person: Union["User", "AnonymousUser"], role: Role) -> bool:
    """Whether an active person has this role or a higher one."""
    if not person.is_authenticated or not person.is_active or not person.is_staff:
        return False
    has = Role.ADMINISTRATOR if person.is_superuser else Role(person.role)
    return RANK[has] >= RANK[role]
