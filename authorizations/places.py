"""What an organization says about an app and a person: from its rows to the facts that the policy reads.

Nothing here asks the database. The membership comes with its organization and with the ruling about the app
(`with_ruling`), so that a decision costs the statement that finds the member, and no other.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet

from accounts import policies
from accounts.models import AccessLevel, Membership
from accounts.policies import Policies
from authorizations.models import Exclusion, ServiceRuling
from authorizations.models.rulings import in_force
from authorizations.policy import PlaceFacts, ServiceRules, TokenRules
from oauthapps import scopes
from oauthapps.models import Application

# Access levels ascend: each is good for what the ones before it are good for.
CARRIED = {
    str(level): scopes.sufficing(AccessLevel.values[: rank + 1]) for rank, level in enumerate(AccessLevel.values)
}
EVERYTHING = scopes.closure(scopes.CATALOGUE)
NOT_HIGH_PRIVILEGE = EVERYTHING - frozenset(scopes.high_privilege(scopes.CATALOGUE))
NOWHERE = PlaceFacts(member=False, included=False, carried=frozenset())
RULING = ("decision", "scopes", "expires_at", "sooner")


def with_ruling(found: QuerySet[Membership], app: Application | None) -> QuerySet[Membership]:
    """Memberships with `ruling_decision`, `ruling_scopes`, `ruling_expires_at` and `ruling_sooner`: what their
    organization has said about the app; and with `shut_out`: whether it ended what the app could do for the person
    there. No statement more."""
    if app is None:
        return found
    return found.annotate(
        shut_out=_excluded(app),
        ruling=FilteredRelation("organization__rulings", condition=Q(organization__rulings__application_id=app.pk)),
        **{f"ruling_{name}": F(f"ruling__{name}") for name in RULING},
    )


def _excluded(app: Application) -> Exists:
    return Exists(
        Exclusion.objects.filter(
            person=OuterRef("person_id"), application_id=app.pk, organization=OuterRef("organization_id")
        )
    )


def not_shut_out(found: QuerySet[Membership], app: Application) -> QuerySet[Membership]:
    return found.filter(~_excluded(app))


def place_facts(membership: Membership, app: Application | None, included: bool, now: datetime) -> PlaceFacts:
    """`membership` has its organization, and its ruling where there is an app."""
    organization = membership.organization
    found = policies.effective(organization.policies, now)
    return PlaceFacts(
        member=True,
        included=included,
        carried=CARRIED.get(membership.access_level, frozenset()),
        shut_out=bool(app and membership.shut_out),  # type: ignore[attr-defined]  # of `with_ruling`
        services=_services(found, membership, app, now) if app else ServiceRules(),
        tokens=TokenRules(
            full_scope=found.full_scope_tokens,
            every_organization=found.all_organizations_tokens,
            longest=_days(found.token_days),
            idle=_days(found.token_idle_days),
        ),
        ruled_out=_ruled_out(organization.token_rules),
        organization=str(organization.pk),
    )


def _services(found: Policies, membership: Any, app: Application, now: datetime) -> ServiceRules:
    decision, ends = membership.ruling_decision, membership.ruling_expires_at
    blocked = decision == ServiceRuling.Decision.BLOCKED
    approved = decision == ServiceRuling.Decision.APPROVED and (ends is None or ends > now)
    return ServiceRules(
        third_party_access=found.third_party_access,
        blocked=blocked,
        publisher_accepted=bool(app.verified_domain) or not found.verified_publishers_only,
        approved=approved_scopes(found, approved, in_force(membership.ruling_scopes, membership.ruling_sooner, now)),
        longest=_days(found.authorization_days),
    )


def approved_scopes(found: Policies, approved: bool, only: list[str] | None) -> frozenset[str] | None:
    """The permissions that a service may use: with `only`, those that were approved. None: approval is not asked for.

    Signing in is between the person and the service; an organization has no say in it.
    """
    if not (found.approved_services_only or found.high_privilege_approval):
        return None
    given: frozenset[str] = frozenset()
    if approved:
        given = EVERYTHING if only is None else scopes.closure(s for s in only if s in scopes.CATALOGUE)
    return given | (frozenset() if found.approved_services_only else NOT_HIGH_PRIVILEGE) | SIGN_IN


SIGN_IN = EVERYTHING - frozenset(scopes.of_the_api(EVERYTHING))


def _days(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(days=number)


def _ruled_out(rules: list[Any]) -> tuple[tuple[datetime, frozenset[str]], ...]:
    return tuple((datetime.fromtimestamp(before, UTC), frozenset(ruled)) for before, ruled in rules)
