"""The person's own page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.pages.organizations import memberships
from accounts.stepup import PersonRequest, signed_in


@require_GET
@signed_in
def profile(request: PersonRequest) -> HttpResponse:
    context = {"person": request.user, "memberships": memberships(request.user)}
    return render(request, "accounts/profile.html", context)
