"""One member: what they may do here, and handing the organization over to them."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.models import AccessLevel, Membership, Project
from accounts.pages.organization import frame
from accounts.pages.organization.frame import Seat
from accounts.services import members, organizations
from accounts.services.members import Rights
from accounts.services.standing import Refused, Stale
from accounts.stepup import PersonRequest, recently_signed_in

STEP_UP_MINUTES = 60
MOST_PROJECTS = 100
ROLES = ("administrator", "reviewer", "may_make_tokens")


def membership_of(seat: Seat, person_id: UUID) -> Membership:
    """Raises Http404."""
    found = Membership.objects.filter(organization=seat.organization, person=person_id).select_related("person").first()
    if found is None:
        raise Http404
    found.organization = seat.organization
    return found


class MemberForm(forms.Form):
    access_level = forms.ChoiceField(
        label=gettext_lazy("Access level"), choices=AccessLevel.choices, widget=forms.RadioSelect
    )
    administrator = forms.BooleanField(label=gettext_lazy("Administrator"), required=False)
    reviewer = forms.BooleanField(label=gettext_lazy("Answers requests for services"), required=False)
    may_make_tokens = forms.BooleanField(label=gettext_lazy("May make personal access tokens"), required=False)
    was = forms.CharField(widget=forms.HiddenInput, max_length=64)

    @classmethod
    def of(cls, membership: Membership) -> "MemberForm":
        rights = Rights.of(membership)
        values = {name: getattr(rights, name) for name in ("access_level", *ROLES)}
        return cls(initial=values | {"administrator": membership.administers, "was": _written(rights)})

    def rights(self) -> Rights:
        return Rights(**{name: self.cleaned_data[name] for name in ("access_level", *ROLES)})


def _written(rights: Rights) -> str:
    return ":".join([rights.access_level, *("1" if getattr(rights, name) else "0" for name in ROLES)])


def _read(text: str) -> Rights:
    """What the page showed. Raises Stale for what no page has."""
    level, *roles = text.split(":")
    if len(roles) != len(ROLES) or set(roles) - {"0", "1"}:
        raise Stale
    return Rights(level, *(role == "1" for role in roles))


@require_http_methods(["GET", "POST"])
@recently_signed_in(STEP_UP_MINUTES)
def member(request: PersonRequest, organization: str, person_id: UUID) -> HttpResponse:
    seat = frame.administrator(request, organization)
    found = membership_of(seat, person_id)
    if request.method == "GET":
        return _page(request, seat, found, MemberForm.of(found))
    form = MemberForm(request.POST)
    if not form.is_valid():
        return _page(request, seat, found, form, status=400)
    try:
        changed = members.change(
            seat.organization,
            found.person,
            form.rights(),
            was=_read(form.cleaned_data["was"]),
            by=request.user,
            now=timezone.now(),
        )
    except Stale as refusal:
        messages.error(request, str(refusal))
        return _page(request, seat, found, MemberForm.of(found), status=409)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, seat, found, form, status=400)
    if changed:
        messages.success(request, _("Saved. It counts from the next call of each service and token on."))
    if found.person_id == request.user.pk and not form.rights().administrator and found.administrator:
        return redirect("organization:members", seat.slug)
    return redirect("organization:member", seat.slug, person_id)


def _page(
    request: PersonRequest, seat: Seat, found: Membership, form: MemberForm, *, status: int = 200
) -> HttpResponse:
    projects = Project.objects.filter(organization=seat.organization, members=found.person).order_by("name")
    names = list(projects[: MOST_PROJECTS + 1])
    context: dict[str, Any] = {
        "form": form,
        "member": found,
        "person": found.person,
        "owner": found.person_id == seat.organization.owner_id,
        "me": found.person_id == request.user.pk,
        "i_own": seat.organization.owner_id == request.user.pk,
        "projects": names[:MOST_PROJECTS],
        "more_projects": len(names) > MOST_PROJECTS,
    }
    return frame.render_tab(request, seat, "members", "accounts/organization/member.html", context, status=status)


@require_http_methods(["GET", "POST"])
@recently_signed_in(STEP_UP_MINUTES)
def make_owner(request: PersonRequest, organization: str, person_id: UUID) -> HttpResponse:
    """The owner hands the organization over; the page asks first."""
    seat = frame.owner(request, organization)
    found = membership_of(seat, person_id)
    if request.method == "GET" and found.person_id != request.user.pk and found.person.is_active:
        context = {"person": found.person, "member": found}
        return frame.render_tab(request, seat, "members", "accounts/organization/make_owner.html", context)
    if request.method == "POST":
        try:
            organizations.transfer(seat.organization, found.person, by=request.user, now=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            words = {"who": found.person, "name": seat.organization.name}
            messages.success(request, _("%(who)s owns %(name)s now. You are an administrator.") % words)
            return redirect("organization:overview", seat.slug)
    return redirect("organization:member", seat.slug, person_id)
