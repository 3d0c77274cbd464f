"""What stands around people, apps, organizations, authorizations, connections, secrets and tokens."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Membership, Organization, PolicyChange, Project, User
from accounts.operations.around import Around, Happened, Link, around, counted
from accounts.operations.showing import address, listed
from authorizations.admin.places import page, places, timeline
from authorizations.admin.words import sentence
from authorizations.events.kinds import ROUTINE
from authorizations.events.models import Event
from authorizations.models import (
    ApprovalRequest,
    AppUsage,
    Authorization,
    Connection,
    PersonalAccessToken,
    Receipt,
    RevocationRule,
    ServiceRuling,
    ShutOut,
)
from authorizations.notifications.models import Notice
from oauthapps.models import Application, ApplicationSecret

NEWEST = 15


def newest(events: QuerySet[Event]) -> list[Happened]:
    """One statement. What happens all the time is left out."""
    found = events.exclude(name__in=ROUTINE).order_by("-at", "-id")[:NEWEST]
    return [Happened(address(event), event.at, sentence(event), places(event)) for event in found]


def about(kind: str, key: Any) -> list[Happened]:
    return newest(Event.objects.filter(subject_type=kind, subject_id=str(key)))


def count(title: str, rows: QuerySet[Any], **filters: Any) -> Link:
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    return counted(title, listed(rows.model, f"?{query}"), rows)


@around(User)
def of_person(person: User) -> Around:
    key = str(person.pk)
    return Around(
        [
            count("Authorizations", Authorization.objects.filter(person=person), person=key),
            count("Personal tokens", PersonalAccessToken.objects.filter(person=person), person=key),
            count("Memberships", Membership.objects.filter(person=person), person=key),
            count("Owns apps", Application.objects.filter(owners=person), owner=key),
            count("Receipts", Receipt.objects.filter(person=person), person=key),
            count("Notices", Notice.objects.filter(person=person), person=key),
            Link("What they did to others", timeline(actor=key)),
        ],
        newest(Event.objects.filter(person_id=key)),
        timeline(person=key),
    )


@around(Application)
def of_app(app: Application) -> Around:
    key = app.client_id
    links = [
        count(
            "Live authorizations", Authorization.objects.filter(application=app, revoked_at=None), app=key, state="live"
        ),
        count("All authorizations", Authorization.objects.filter(application=app), app=key),
        Link("Connections", listed(Connection, f"?app={key}")),
        count("Secrets", ApplicationSecret.objects.filter(application=app), app=key),
        count("Decisions of organizations", ServiceRuling.objects.filter(application=app), application__client_id=key),
        Link("Use", listed(AppUsage, f"?app={key}")),
        *(Link(f"Owner: {owner}", address(owner)) for owner in app.owners.order_by("display_name")[:10]),
    ]
    twins = Application.objects.filter(Q(twin_of=app) | Q(pk=app.twin_of_id))
    links += [Link("New version" if twin.twin_of_id else "Old version", address(twin)) for twin in twins]
    return Around(links, newest(Event.objects.filter(app_id=key)), timeline(app=key))


@around(Organization)
def of_organization(place: Organization) -> Around:
    key = str(place.pk)
    return Around(
        [
            Link("Owner", page("person", str(place.owner_id))),
            count("Members", Membership.objects.filter(organization=place), organization=key),
            count("Projects", Project.objects.filter(organization=place), q=place.name),
            Link("Authorizations that reach it", listed(Authorization, f"?organization={key}&state=live")),
            count("Its personal tokens", PersonalAccessToken.objects.filter(organization=place), organization=key),
            count("Changes of policies", PolicyChange.objects.filter(organization=place), organization=key),
            count("Decided services", ServiceRuling.objects.filter(organization=place), organization=key),
            count("Requests for approval", ApprovalRequest.objects.filter(organization=place), organization=key),
            count("Revocation rules", RevocationRule.objects.filter(organization=place), organization=key),
            count("Services shut out", ShutOut.objects.filter(organization=place), organization=key),
        ],
        newest(Event.objects.filter(organization_id=key).exclude(organization_id="")),
        timeline(organization=key),
    )


@around(Authorization)
def of_authorization(authorization: Authorization) -> Around:
    key = str(authorization.pk)
    receipts = Receipt.objects.filter(items__authorization=authorization).distinct()
    return Around(
        [
            Link(f"Person: {authorization.person}", address(authorization.person)),
            Link(f"App: {authorization.application}", address(authorization.application)),
            count("Connections", Connection.objects.filter(authorization=authorization), authorization=key),
            count("Notices", Notice.objects.filter(about_type="authorization", about_id=key), about=key),
            *(Link(f"Receipt {receipt}", address(receipt)) for receipt in receipts.order_by("-at")[:5]),
        ],
        about("authorization", key),
        timeline(subject=key),
    )


@around(Connection)
def of_connection(connection: Connection) -> Around:
    authorization = connection.authorization
    links = [
        Link("Authorization", address(authorization)),
        Link(f"Person: {authorization.person}", address(authorization.person)),
        Link(f"App: {authorization.application}", address(authorization.application)),
    ]
    if connection.secret is not None:
        links.append(Link(f"Secret {connection.secret}", address(connection.secret)))
    return Around(links, about("authorization", authorization.pk), timeline(subject=str(authorization.pk)))


@around(ApplicationSecret)
def of_secret(secret: ApplicationSecret) -> Around:
    return Around(
        [
            Link(f"App: {secret.application}", address(secret.application)),
            count("Connections made with it", Connection.objects.filter(secret=secret), secret=secret.key_id),
        ],
        about("secret", secret.key_id),
        timeline(subject=secret.key_id),
    )


@around(PersonalAccessToken)
def of_token(token: PersonalAccessToken) -> Around:
    key = str(token.pk)
    links = [Link(f"Person: {token.person}", address(token.person))]
    if token.organization is not None:
        links.append(Link(f"Organization: {token.organization}", address(token.organization)))
    links.append(count("Notices", Notice.objects.filter(about_type="personal_token", about_id=key), about=key))
    return Around(links, about("personal_token", key), timeline(subject=key))
