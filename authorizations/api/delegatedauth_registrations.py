"""The apps a person owns: /_apis/delegatedauth/registration."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from accounts.models import User
from authorizations.api import delegatedauth_document as documents
from authorizations.api import delegatedauth_shapes as shapes
from authorizations.api import paging
from authorizations.api.access import admit
from authorizations.api.described import CONTINUATION, CONTINUED, TOP, described
from authorizations.api.errors import invalid, not_found
from authorizations.api.reading import document, text, texts, whole
from authorizations.api.versions import check_version
from authorizations.services import app_retirement
from oauthapps import services
from oauthapps.models import Application

SCOPE = "vso.tokens"
router = Router()


@router.get("/registration")
@described(SCOPE, query=[TOP, CONTINUATION], gives=list[shapes.Registration], headers=CONTINUED)
def listing(request: HttpRequest, response: HttpResponse) -> list[dict[str, Any]]:
    """The apps that the person owns."""
    now = timezone.now()
    person = admit(request, now, SCOPE).person
    check_version(request)
    asked = paging.window(request)
    apps = Application.objects.of(person).prefetch_related("secrets").order_by("client_id")
    if after := paging.as_text(asked):
        apps = apps.filter(client_id__gt=after)
    page = paging.cut(list(apps[: asked.top + 1]), asked, response, lambda app: app.client_id)
    return [shapes.registration(app, person.pk, app.secrets.all(), now) for app in page]


@router.put("/registration")
@described(SCOPE, takes=documents.Document, gives=shapes.Registration, also=[409])
def create(request: HttpRequest) -> dict[str, Any]:
    """Registers an app. The answer alone carries the secret of a confidential one."""
    now = timezone.now()
    person = admit(request, now, SCOPE).person
    check_version(request)
    said = document(request, documents.KNOWN)
    documents.check_no_secret(said)
    registration, confirmed = documents.new(said), texts(said, "confirmed") or []
    try:
        with transaction.atomic():
            app = services.register(registration, owners=[person], by=person, now=now, confirmed=confirmed)
            value = "" if app.is_public else services.create_secret(app, slot="primary", by=person, now=now)[1]
    except services.RegistrationRefused as refusal:
        raise documents.refused(refusal) from refusal
    return shown(app, person, now) | ({"secret": value} if value else {})


@router.post("/registration")
@described(SCOPE, takes=documents.Document, gives=shapes.Registration, also=[404, 409])
def change(request: HttpRequest) -> dict[str, Any]:
    """Changes the app that the document names; what it does not say stays."""
    return _change(request, "")


@router.get("/registration/{client_id}")
@described(SCOPE, gives=shapes.Registration)
def one(request: HttpRequest, client_id: str) -> dict[str, Any]:
    """One app of the person; never a secret."""
    now = timezone.now()
    person = admit(request, now, SCOPE).person
    check_version(request)
    return shown(owned(person, client_id), person, now)


@router.post("/registration/{client_id}")
@described(SCOPE, takes=documents.Document, gives=shapes.Registration, also=[409])
def change_one(request: HttpRequest, client_id: str) -> dict[str, Any]:
    """Changes an app; what the document does not say stays."""
    return _change(request, client_id)


def _change(request: HttpRequest, client_id: str) -> dict[str, Any]:
    now = timezone.now()
    person = admit(request, now, SCOPE).person
    check_version(request)
    said = document(request, documents.KNOWN)
    documents.check_no_secret(said)
    app = owned(person, _named(said, client_id))
    registration, confirmed = documents.changed(said, app), texts(said, "confirmed") or []
    try:
        services.change(app, registration, by=person, now=now, version=whole(said, "revision"), confirmed=confirmed)
    except services.RegistrationRefused as refusal:
        raise documents.refused(refusal) from refusal
    return shown(app, person, now)


@router.delete("/registration/{client_id}")
@described(SCOPE, status=204)
def delete(request: HttpRequest, client_id: str) -> HttpResponse:
    """Everything of the app ends with it, for everybody, and its people and owners are told."""
    now = timezone.now()
    person = admit(request, now, SCOPE).person
    check_version(request)
    app = owned(person, client_id)
    try:
        app_retirement.delete_app(app, by=person, now=now)
    except services.RegistrationRefused as refusal:
        raise not_found("registration") from refusal  # somebody was quicker
    return HttpResponse(status=204)


def _named(said: dict[str, Any], in_path: str) -> str:
    in_document = text(said, "registrationId") or ""
    if in_path and in_document and in_path.lower() != in_document.lower():
        raise invalid("registrationId is not the one of the address.")
    if not in_path and not in_document:
        raise invalid("registrationId is missing: name the app that is to change.")
    return in_path or in_document


def owned(person: User, client_id: str) -> Application:
    """Somebody else's app is not there: no difference is shown. Raises ApiError 404."""
    ids = {client_id, client_id.lower()}
    app = Application.objects.of(person).filter(client_id__in=ids).first() if len(client_id) <= 255 else None
    if app is None:
        raise not_found("registration")
    return app


def shown(app: Application, person: User, now: datetime) -> dict[str, Any]:
    return shapes.registration(app, person.pk, app.secrets.filter(revoked_at=None), now)
