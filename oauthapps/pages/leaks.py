"""Somebody found a secret in the open: it can be reported by machine or on a page, by anybody, and ends at once.

Secrets of apps and personal access tokens are told apart by their form. Whether a value was one of ours is never told, and the value itself goes nowhere: not into an event, not into a
log, not into the answer.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.pages.too_many import too_many
from authorizations import limits, personal_format
from authorizations.events.context import current
from authorizations.services import app_secrets, personal_endings

MOST_BYTES = 256 * 1024
MOST_ITEMS = app_secrets.MOST_REPORTED


class Unreadable(Exception):
    """Says what is wrong with a report."""


def report(request: HttpRequest) -> HttpResponse:
    """POST /secrets/report: `{"secret": ...}`, or the list that GitHub's secret scanning sends. 202 whatever it held."""
    if request.method in {"GET", "HEAD"}:
        return HttpResponseRedirect(reverse("leaked"))
    if request.method != "POST":
        return JsonResponse({"error": "Use POST."}, status=405, headers={"Allow": "GET, POST"})
    if wait := _wait():
        said = {"error": f"Too many reports. Try again in {wait} seconds."}
        return JsonResponse(said, status=429, headers={"Retry-After": str(wait)})
    try:
        found = list(_read(request))
    except Unreadable as problem:
        return JsonResponse({"error": str(problem)}, status=400)
    now = timezone.now()
    for text, where in found:
        _end(text, where, now)
    return JsonResponse({"received": len(found)}, status=202)


def _end(text: str, where: str, now: datetime) -> None:
    app_secrets.report_leaked([text], where=where, now=now)
    personal_endings.report_leaked([text], where=where, now=now)


def _read(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """The texts, and where each was found. Raises Unreadable."""
    if len(request.body) > MOST_BYTES:
        raise Unreadable("A report has at most 256 KiB.")
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise Unreadable('Send JSON: {"secret": "..."}, or a list of {"token": "...", "url": "..."}.') from error
    items = said if isinstance(said, list) else [said]
    if not items or len(items) > MOST_ITEMS:
        raise Unreadable(f"Send 1 to {MOST_ITEMS} secrets at a time.")
    for item in items:
        text = _text(item)
        yield text, where_of(item.get("url"), text)


def _text(item: Any) -> str:
    text = (item.get("secret") or item.get("token")) if isinstance(item, dict) else None
    if not isinstance(text, str):
        raise Unreadable('Each report is an object with "secret" or "token", a string.')
    return text


def where_of(url: Any, secret: str) -> str:
    """The address without query and fragment, as far as it can be shown to owners; never with the secret in it."""
    if not isinstance(url, str) or len(url) > 500 or any(c <= " " for c in url):
        return ""
    try:
        parts = urlsplit(url)
        shown = f"{parts.scheme}://{parts.hostname}{parts.path}"
    except ValueError:
        return ""
    if parts.scheme not in {"https", "http"} or not parts.hostname or secret.strip() in shown:
        return ""
    secretive = app_secrets.WHAT_IT_LOOKS_LIKE.search(shown) or personal_format.IN_TEXT.search(shown)
    return "" if secretive else shown[:300]


@require_http_methods(["GET", "POST"])
def leaked(request: HttpRequest) -> HttpResponse:
    """The page for people: paste what you found."""
    if request.method == "GET":
        return render(request, "oauthapps/leaked.html")
    if wait := _wait():
        return too_many(request, wait)
    text = request.POST.get("secret", "")
    if not text.strip():
        return render(request, "oauthapps/leaked.html", {"problem": _("Paste what you found.")}, status=400)
    where = where_of(request.POST.get("url", "").strip(), text)
    _end(text[:MOST_BYTES], where, timezone.now())
    return render(request, "oauthapps/leaked.html", {"done": True})


def _wait() -> int:
    """Seconds, for who sends too many reports; many secrets can go into one."""
    return limits.count("leaks_per_address", current().address)
