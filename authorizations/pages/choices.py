"""What a person may choose on the approval page: optional permissions, organizations, duration."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authorizations.bounds import Bound
from authorizations.models import Authorization
from authorizations.services.consent import Reach

ALL, SOME = "all", "some"
KEEP, LONGEST = "keep", "longest"
SHORTER = {"90": timedelta(days=90), "30": timedelta(days=30), "1": timedelta(days=1)}


@dataclass(frozen=True)
class Duration:
    value: str
    label: str


@dataclass(frozen=True)
class Choices:
    """How the form stands: preset, or as it was sent."""

    unticked: frozenset[str]
    reach: str
    organizations: frozenset[str]
    duration: str


def durations(consented: Authorization | None) -> list[Duration]:
    kept = [Duration(KEEP, _as_now(consented))] if consented else []
    shorter = [
        Duration(value, ngettext("%(days)s day", "%(days)s days", length.days) % {"days": length.days})
        for value, length in SHORTER.items()
        if length < settings.AUTHORIZATION_LIFETIME
    ]
    return [*kept, Duration(LONGEST, _longest()), *shorter]


def _as_now(consented: Authorization) -> str:
    if consented.expires_at is None:
        return _("As now: until I revoke it")
    return _("As now: until %(date)s") % {"date": date_format(consented.expires_at, "j F Y")}


def _longest() -> str:
    """Not "until I revoke it" alone: a forgotten approval ends by itself (docs/decisions/0012)."""
    days = settings.AUTHORIZATION_LIFETIME.days
    if days == 365:
        return _("A year, or until I revoke it")
    return ngettext("%(days)s day, or until I revoke it", "%(days)s days, or until I revoke it", days) % {"days": days}


def preset(consented: Authorization | None) -> Choices:
    """An approval that stands is not changed by what a form happens to offer first."""
    if consented is None:
        return Choices(frozenset(), ALL, frozenset(), LONGEST)
    chosen = consented.organizations
    return Choices(frozenset(consented.declined), ALL if chosen is None else SOME, frozenset(chosen or ()), KEEP)


def read(form: QueryDict, optional: Iterable[str], before: Choices) -> Choices:
    """A field that was not sent, because it was not offered, changes nothing."""
    return Choices(
        frozenset(optional) - frozenset(form.getlist("scope")),
        form.get("reach", KEEP),
        frozenset(form.getlist("organization")),
        form.get("duration", before.duration),
    )


def to_show(chosen: Choices | None, consented: Authorization | None) -> Choices:
    before = preset(consented)
    if chosen is None:
        return before
    return replace(chosen, reach=before.reach, organizations=before.organizations) if chosen.reach == KEEP else chosen


def problems(chosen: Choices, bounds: Iterable[Bound], offered: Iterable[Duration]) -> dict[str, str]:
    """By field; a sentence that says what is wrong and what to do."""
    found = {}
    mine = {str(bound.organization.pk) for bound in bounds if bound.membership}
    if chosen.reach not in {ALL, SOME, KEEP}:
        found["reach"] = _("Choose the organizations it may reach.")
    elif chosen.reach == SOME and chosen.organizations - mine:
        found["reach"] = _("You do not belong to an organization that you chose. Look at the list again.")
    elif chosen.reach == SOME and not chosen.organizations:
        found["reach"] = _("Tick at least one organization, or choose all of them.")
    if chosen.duration not in {duration.value for duration in offered}:
        found["duration"] = _("Choose how long it may keep the access.")
    return found


def reach(chosen: Choices) -> Reach | None:
    """None: as it stands."""
    if chosen.reach == KEEP:
        return None
    return Reach(None if chosen.reach == ALL else tuple(sorted(chosen.organizations)))


def ends_at(chosen: Choices, now: datetime) -> datetime | None:
    """None: as it stands."""
    if chosen.duration == KEEP:
        return None
    return now + SHORTER.get(chosen.duration, settings.AUTHORIZATION_LIFETIME)
