"""Who calls the REST API, and whether the token carries what the call needs."""

from datetime import datetime

from django.http import HttpRequest

from authorizations import usage
from authorizations.api.errors import forbidden
from authorizations.protocol.bearer import Access, authenticate


def admit(request: HttpRequest, now: datetime, scope: str = "") -> Access:
    """One statement. Raises BearerRefused, or ApiError 403 with the challenge of RFC 6750 §3.1."""
    access = authenticate(request, now)
    if scope and not access.covers(scope):
        error = forbidden(str(access.person.pk), f"The token does not carry the permission {scope}.")
        error.challenge = f'Bearer realm="Gatehouse", error="insufficient_scope", scope="{scope}"'
        raise error
    if scope:
        usage.note_scope(access.connection, scope, now)
    return access
