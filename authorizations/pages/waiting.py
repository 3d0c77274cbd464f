"""Where a service needs the approval of an organization: what for, and how the person's own request stands."""

from collections.abc import Collection, Iterable
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from authorizations.bounds import Bound
from authorizations.models import ApprovalRequest
from authorizations.services.approvals import needing
from oauthapps import scopes as catalogue
from oauthapps.models import Application

State = ApprovalRequest.State
# An approval that ended, or a request that was taken back, says nothing about what is missing now.
TELLING = (State.OPEN, State.DENIED, State.EXPIRED)


def cards(person: User, app: Application, bounds: Iterable[Bound]) -> dict[str, dict[str, Any]]:
    """By the id of the organization. One statement, and none where no approval is missing."""
    missing = {str(b.organization.pk): needing(b) for b in bounds if b.membership is not None}
    missing = {place: scopes for place, scopes in missing.items() if scopes}
    if not missing:
        return {}
    found = ApprovalRequest.objects.filter(person=person, application=app, organization_id__in=list(missing))
    latest = {str(r.organization_id): r for r in found.order_by("asked_at")}
    return {place: _card(scopes, latest.get(place)) for place, scopes in missing.items()}


def _card(missing: Collection[str], request: ApprovalRequest | None) -> dict[str, Any]:
    told = request if request is not None and request.state in TELLING else None
    waits = told is not None and told.state == State.OPEN
    return {
        "titles": [_(catalogue.CATALOGUE[s].title) for s in missing],
        "request": told,
        "waits": waits,
        # A service that asks for more than the request names: the person may add it.
        "covered": waits and told is not None and set(missing) <= set(told.scopes),
    }
