"""Signing in, out, and as somebody else."""

from typing import Any

from allauth.socialaccount.adapter import get_adapter
from django.contrib.auth import logout
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from accounts import services
from accounts.entra import NONCE_KEY
from accounts.stepup import sign_in_url

# Entra's domain hints lead straight to the right kind of account.
DOMAIN_HINTS = {"microsoft": "consumers", "work": "organizations"}


def safe_next(request: HttpRequest, value: str) -> str:
    """Only a path of this portal: anything else would make the sign-in an open redirect (RFC 9700 §4.11.2)."""
    if "\x00" not in value and value.startswith("/") and url_has_allowed_host_and_scheme(value, allowed_hosts=None):
        return value
    return reverse("front")


@require_GET
def front(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("authorizations:list")
    return render(request, "front.html", {"next": ""})


@require_GET
def genuine(request: HttpRequest) -> HttpResponse:
    return render(request, "genuine.html")


@require_GET
def signin(request: HttpRequest) -> HttpResponse:
    context = {
        "next": safe_next(request, request.GET.get("next", "")),
        "service": _service(request.GET.get("service", "")),
        "reason": request.GET.get("reason", "") if request.GET.get("reason") in {"reauthenticate", "switch"} else "",
        "login_hint": request.GET.get("login_hint", "")[:320],
    }
    return render(request, "accounts/signin.html", context)


def _service(signed: str) -> dict[str, str] | None:
    """Which service asks, as the authorization endpoint signed it: nobody else can write here."""
    try:
        name, publisher, verified = signing.loads(signed, salt="gatehouse.service", max_age=3600)
    except signing.BadSignature:
        return None
    return {"name": name, "publisher": publisher, "verified_domain": verified}


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Sends the person to the directory. `reason` decides whether a standing sign-in there is enough."""
    kind = request.POST.get("kind", "")
    if kind not in DOMAIN_HINTS:
        return redirect("accounts:signin")
    params = {"domain_hint": DOMAIN_HINTS[kind]}
    reason = request.POST.get("reason", "")
    if reason == "reauthenticate":
        params |= {"prompt": "login", "max_age": "0"}
    elif reason == "switch":
        params |= {"prompt": "select_account"}
    if hint := request.POST.get("login_hint", "")[:320].replace("\x00", ""):
        params["login_hint"] = hint
    return to_directory(request, safe_next(request, request.POST.get("next", "")), params)


def to_directory(request: HttpRequest, next_url: str, params: dict[str, str]) -> HttpResponse:
    provider = get_adapter().get_provider(request, "microsoft")
    nonce = request.session[NONCE_KEY] = get_random_string(32)
    fresh: dict[str, Any] = {"fresh": params.get("prompt") == "login"}
    return provider.redirect(request, "login", next_url=next_url, data=fresh, auth_params=params | {"nonce": nonce})


@require_POST
def signout(request: HttpRequest) -> HttpResponse:
    _out(request)
    return render(request, "accounts/signed_out.html")


@require_POST
def switch(request: HttpRequest) -> HttpResponseRedirect:
    """ "Not you?": the session ends, and the sign-in asks which account."""
    back = safe_next(request, request.POST.get("next", ""))
    _out(request)
    return HttpResponseRedirect(sign_in_url(back, reason="switch"))


def _out(request: HttpRequest) -> None:
    if request.user.is_authenticated:
        services.sign_out(request.user, now=timezone.now())
    logout(request)
