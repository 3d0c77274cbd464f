"""Changes of the hot path, each with its event in one statement: all of it happens, or nothing.

The condition of the change decides (of parallel calls exactly one gets on), and the event is written for what it
changed. Alone it is a transaction of its own, which costs one round trip instead of four.
"""

import json
from datetime import datetime
from typing import Any

import orjson

from authorizations.events.context import current
from authorizations.events.kinds import Kind
from authorizations.events.models import Event
from authorizations.rows.database import Statement
from authorizations.rows.reading import AS_SEEN

# What an event of the hot path says; every other column has the model's default.
SAID = (
    "at",
    "name",
    "actor_id",
    "actor_name",
    "person_id",
    "person_name",
    "app_id",
    "app_name",
    "subject_type",
    "subject_id",
    "address",
    "user_agent",
    "request_id",
    "detail",
)
TYPES = {"at": "timestamptz", "detail": "jsonb"}


def _event(first: int, source: str) -> str:
    """An INSERT of one event for each row of `source`, with the parameters from `first` on."""
    given = {name: f"${first + n}::{TYPES.get(name, 'text')}" for n, name in enumerate(SAID)}
    fields: list[Any] = [f for f in Event._meta.local_concrete_fields if not f.primary_key]
    values = [given.get(f.column) or _default(f) for f in fields]
    return f"INSERT INTO events_event ({', '.join(f.column for f in fields)}) SELECT {', '.join(values)} FROM {source}"  # noqa: S608


def _default(field: Any) -> str:
    value = None if field.null and not field.has_default() else field.get_default()
    if value is None:
        return "NULL"
    literal = json.dumps(value) if not isinstance(value, str) else value
    escaped = literal.replace("'", "''")
    return f"'{escaped}'"


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _said(
    kind: Kind, now: datetime, subject: tuple[str, str], detail: dict[str, Any], person: Any, app: Any, *, acts: bool
) -> list[str]:
    """As `events.log.event` says it. `acts`: the person is the one who did it."""
    facts = current()
    who, name = (str(person.pk), str(person)[:200]) if person is not None else ("", "")
    return [
        now.isoformat(),
        kind.value,
        who if acts else "",
        name if acts else "",
        who,
        name,
        app.client_id,
        app.name[:255],
        *subject,
        facts.address,
        facts.user_agent,
        facts.request_id,
        _json(detail),
    ]


_issue = Statement(f"""
    WITH held AS MATERIALIZED (
        SELECT 1 FROM oauthapps_applicationsecret s JOIN oauthapps_application a ON a.id = s.application_id
        WHERE s.key_id = $1 AND {AS_SEEN} = $2
    ), told AS ({_event(3, "held")})
    SELECT 1 FROM held
""")  # noqa: S608
_spend = Statement(f"""
    WITH won AS (
        UPDATE authorizations_authorizationcode SET spent_at = $2, connection_id = $3
        WHERE digest = $1 AND spent_at IS NULL AND expires_at > $2 RETURNING authorization_id
    ), made AS (
        INSERT INTO authorizations_connection (id, authorization_id, scopes, refresh_digest, previous_digest, rotated_at,
            secret_id, auth_time, nonce, created_at, address, user_agent, last_used_at, expires_at, revoked_at, reason, told)
        SELECT $3, authorization_id, $4, $5, '', NULL, $6, $7, $8, $2, $9, $10, NULL, $11, NULL, '', false FROM won
    ), told AS ({_event(12, "won")})
    SELECT 1 FROM won
""")  # noqa: S608
# Exists, not a join: of a joined UPDATE, PostgreSQL does not look again at the row it had to wait for, and would answer
# with tokens of a connection that was ended while it waited.
_rotate = Statement(f"""
    WITH won AS (
        UPDATE authorizations_connection c
        SET refresh_digest = $3, previous_digest = $2, rotated_at = $4, secret_id = coalesce($5, c.secret_id)
        WHERE c.id = $1 AND c.refresh_digest = $2 AND c.revoked_at IS NULL AND EXISTS (
            SELECT 1 FROM authorizations_authorization z WHERE z.id = c.authorization_id AND z.revoked_at IS NULL)
        RETURNING c.id
    ), told AS ({_event(6, "won")})
    SELECT 1 FROM won
""")  # noqa: S608
_issue_code = Statement(f"""
    WITH made AS (
        INSERT INTO authorizations_authorizationcode (digest, authorization_id, ticket, scopes, redirect_uri, code_challenge,
            nonce, auth_time, created_at, expires_at, spent_at, connection_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, NULL) RETURNING 1
    ), told AS ({_event(11, "made")})
    SELECT 1 FROM made
""")  # noqa: S608
_end_connection = Statement(f"""
    WITH won AS (
        UPDATE authorizations_connection SET revoked_at = $2, reason = $3 WHERE id = $1 AND revoked_at IS NULL RETURNING id
    ), told AS ({_event(4, "won")})
    SELECT 1 FROM won
""")  # noqa: S608


def issued_to_client(app: Any, secret: Any, scopes: list[str], now: datetime) -> bool:
    """The event of a token that a client got on its own behalf. False, and nothing is written: the secret or the app is not
    as it was read."""
    said = _said(Kind.TOKEN_ISSUED, now, ("app", app.client_id), {"scopes": scopes}, None, app, acts=False)
    return bool(_issue(secret.key_id, secret.seen, *said))


def issue_code(code_digest: str, authorization: Any, code: Any, now: datetime, ends: datetime) -> None:
    detail = {"scopes": list(code.scopes)}
    subject = ("authorization", str(authorization.pk))
    _issue_code(
        code_digest,
        str(authorization.pk),
        str(code.ticket),
        _json(list(code.scopes)),
        code.redirect_uri,
        code.code_challenge,
        code.nonce,
        None if code.auth_time is None else str(code.auth_time),
        now.isoformat(),
        ends.isoformat(),
        *_said(Kind.CODE_ISSUED, now, subject, detail, authorization.person, authorization.application, acts=True),
    )


def spend_code(code: Any, connection: Any, app: Any, now: datetime) -> bool:
    """Spends the code and opens the connection. False: somebody was quicker, or it has ended."""
    authorization = code.authorization
    detail = {"connection": str(connection.pk), "scopes": list(connection.scopes)}
    subject = ("authorization", str(authorization.pk))
    return bool(
        _spend(
            code.pk,
            now.isoformat(),
            str(connection.pk),
            _json(list(connection.scopes)),
            connection.refresh_digest,
            None if connection.secret is None else str(connection.secret.pk),
            None if connection.auth_time is None else str(connection.auth_time),
            connection.nonce,
            connection.address,
            connection.user_agent,
            connection.expires_at.isoformat(),
            *_said(Kind.CONNECTION_CREATED, now, subject, detail, authorization.person, app, acts=True),
        )
    )


def rotate(connection: Any, secret: Any, app: Any, presented: str, replacement: str, now: datetime) -> bool:
    """Replaces one digest by the next. False: it is not the current one, or the connection or its authorization ended."""
    authorization = connection.authorization
    detail = {"connection": str(connection.pk)}
    subject = ("authorization", str(authorization.pk))
    return bool(
        _rotate(
            str(connection.pk),
            presented,
            replacement,
            now.isoformat(),
            None if secret is None else str(secret.pk),
            *_said(Kind.TOKEN_REFRESHED, now, subject, detail, authorization.person, app, acts=True),
        )
    )


def end_connection(connection: Any, reason: str, now: datetime) -> bool:
    """By the service itself. False: it was over already."""
    authorization = connection.authorization
    detail = {"connection": str(connection.pk), "reason": reason}
    subject = ("authorization", str(authorization.pk))
    said = _said(
        Kind.CONNECTION_REVOKED, now, subject, detail, authorization.person, authorization.application, acts=False
    )
    return bool(_end_connection(str(connection.pk), now.isoformat(), reason, *said))
