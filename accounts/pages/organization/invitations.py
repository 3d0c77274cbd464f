"""Inviting people: the form, the open invitations, sending again and withdrawing."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import AccessLevel, Organization, OrganizationInvitation
from accounts.pages import asked
from accounts.pages.organization import frame
from accounts.pages.organization.frame import Seat
from accounts.services import invitations
from accounts.services.standing import Refused
from accounts.stepup import PersonRequest, recently_signed_in, signed_in

STEP_UP_MINUTES = 60
PER_PAGE = 50
MOST_PROJECTS = 200


class InvitationForm(forms.Form):
    email = forms.CharField(
        label=gettext_lazy("E-mail"),
        max_length=320,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("We mail the link there. They sign in with any account of theirs."),
    )
    access_level = forms.ChoiceField(label=gettext_lazy("Access level"), choices=AccessLevel.choices)
    projects = forms.MultipleChoiceField(
        label=gettext_lazy("Projects"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, organization: Organization, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = organization.projects.order_by("name").values_list("pk", "name")[:MOST_PROJECTS]
        choices = [(str(pk), name) for pk, name in names]
        self.fields["projects"].choices = choices  # type: ignore[attr-defined]
        if not choices:
            del self.fields["projects"]


@require_http_methods(["GET", "POST"])
@recently_signed_in(STEP_UP_MINUTES)
def page(request: PersonRequest, organization: str) -> HttpResponse:
    seat = frame.administrator(request, organization)
    if request.method == "GET":
        return _page(request, seat, InvitationForm(seat.organization))
    form = InvitationForm(seat.organization, request.POST)
    if not form.is_valid():
        return _page(request, seat, form, status=400)
    said = form.cleaned_data
    try:
        made, link = invitations.invite(
            seat.organization,
            email=said["email"],
            level=said["access_level"],
            project_ids=[UUID(pk) for pk in said.get("projects", [])],
            by=request.user,
            now=timezone.now(),
        )
    except Refused as refusal:
        form.add_error(refusal.field or None, str(refusal))
        return _page(request, seat, form, status=400)
    return _page(request, seat, InvitationForm(seat.organization), sent=made, link=link)


def _page(request: PersonRequest, seat: Seat, form: InvitationForm, *, status: int = 200, **once: Any) -> HttpResponse:
    found = seat.organization.invitations.waiting().order_by("-created_at")
    context = {
        "form": form,
        "page": asked.page(request, found, PER_PAGE),
        "now": timezone.now(),
        "days": invitations.LIFETIME.days,
    }
    template = "accounts/organization/invitations.html"
    return frame.render_tab(request, seat, "members", template, context | once, status=status)


@require_POST
@recently_signed_in(STEP_UP_MINUTES)
def again(request: PersonRequest, organization: str, invitation_id: UUID) -> HttpResponse:
    seat = frame.administrator(request, organization)
    found = _invitation(seat, invitation_id)
    try:
        link = invitations.send_again(found, by=request.user, now=timezone.now())
    except invitations.InvitationOver:
        messages.error(request, _("This invitation is over: it was used or withdrawn meanwhile."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        found.refresh_from_db()
        return _page(request, seat, InvitationForm(seat.organization), sent=found, link=link)
    return redirect("organization:invitations", seat.slug)


@require_POST
@signed_in
def withdraw(request: PersonRequest, organization: str, invitation_id: UUID) -> HttpResponse:
    seat = frame.administrator(request, organization)
    try:
        if invitations.revoke(_invitation(seat, invitation_id), by=request.user, now=timezone.now()):
            messages.success(request, _("The invitation is withdrawn. Its link works no more."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("organization:invitations", seat.slug)


def _invitation(seat: Seat, invitation_id: UUID) -> OrganizationInvitation:
    found = seat.organization.invitations.filter(pk=invitation_id).first()
    if found is None:
        raise Http404
    found.organization = seat.organization
    return found
