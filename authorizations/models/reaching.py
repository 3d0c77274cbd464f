"""What reaches an organization now: authorizations, connections and personal tokens of its members.

It says what is in force and pointed at the organization; whether a policy of the organization refuses it there, the
decision says. Asked of the database, however many there are.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Organization
from authorizations.models import holding  # noqa: F401  (registers the lookup `holds_any`)
from authorizations.models.authorization import Authorization, Connection
from authorizations.models.personal import PersonalAccessToken
from authorizations.models.shutting_out import Exclusion
from oauthapps import scopes as catalogue


def authorizations(
    organization: Organization, now: datetime, *, also_deactivated: bool = False
) -> QuerySet[Authorization]:
    """`also_deactivated`: those of people who cannot sign in now, too. They come back with them."""
    here = Q(organizations__isnull=True) | Q(organizations__holds_any=[str(organization.pk)])
    shut_out = Exclusion.objects.filter(
        organization=organization, application=OuterRef("application_id"), person=OuterRef("person_id")
    )
    active = Q() if also_deactivated else Q(person__is_active=True)
    return Authorization.objects.live(now).filter(
        here, active, ~Exists(shut_out), person__memberships__organization=organization
    )


def connections(organization: Organization, now: datetime) -> QuerySet[Connection]:
    return Connection.objects.filter(
        authorization__in=authorizations(organization, now).values("pk"), revoked_at=None, expires_at__gt=now
    )


def personal_tokens(organization: Organization, now: datetime) -> QuerySet[PersonalAccessToken]:
    """Those of deactivated people, too: they come back with them."""
    return (
        PersonalAccessToken.objects.live(now)
        .reaching(organization)
        .filter(~Q(shut_out__holds_any=[str(organization.pk)]), person__memberships__organization=organization)
    )


def carriers(scopes: Collection[str]) -> list[str]:
    """The permissions that carry any of these with them: what a row may hold to have one of them."""
    wanted = frozenset(scopes)
    return [s for s in catalogue.CATALOGUE if wanted & catalogue.closure([s])]
