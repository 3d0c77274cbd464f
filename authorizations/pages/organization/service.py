"""One service in one organization: who uses it here, what of it, and what the organization did about it."""

from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Lower
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from accounts.models import Organization
from accounts.pages.organization import frame
from accounts.stepup import PersonRequest, signed_in
from authorizations import services_here
from authorizations.events.kinds import Kind
from authorizations.events.models import Event
from authorizations.explaining import sentences
from authorizations.models import Authorization, AuthorizationUsage, ServiceRuling, ShutOut
from authorizations.pages import describe, rows
from authorizations.pages.organization import services
from authorizations.policy import Reason
from authorizations.services import shutting_out
from authorizations.services_here import Line
from authorizations.usage import reading
from oauthapps.models import Application

PER_PAGE = 20
RULES = frozenset(reason.value for reason in sentences.SENTENCES)
MOST_EVENTS = 20
TOLD = {
    Kind.SERVICE_SHUT_OUT: "revoke",
    Kind.SERVICE_BLOCKED: "cross",
    Kind.SERVICE_UNBLOCKED: "check",
    Kind.SERVICE_APPROVAL_ENDED: "clock",
    Kind.APPROVAL_REQUESTED: "info",
    Kind.APPROVAL_GRANTED: "check-circle",
    Kind.APPROVAL_DENIED: "cross",
}


@require_GET
@signed_in
def detail(request: PersonRequest, organization: str, client_id: str) -> HttpResponse:
    seat, now = frame.administrator(request, organization), timezone.now()
    app, line = find(seat.organization, client_id, now)
    ruling = ServiceRuling.objects.filter(organization=seat.organization, application=app).first()
    query = request.GET.get("q", "").replace("\x00", "")[: services.LONGEST_QUERY].strip()
    page = Paginator(people(seat.organization, app, query, now), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "row": services.row(seat.organization, line, app, ruling, now),
        "blocked": line.blocked,
        "groups": describe.groups(sorted(line.scopes)),
        "query": query,
        "page": page,
        "people": [_person(a, seat.organization) for a in page],
        "history": history(seat.organization, app),
        "refused": refused(seat.organization, app, now),
    }
    return frame.render_tab(request, seat, "services", "authorizations/organization/service.html", context)


def find(organization: Organization, client_id: str, now: datetime) -> tuple[Application, Line]:
    """A service that nobody here uses and that was never ruled on or shut out is not there. Raises Http404."""
    app = Application.objects.filter(client_id=client_id[:255].replace("\x00", "")).first()
    if app is None:
        raise Http404
    if found := services_here.one(organization, app, now):
        return app, found
    known = ServiceRuling.objects.filter(organization=organization, application=app)
    if not known.exists() and not ShutOut.objects.filter(organization=organization, application=app).exists():
        raise Http404
    line = Line(app.pk, app.client_id, app.name, app.company, bool(app.verified_domain), app.is_legacy)
    return app, line


def people(organization: Organization, app: Application, query: str, now: datetime) -> QuerySet[Authorization]:
    """Those whose consent reaches the organization, by name, each with the use here alone."""
    here = AuthorizationUsage.objects.filter(
        authorization=OuterRef("pk"), facet=AuthorizationUsage.Facet.ORGANIZATION, value=str(organization.pk)
    ).order_by()
    lately = here.filter(day__gt=(now - timedelta(days=services_here.DAYS)).date())
    found = shutting_out.reaching(organization, app, now)
    if query:
        found = found.filter(Q(person__display_name__icontains=query) | Q(person__principal_name__icontains=query))
    return (
        found.select_related("person")
        .annotate(
            last_here=Subquery(here.values("authorization").annotate(at=Max("day")).values("at")),
            calls_here=Subquery(lately.values("authorization").annotate(n=Sum("calls")).values("n")),
            name=Lower(F("person__display_name")),
        )
        .order_by("name", "pk")
    )


def _person(authorization: Any, organization: Organization) -> dict[str, Any]:
    """Nothing that the person said to the service or noted for themselves, and no use elsewhere."""
    person = authorization.person
    return {
        "id": person.pk,
        "name": str(person),
        "account": person.principal_name,
        "active": person.is_active,
        "granted_at": authorization.granted_at,
        "last": authorization.last_here,
        "calls": authorization.calls_here or 0,
        "powers": rows.powers(authorization.scopes),
    }


def refused(organization: Organization, app: Application, now: datetime) -> list[dict[str, Any]]:
    """Calls that the rules here refused lately. What is refused for other reasons says nothing of the organization."""
    found = reading.refused_there(organization.pk, app.client_id, today=now.date())
    return [{"calls": calls, "why": sentences.sentence(Reason(reason))} for reason, calls in found if reason in RULES]


def history(organization: Organization, app: Application) -> list[dict[str, Any]]:
    """What the organization did about the service, the newest first."""
    found = Event.objects.filter(
        organization_id=str(organization.pk), app_id=app.client_id, name__in=[str(kind) for kind in TOLD]
    )
    return [_told(event) for event in found.order_by("-id")[:MOST_EVENTS]]


def _told(event: Event) -> dict[str, Any]:
    who = event.actor_name or event.detail.get("by") or _("This portal")
    titles = {
        Kind.SERVICE_BLOCKED: _("%(who)s blocked it"),
        Kind.SERVICE_UNBLOCKED: _("%(who)s took the block back"),
        Kind.SERVICE_APPROVAL_ENDED: _("%(who)s ended its approval"),
        Kind.APPROVAL_REQUESTED: _("%(who)s asked for it"),
        Kind.APPROVAL_GRANTED: _("%(who)s approved it"),
        Kind.APPROVAL_DENIED: _("%(who)s said no to a request for it"),
        Kind.SERVICE_SHUT_OUT: _("%(who)s revoked it for %(whom)s"),
    }
    number = event.detail.get("people", 0)
    whom = event.person_name or ngettext("%(n)s person", "%(n)s people", number) % {"n": f"{number:,}"}
    return {
        "at": event.at,
        "icon_name": TOLD[Kind(event.name)],
        "title": titles[Kind(event.name)] % {"who": who, "whom": whom},
        "why": event.detail.get("why", ""),
        "reference": event.subject_id if event.name == Kind.SERVICE_SHUT_OUT else "",
    }
