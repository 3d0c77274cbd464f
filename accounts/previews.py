"""Preview features: new ways of the portal that can be tried, and left again.

What counts is the person's own choice; without one, a feature is on when any organization of theirs has set it on.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, OrganizationPreview, PersonPreview, User
from authorizations.events.kinds import Kind
from authorizations.events.log import record

NEW_ACCOUNT_MANAGER = "new-account-manager"


@dataclass(frozen=True)
class Feature:
    key: str
    title: Any
    description: Any


FEATURES = {
    f.key: f
    for f in (
        Feature(
            NEW_ACCOUNT_MANAGER,
            _("New Account Manager"),
            _("Keeps what belongs to your account together: Authorizations stands under Profile in your settings."),
        ),
    )
}


@dataclass(frozen=True)
class Standing:
    """How a feature stands for one person. `own` is None while they have not chosen."""

    feature: Feature
    own: bool | None
    by_default: bool

    @property
    def enabled(self) -> bool:
        return self.by_default if self.own is None else self.own


def own_choice(feature: str, person_pk: Any) -> Subquery:
    return Subquery(PersonPreview.objects.filter(person=person_pk, feature=feature).values("enabled")[:1])


def organization_default(feature: str, person_pk: Any) -> Exists:
    return Exists(
        OrganizationPreview.objects.filter(organization__memberships__person=person_pk, feature=feature, enabled=True)
    )


def standings(person: User) -> list[Standing]:
    """All features for one person: two statements."""
    own = dict(PersonPreview.objects.filter(person=person).values_list("feature", "enabled"))
    defaults = set(
        OrganizationPreview.objects.filter(organization__memberships__person=person, enabled=True).values_list(
            "feature", flat=True
        )
    )
    return [Standing(f, own.get(key), key in defaults) for key, f in FEATURES.items()]


def is_on(person: User, feature: str) -> bool:
    found = User.objects.filter(pk=person.pk).values_list(
        own_choice(feature, OuterRef("pk")), organization_default(feature, OuterRef("pk"))
    )
    own, by_default = found.get()
    return by_default if own is None else own


@transaction.atomic
def choose(person: User, feature: str, enabled: bool | None, *, now: datetime) -> None:
    """None: as the organizations have it. KeyError for a feature there is not."""
    known = FEATURES[feature]
    if enabled is None:
        PersonPreview.objects.filter(person=person, feature=known.key).delete()
    else:
        PersonPreview.objects.update_or_create(person=person, feature=known.key, defaults={"enabled": enabled})
    detail = {"feature": known.key, "enabled": enabled}
    record(Kind.PREVIEW_CHANGED, now=now, actor=person, person=person, subject=("person", person.pk), detail=detail)


def organization_choices(organization: Organization) -> list[tuple[Feature, bool]]:
    """All features, and whether members have them unless they choose otherwise."""
    chosen = set(organization.previews.filter(enabled=True).values_list("feature", flat=True))
    return [(feature, key in chosen) for key, feature in FEATURES.items()]


def record_organization(organization: Organization, *, by: User, now: datetime) -> None:
    """What the organization has set, after a change."""
    detail = {"features": dict(organization.previews.values_list("feature", "enabled"))}
    kind, subject = Kind.ORGANIZATION_PREVIEW_CHANGED, ("organization", organization.pk)
    record(kind, now=now, actor=by, organization=organization, subject=subject, detail=detail)
