"""Issuing and rotating tokens. Nothing is issued before the code or the old refresh token is spent."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from authorizations import meters, rows, selectors, usage
from authorizations.events.context import current
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import Authorization, AuthorizationCode, Connection
from authorizations.policy import Reason, decide
from authorizations.protocol_rules import verifier_matches
from authorizations.rows import writing
from authorizations.rows.shapes import Opened
from authorizations.services import access_tokens, refresh_tokens
from authorizations.services.refusals import Refusal, TokenRefused
from authorizations.services.revocation import revoke_connection
from oauthapps import scopes as catalogue
from oauthapps.digests import digest, same
from oauthapps.models import Application, ApplicationSecret


@dataclass(frozen=True)
class Issued:
    access_token: str
    expires_in: int
    scopes: tuple[str, ...]
    refresh_token: str = ""
    connection: Connection | None = None


@dataclass(frozen=True)
class Client:
    """An authenticated (or public) client, the secret it used, and what it shows, if that was read with it: a code or a
    connection issued to it, None where there is no such, or `selectors.UNREAD`."""

    app: Application
    secret: ApplicationSecret | None = None
    presented: Any = selectors.UNREAD


class Outdated(Exception):
    """What was decided on is not so any more: read it again, and decide again."""


def exchange_code(client: Client, *, code: str, redirect_uri: str, verifier: str, now: datetime) -> Issued:
    """RFC 6749 §4.1.3. Raises TokenRefused."""
    row = selectors.code_by_digest(digest(code)) if client.presented is selectors.UNREAD else client.presented
    if row is None or row.authorization.application_id != client.app.pk:
        raise TokenRefused(Refusal.CODE_UNKNOWN)
    _check_code(row, redirect_uri, verifier, now)
    granted = _granted(row.scopes, row.authorization.scopes)
    decision = decide(
        frozenset(granted), selectors.code_facts(row.authorization, client.app, client.secret, now, issuing=True)
    )
    if decision.reason:
        raise TokenRefused(Refusal.NOT_ALLOWED, decision.reason, authorization=row.authorization)
    connection, refresh_token = _spend(row, client, granted, now)
    if connection is None:
        raise _spent(row, now)
    meters.issued("authorization_code")
    return _issued(connection, client, granted, refresh_token, now)


def _check_code(row: AuthorizationCode, redirect_uri: str, verifier: str, now: datetime) -> None:
    if row.authorization.revoked_at is not None:
        usage.note_refusal(row.authorization, None, "code", now)
    if row.spent_at is not None:
        raise _spent(row, now)
    if row.expires_at <= now:
        raise TokenRefused(Refusal.CODE_EXPIRED)
    if row.redirect_uri != redirect_uri:
        raise TokenRefused(Refusal.REDIRECT_MISMATCH)
    if row.code_challenge and not verifier:
        raise TokenRefused(Refusal.VERIFIER_MISSING)
    # RFC 9700 §2.1.1: a verifier without a challenge is a downgrade attempt.
    if (row.code_challenge or verifier) and not verifier_matches(verifier, row.code_challenge):
        raise TokenRefused(Refusal.VERIFIER_WRONG)


def _spend(
    row: AuthorizationCode, client: Client, granted: tuple[str, ...], now: datetime
) -> tuple[Connection | None, str]:
    """The code becomes a connection; None where it was spent already."""
    connection_id = uuid.uuid4()
    refresh_token = refresh_tokens.first(connection_id)
    facts = current()
    lifetime = settings.LEGACY_CONNECTION_LIFETIME if client.app.is_legacy else settings.CONNECTION_LIFETIME
    opened: dict[str, Any] = {
        "authorization": row.authorization,
        "scopes": list(granted),
        "refresh_digest": digest(refresh_token),
        "secret": client.secret,
        "auth_time": row.auth_time,
        "nonce": row.nonce,
        "created_at": now,
        "address": facts.address,
        "user_agent": facts.user_agent,
        "expires_at": now + lifetime,
    }
    if rows.quick():
        made: Any = Opened(connection_id, **opened)
        return (made, refresh_token) if writing.spend_code(row, made, client.app, now) else (None, "")
    connection = Connection(id=connection_id, **opened)
    return (connection, refresh_token) if _opened(row, connection, client, now) else (None, "")


@transaction.atomic
def _opened(row: AuthorizationCode, connection: Connection, client: Client, now: datetime) -> bool:
    # One conditional statement: of parallel exchanges exactly one gets on (RFC 6749 §10.5).
    won = AuthorizationCode.objects.filter(pk=row.pk, spent_at=None, expires_at__gt=now).update(
        spent_at=now, connection_id=connection.pk
    )
    if not won:
        return False
    connection.save(force_insert=True)
    record(
        Kind.CONNECTION_CREATED,
        now=now,
        actor=row.authorization.person,
        person=row.authorization.person,
        app=client.app,
        subject=("authorization", row.authorization_id),
        detail={"connection": str(connection.pk), "scopes": list(connection.scopes)},
    )
    return True


def _spent(row: AuthorizationCode, now: datetime) -> TokenRefused:
    """A spent code became a connection, or was closed together with its authorization before it became one."""
    connection_id = AuthorizationCode.objects.filter(pk=row.pk).values_list("connection_id", flat=True).get()
    if connection_id is None:
        return TokenRefused(Refusal.NOT_ALLOWED, Reason.AUTHORIZATION_REVOKED, authorization=row.authorization)
    _replayed(row, connection_id, now)
    return TokenRefused(Refusal.CODE_SPENT, authorization=row.authorization, connection=connection_id)


def _replayed(row: AuthorizationCode, connection_id: uuid.UUID, now: datetime) -> None:
    """RFC 6749 §4.1.2: a code used twice ends the tokens it issued."""
    authorization = row.authorization
    with transaction.atomic():
        record(
            Kind.CODE_REPLAYED,
            now=now,
            person=authorization.person,
            app=authorization.application,
            subject=("authorization", authorization.pk),
        )
        if connection := selectors.connection_by_id(connection_id):
            revoke_connection(connection, by=None, reason="authorization code replayed", now=now)


def refresh(client: Client, *, token: str, scope: Sequence[str], now: datetime) -> Issued:
    """RFC 6749 §6 with rotation (RFC 9700 §4.14.2). `scope` may narrow the access token, never the refresh token."""
    connection = _connection_of(client, token)
    presented = digest(token)
    decision = decide(frozenset(), selectors.connection_facts(connection, now, issuing=True))
    if decision.reason:
        usage.note_refused(decision.reason, connection, "refresh", now)
        raise _refused(Refusal.NOT_ALLOWED, connection, decision.reason)
    narrowed = _narrowed(connection, scope)
    replacement = refresh_tokens.successor(token, connection.pk)
    if same(connection.refresh_digest, presented) and _rotate(connection, client, presented, replacement, now):
        meters.issued("refresh_token")
        return _issued(connection, client, narrowed, replacement, now)
    return _retried(connection, client, presented, narrowed, replacement, now)


def _connection_of(client: Client, token: str) -> Connection:
    if client.presented is selectors.UNREAD:
        connection_id = refresh_tokens.connection_of(token)
        found = selectors.connection_by_id(connection_id) if connection_id else None
    else:
        found = client.presented
    if found is None or found.authorization.application_id != client.app.pk:
        raise TokenRefused(Refusal.REFRESH_UNKNOWN)
    return found


def _narrowed(connection: Connection, scope: Sequence[str]) -> tuple[str, ...]:
    granted = _granted(connection.scopes, connection.authorization.scopes)
    if not scope:
        return granted
    if catalogue.unknown(scope) or not catalogue.is_subset(scope, granted):
        raise TokenRefused(Refusal.SCOPE_WIDER)
    return tuple(scope)


def _rotate(connection: Connection, client: Client, presented: str, replacement: str, now: datetime) -> bool:
    """One conditional statement decides; a revocation that committed first makes it find nothing. From here on the
    connection hangs on the secret that was used last, so that a service that moved to its new secret loses nothing when
    the old one is ended."""
    if rows.quick():
        return writing.rotate(connection, client.secret, client.app, presented, digest(replacement), now)
    return _rotated(connection, client, presented, replacement, now)


@transaction.atomic
def _rotated(connection: Connection, client: Client, presented: str, replacement: str, now: datetime) -> bool:
    changed: dict[str, Any] = {
        "refresh_digest": digest(replacement),
        "previous_digest": presented,
        "rotated_at": now,
    }
    if client.secret is not None:
        changed["secret"] = client.secret
    # Exists, not a join: of a joined UPDATE, PostgreSQL does not look again at the row it had to wait for, and would
    # answer with tokens of a connection that was ended while it waited.
    standing = Authorization.objects.filter(pk=OuterRef("authorization_id"), revoked_at=None)
    won = Connection.objects.filter(
        Exists(standing), pk=connection.pk, refresh_digest=presented, revoked_at=None
    ).update(**changed)
    if not won:
        return False
    authorization = connection.authorization
    record(
        Kind.TOKEN_REFRESHED,
        now=now,
        actor=authorization.person,
        person=authorization.person,
        app=client.app,
        subject=("authorization", authorization.pk),
        detail={"connection": str(connection.pk)},
    )
    return True


def _retried(
    connection: Connection, client: Client, presented: str, narrowed: tuple[str, ...], replacement: str, now: datetime
) -> Issued:
    """The token is not the current one: a retry inside the window is answered again, anything later ends the family."""
    fresh = Connection.objects.select_related("authorization__person", "authorization__application", "secret").get(
        pk=connection.pk
    )
    decision = decide(frozenset(), selectors.connection_facts(fresh, now, issuing=True))
    if decision.reason:
        raise _refused(Refusal.NOT_ALLOWED, fresh, decision.reason)
    recent = fresh.rotated_at is not None and now - fresh.rotated_at <= settings.REFRESH_RETRY_WINDOW
    if recent and same(fresh.previous_digest, presented) and same(fresh.refresh_digest, digest(replacement)):
        return _issued(fresh, client, narrowed, replacement, now)
    if not recent:
        authorization = fresh.authorization
        with transaction.atomic():
            record(
                Kind.TOKEN_REUSE_DETECTED,
                now=now,
                person=authorization.person,
                app=authorization.application,
                subject=("authorization", authorization.pk),
                detail={"connection": str(fresh.pk)},
            )
            revoke_connection(fresh, by=None, reason="refresh token reused", now=now)
    raise _refused(Refusal.REFRESH_OUTDATED, fresh)


def _refused(refusal: Refusal, connection: Connection, reason: Reason | None = None) -> TokenRefused:
    return TokenRefused(refusal, reason, authorization=connection.authorization, connection=connection.pk)


def client_credentials(client: Client, *, scope: Sequence[str], now: datetime) -> Issued:
    """RFC 6749 §4.4: a confidential client on its own behalf. No refresh token, no person, no sign-in scopes.

    Raises TokenRefused, and Outdated where the client has changed since it was read: nothing was issued.
    """
    asked = tuple(scope) or tuple(s for s in client.app.all_scopes if catalogue.CATALOGUE[s].model != "standard")
    if catalogue.unknown(asked) or any(catalogue.CATALOGUE[s].model == "standard" for s in asked) or not asked:
        raise TokenRefused(Refusal.SCOPE_WIDER)
    decision = decide(frozenset(asked), selectors.client_facts(client.app, client.secret, now, issuing=True))
    if decision.reason:
        raise TokenRefused(Refusal.SCOPE_WIDER, decision.reason)
    assert client.secret is not None  # noqa: S101  (the endpoint admits confidential clients only)
    token, seconds = access_tokens.mint(
        client_id=client.app.client_id,
        subject=client.app.client_id,
        scopes=asked,
        now=now,
        ends=client.secret.expires_at,
        legacy=False,
        key_id=client.secret.key_id,
    )
    if rows.quick():
        if not writing.issued_to_client(client.app, client.secret, list(asked), now):
            raise Outdated
    else:
        with transaction.atomic():
            record(
                Kind.TOKEN_ISSUED,
                now=now,
                app=client.app,
                subject=("app", client.app.client_id),
                detail={"scopes": list(asked)},
            )
    meters.issued("client_credentials")
    return Issued(token, seconds, asked)


def _granted(wanted: Sequence[str], consented: Sequence[str]) -> tuple[str, ...]:
    """What is both in the connection and still in the consent, so that dropping a permission narrows at once."""
    closed = catalogue.closure(consented)
    return tuple(s for s in wanted if s in closed)


def _issued(
    connection: Connection, client: Client, granted: tuple[str, ...], refresh_token: str, now: datetime
) -> Issued:
    authorization = connection.authorization
    ends = min(connection.expires_at, authorization.expires_at or connection.expires_at)
    if client.app.is_legacy:  # who verifies it offline must not take it for good after the end of the model
        ends = min(ends, settings.LEGACY_SUNSET)
    token, seconds = access_tokens.mint(
        client_id=client.app.client_id,
        subject=str(authorization.person_id),
        scopes=granted,
        now=now,
        ends=ends,
        legacy=client.app.is_legacy,
        connection_id=connection.pk,
        authorization_id=authorization.pk,
        auth_time=connection.auth_time,
    )
    return Issued(token, seconds, granted, refresh_token, connection)
