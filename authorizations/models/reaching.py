"""What reaches an organization now: authorizations, connections and personal tokens of its members.

It says what is in force and pointed at the organization; whether a policy of the organization refuses it there, the
decision says. Asked of the database, however many there are.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from accounts.models import Membership, Organization, User
from authorizations.models import holding  # noqa: F401  (registers the lookup `holds_any`)
from authorizations.models.authorization import Authorization, Connection
from authorizations.models.personal import PersonalAccessToken
from authorizations.models.shutting_out import Exclusion
from oauthapps import scopes as catalogue

# Few people are: it is quicker to leave them out than to look each person up.
DEACTIVATED = Q(person__in=User.objects.filter(is_active=False))


def authorizations(
    organization: Organization, now: datetime, *, also_deactivated: bool = False
) -> QuerySet[Authorization]:
    """`also_deactivated`: those of people who cannot sign in now, too. They come back with them."""
    here = Q(organizations__isnull=True) | Q(organizations__holds_any=[str(organization.pk)])
    found = Authorization.objects.live(now).filter(here, not_shut_out(organization), person__in=_members(organization))
    return found if also_deactivated else found.filter(~DEACTIVATED)


def not_shut_out(organization: Organization) -> Q:
    """Few are: their keys are found once. To look for each authorization among them costs more than all the rest."""
    excluded = Exclusion.objects.filter(
        organization=organization, application=F("person__authorizations__application")
    ).values("person__authorizations")
    return ~Q(pk__in=excluded)


def connections(organization: Organization, now: datetime) -> QuerySet[Connection]:
    return open_connections(now).filter(authorization__in=authorizations(organization, now).values("pk"))


def open_connections(now: datetime) -> QuerySet[Connection]:
    return Connection.objects.filter(revoked_at=None, expires_at__gt=now)


def personal_tokens(organization: Organization, now: datetime) -> QuerySet[PersonalAccessToken]:
    """Those of deactivated people, too: they come back with them."""
    return (
        PersonalAccessToken.objects.live(now)
        .reaching(organization)
        .filter(~Q(shut_out__holds_any=[str(organization.pk)]), person__in=_members(organization))
    )


def _members(organization: Organization) -> Any:
    """By a subquery: to join would read every person, too."""
    return Membership.objects.filter(organization=organization).values("person")


def holding_any(scopes: Collection[str]) -> Q:
    """Rows with `scopes` that have any of these, held or carried."""
    carrying = carriers(scopes)
    others = [s for s in catalogue.CATALOGUE if s not in carrying]
    return Q(scopes__holds_any=carrying) if len(carrying) < len(others) else ~Q(scopes__within=others)


def carriers(scopes: Collection[str]) -> list[str]:
    """The permissions that carry any of these with them: what a row may hold to have one of them."""
    wanted = frozenset(scopes)
    return [s for s in catalogue.CATALOGUE if wanted & catalogue.closure([s])]
