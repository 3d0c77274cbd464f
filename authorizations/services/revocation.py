"""Ending things. Revoking an authorization is one UPDATE: every token, code and connection of it ends with that commit."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import Authorization, Connection, RevokedAccessToken
from authorizations.services.access_tokens import AccessToken


@transaction.atomic
def revoke_authorization(authorization: Authorization, *, by: User | None, reason: str, now: datetime) -> bool:
    """False when somebody was quicker; that is fine."""
    ended = Authorization.objects.filter(pk=authorization.pk, revoked_at=None).update(
        revoked_at=now, revoked_by=str(by.pk) if by else "", reason=reason
    )
    if not ended:
        return False
    record(
        Kind.AUTHORIZATION_REVOKED,
        now=now,
        actor=by,
        person=authorization.person,
        app=authorization.application,
        subject=("authorization", authorization.pk),
        detail={"reason": reason},
    )
    return True


@transaction.atomic
def revoke_connection(connection: Connection, *, by: User | None, reason: str, now: datetime) -> bool:
    if not Connection.objects.filter(pk=connection.pk, revoked_at=None).update(revoked_at=now, reason=reason):
        return False
    authorization = connection.authorization
    record(
        Kind.CONNECTION_REVOKED,
        now=now,
        actor=by,
        person=authorization.person,
        app=authorization.application,
        subject=("authorization", authorization.pk),
        detail={"connection": str(connection.pk), "reason": reason},
    )
    return True


@transaction.atomic
def revoke_access_token(token: AccessToken, *, now: datetime) -> None:
    """Remembers the token until it would have ended anyway. Twice is once."""
    _, new = RevokedAccessToken.objects.get_or_create(jti=token.jti, defaults={"expires_at": token.expires})
    if not new:
        return
    subject = ("connection", token.connection_id) if token.connection_id else ("app", token.client_id)
    record(Kind.TOKEN_REVOKED, now=now, subject=subject, detail={"jti": str(token.jti), "client_id": token.client_id})
