"""How recently, and as whom, this browser session signed in at the directory.

allauth's reauthentication is always satisfied for people who have no password (03-library-traps), so the proof is
the directory's `auth_time`, or the time of a sign-in that we sent with `prompt=login`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from accounts.entra import Identity
from accounts.models import User

SESSION_KEY = "gatehouse_sign_in"


class PersonRequest(HttpRequest):
    """A request of somebody who is signed in: what views behind `signed_in` are given."""

    user: User  # type: ignore[assignment]


def remember_sign_in(request: HttpRequest, identity: Identity, *, fresh: bool, now: datetime) -> None:
    """`fresh`: we asked the directory for a new sign-in (prompt=login), so now is when it happened at the latest."""
    auth_time = identity.auth_time if identity.auth_time is not None else (int(now.timestamp()) if fresh else None)
    request.session[SESSION_KEY] = {"auth_time": auth_time, "at": int(now.timestamp())}


def auth_time(request: HttpRequest) -> int | None:
    """Seconds since the epoch of the last proven sign-in, or None when the directory did not say."""
    return (request.session.get(SESSION_KEY) or {}).get("auth_time")


def signed_in_within(request: HttpRequest, window: timedelta, now: datetime) -> bool:
    at = auth_time(request)
    return at is not None and now.timestamp() - at <= window.total_seconds()


def sign_in_url(next_url: str, **extra: str) -> str:
    return reverse("accounts:signin") + "?" + urlencode({"next": next_url, **extra})


def came_from(request: HttpRequest) -> str:
    """Where to return after a sign-in: the page itself, or for a form the page of ours that it was on."""
    if request.method == "GET":
        return request.get_full_path()
    try:
        referrer = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return "/"
    if referrer.netloc != request.get_host() or not referrer.path.startswith("/"):
        return "/"
    return referrer.path + (f"?{referrer.query}" if referrer.query else "")


def signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only for people who are signed in and active; others sign in first and come back."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            back = came_from(request)
            return HttpResponseRedirect(sign_in_url(back))
        return view(request, *args, **kwargs)

    return wrapper


def recently_signed_in(minutes: int) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Step-up: only for people who proved who they are within `minutes`; others are sent to do so."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if signed_in_within(request, timedelta(minutes=minutes), timezone.now()):
                return view(request, *args, **kwargs)
            back = came_from(request)
            return HttpResponseRedirect(sign_in_url(back, reason="reauthenticate"))

        return signed_in(wrapper)

    return decorate
