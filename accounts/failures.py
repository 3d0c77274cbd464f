"""Pages that explain why a sign-in did not happen."""

import logging
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger(__name__)

TEXTS = {
    "cancelled": (
        _("You did not sign in"),
        _("The directory told us that the sign-in was cancelled or not permitted."),
    ),
    "tenant_not_allowed": (
        _("Your organization cannot sign in here"),
        _("This portal accepts only chosen work organizations, and yours is not one of them."),
    ),
    "read_only": (
        _("New people cannot come in for now"),
        _("The people who run this portal let nothing be changed at present, so a first sign-in has to wait."),
    ),
    "person_deactivated": (
        _("This account is switched off"),
        _("Operations staff of this portal switched the account off. Everything it approved has stopped."),
    ),
}
DEFAULT = (
    _("The sign-in did not work"),
    _("What the directory sent back could not be accepted, so nobody was signed in."),
)


def page(request: HttpRequest, code: str, next_url: str, status: int) -> HttpResponse:
    title, explanation = TEXTS.get(code, DEFAULT)
    retry = reverse("accounts:signin") + ("?" + urlencode({"next": next_url}) if next_url else "")
    context = {
        "title": title,
        "explanation": explanation,
        "code": code,
        "retry_url": retry,
        "what_to_do": _("Try again. If it keeps happening, give the code below to the people who run this portal."),
    }
    return render(request, "accounts/signin_failed.html", context, status=status)


def refused(
    request: HttpRequest, *, code: str, state: dict[str, Any] | None, exception: Exception | None
) -> HttpResponse:
    logger.warning("sign-in refused: %s: %s", code, type(exception).__name__ if exception else "directory error")
    return page(request, code, str((state or {}).get("next") or ""), 401 if code != "tenant_not_allowed" else 403)


def nobody_new(request: HttpRequest) -> HttpResponse:
    return page(request, "read_only", "", 503)


def deactivated(request: HttpRequest) -> HttpResponse:
    return page(request, "person_deactivated", "", 403)
