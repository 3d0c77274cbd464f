"""A person's answer on the approval page, and the code that follows."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from authorizations import rows
from authorizations.events.context import current
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import Authorization, AuthorizationCode
from authorizations.notifications import compose
from authorizations.notifications.kinds import NoticeKind
from authorizations.rows import writing
from authorizations.services import shutting_out, telling
from oauthapps import scopes as catalogue
from oauthapps.digests import digest, random_value
from oauthapps.models import Application
from oauthapps.services.retirement import hold_standing

# Changes with everything that a person reads on the approval page (docs/decisions/0029).
PAGE_VERSION = "3"


@dataclass(frozen=True)
class Reach:
    """The organizations that a consent reaches, by id. None: every one of the person's, now and later."""

    organizations: tuple[str, ...] | None


@dataclass(frozen=True)
class Given:
    """What a person gave on the approval page."""

    granted: tuple[str, ...]
    declined: tuple[str, ...] = ()
    reach: Reach | None = None  # None: as it stands
    expires_at: datetime | None = None  # None: as it stands
    shown: Mapping[str, Any] = field(default_factory=dict)  # what the page said, for the proof of the consent


@dataclass(frozen=True)
class CodeRequest:
    """What the authorization request fixes for its code."""

    scopes: tuple[str, ...]
    redirect_uri: str
    code_challenge: str
    nonce: str
    auth_time: int | None
    ticket: uuid.UUID


class AnsweredAlready(Exception):
    """The approval page was used before and its code was redeemed."""


class AppGone(Exception):
    """The app was deleted while the approval was written."""


def accept(person: User, app: Application, *, given: Given, code: CodeRequest, now: datetime) -> str:
    """The consent and its code in one transaction. Returns the code, shown to nobody else. Raises AnsweredAlready, AppGone."""
    for _ in range(3):
        try:
            with transaction.atomic():
                authorization = _grant(person, app, given, now)
                _let_back(authorization, given, now)
                return issue_code(authorization, code, now=now)
        except IntegrityError:
            # Two tabs accepted at once and the other was quicker: look again, and widen what it made.
            continue
    raise AnsweredAlready


def _let_back(authorization: Authorization, given: Given, now: datetime) -> None:
    """Organizations that had shut the service out: the person was shown them and said yes."""
    reach = given.reach or (Reach(None) if authorization.granted_at == now else None)
    if reach is not None:
        shutting_out.let_back(authorization, reach.organizations, by=authorization.person, now=now)


def _grant(person: User, app: Application, given: Given, now: datetime) -> Authorization:
    # No key lock: an exchange under way holds its code, which is replaced here, and waits for the key to insert its
    # connection; the two would wait for each other.
    mine = Authorization.objects.select_for_update(no_key=True).of(person)
    standing = mine.filter(application=app, revoked_at=None).first()
    if standing is not None and not standing.is_live(now):
        expire(standing, now=now)
        standing = None
    return _new(person, app, given, now) if standing is None else _widened(standing, given, now)


def _new(person: User, app: Application, given: Given, now: datetime) -> Authorization:
    if not hold_standing(app):
        raise AppGone
    facts = current()
    authorization = Authorization.objects.create(
        person=person,
        application=app,
        scopes=list(given.granted),
        declined=list(given.declined),
        organizations=_listed(given.reach) if given.reach else None,
        granted_at=now,
        expires_at=given.expires_at or now + settings.AUTHORIZATION_LIFETIME,
        page_version=PAGE_VERSION,
        address=facts.address,
        user_agent=facts.user_agent,
    )
    _record(Kind.AUTHORIZATION_GRANTED, authorization, given, now, scopes=list(given.granted))
    return authorization


def _widened(standing: Authorization, given: Given, now: datetime) -> Authorization:
    """Adds to what stands; organizations and end change only where the person said so."""
    added = [s for s in given.granted if s not in catalogue.closure(standing.scopes)]
    before = {"organizations": standing.organizations, "until": _told(standing.expires_at)}
    standing.declined = [s for s in dict.fromkeys([*standing.declined, *given.declined]) if s not in given.granted]
    standing.scopes = [*standing.scopes, *added]
    if given.reach:
        standing.organizations = _listed(given.reach)
    if given.expires_at:
        standing.expires_at = given.expires_at
        # What was said about the old end is no longer so.
        compose.cancel([NoticeKind.AUTHORIZATION_EXPIRING], about=("authorization", standing.pk), now=now)
    if added:
        standing.widened_at = now
    standing.confirmed_at = now
    standing.save(update_fields=["declined", "scopes", "organizations", "expires_at", "widened_at", "confirmed_at"])
    if added:
        telling.widened(standing, added, now=now)
    kind = Kind.AUTHORIZATION_WIDENED if added else Kind.CONSENT_CONFIRMED
    _record(kind, standing, given, now, added=added, before=before)
    return standing


def _told(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _listed(reach: Reach) -> list[str] | None:
    return None if reach.organizations is None else list(reach.organizations)


def _record(kind: Kind, authorization: Authorization, given: Given, now: datetime, **more: Any) -> None:
    """GDPR Art. 7(1): what was shown, what was answered, and what came of it, in one event with address and browser."""
    detail = more | {
        "declined": list(given.declined),
        "organizations": authorization.organizations,
        "until": _told(authorization.expires_at),
        "page_version": PAGE_VERSION,
        "shown": dict(given.shown),
    }
    record(
        kind,
        now=now,
        actor=authorization.person,
        person=authorization.person,
        app=authorization.application,
        subject=("authorization", authorization.pk),
        detail=detail,
    )


def issue_fresh_code(authorization: Authorization, code: CodeRequest, now: datetime) -> str:
    """For a ticket that no page has: nobody can have answered with it before. One statement on PostgreSQL."""
    if not rows.quick():
        return issue_code(authorization, code, now=now)
    value = random_value()
    writing.issue_code(digest(value), authorization, code, now, now + settings.AUTHORIZATION_CODE_LIFETIME)
    return value


@transaction.atomic
def issue_code(authorization: Authorization, code: CodeRequest, *, now: datetime) -> str:
    """Raises AnsweredAlready when the page's code was redeemed; a code not yet redeemed is replaced."""
    value = random_value()
    fields = {
        "digest": digest(value),
        "authorization": authorization,
        "scopes": list(code.scopes),
        "redirect_uri": code.redirect_uri,
        "code_challenge": code.code_challenge,
        "nonce": code.nonce,
        "auth_time": code.auth_time,
        "created_at": now,
        "expires_at": now + settings.AUTHORIZATION_CODE_LIFETIME,
    }
    try:
        with transaction.atomic():
            AuthorizationCode(ticket=code.ticket, **fields).save(force_insert=True)
    except IntegrityError:
        if not AuthorizationCode.objects.filter(ticket=code.ticket, spent_at=None).update(**fields):
            raise AnsweredAlready from None
    record(
        Kind.CODE_ISSUED,
        now=now,
        actor=authorization.person,
        person=authorization.person,
        app=authorization.application,
        subject=("authorization", authorization.pk),
        detail={"scopes": list(code.scopes)},
    )
    return value


@transaction.atomic
def refuse(person: User, app: Application, *, now: datetime) -> None:
    record(Kind.CONSENT_REFUSED, now=now, actor=person, person=person, app=app, subject=("app", app.client_id))


@transaction.atomic
def expire(authorization: Authorization, *, now: datetime) -> bool:
    """Closes the row of a consent that is over; it was refused from its last instant on in any case."""
    ended = Authorization.objects.filter(pk=authorization.pk, revoked_at=None, expires_at__lte=now).update(
        revoked_at=now, reason=Authorization.Ended.EXPIRED
    )
    if ended:
        record(
            Kind.AUTHORIZATION_EXPIRED,
            now=now,
            person=authorization.person,
            app=authorization.application,
            subject=("authorization", authorization.pk),
        )
        telling.lapsed([authorization.pk], now=now)
    return bool(ended)
