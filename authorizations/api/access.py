"""Who calls the REST API, and whether what was presented carries what the call needs, there where it is about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from accounts.models import Membership, Organization
from authorizations import explaining, meters, noticing, selectors
from authorizations.api.errors import ApiError, forbidden
from authorizations.events.kinds import Kind
from authorizations.explaining import Code, Denial
from authorizations.policy import Reason, decide
from authorizations.protocol import bearer, limited, personal
from authorizations.protocol.bearer import Access


def admit(request: HttpRequest, now: datetime, scope: str = "") -> Access:
    """One statement. Raises BearerRefused, or ApiError 403 with the challenge of RFC 6750 §3.1."""
    access = _identify(request, now, scope)
    if isinstance(access, personal.PersonalAccess):
        _admit_at_home(access, scope, now)
    return access


def _identify(request: HttpRequest, now: datetime, scope: str) -> Access:
    """By the scheme of the header: an access token of an app, or a personal access token."""
    if personal.is_basic(request):
        proof = personal.proof(request)
        return _carrying(limited.bearer(request, lambda: personal.authenticate(request, now), proof), scope, now)
    personal.refuse_as_bearer(request)
    return _carrying(limited.bearer(request, lambda: bearer.authenticate(request, now)), scope, now)


def _carrying(access: Access, scope: str, now: datetime) -> Access:
    if scope and not access.covers(scope):
        _noticed(access, Denial.INSUFFICIENT_SCOPE, now)
        why = _why(access, Denial.INSUFFICIENT_SCOPE, now, scopes=(scope,))
        error = forbidden(str(access.person.pk), f"The token does not carry the permission {scope}.", why)
        if access.app is not None:
            error.challenge = f'Bearer realm="Gatehouse", error="insufficient_scope", scope="{scope}"'
        raise error
    if scope:
        access.note_scope(scope, now)
    return access


def _admit_at_home(access: personal.PersonalAccess, scope: str, now: datetime) -> None:
    """A token that was made for one organization is good only while that organization accepts it, whatever the call
    is about. No statement. A refused call is no use of it: an idle token would otherwise wake up by being refused."""
    home = access.home(now)
    reason = decide(frozenset(), access.facts(now, home)).reason
    if reason:
        raise refused_there(access, reason, access.token.organization, scope, now)
    access.note_use(now)


@dataclass(frozen=True)
class Placed:
    """A call about an organization that the person belongs to, and that the policy allows there."""

    access: Access
    membership: Membership

    @property
    def organization(self) -> Organization:
        return self.membership.organization


def admit_in(request: HttpRequest, now: datetime, slug: str, scope: str = "", *, administrator: bool = False) -> Placed:
    """Two statements. `administrator`: for Project Collection Administrators alone. Raises as `admit`, and ApiError 403."""
    access = _identify(request, now, scope)
    place, membership = selectors.place(access.person, slug, access.organizations, access.app, now)
    reason = decide(frozenset({scope} if scope else ()), access.facts(now, place)).reason
    if reason or membership is None:
        organization = membership.organization if membership else None
        raise refused_there(access, reason or Reason.NOT_A_MEMBER, organization, scope, now, slug=slug)
    access.note_organization(membership.organization_id, now)
    if administrator and not membership.administers:
        words = "This is for the administrators of the organization."
        raise refused(access, Denial.ADMINISTRATORS_ONLY, words, membership.organization, now)
    return Placed(access, membership)


def refused(access: Access, code: Code, words: str, organization: Organization, now: datetime) -> ApiError:
    """A member of the organization, without the right for this."""
    _noticed(access, code, now, organization)
    return forbidden(str(access.person.pk), words, _why(access, code, now, organization=organization))


def refused_there(
    access: Access, reason: Reason, organization: Organization | None, scope: str, now: datetime, *, slug: str = ""
) -> Exception:
    """An organization that is not there is refused in the words for one that the person does not belong to, and these in
    the words for one that the approval does not reach: a service must not learn where else its person belongs."""
    _noticed(access, reason, now, organization)
    known = organization if reason is not Reason.ORGANIZATION_NOT_INCLUDED else None
    why = _why(
        access,
        reason,
        now,
        organization=known,
        place="" if known else slug,
        scopes=(scope,) if scope else (),
    )
    return forbidden(str(access.person.pk), explaining.sentence(reason), why)


def _noticed(access: Access, code: Code, now: datetime, organization: Organization | None = None) -> None:
    """For the event log and the figures of the organization. No statement."""
    meters.decided(code.value)
    app_id = access.app.client_id if access.app else ""
    noticing.refused(
        Kind.CALL_REFUSED, endpoint="api", reason=code.value, app_id=app_id, organization=organization, now=now
    )


def _why(access: Access, code: Code, now: datetime, **about: Any) -> str:
    """The address of the page about a refusal of this caller. No statement."""
    return explaining.address(code, now=now, person=access.person, app=access.app, presented=access.presented, **about)
