"""Who and what an incident touches, and honestly from where that is known."""

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from accounts.models import Organization, User
from authorizations.events.kinds import ROUTINE
from authorizations.events.models import ANY_KIND, Event
from authorizations.models import AppUsage, Authorization, Connection, Incident
from authorizations.services.operations import reach
from authorizations.services.operations.reach import Facet
from authorizations.services.operations.selection import is_uuid, read_network, within
from oauthapps.models import Application, ApplicationSecret

Subject = Incident.Subject
# What is counted from which source, and where that ends: on the page, in the report and in incident.json.
SOURCES = {
    Subject.APP: (
        "People and authorizations: every approval of the app that stood at any moment of the time.",
        "Connections: those that were open at any moment of it. Events: all that name the app.",
        "Calls: counted per day (UTC), so the first and last day count whole. Calls that other services answered without asking this portal are not known here.",
    ),
    Subject.SECRET: (
        "People and authorizations: approvals with a connection that was made, or last refreshed, with this secret and open in the time.",
        "A connection that was refreshed with the other secret later is counted there: events do not say which secret was used, so all events of the app are listed.",
        "Calls: those of these authorizations, counted per day (UTC), so the first and last day count whole. Calls that other services answered without asking this portal are not known here.",
    ),
    Subject.ADDRESSES: (
        "Events: those that came from the range. Connections: those that were made from it in the time; where one was used from later is not known.",
        "People: who acted or was signed in from the range, and whose connection was made or approval given from it.",
        "Calls: those of these authorizations, wherever they came from, counted per day (UTC), so the first and last day count whole. Calls to the API do not keep their address.",
    ),
}


@dataclass(frozen=True)
class Extent:
    """The figures of an incident."""

    people: int
    authorizations: int
    standing: int  # of them, not ended yet
    connections: int
    open_connections: int
    organizations: int
    scopes: list[tuple[str, int]]
    used_scopes: list[tuple[str, int]]
    calls: int
    calls_by_kind: list[tuple[str, int]]
    events: int


class Affected:
    """The sets of one incident, each as a query."""

    def __init__(self, incident: Incident) -> None:
        self.incident = incident
        self.since, self.until = incident.since, incident.until

    @cached_property
    def app(self) -> Application | None:
        if self.incident.subject == Subject.APP:
            return Application.objects.filter(client_id=self.incident.subject_id).first()
        return self.secret.application if self.secret else None

    @cached_property
    def secret(self) -> ApplicationSecret | None:
        if self.incident.subject != Subject.SECRET:
            return None
        return ApplicationSecret.objects.select_related("application").filter(key_id=self.incident.subject_id).first()

    @property
    def authorizations(self) -> QuerySet[Authorization]:
        if self.incident.subject == Subject.APP:
            stood = Q(revoked_at=None) | Q(revoked_at__gte=self.since)
            in_time = Q(expires_at=None) | Q(expires_at__gte=self.since)
            return Authorization.objects.filter(stood, in_time, application=self.app, granted_at__lte=self.until)
        found = Q(Exists(self.connections.filter(authorization=OuterRef("pk"))))
        if self.incident.subject == Subject.ADDRESSES:
            found |= Q(address__in=self.incident.addresses, granted_at__gte=self.since, granted_at__lte=self.until)
        return Authorization.objects.filter(found)

    @property
    def connections(self) -> QuerySet[Connection]:
        if self.incident.subject == Subject.ADDRESSES:
            return Connection.objects.filter(
                address__in=self.incident.addresses, created_at__gte=self.since, created_at__lte=self.until
            )
        open_ = Q(revoked_at=None) | Q(revoked_at__gte=self.since)
        stood = Q(authorization__revoked_at=None) | Q(authorization__revoked_at__gte=self.since)
        found = Connection.objects.filter(open_, stood, created_at__lte=self.until, expires_at__gte=self.since)
        if self.incident.subject == Subject.SECRET:
            return found.filter(secret=self.secret)
        return found.filter(authorization__application=self.app)

    @property
    def events(self) -> QuerySet[Event]:
        found = Event.objects.filter(at__gte=self.since, at__lte=self.until)
        if self.incident.subject == Subject.ADDRESSES:
            return found.filter(address__in=self.incident.addresses)
        return found.filter(ANY_KIND, app_id=self.app.client_id if self.app else "")

    @property
    def people(self) -> QuerySet[User]:
        found = Q(pk__in=self.authorizations.order_by().values("person_id"))
        if self.incident.subject == Subject.ADDRESSES:
            acted = set(self.events.order_by().values_list("person_id", flat=True).distinct())
            acted |= set(self.events.order_by().values_list("actor_id", flat=True).distinct())
            found |= Q(pk__in=[UUID(key) for key in acted if is_uuid(key)])
        return User.objects.filter(found)

    @property
    def organizations(self) -> QuerySet[Organization]:
        return reach.organizations(self.authorizations)

    def response(self) -> QuerySet[Event]:
        """What was done about it: events of the incident and of its jobs."""
        jobs = [str(pk) for pk in self.incident.jobs.values_list("pk", flat=True)]
        about = Q(subject_type="incident", subject_id=str(self.incident.pk)) | Q(
            subject_type="job", subject_id__in=jobs
        )
        return Event.objects.filter(about).exclude(name__in=ROUTINE)

    def calls(self) -> list[tuple[str, int]]:
        """By kind of call."""
        first, last = self.since.date(), self.until.date()
        if self.incident.subject != Subject.APP:
            return reach.calls(self.authorizations, Facet.ENDPOINT, first, last)
        rows = AppUsage.objects.filter(application=self.app, day__gte=first, day__lte=last)
        return list(rows.values_list("endpoint").annotate(number=Sum("calls")).order_by("-number", "endpoint"))

    def extent(self) -> Extent:
        first, last = self.since.date(), self.until.date()
        found, kinds = self.authorizations, self.calls()
        return Extent(
            people=self.people.count(),
            authorizations=found.count(),
            standing=found.filter(revoked_at=None).count(),
            connections=self.connections.count(),
            open_connections=self.connections.filter(revoked_at=None).count(),
            organizations=self.organizations.count(),
            scopes=reach.scopes(found),
            used_scopes=reach.calls(found, Facet.SCOPE, first, last),
            calls=sum(number for _, number in kinds),
            calls_by_kind=kinds,
            events=self.events.count(),
        )


def addresses_seen(network: str, since: object, until: object) -> list[str]:
    """Those of the range that events, connections or approvals of the time say."""
    wanted = read_network(network)
    seen: set[str] = set()
    for rows, at in ((Event.objects, "at"), (Connection.objects, "created_at"), (Authorization.objects, "granted_at")):
        there = rows.filter(**{f"{at}__gte": since, f"{at}__lte": until}).order_by()
        seen |= set(there.values_list("address", flat=True).distinct())
    return sorted(address for address in seen if within(wanted, address))
