"""The files of a pack, each written while it is read, so that memory stays flat however large the incident is."""

import base64
import bisect
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.template.loader import render_to_string

from accounts.models import Membership
from authorizations.events import chain
from authorizations.events.models import Event, EventBlock
from authorizations.models import Authorization, AuthorizationUsage, OperationsJob, SigningKey
from authorizations.services.evidence.format import FORMAT, event_row
from authorizations.services.export_files import csv_lines
from authorizations.services.incidents import affected as incident_affected
from authorizations.services.incidents import timeline
from authorizations.services.incidents.affected import Affected
from authorizations.services.incidents.containing import done

CHUNK = 1000
SHOWN = 200  # rows of a table in the report; the whole is in the CSV
Rows = Iterator[bytes]


def table(head: Iterable[str], found: QuerySet[Any], row: Callable[[Any], Iterable[Any]]) -> Rows:
    """A CSV in the order of the keys, read a piece at a time; a mark at the beginning tells spreadsheets it is UTF-8."""
    yield b"\xef\xbb\xbf" + csv_lines(head, [])
    for batch in pieces(found):
        yield csv_lines((), [row(each) for each in batch])


def pieces(found: QuerySet[Any]) -> Iterator[list[Any]]:
    after: Any = None
    while True:
        left = found if after is None else found.filter(pk__gt=after)
        batch = list(left.order_by("pk")[:CHUNK])
        if not batch:
            return
        yield batch
        after = batch[-1].pk


def _at(instant: datetime | None) -> str:
    return instant.isoformat() if instant else ""


def people(affected: Affected) -> Rows:
    number = affected.authorizations.filter(person=OuterRef("pk")).order_by().values("person")
    found = affected.people.annotate(number=Subquery(number.annotate(n=Count("pk")).values("n")))
    head = ("id", "name", "user_name", "e_mail", "active", "authorizations_affected")
    return table(head, found, lambda p: (p.pk, p.display_name, p.principal_name, p.email, p.is_active, p.number or 0))


def organizations(affected: Affected) -> Rows:
    """`people`: members who are among the people affected. `calls`: what is known to have been about it."""
    members = Membership.objects.filter(organization=OuterRef("pk"), person__in=affected.people.values("pk"))
    found = affected.organizations.annotate(
        number=Subquery(members.order_by().values("organization").annotate(n=Count("pk")).values("n"))
    ).select_related("owner")
    usage = AuthorizationUsage.objects.filter(
        authorization__in=affected.authorizations.order_by().values("pk"),
        facet=AuthorizationUsage.Facet.ORGANIZATION,
        day__gte=affected.since.date(),
        day__lte=affected.until.date(),
    )
    calls = dict(usage.values_list("value").annotate(Sum("calls")))
    head = ("id", "name", "address_name", "owner", "people", "calls")
    return table(head, found, lambda o: (o.pk, o.name, o.slug, o.owner, o.number or 0, calls.get(str(o.pk), 0)))


def authorizations(affected: Affected) -> Rows:
    days = Q(
        usage__facet=AuthorizationUsage.Facet.ENDPOINT,
        usage__day__gte=affected.since.date(),
        usage__day__lte=affected.until.date(),
    )
    found = affected.authorizations.select_related("person", "application").annotate(
        calls=Sum("usage__calls", filter=days, default=0)
    )
    head = (
        "id", "person_id", "person", "app_id", "app", "permissions", "organizations", "approved_at", "approved_from",
        "last_used_at", "ends_at", "revoked_at", "revoked_by", "reason", "calls_on_these_days",
    )  # fmt: skip
    return table(head, found, _authorization)


def _authorization(a: Authorization) -> Iterable[Any]:
    places = "all" if a.organizations is None else a.organizations
    return (
        a.pk, a.person_id, a.person, a.application.client_id, a.application.name, a.scopes, places, _at(a.granted_at),
        a.address, _at(a.last_used_at), _at(a.expires_at), _at(a.revoked_at), a.revoked_by, a.reason, a.calls,  # type: ignore[attr-defined]
    )  # fmt: skip


def connections(affected: Affected) -> Rows:
    head = (
        "id", "authorization_id", "made_at", "from_address", "program", "secret", "last_used_at", "ends_at", "ended_at",
        "reason",
    )  # fmt: skip
    return table(
        head,
        affected.connections.select_related("secret"),
        lambda c: (
            c.pk, c.authorization_id, _at(c.created_at), c.address, c.user_agent, c.secret.key_id if c.secret else "",
            _at(c.last_used_at), _at(c.expires_at), _at(c.revoked_at), c.reason,
        ),
    )  # fmt: skip


def in_pack(affected: Affected, until: datetime) -> QuerySet[Event]:
    """The events of the time, and what was done about it until the pack was asked for."""
    about = affected.response().filter(at__lte=until).order_by().values("pk")
    during = affected.events.order_by().values("pk")
    return Event.objects.filter(Q(pk__in=during) | Q(pk__in=about))


def events(found: QuerySet[Event], seen: list[int]) -> Rows:
    """Exactly what was sealed, one JSON object a line. `seen` is filled with their ids, ascending."""
    for batch in pieces(found):
        seen += [event.pk for event in batch]
        yield "".join(json.dumps(event_row(e), separators=(",", ":")) + "\n" for e in batch).encode()


def events_to_read(found: QuerySet[Event]) -> Rows:
    head = (
        "id", "at", "what", "by", "person", "app", "organization", "about", "about_id", "address", "program", "request",
        "detail",
    )  # fmt: skip
    return table(
        head,
        found,
        lambda e: (
            e.pk, e.at.isoformat(), e.name, e.actor_name, e.person_name, e.app_name, e.organization_name,
            e.subject_type, e.subject_id, e.address, e.user_agent, e.request_id, e.detail,
        ),
    )  # fmt: skip


def blocks(ids: list[int], covered: list[int]) -> Rows:
    """The sealed blocks that hold these events (ascending). `covered` is filled with the ids that one of them names."""
    if not ids:
        return
    found = EventBlock.objects.filter(removed_at=None, first_id__lte=ids[-1], last_id__gte=ids[0])
    for batch in pieces(found):
        lines = []
        for block in batch:
            named = [
                i
                for first, last in block.ranges
                for i in ids[bisect.bisect_left(ids, first) : bisect.bisect_right(ids, last)]
            ]
            if named:
                covered += named
                leaves = base64.b64encode(bytes(block.leaves)).decode()
                said = {"number": block.number, "ranges": block.ranges, "leaves": leaves, "seal": block.seal}
                lines.append(json.dumps(said, separators=(",", ":")) + "\n")
        yield "".join(lines).encode()


def keys() -> bytes:
    """Every public key that may have signed a block, those that were retired since too."""
    found = SigningKey.objects.filter(algorithm="ES256").order_by("created_at").values_list("public_jwk", flat=True)
    return json.dumps({"keys": list(found)}, indent=1).encode()


def document(affected: Affected, *, asked_at: datetime, by: str, unsealed: list[int], ids: list[int]) -> dict[str, Any]:
    """`incident.json`: the facts, the figures, and where they come from."""
    incident = affected.incident
    extent = affected.extent()
    return {
        "type": "gatehouse.incident",
        "format": FORMAT,
        "issuer": settings.ISSUER,
        "reference": incident.reference,
        "title": incident.title,
        "what_happened": incident.what_happened,
        "subject": {"kind": incident.subject, "id": incident.subject_id, "name": incident.subject_name},
        "addresses_seen": incident.addresses,
        "since": incident.since.isoformat(),
        "until": incident.until.isoformat(),
        "state": incident.state,
        "opened": {"at": incident.opened_at.isoformat(), "by": str(incident.opened_by)},
        "contained_at": _at(incident.contained_at),
        "closed_at": _at(incident.closed_at),
        "conclusion": incident.conclusion,
        "done": done(incident),
        "asked": {"at": asked_at.isoformat(), "by": by},
        "counted": {
            "people": extent.people,
            "authorizations": extent.authorizations,
            "authorizations_not_ended": extent.standing,
            "connections": extent.connections,
            "connections_not_ended": extent.open_connections,
            "organizations": extent.organizations,
            "calls": extent.calls,
            "calls_by_kind": dict(extent.calls_by_kind),
            "permissions": dict(extent.scopes),
            "permissions_used": dict(extent.used_scopes),
            "events": extent.events,
        },
        "sources": list(incident_affected.SOURCES[incident_affected.Subject(incident.subject)]),
        "jobs": [_job(job) for job in incident.jobs.select_related("asked_by").order_by("confirmed_at")],
        "events": {"count": len(ids), "ranges": chain.ranges(ids), "not_sealed": unsealed},
    }


def _job(job: OperationsJob) -> dict[str, Any]:
    return {
        "reference": job.reference,
        "act": job.act,
        "query": job.query,
        "reason": job.reason,
        "by": str(job.asked_by),
        "confirmed_at": job.confirmed_at.isoformat(),
        "finished_at": _at(job.finished_at),
        "state": job.state,
        "done": job.done,
        "over_already": job.over,
        "failed": job.failed,
    }


def report(affected: Affected, said: dict[str, Any]) -> bytes:
    """`report.html`: to be read and printed; it asks for nothing from anywhere."""
    context = {
        "incident": affected.incident,
        "said": said,
        "people": affected.people.order_by("display_name", "pk")[:SHOWN],
        "organizations": affected.organizations.order_by("name")[:SHOWN],
        "authorizations": affected.authorizations.select_related("person", "application").order_by("granted_at")[
            :SHOWN
        ],
        "timeline": timeline.lines(affected, SHOWN),
        "jobs": affected.incident.jobs.select_related("asked_by").order_by("confirmed_at"),
        "shown": SHOWN,
    }
    return render_to_string("admin/operations/report.html", context).encode()
