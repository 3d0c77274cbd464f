"""Who may look, act and configure on the operations pages."""

from typing import cast

from django.http import HttpRequest

from accounts.models import User
from accounts.roles import Role, at_least


def acting(request: HttpRequest) -> User:
    """Who acts: the admin site lets nobody else in."""
    return cast(User, request.user)


def may_read(request: HttpRequest) -> bool:
    return at_least(request.user, Role.AUDITOR)


def may_act(request: HttpRequest) -> bool:
    """Revoke, switch off, deactivate, assign: what is done to one thing or to many."""
    return at_least(request.user, Role.OPERATOR)


def may_configure(request: HttpRequest) -> bool:
    """Roles, organizations, marks of apps, announced windows: what changes how the portal decides."""
    return at_least(request.user, Role.ADMINISTRATOR)
