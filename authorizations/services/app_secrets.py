"""Secrets of apps, together with what hangs on them: ending one ends the connections made with it, at once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import Connection
from authorizations.notifications import compose
from authorizations.notifications.kinds import NoticeKind
from oauthapps.digests import digest, same
from oauthapps.models import Application, ApplicationSecret, SecretUse
from oauthapps.services.secrets import SecretChanged, create_secret, end, lock_standing, secret_in
from oauthapps.services.telling import tell_owners

Ended = ApplicationSecret.Ended
WHAT_IT_LOOKS_LIKE = re.compile(r"(?<![0-9a-f])([0-9a-f]{16})\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
MOST_REPORTED = 100


@dataclass(frozen=True)
class StillUsedBy:
    """What ends with a secret."""

    connections: int
    people: int
    uses: tuple[SecretUse, ...]
    last_used_at: datetime | None
    # Tokens that the app got for itself may live until then; they end with the secret as well.
    own_tokens_until: datetime | None

    def is_over(self, now: datetime) -> bool:
        """Nothing would stop: nobody is connected with it, and the tokens it got for itself have run out."""
        return not self.connections and (self.own_tokens_until is None or self.own_tokens_until <= now)


@dataclass(frozen=True)
class Regenerated:
    """`value` is shown once. `connections` and `people` are what ended with the old secret."""

    secret: ApplicationSecret
    value: str
    connections: int
    people: int


def live_connections(secret: ApplicationSecret, now: datetime) -> QuerySet[Connection]:
    """Those that would answer now and hang on this secret: a refresh with another secret moves a connection to that."""
    standing = Q(authorization__expires_at=None) | Q(authorization__expires_at__gt=now)
    return Connection.objects.filter(
        standing, secret=secret, revoked_at=None, expires_at__gt=now, authorization__revoked_at=None
    )


def still_used_by(secret: ApplicationSecret, now: datetime) -> StillUsedBy:
    connections, people = _counted(secret, now)
    last = secret.last_used_at
    return StillUsedBy(
        connections,
        people,
        tuple(secret.uses.order_by("-last_used_at")[: settings.SECRET_USES_KEPT]),
        last,
        min(last + settings.ACCESS_TOKEN_LIFETIME, secret.expires_at) if last else None,
    )


def _counted(secret: ApplicationSecret, now: datetime) -> tuple[int, int]:
    found = live_connections(secret, now)
    return found.count(), found.values("authorization__person_id").distinct().count()


@transaction.atomic
def regenerate(
    app: Application,
    *,
    slot: str,
    by: User | None,
    now: datetime,
    replaces: str | None = None,
    lifetime: timedelta | None = None,
) -> Regenerated:
    """A new secret in the slot. What was there ends, with the connections made with it and the tokens it got.

    Arguments and errors are those of `oauthapps.services.create_secret`. The other owners are told.
    """
    lock_standing(app)
    before = secret_in(app, slot)
    secret, value = create_secret(app, slot=slot, by=by, now=now, replaces=replaces, lifetime=lifetime)
    connections = people = 0
    if before:
        before.refresh_from_db(fields=["revoked_at", "ended_because"])
        connections, people = _end_what_hangs_on(before, by, now)
    detail = _detail(secret, by) | {"what": "regenerated" if before else "made", "connections": connections}
    _tell(secret, NoticeKind.SECRET_CHANGED, "made", detail, now, but=by)
    return Regenerated(secret, value, connections, people)


@transaction.atomic
def retire(app: Application, *, slot: str, by: User | None, now: datetime, replaces: str) -> tuple[int, int]:
    """Ends the secret in the slot without a successor; returns the connections and people that lost theirs.

    `replaces`: the key id the caller saw. Raises SecretChanged, RegistrationRefused.
    """
    lock_standing(app)
    secret = secret_in(app, slot)
    if secret is None or secret.key_id != replaces:
        raise SecretChanged
    end(secret, because=Ended.ENDED, by=by, now=now)
    connections, people = _end_what_hangs_on(secret, by, now)
    detail = _detail(secret, by) | {"what": "ended", "connections": connections}
    _tell(secret, NoticeKind.SECRET_CHANGED, "ended", detail, now, but=by)
    return connections, people


@transaction.atomic
def end_by_operations(secret: ApplicationSecret, *, by: User, reason: str, now: datetime) -> tuple[int, int] | None:
    """Ends a secret for a reason, with what hangs on it, and tells every owner. None when it had ended already."""
    if not end(secret, because=Ended.OPERATIONS, by=by, now=now, reason=reason):
        return None
    connections, people = _end_what_hangs_on(secret, by, now)
    detail = _detail(secret, by) | {"what": "ended", "connections": connections, "reason": reason}
    _tell(secret, NoticeKind.SECRET_CHANGED, "ended", detail, now)
    return connections, people


@transaction.atomic
def expire(secret: ApplicationSecret, *, now: datetime) -> bool:
    """Closes a secret that has run out; every decision refused it from its last instant on in any case."""
    if secret.expires_at > now or not end(secret, because=Ended.EXPIRED, by=None, now=now):
        return False
    connections, people = _end_what_hangs_on(secret, None, now)
    detail = _detail(secret, None) | {"connections": connections, "people": people}
    _tell(secret, NoticeKind.SECRET_EXPIRED, "expired", detail, now)
    return True


def report_leaked(texts: Iterable[str], *, where: str = "", now: datetime) -> int:
    """Ends every secret in force that one of the texts contains; returns how many. `where`: said to the owners."""
    matches = (match for text in texts for match in WHAT_IT_LOOKS_LIKE.finditer(text))
    found = {match[0]: match[1] for match in islice(matches, MOST_REPORTED)}
    known = {
        s.key_id: s
        for s in ApplicationSecret.objects.live(now).filter(key_id__in=found.values()).select_related("application")
    }
    return sum(
        _leaked(known[key_id], where, now)
        for value, key_id in found.items()
        if key_id in known and same(known[key_id].digest, digest(value))
    )


@transaction.atomic
def _leaked(secret: ApplicationSecret, where: str, now: datetime) -> bool:
    if not end(secret, because=Ended.LEAKED, by=None, now=now):
        return False
    connections, people = _end_what_hangs_on(secret, None, now)
    detail = _detail(secret, None) | {"connections": connections, "people": people, "where": where}
    subject = ("secret", secret.key_id)
    record(Kind.SECRET_LEAKED, now=now, app=secret.application, subject=subject, detail=detail)
    _tell(secret, NoticeKind.SECRET_LEAKED, "leaked", detail, now)
    return True


def _end_what_hangs_on(secret: ApplicationSecret, by: User | None, now: datetime) -> tuple[int, int]:
    """One UPDATE, however many there are. Returns how many connections of how many people ended."""
    connections, people = _counted(secret, min(now, secret.expires_at))
    Connection.objects.filter(secret=secret, revoked_at=None).update(revoked_at=now, reason=_reason(secret))
    if connections:
        record(
            Kind.CONNECTIONS_ENDED,
            now=now,
            actor=by,
            app=secret.application,
            subject=("secret", secret.key_id),
            detail={"connections": connections, "people": people},
        )
    compose.cancel([NoticeKind.SECRET_EXPIRING], about=("secret", secret.key_id), now=now)
    return connections, people


def _reason(secret: ApplicationSecret) -> str:
    return f"secret {secret.ended_because}"


def _detail(secret: ApplicationSecret, by: User | None) -> dict[str, object]:
    return {
        "slot": secret.slot,
        "key_id": secret.key_id,
        "expires_at": secret.expires_at.isoformat(),
        "by": str(by) if by else "",
    }


def _tell(
    secret: ApplicationSecret,
    kind: NoticeKind,
    what: str,
    detail: dict[str, object],
    now: datetime,
    but: User | None = None,
) -> None:
    about = ("secret", secret.key_id)
    key = f"{secret.key_id}:{what}"
    tell_owners(secret.application, kind, key=key, now=now, about=about, detail=detail, but=but)


def close_stragglers(*, since: datetime, now: datetime) -> int:
    """Connections that a code exchange made in the very moment its secret ended. They never answered; now they say so.

    `since`: secrets that ended later than this are looked at.
    """
    late = Connection.objects.filter(secret__revoked_at__gt=since, revoked_at=None)
    return Connection.objects.filter(pk__in=list(late.values_list("pk", flat=True)[:500]), revoked_at=None).update(
        revoked_at=now, reason="secret ended"
    )
