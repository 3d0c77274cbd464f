"""Where authorizations reach, and what was done with them: asked of the database, however many there are."""

from collections import Counter
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from accounts.models import Membership, Organization
from authorizations.models import Authorization, AuthorizationUsage
from authorizations.services.operations.selection import is_uuid

Facet = AuthorizationUsage.Facet


def organizations(found: QuerySet[Authorization]) -> QuerySet[Organization]:
    """Those that one of these reaches: the person is a member and the consent says all, or the consent names it."""
    everywhere = found.filter(organizations__isnull=True).order_by().values("person_id")
    members = Membership.objects.filter(organization=OuterRef("pk"), person__in=everywhere)
    limited = found.filter(organizations__isnull=False).order_by()
    named = {
        key
        for keys in limited.values_list("organizations", flat=True).distinct()
        for key in keys or ()
        if is_uuid(str(key))
    }
    return Organization.objects.filter(Exists(members) | Q(pk__in=named))


def scopes(found: QuerySet[Authorization]) -> list[tuple[str, int]]:
    """Each permission and how many of these hold it, most first."""
    counted: Counter[str] = Counter()
    for held, number in found.order_by().values_list("scopes").annotate(number=Count("pk")):
        for scope in held:
            counted[scope] += number
    return counted.most_common()


def calls(found: QuerySet[Authorization], facet: str, first: date, last: date) -> list[tuple[str, int]]:
    """Each value of a facet of use and how many calls it had on these days, UTC, most first."""
    rows = AuthorizationUsage.objects.filter(
        authorization__in=found.order_by().values("pk"), facet=facet, day__gte=first, day__lte=last
    )
    return list(rows.values_list("value").annotate(number=Sum("calls")).order_by("-number", "value"))
