"""The case behind a page about a refusal: what was refused to whom, who is looking, and what would be decided now.

Somebody who is neither the person, nor an administrator of the organization, nor an owner of the app gets no case.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from accounts.models import Membership, Organization, User
from authorizations import selectors
from authorizations.explaining import About, Code, Denial
from authorizations.models import Authorization, Connection, PersonalAccessToken
from authorizations.places import NOWHERE, place_facts, with_ruling
from authorizations.policy import Facts, PlaceFacts, Reason, decide
from oauthapps import scopes
from oauthapps.models import Application


class Role(StrEnum):
    PERSON = "person"
    ADMINISTRATOR = "administrator"
    OWNER = "owner"


@dataclass(frozen=True)
class Case:
    """What the one who looks may see of it."""

    about: About
    viewer: User
    role: Role
    app: Application | None
    owns: bool  # the app
    organization: Organization | None = None
    seat: Membership | None = None  # of the one who looks
    person: User | None = None  # where it is somebody else, who still belongs to the organization
    authorization: Authorization | None = None
    decided: bool = False  # the policy was asked again
    now_refused: Code | None = None  # what it said


def of(about: About, viewer: User, now: datetime) -> Case | None:
    """At most six statements."""
    app = Application.objects.filter(client_id=about.app).first() if about.app else None
    owns = app is not None and app.deleted_at is None and app.owners.filter(pk=viewer.pk).exists()
    mine = about.person == viewer.pk
    seat = _membership(about, viewer, app)
    if mine or (seat is not None and seat.administers and about.organization is not None):
        role = Role.PERSON if mine else Role.ADMINISTRATOR
        return _decided(Case(about, viewer, role, app, owns, seat.organization if seat else None, seat), now)
    return Case(about, viewer, Role.OWNER, app, owns) if owns else None


def _membership(about: About, person: User, app: Application | None) -> Membership | None:
    """With its organization and what that has said about the app: everything that the policy asks about the place."""
    found = Membership.objects.select_related("organization__owner").filter(person=person)
    if about.organization is not None:
        found = found.filter(organization_id=about.organization)
    elif about.place:
        found = found.filter(organization__slug=about.place.lower())
    else:
        return None
    return with_ruling(found, app).first()


def _decided(case: Case, now: datetime) -> Case:
    """Asks the policy once more, on what is so now."""
    about, subject, membership = case.about, case.viewer, case.seat
    if case.role is Role.ADMINISTRATOR:
        found = User.objects.filter(pk=about.person).first() if about.person else None
        membership = _membership(about, found, case.app) if found else None
        if found is None:
            return case
        # Who has left is not named to the organization any more.
        case, subject = replace(case, person=found if membership else None), found
    facts, authorization, held = _facts(case, subject, now)
    if facts is None:
        return case
    facts = facts._replace(place=_place(about, membership, case.app, authorization, now))
    return replace(
        case,
        authorization=authorization if case.role is Role.PERSON else None,
        decided=True,
        now_refused=_refusal(about, facts, membership, held),
    )


def _facts(
    case: Case, subject: User, now: datetime
) -> tuple[Facts | None, Authorization | None, frozenset[str] | None]:
    """And the scopes that what was presented had, where it is still there."""
    about = case.about
    if about.token is not None:
        token = PersonalAccessToken.objects.select_related("person").filter(pk=about.token, person=subject).first()
        return (
            (selectors.personal_facts(token, now), None, scopes.closure(token.scopes)) if token else (None, None, None)
        )
    if about.connection is not None:
        found = Connection.objects.select_related("authorization__person", "authorization__application", "secret")
        connection = found.filter(pk=about.connection, authorization__person=subject).first()
        if connection is not None:
            held = scopes.closure(connection.scopes)
            return selectors.connection_facts(connection, now), connection.authorization, held
    if case.app is None:
        return None, None, None
    given = Authorization.objects.select_related("application", "person").filter(person=subject, application=case.app)
    latest = given.order_by("-granted_at").first()
    if latest is None:
        return selectors.request_facts(case.app, subject, now)._replace(consent_needed=True), None, None
    return selectors.code_facts(latest, case.app, None, now), latest, None


def _place(
    about: About, membership: Membership | None, app: Application | None, given: Authorization | None, now: datetime
) -> PlaceFacts | None:
    if about.organization is None and not about.place:
        return None
    if membership is None:
        return NOWHERE
    limited = given.organizations if given else None
    included = limited is None or str(membership.organization_id) in limited
    return place_facts(membership, app, included, now)


def _refusal(
    about: About, facts: Facts, membership: Membership | None, held: frozenset[str] | None
) -> Reason | Denial | None:
    reason = decide(frozenset(about.scopes), facts).reason
    if reason is not None:
        return reason
    if held is not None and not held.issuperset(about.scopes):
        return Denial.INSUFFICIENT_SCOPE
    if membership is not None and about.code in RIGHTS and not RIGHTS[Denial(about.code)](membership):
        return Denial(about.code)
    return None


RIGHTS = {
    Denial.ADMINISTRATORS_ONLY: lambda seat: seat.administers,
    Denial.POLICY_SETTERS_ONLY: lambda seat: seat.sets_policies,
    Denial.REVIEWERS_ONLY: lambda seat: seat.reviews,
}
