"""Last-used times and counters, collected off the hot path and written by a task.

Notes are keys of a buffer: `<table>:<id>` with an instant for what was seen, `<table>:<id>:<day>:...` for what is
counted. `flush` writes them. What was refused after a revocation is noted, too: the first time counts.
"""

import json
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections

from authorizations import meters
from authorizations.events.context import current
from authorizations.models import Authorization, AuthorizationUsage, Connection, PersonalAccessToken
from authorizations.policy import Reason
from authorizations.usage import refusals
from authorizations.usage.buffers import Buffer, MemoryBuffer, RedisBuffer
from authorizations.usage.writing import FROM, write
from oauthapps.models import ApplicationSecret

Facet = AuthorizationUsage.Facet
_buffer: Any = None


def buffer() -> Buffer:
    global _buffer  # noqa: PLW0603  (one buffer per process, made on first use)
    if _buffer is None:
        redis = settings.USAGE_BUFFER == "redis"
        _buffer = RedisBuffer(getattr(settings, "REDIS_URL", "")) if redis else MemoryBuffer(_write_alone)
    return _buffer


def note_call(connection: Connection, endpoint: str, now: datetime) -> None:
    """A call with a person's access token. `endpoint`: api, userinfo, introspect or token."""
    meters.decided("allowed")
    at, authorization = now.timestamp(), connection.authorization
    one, other, counted = _keys_of_call(
        connection.pk, authorization.pk, authorization.application_id, endpoint, now.date()
    )
    buffer().note({one: at, other: at}, counted)


@lru_cache(maxsize=1024)
def _keys_of_call(
    connection_id: UUID, authorization_id: UUID, app_pk: int, endpoint: str, day: date
) -> tuple[str, str, tuple[str, str]]:
    """The same token comes again and again."""
    counted = (_used(authorization_id, day, Facet.ENDPOINT, endpoint), _called(app_pk, day, endpoint))
    return f"connection:{connection_id}", f"authorization:{authorization_id}", counted


def note_scope(connection: Connection, scope: str, now: datetime) -> None:
    """The call needed this permission."""
    buffer().note({}, (_used(connection.authorization_id, now.date(), Facet.SCOPE, scope),))


def note_organization(connection: Connection, organization_id: UUID, now: datetime) -> None:
    """The call was about this organization."""
    app_pk, day = connection.authorization.application_id, now.date()
    buffer().note(
        {},
        (
            _used(connection.authorization_id, day, Facet.ORGANIZATION, str(organization_id)),
            f"organization:{organization_id}:{day.isoformat()}:{app_pk}",
        ),
    )


def note_secret(secret: ApplicationSecret, now: datetime) -> None:
    """The secret was used, from the address and by the program that the current request says."""
    at, facts = now.timestamp(), current()
    used, place = _keys_of_secret(secret.pk, facts.address[:64], facts.user_agent[:120])
    buffer().note({used: at, place: at}, ())


@lru_cache(maxsize=1024)
def _keys_of_secret(secret_id: int, address: str, user_agent: str) -> tuple[str, str]:
    return f"secret:{secret_id}", f"use:{secret_id}:{json.dumps([address, user_agent])}"


def note_personal(token: PersonalAccessToken, place: str, now: datetime) -> None:
    """A call with a personal access token, from the address and by the program that the current request says.

    `place`: the id of the organization that the call was about; empty for none.
    """
    at, facts = now.timestamp(), current()
    origin = json.dumps([facts.address[:64], facts.user_agent[:300]])
    buffer().note(
        {f"personal:{token.pk}": at, f"{FROM}{token.pk}:{origin}": at},
        (f"personal:{token.pk}:{now.date().isoformat()}:{place}",),
    )


def note_app(app_pk: int, endpoint: str, now: datetime) -> None:
    """A call of the app that no authorization stands behind yet, such as authorize or token."""
    buffer().note({}, (_called(app_pk, now.date(), endpoint),))


def note_refused(reason: Reason, connection: Connection, call: str, now: datetime) -> None:
    """A call was refused. Those refused because a person ended something prove it on the receipt.

    `call`: api, userinfo, introspect, refresh or code. Costs no statement.
    """
    meters.decided(reason.value)
    if reason is Reason.AUTHORIZATION_REVOKED:
        note_refusal(connection.authorization, connection, call, now)
    elif reason is Reason.CONNECTION_REVOKED:
        buffer().note({}, (), first={refusals.key(None, connection.pk, call): now.timestamp()})


def note_refusal(authorization: Authorization, connection: Connection | None, call: str, now: datetime) -> None:
    """A call was refused because the authorization is revoked."""
    found = refusals.key(authorization.pk, connection.pk if connection else None, call)
    buffer().note({}, (), first={found: now.timestamp()})


def _used(authorization_id: UUID, day: date, facet: str, value: str) -> str:
    return f"authorization:{authorization_id}:{day.isoformat()}:{facet}:{value}"


def _called(app_pk: int, day: date, endpoint: str) -> str:
    return f"app:{app_pk}:{day.isoformat()}:{endpoint}"


def flush() -> int:
    """Writes what was collected; returns how many entries."""
    seen, counts = buffer().drain()
    write(seen, counts)
    return len(seen) + len(counts)


def _write_alone() -> None:
    try:
        flush()
    finally:
        close_old_connections()
