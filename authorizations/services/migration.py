"""People move: a legacy authorization becomes a standard one of the same app's twin, never silently, never wider."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from authorizations.events.context import current
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import Authorization
from authorizations.notifications import compose
from authorizations.notifications.compose import Draft
from authorizations.notifications.kinds import NoticeKind
from authorizations.services import consent, shutting_out, telling
from authorizations.services.revocation import close_codes, close_connections
from oauthapps import scopes as catalogue
from oauthapps.models import Application

# What a legacy consent carries without a name of its own. Every legacy token tells who its person is and is refreshed
# while the person is away; with vso.profile it tells the name and the e-mail address.
ALWAYS = frozenset({"openid", "offline_access"})
WITH_PROFILE = frozenset({"profile", "email"})


class NothingToMove(Exception):
    """There is no live legacy authorization that covers the request (any more): the ordinary way is the way."""


def covered(legacy_scopes: Iterable[str]) -> frozenset[str]:
    """Everything that a standard request may ask for without going beyond a legacy consent."""
    closed = catalogue.closure(legacy_scopes)
    return closed | ALWAYS | (WITH_PROFILE if "vso.profile" in closed else frozenset())


def older(person: User, twin: Application, now: datetime) -> Authorization | None:
    """The person's live authorization of the legacy app that this one replaces. No statement for an app that is no twin."""
    if twin.twin_of_id is None:
        return None
    return _legacy(person, twin, now).select_related("application", "person").first()


def beyond(legacy: Authorization, asked: Iterable[str]) -> list[str]:
    """What `asked` has and the legacy consent has not."""
    within = covered(legacy.scopes)
    return [scope for scope in asked if scope not in within]


def _legacy(person: User, twin: Application, now: datetime) -> QuerySet[Authorization]:
    """Of an app that somebody owns together with the twin: a twin that went to other owners asks like anybody else."""
    owning = Application.owners.through.objects
    shared = owning.filter(application=OuterRef("application"), user__in=owning.filter(application=twin).values("user"))
    return (
        Authorization.objects.of(person)
        .live(now)
        .filter(Exists(shared), application=twin.twin_of_id, application__deleted_at=None)
    )


def move(person: User, twin: Application, *, code: consent.CodeRequest, now: datetime) -> str:
    """The person continued with the new version. Returns the code of the request. Raises NothingToMove.

    One transaction: the standard authorization is made from the legacy consent, the legacy one is closed, both are
    recorded, the person is told. What the legacy service holds is refused from this commit on.
    """
    try:
        with transaction.atomic():
            return consent.issue_code(_moved(person, twin, code.scopes, now), code, now=now)
    except IntegrityError as error:
        raise NothingToMove from error  # another tab approved the twin at this moment


def _moved(person: User, twin: Application, asked: tuple[str, ...], now: datetime) -> Authorization:
    # Locked: a revoke that commits first leaves nothing to move, one that comes later finds it moved.
    legacy = (
        _legacy(person, twin, now).select_for_update(of=("self",), no_key=True).select_related("application").first()
    )
    if legacy is None or beyond(legacy, asked):
        raise NothingToMove
    _make_room(person, twin, now)
    made = _standard(person, twin, legacy, asked, now)
    closed = Authorization.objects.filter(pk=legacy.pk, revoked_at=None).update(
        revoked_at=now, revoked_by=str(person.pk), reason=Authorization.Ended.MIGRATED, migrated_to=made
    )
    if not closed:
        raise NothingToMove  # SQLite has no row locks; the condition holds there too
    close_codes([legacy.pk], now=now)
    close_connections([legacy.pk], now=now)
    shutting_out.carry_over(person, legacy.application, twin, made)
    _record(person, legacy, made, now)
    return made


def _make_room(person: User, twin: Application, now: datetime) -> None:
    standing = (
        Authorization.objects.select_for_update(no_key=True)
        .of(person)
        .filter(application=twin, revoked_at=None)
        .first()
    )
    if standing is not None and not consent.expire(standing, now=now):
        raise NothingToMove  # approved already, in another tab


def _standard(
    person: User, twin: Application, legacy: Authorization, asked: tuple[str, ...], now: datetime
) -> Authorization:
    facts, latest = current(), now + settings.AUTHORIZATION_LIFETIME
    return Authorization.objects.create(
        person=person,
        application=twin,
        scopes=list(asked),
        organizations=legacy.organizations,
        granted_at=now,
        expires_at=min(legacy.expires_at or latest, latest),
        page_version=consent.PAGE_VERSION,
        address=facts.address,
        user_agent=facts.user_agent,
    )


def _record(person: User, legacy: Authorization, made: Authorization, now: datetime) -> None:
    twin = made.application
    record(
        Kind.AUTHORIZATION_GRANTED,
        now=now,
        actor=person,
        person=person,
        app=twin,
        subject=("authorization", made.pk),
        detail={
            "scopes": made.scopes,
            "organizations": made.organizations,
            "until": made.expires_at.isoformat() if made.expires_at else None,
            "page_version": consent.PAGE_VERSION,
            "migrated_from": str(legacy.pk),
        },
    )
    record(
        Kind.AUTHORIZATION_MIGRATED,
        now=now,
        actor=person,
        person=person,
        app=legacy.application,
        subject=("authorization", legacy.pk),
        detail={"migrated_to": str(made.pk), "app": twin.client_id},
    )
    telling.lapsed([legacy.pk], now=now)
    told = Draft(
        NoticeKind.LEGACY_MIGRATED,
        person.pk,
        str(legacy.pk),
        app=twin,
        about=("authorization", made.pk),
        detail={"old": legacy.application.name, "authorization": str(made.pk)},
    )
    compose.tell([told], now=now)
