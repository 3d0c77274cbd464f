"""What the forms for personal access tokens hold, and what a person said in one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from accounts import policies
from accounts.models import Membership, Organization, User
from authorizations import selectors
from authorizations.models import PersonalAccessToken
from authorizations.pages import describe
from authorizations.personal_rules import LONGEST, LONGEST_NAME
from authorizations.services import personal_tokens
from authorizations.services.personal_tokens import TokenRefused
from oauthapps import scopes as catalogue
from oauthapps.scopes import CATALOGUE, FULL_ACCESS

ALL = "all"
DAYS = (30, 60, 90)
PREFIX = "scope:"


class Unreadable(Exception):
    """A field whose value is none; the text says what to do."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name = name


@dataclass(frozen=True)
class Said:
    """As typed, to be shown again."""

    name: str = ""
    organization: str = ""
    life: str = "30"  # days, or "date", or "keep"
    until: str = ""
    access: str = "chosen"  # or "full"
    scopes: Collection[str] = field(default_factory=tuple)

    @classmethod
    def of(cls, data: QueryDict) -> "Said":
        return cls(
            data.get("name", "").replace("\x00", "")[:300],
            data.get("organization", "")[:40],
            data.get("life", "")[:10],
            data.get("until", "").strip()[:20],
            data.get("access", "")[:10],
            [s for s in CATALOGUE if data.get(PREFIX + s)],
        )

    @classmethod
    def about(cls, token: PersonalAccessToken) -> "Said":
        return cls(
            token.name,
            str(token.organization_id or ALL),
            "keep",
            token.expires_at.astimezone(UTC).date().isoformat(),
            "full" if token.is_full else "chosen",
            [] if token.is_full else list(token.scopes),
        )

    @property
    def wanted(self) -> list[str]:
        return [FULL_ACCESS] if self.access == "full" else list(self.scopes)


def organization_of(said: Said, person: User) -> Organization | None:
    """None for all. Raises Unreadable."""
    if said.organization == ALL:
        return None
    for membership in selectors.memberships(person):
        if str(membership.organization_id) == said.organization:
            return membership.organization
    raise Unreadable("organization", _("Choose one of your organizations, or all of them."))


def end_of(said: Said, now: datetime) -> datetime:
    """The instant; a day counts to its end, but never past the longest life. Raises Unreadable."""
    if said.life in {str(days) for days in DAYS}:
        return now + timedelta(days=int(said.life))
    try:
        day = parse_date(said.until) if said.life == "date" else None
    except ValueError:
        day = None
    if day is None:
        raise Unreadable("end", _("Choose how long it lives, or the day on which it ends."))
    ends = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)
    return min(ends, now + LONGEST) if day <= (now + LONGEST).date() else ends


def within(
    ends: datetime, begins: datetime, organization: Organization | None, person: User, now: datetime
) -> datetime:
    """The last day that an organization accepts counts until the hour at which its limit is reached."""
    most = [days for m in _reached(person, organization) if (days := policies.effective(m.policies, now).token_days)]
    if not most:
        return ends
    limit = begins + timedelta(days=min(most))
    return min(ends, limit) if ends.date() <= limit.date() else ends


def _reached(person: User, organization: Organization | None) -> list[Organization]:
    if organization is not None:
        return [organization]
    return [m.organization for m in selectors.memberships(person)]


def context(said: Said, person: User, now: datetime, *, find: str = "", problem: Any = None) -> dict[str, Any]:
    """`problem`: Unreadable or TokenRefused."""
    return {
        "said": said,
        "places": [_place(m, said, now) for m in selectors.memberships(person)],
        "days": [{"value": str(d), "ends": now + timedelta(days=d), "current": said.life == str(d)} for d in DAYS],
        "first_day": (now + timedelta(days=1)).date().isoformat(),
        "last_day": (now + LONGEST).date().isoformat(),
        "most_days": LONGEST.days,
        "longest_name": LONGEST_NAME,
        "full": describe.permission(CATALOGUE[FULL_ACCESS], describe.Choice()),
        "picker": picker(said.scopes, find),
        **problem_context(problem, person, now),
    }


def problem_context(problem: Any, person: User, now: datetime) -> dict[str, Any]:
    if isinstance(problem, Unreadable):
        return {"problem": str(problem), "problem_field": problem.name}
    if isinstance(problem, TokenRefused):
        return {
            "problem": str(problem),
            "problem_field": problem.field,
            "problem_why": personal_tokens.why(problem, person, now),
        }
    return {}


def _place(membership: Membership, said: Said, now: datetime) -> dict[str, Any]:
    """An organization to choose, with what it says about tokens."""
    found, notes = policies.effective(membership.organization.policies, now), []
    if found.token_creation != "all":  # noqa: S105
        notes.append(_("limits who makes which"))
    if found.token_days:
        notes.append(_("at most %(days)s days") % {"days": found.token_days})
    if not found.full_scope_tokens:
        notes.append(_("no full access"))
    if not found.all_organizations_tokens:
        notes.append(_("none for all organizations"))
    pk = str(membership.organization_id)
    return {
        "id": pk,
        "name": membership.organization.name,
        "notes": ", ".join(notes),
        "current": said.organization == pk,
    }


def picker(chosen: Collection[str], find: str) -> dict[str, Any]:
    """The permissions that a token can have, by category; `find` hides what does not match, and keeps it in the form."""
    find = find.strip()[:100]
    wanted, groups = find.casefold().split(), []
    offered = [s for s in catalogue.of_the_api(CATALOGUE) if s != FULL_ACCESS]
    by_category: dict[str, list[dict[str, Any]]] = {}
    for scope in (CATALOGUE[s] for s in offered):
        by_category.setdefault(scope.category, []).append(_offer(scope, chosen, wanted))
    for category, items in by_category.items():
        number = sum(item["chosen"] for item in items)
        shown = any(item["shown"] for item in items)
        groups.append(
            {
                "category": _(category),
                "rows": items,
                "chosen": number,
                "shown": shown,
                "open": shown if find else number,
            }
        )
    known = [s for s in chosen if s in CATALOGUE]
    found = sum(item["shown"] for items in by_category.values() for item in items)
    high = len(catalogue.high_privilege(known))
    return {"groups": groups, "find": find, "found": found, "asked": len(known), "high": high}


def _offer(scope: catalogue.Scope, chosen: Collection[str], wanted: list[str]) -> dict[str, Any]:
    said: Mapping[str, Any] = describe.permission(scope, describe.Choice())
    words = " ".join((said["title"], said["sentence"], scope.identifier, _(scope.category))).casefold()
    shown = all(word in words for word in wanted)
    return {**said, "words": words, "shown": shown, "chosen": scope.identifier in chosen}
