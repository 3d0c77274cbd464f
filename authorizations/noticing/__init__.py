"""What happens too often for an event each: refused calls, introspections, approval pages that were shown.

A process collects them in memory, adds them to the database every ten seconds, and they become events: one when
something is seen for the first time in an hour, with how often by then, and one when the hour is over, with the rest.
The call that is noticed costs no statement. What a process that is killed had collected since, is lost
(docs/decisions/0067).
"""

from datetime import datetime
from functools import lru_cache

from django.db import Error

from accounts.models import Organization, User
from authorizations import meters
from authorizations.events.context import current, known
from authorizations.events.kinds import Kind
from authorizations.noticing.gathering import Facts, Gathering
from authorizations.noticing.writing import tell_over, write

__all__ = ["consent_shown", "flush", "gathered", "introspected", "refused", "tell_over"]


def flush() -> int:
    """Writes what this process collected; returns how many different things it was."""
    found = gathered.drain()
    try:
        write(found)
    except Error:
        gathered.keep(found)  # for the next turn
        raise
    return len(found)


gathered = Gathering(flush)


def refused(
    kind: Kind,
    *,
    endpoint: str,
    reason: str,
    now: datetime,
    app_id: str = "",
    person: User | None = None,
    organization: Organization | None = None,
) -> None:
    """`app_id`: one that is known here. Without it, the client that proved who it is, if any did."""
    meters.refused(endpoint, reason)
    who = known()
    facts = Facts(
        kind=kind.value,
        endpoint=endpoint,
        reason=reason,
        app_id=app_id or who.client_id,
        person_id=str(person.pk) if person else who.person_id,
        organization_id=str(organization.pk) if organization else "",
        organization_name=str(organization)[:200] if organization else "",
        address=current().address,
        proved=bool(who.client_id or who.person_id),
    )
    gathered.add(facts, now)


def introspected(*, active: bool, app_id: str, now: datetime) -> None:
    """A resource server asked about a token. Of which app, only it may know when the token is good."""
    gathered.add(_introspected(active, app_id, known().client_id, current().address), now)


@lru_cache(maxsize=1024)
def _introspected(active: bool, app_id: str, caller_id: str, address: str) -> Facts:
    """The same servers ask about the same apps."""
    return Facts(
        kind=Kind.TOKEN_INTROSPECTED.value,
        endpoint="introspect",
        reason="active" if active else "inactive",
        app_id=app_id,
        caller_id=caller_id,
        address=address,
        proved=True,
    )


def consent_shown(person: User, app_id: str, now: datetime) -> None:
    facts = Facts(
        kind=Kind.CONSENT_SHOWN.value,
        endpoint="authorize",
        app_id=app_id,
        person_id=str(person.pk),
        address=current().address,
        proved=True,
    )
    gathered.add(facts, now)
