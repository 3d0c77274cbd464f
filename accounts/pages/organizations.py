"""The organizations of a person, and making one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts import addresses
from accounts.models import Membership, Project, User
from accounts.services import organizations
from accounts.services.standing import Refused
from accounts.stepup import PersonRequest, signed_in


class OrganizationForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=64, help_text=gettext_lazy("As people say it."))
    slug = forms.CharField(
        label=gettext_lazy("Address name"),
        max_length=addresses.LONGEST,
        help_text=gettext_lazy(
            "It stands in addresses, like /contoso/: letters a to z, digits and hyphens. It cannot be changed later."
        ),
        widget=forms.TextInput(attrs={"autocapitalize": "off", "spellcheck": "false", "autocomplete": "off"}),
    )


@require_http_methods(["GET", "POST"])
@signed_in
def mine(request: PersonRequest) -> HttpResponse:
    form = OrganizationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        said, now = form.cleaned_data, timezone.now()
        try:
            made = organizations.create(
                name=said["name"], slug=said["slug"], owner=request.user, by=request.user, now=now
            )
        except Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("%(name)s is there. You are its owner.") % {"name": made.name})
            return redirect("organization:overview", made.slug)
    context = {"form": form, "memberships": memberships(request.user)}
    return render(request, "accounts/organizations.html", context, status=400 if form.errors else 200)


def memberships(person: User) -> list[dict[str, Any]]:
    """Two statements."""
    projects: dict[object, list[str]] = {}
    for organization_id, name in (
        Project.objects.filter(members=person).order_by("name").values_list("organization_id", "name")
    ):
        projects.setdefault(organization_id, []).append(name)
    found = Membership.objects.filter(person=person).select_related("organization").order_by("organization__name")
    return [
        {
            "organization_name": m.organization.name,
            "slug": m.organization.slug,
            "access_level_label": m.get_access_level_display(),
            "administrator": m.administrator,
            "reviewer": m.reviewer,
            "owner": m.organization.owner_id == person.pk,
            "projects": projects.get(m.organization_id, []),
        }
        for m in found
    ]
