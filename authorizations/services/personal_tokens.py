"""Personal access tokens: made, changed, made anew, found. How they end is in `personal_endings`.

A token for all organizations must be acceptable in each of them (docs/decisions/0053). What makes a token able to do
more than before, or for longer, is held to the policies like a new one; what makes it less is always possible.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import policies
from accounts.models import Membership, Organization, User
from accounts.policies import TokenCreation
from authorizations import explaining, personal_format, selectors
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.explaining import Denial
from authorizations.models import PersonalAccessToken
from authorizations.personal_rules import LONGEST, LONGEST_NAME, MOST_LIVE, POLICY_OF, Problem, Wanted, broken
from authorizations.policy import Reason
from authorizations.services import personal_telling
from authorizations.services.personal_endings import revoke, revoke_all
from authorizations.switches import reading as switches
from oauthapps import scopes as catalogue
from oauthapps.digests import digest

__all__ = ["Made", "TokenRefused", "create", "edit", "find", "regenerate", "revoke", "revoke_all", "why"]


class TokenRefused(Exception):
    """`organization`: whose policy it is, when it is one. `reason`: of a kill switch, when it is that."""

    def __init__(
        self,
        problem: Problem,
        words: str,
        field: str = "",
        organization: Organization | None = None,
        reason: Reason | None = None,
    ) -> None:
        super().__init__(words)
        self.problem, self.field, self.organization, self.reason = problem, field, organization, reason

    @property
    def policy(self) -> str:
        return POLICY_OF.get(self.problem, "") if self.organization else ""


CODES = {
    Problem.EVERY_ORGANIZATION: Reason.TOKEN_ALL_ORGANIZATIONS,
    Problem.FULL_SCOPE: Reason.TOKEN_FULL_SCOPE,
    Problem.TOO_LONG: Reason.TOKEN_LIFE_TOO_LONG,
}
CREATION = {
    TokenCreation.LISTED: Denial.TOKEN_CREATION_LISTED,
    TokenCreation.PACKAGING: Denial.TOKEN_CREATION_PACKAGING,
    TokenCreation.LISTED_OR_PACKAGING: Denial.TOKEN_CREATION_LISTED,
}


def why(refusal: TokenRefused, person: User, now: datetime) -> str:
    """The address of the page that says who can change it; empty when no policy of an organization is the reason."""
    if refusal.reason is not None:
        return explaining.page(refusal.reason)
    organization = refusal.organization
    if organization is None:
        return ""
    said = TokenCreation(policies.effective(organization.policies, now).token_creation)
    code = CODES.get(refusal.problem) or CREATION.get(said, Denial.TOKEN_CREATION_OFF)
    return explaining.address(code, now=now, person=person, organization=organization)


@dataclass(frozen=True)
class Made:
    """`value` is shown once, and is nowhere else."""

    token: PersonalAccessToken
    value: str = field(repr=False)


def find(value: str) -> PersonalAccessToken | None:
    """One statement, and none for what cannot be one of ours. Says nothing about whether it is in force."""
    return selectors.personal_token(digest(value)) if personal_format.is_ours(value) else None


@transaction.atomic
def create(
    person: User,
    *,
    name: str,
    scopes: Iterable[str],
    organization: Organization | None,
    expires_at: datetime,
    now: datetime,
    token_id: UUID | None = None,
) -> Made:
    """`organization`: None for every one of the person's. `token_id`: the id that it is to have. Raises TokenRefused."""
    _lock(person)
    if token_id is not None and PersonalAccessToken.objects.filter(pk=token_id).exists():
        raise TokenRefused(
            Problem.CHANGED, _("This form made the token already. If you missed its value, regenerate it.")
        )
    if PersonalAccessToken.objects.of(person).live(now).count() >= MOST_LIVE:
        raise TokenRefused(
            Problem.NOT_ALLOWED,
            _("You have %(most)s tokens in force, and that is the most. Revoke one that you no longer need.")
            % {"most": MOST_LIVE},
        )
    value = personal_format.new_value()
    made = PersonalAccessToken(
        id=token_id or uuid4(),
        person=person,
        name=_name(name),
        scopes=_scopes(scopes),
        organization=organization,
        digest=digest(value),
        created_at=now,
        issued_at=now,
        expires_at=_end(expires_at, begins=now, now=now),
    )
    _check(made, now)
    made.save(force_insert=True)
    _record(Kind.PERSONAL_TOKEN_CREATED, made, person, now, _facts(made))
    personal_telling.made(made, "made", now=now)
    return Made(made, value)


@transaction.atomic
def regenerate(
    token: PersonalAccessToken, *, by: User, replaces: str, expires_at: datetime | None = None, now: datetime
) -> Made:
    """A new value for the same token; from the commit on the old one is refused.

    `replaces`: the `version` that the caller saw. Without `expires_at` it lives as long again. Raises TokenRefused.
    """
    held = _held(token, by, now)
    if held.version != replaces:
        raise TokenRefused(
            Problem.CHANGED, _("The token was changed since you looked, so nothing was done. Look again.")
        )
    ends = expires_at or now + min(held.expires_at - held.issued_at, LONGEST)
    value = personal_format.new_value()
    held.digest, held.issued_at, held.expires_at = digest(value), now, _end(ends, begins=now, now=now)
    _check(held, now)
    held.save(update_fields=["digest", "issued_at", "expires_at"])
    _record(Kind.PERSONAL_TOKEN_REGENERATED, held, by, now, {"expires_at": held.expires_at.isoformat()})
    personal_telling.made(held, "regenerated", now=now)
    return Made(held, value)


@dataclass(frozen=True)
class Changes:
    """None: stays. `place` holds the organization, or None for all of them."""

    name: str | None = None
    scopes: Iterable[str] | None = None
    place: tuple[Organization | None] | None = None
    expires_at: datetime | None = None


@transaction.atomic
def edit(token: PersonalAccessToken, *, by: User, changes: Changes, now: datetime) -> PersonalAccessToken:
    """Raises TokenRefused."""
    held = _held(token, by, now)
    before = _facts(held)
    more = _apply(held, changes, now)
    if more:
        _check(held, now)
    after = _facts(held)
    if after == before:
        return held
    held.save(update_fields=["name", "scopes", "organization", "expires_at"])
    changed = {key: [before[key], after[key]] for key in after if after[key] != before[key]}
    _record(Kind.PERSONAL_TOKEN_CHANGED, held, by, now, changed)
    if more:
        personal_telling.made(held, "changed", now=now)
    else:
        personal_telling.lapsed([held.pk], now=now)
    return held


def _apply(held: PersonalAccessToken, changes: Changes, now: datetime) -> bool:
    """True when the token can do more than before, somewhere else, or for longer."""
    more = False
    if changes.name is not None:
        held.name = _name(changes.name)
    if changes.scopes is not None:
        wanted = _scopes(changes.scopes)
        more |= not catalogue.is_subset(wanted, held.scopes)
        held.scopes = wanted
    if changes.place is not None and (changes.place[0].pk if changes.place[0] else None) != held.organization_id:
        # From all to one is less, but only where the person belongs.
        more |= held.organization_id is not None or not _belongs(held.person, changes.place[0])
        held.organization = changes.place[0]
    if changes.expires_at is not None and changes.expires_at != held.expires_at:
        more |= changes.expires_at > held.expires_at
        held.expires_at = _end(changes.expires_at, begins=held.issued_at, now=now)
    return more


def _belongs(person: User, organization: Organization | None) -> bool:
    return Membership.objects.filter(person=person, organization=organization).exists()


def _lock(person: User) -> None:
    """One at a time for each person, so that the limit holds. Raises TokenRefused."""
    found = User.objects.select_for_update(no_key=True).filter(pk=person.pk, is_active=True).first()
    if found is None:
        raise TokenRefused(Problem.NOT_ALLOWED, _("This account is deactivated."))


def _held(token: PersonalAccessToken, by: User, now: datetime) -> PersonalAccessToken:
    """The row, locked until the end of the transaction. Its own person alone changes it. Raises TokenRefused."""
    _lock(by)
    mine = PersonalAccessToken.objects.select_for_update(of=("self",), no_key=True).of(by).live(now)
    found = mine.select_related("person", "organization").filter(pk=token.pk).first()
    if found is None:
        raise TokenRefused(Problem.NOT_THERE, _("The token is no longer in force. Make a new one."))
    return found


def _name(said: str) -> str:
    name = " ".join(said.split())
    if not name:
        raise TokenRefused(Problem.NAME_MISSING, _("Give the token a name that says what it is for."), "name")
    if len(name) > LONGEST_NAME or not name.isprintable():
        words = _("A name has at most %(most)s characters, all of them visible.") % {"most": LONGEST_NAME}
        raise TokenRefused(Problem.NAME_WRONG, words, "name")
    return name


def _scopes(said: Iterable[str]) -> list[str]:
    """The fewest that mean the same. Full access stands alone; signing in is nothing that a token does."""
    asked = list(dict.fromkeys(said))
    if not asked:
        raise TokenRefused(Problem.SCOPE_WRONG, _("Choose at least one permission, or full access."), "scopes")
    if catalogue.unknown(asked) or len(catalogue.of_the_api(asked)) < len(asked):
        raise TokenRefused(Problem.SCOPE_WRONG, _("One of the permissions is none that a token can have."), "scopes")
    return list(catalogue.minimal(asked))


def _end(said: datetime, *, begins: datetime, now: datetime) -> datetime:
    if said <= now:
        raise TokenRefused(Problem.END_WRONG, _("The end must be in the future."), "end")
    if said > begins + LONGEST:
        words = _("A token lives for at most %(days)s days. Choose an earlier end.") % {"days": LONGEST.days}
        raise TokenRefused(Problem.END_WRONG, words, "end")
    return said


@dataclass(frozen=True)
class Against:
    """A policy of an organization that a token would break. `days`: the longest life there."""

    organization: Organization
    problem: Problem
    days: int | None

    @property
    def words(self) -> str:
        said = {
            Problem.CREATION_OFF: _("%(name)s does not let you make a token like this: it limits who makes which."),
            Problem.EVERY_ORGANIZATION: _(
                "%(name)s accepts no tokens for all organizations. Make the token for one organization."
            ),
            Problem.FULL_SCOPE: _("%(name)s accepts no tokens with full access. Choose the permissions that you need."),
            Problem.TOO_LONG: ngettext(
                "%(name)s accepts tokens for at most %(days)s day. Choose an earlier end.",
                "%(name)s accepts tokens for at most %(days)s days. Choose an earlier end.",
                self.days or 0,
            ),
        }[self.problem]
        return said % {"name": self.organization.name, "days": self.days}


FIELDS = {
    Problem.CREATION_OFF: "organization",
    Problem.EVERY_ORGANIZATION: "organization",
    Problem.FULL_SCOPE: "scopes",
    Problem.TOO_LONG: "end",
}


def refusals(person: User, organization: Organization | None, wanted: Wanted, *, now: datetime) -> list[Against]:
    """The policies that the token would break in the organizations that it reaches. One statement."""
    reached = selectors.memberships(person)
    if organization is not None:
        reached = reached.filter(organization=organization)
    return [found for membership in reached if (found := _against(membership, wanted, now))]


def _against(membership: Membership, wanted: Wanted, now: datetime) -> Against | None:
    found = policies.effective(membership.organization.policies, now)
    problem = broken(found, wanted, listed=membership.may_make_tokens)
    return Against(membership.organization, problem, found.token_days) if problem else None


def _check(token: PersonalAccessToken, now: datetime) -> None:
    """Raises TokenRefused."""
    if reason := switches.issuance_closed(now):
        raise TokenRefused(Problem.PAUSED, str(explaining.EXPLANATIONS[reason].refused), reason=reason)
    if token.organization_id is not None and not _belongs(token.person, token.organization):
        raise TokenRefused(Problem.ORGANIZATION_WRONG, _("You do not belong to this organization."), "organization")
    wanted = Wanted(frozenset(token.scopes), token.organization_id is None, token.issued_at, token.expires_at)
    for against in refusals(token.person, token.organization, wanted, now=now):
        raise TokenRefused(against.problem, against.words, FIELDS[against.problem], against.organization)


def _facts(token: PersonalAccessToken) -> dict[str, Any]:
    """What an event says about it. The value and its digest never are."""
    return {
        "name": token.name,
        "scopes": list(token.scopes),
        "organization": str(token.organization_id) if token.organization_id else "all",
        "expires_at": token.expires_at.isoformat(),
    }


def _record(kind: Kind, token: PersonalAccessToken, by: User, now: datetime, detail: dict[str, Any]) -> None:
    record(
        kind,
        now=now,
        actor=by,
        person=token.person,
        organization=token.organization,
        subject=("personal_token", token.pk),
        detail=detail,
    )
