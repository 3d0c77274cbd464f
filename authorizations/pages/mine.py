"""Finds what belongs to the person who asks. Somebody else's is not there: no difference is shown."""

from uuid import UUID

from django.http import Http404

from accounts.stepup import PersonRequest
from authorizations.models import Authorization


def authorization(request: PersonRequest, authorization_id: UUID) -> Authorization:
    """With app and person, ended or not. Raises Http404."""
    found = (
        Authorization.objects.of(request.user)
        .select_related("application", "person")
        .filter(pk=authorization_id)
        .first()
    )
    if found is None:
        raise Http404
    return found
