"""A person's answer on the approval page, and the code that follows."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from authorizations.events.context import current
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import Authorization, AuthorizationCode
from oauthapps import scopes as catalogue
from oauthapps.digests import digest, random_value
from oauthapps.models import Application

PAGE_VERSION = "1"


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


def accept(
    person: User,
    app: Application,
    *,
    granted: tuple[str, ...],
    declined: tuple[str, ...],
    code: CodeRequest,
    now: datetime,
) -> str:
    """The consent and its code in one transaction. Returns the code, shown to nobody else. Raises AnsweredAlready."""
    for _ in range(3):
        try:
            with transaction.atomic():
                authorization = _grant(person, app, granted, declined, now)
                return issue_code(authorization, code, now=now)
        except IntegrityError:
            # Two tabs accepted at once and the other was quicker: look again, and widen what it made.
            continue
    raise AnsweredAlready


def _grant(
    person: User, app: Application, granted: tuple[str, ...], declined: tuple[str, ...], now: datetime
) -> Authorization:
    standing = Authorization.objects.select_for_update().of(person).filter(application=app, revoked_at=None).first()
    if standing is not None and not standing.is_live(now):
        expire(standing, now=now)
        standing = None
    if standing is None:
        return _new(person, app, granted, declined, now)
    return _widened(standing, granted, declined, now)


def _new(
    person: User, app: Application, granted: tuple[str, ...], declined: tuple[str, ...], now: datetime
) -> Authorization:
    facts = current()
    authorization = Authorization.objects.create(
        person=person,
        application=app,
        scopes=list(granted),
        declined=list(declined),
        granted_at=now,
        expires_at=now + settings.AUTHORIZATION_LIFETIME,
        page_version=PAGE_VERSION,
        address=facts.address,
        user_agent=facts.user_agent,
    )
    record(
        Kind.AUTHORIZATION_GRANTED,
        now=now,
        actor=person,
        person=person,
        app=app,
        subject=("authorization", authorization.pk),
        detail={"scopes": list(granted), "declined": list(declined), "page_version": PAGE_VERSION},
    )
    return authorization


def _widened(
    standing: Authorization, granted: tuple[str, ...], declined: tuple[str, ...], now: datetime
) -> Authorization:
    added = [s for s in granted if s not in catalogue.closure(standing.scopes)]
    standing.declined = [s for s in dict.fromkeys([*standing.declined, *declined]) if s not in granted]
    standing.scopes = [*standing.scopes, *added]
    # A fresh approval starts the period anew.
    standing.expires_at = now + settings.AUTHORIZATION_LIFETIME
    if added:
        standing.widened_at = now
        record(
            Kind.AUTHORIZATION_WIDENED,
            now=now,
            actor=standing.person,
            person=standing.person,
            app=standing.application,
            subject=("authorization", standing.pk),
            detail={"added": added},
        )
    standing.save(update_fields=["declined", "scopes", "expires_at", "widened_at"])
    return standing


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
    return bool(ended)
