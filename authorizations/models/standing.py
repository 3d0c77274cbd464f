"""What is worth knowing about a live authorization, as conditions the database can answer.

They are computed from the record itself each time: a stored mark would be wrong after the catalogue changed.
"""

from datetime import datetime, timedelta

from django.db.models import Case, IntegerField, Q, Value, When

from authorizations.models import holding  # noqa: F401  (registers the lookup `holds_any`)
from oauthapps import scopes as catalogue
from oauthapps.rules import Model

UNUSED_DAYS = 90
SOON_DAYS = 14
HIGH_PRIVILEGE = catalogue.high_privilege(catalogue.CATALOGUE)
NO_HIGH_PRIVILEGE = [s for s in catalogue.CATALOGUE if s not in HIGH_PRIVILEGE]


def unused(now: datetime) -> Q:
    """No call for 90 days, and not granted since."""
    since = now - timedelta(days=UNUSED_DAYS)
    return Q(granted_at__lt=since) & (Q(last_used_at=None) | Q(last_used_at__lt=since))


def legacy() -> Q:
    return Q(application__model=Model.LEGACY)


def high_privilege() -> Q:
    return Q(scopes__holds_any=HIGH_PRIVILEGE)


def limited() -> Q:
    """Reaches chosen organizations only."""
    return Q(organizations__isnull=False)


def ending_soon(now: datetime) -> Q:
    return Q(expires_at__lte=now + timedelta(days=SOON_DAYS))


def high_privilege_first() -> Case:
    return Case(When(high_privilege(), then=Value(1)), default=Value(0), output_field=IntegerField())


def heaviest() -> Case:
    """The weight of the heaviest permission, 0 when there is none: for sorting."""
    cases = [
        When(
            scopes__holds_any=[s.identifier for s in catalogue.CATALOGUE.values() if s.weight == weight],
            then=Value(int(weight)),
        )
        for weight in sorted(catalogue.Weight, reverse=True)
    ]
    return Case(*cases, default=Value(0), output_field=IntegerField())
