"""What operations staff may do: an auditor reads, an operator acts, an administrator configures. Each includes the one
before. The role is the only source of these rights; `is_staff` and `is_superuser` repeat it for Django's own code."""

from typing import TYPE_CHECKING, Any, Union

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
    """Whether an active person with a work account has this role or a higher one."""
    if not person.is_authenticated or not person.is_active or person.is_personal:
        return False
    return RANK[Role(person.role)] >= RANK[role]


def columns(role: str) -> dict[str, Any]:
    """The columns that say this role: written together, and the database refuses any other combination."""
    return {"role": role, "is_staff": role != Role.NONE, "is_superuser": role == Role.ADMINISTRATOR}


def consistent() -> models.Q:
    return (
        models.Q(**columns(Role.NONE))
        | models.Q(role__in=[Role.AUDITOR, Role.OPERATOR], is_staff=True, is_superuser=False)
        | models.Q(**columns(Role.ADMINISTRATOR))
    )
