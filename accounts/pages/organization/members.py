"""Who belongs to an organization: search, filters and order, a constant number of statements for any number of members."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, OrderBy, Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.models import AccessLevel, Membership, Organization, Project
from accounts.pages import asked
from accounts.pages.organization import frame
from accounts.pages.organization.frame import Seat
from accounts.stepup import PersonRequest, signed_in

PER_PAGE = 50
ORDERS: dict[str, tuple[Any, list[OrderBy]]] = {
    "name": (gettext_lazy("Name"), [F("person__display_name").asc()]),
    "seen": (gettext_lazy("Last sign-in"), [F("person__last_login").desc(nulls_last=True)]),
    "joined": (gettext_lazy("Joined"), [F("created_at").desc()]),
}


def filters(organization: Organization) -> dict[str, tuple[Any, Q]]:
    """Each may be asked for, and each says how many there are."""
    administrators = Q(administrator=True) | Q(person=organization.owner_id)
    levels = {value: (label, Q(access_level=value)) for value, label in AccessLevel.choices}
    return {
        "all": (_("All"), Q()),
        "administrators": (_("Administrators"), administrators),
        "reviewers": (_("Answer requests"), Q(reviewer=True)),
        "tokens": (_("May make personal tokens"), Q(may_make_tokens=True)),
        **levels,
        "deactivated": (_("Deactivated"), Q(person__is_active=False)),
    }


def matching(query: str, *, addresses: bool) -> Q:
    """`addresses`: only administrators see e-mail addresses, so only they find people by them."""
    found = Q(person__display_name__icontains=query) | Q(person__principal_name__icontains=query)
    return found | Q(person__email__icontains=query) if addresses else found


@require_GET
@signed_in
def listing(request: PersonRequest, organization: str) -> HttpResponse:
    seat = frame.member(request, organization)
    administers = seat.membership.administers
    shown, query = filters(seat.organization), asked.query(request)
    show = request.GET.get("show", "all")
    show = show if show in shown else "all"
    order = request.GET.get("sort", "name")
    order = order if order in ORDERS else "name"
    everyone = Membership.objects.filter(organization=seat.organization)
    counts = everyone.aggregate(**{name: Count("pk", filter=where) for name, (_label, where) in shown.items()})
    found = everyone.filter(shown[show][1]).order_by(*ORDERS[order][1], "pk")
    if query:
        found = found.filter(matching(query, addresses=administers))
    # Sorted as ids alone: far back in a large organization whole rows would be sorted for nothing.
    ids = found.values_list("pk", flat=True)
    page = asked.page(request, ids, PER_PAGE, count=None if query else counts[show])
    kept = {k: v for k, v in (("show", show if show != "all" else ""), ("sort", order if order != "name" else "")) if v}
    context = {
        "rows": rows(seat, list(page.object_list)),
        "page": page,
        "query": query,
        "show": show,
        "sort": order,
        "orders": [(key, label) for key, (label, _by) in ORDERS.items()],
        "extra": urlencode(kept),
        "filters": _links(shown, counts, show, query, order),
        "total": counts["all"],
        "invited": seat.organization.invitations.open(timezone.now()).count() if administers else 0,
    }
    return frame.render_tab(request, seat, "members", "accounts/organization/members.html", context)


def _links(
    shown: dict[str, tuple[Any, Q]], counts: dict[str, int], show: str, query: str, order: str
) -> list[dict[str, Any]]:
    kept = {k: v for k, v in (("q", query), ("sort", order if order != "name" else "")) if v}
    return [
        {
            "label": label,
            "count": counts[name],
            "current": name == show,
            "url": "?" + urlencode(kept | ({} if name == "all" else {"show": name})),
        }
        for name, (label, _where) in shown.items()
        if counts[name] or name in {"all", show}
    ]


def rows(seat: Seat, ids: Sequence[int]) -> list[dict[str, Any]]:
    """In the order of the ids; one statement for the members, one for how many projects each is in."""
    known = Membership.objects.select_related("person").in_bulk(list(ids))
    found = [known[pk] for pk in ids if pk in known]
    inside = Project.members.through.objects.filter(
        project__organization=seat.organization, user__in=[m.person_id for m in found]
    )
    projects = dict(inside.order_by().values_list("user_id").annotate(Count("pk")))
    return [
        {
            "membership": m,
            "person": m.person,
            "owner": m.person_id == seat.organization.owner_id,
            "me": m.person_id == seat.membership.person_id,
            "projects": projects.get(m.person_id, 0),
        }
        for m in found
    ]
