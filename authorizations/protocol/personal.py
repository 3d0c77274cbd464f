"""Personal access tokens in HTTP Basic authentication (RFC 7617): any user name, the token as the password.

Decided on live facts in one statement. Accepted by the REST API alone, and as a password alone: a token in a bearer
header is refused with words that say so (docs/decisions/0054).
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest

from accounts.models import User
from authorizations import explaining, personal_format, selectors, usage
from authorizations.events.context import note_person
from authorizations.explaining import Denial, Presented
from authorizations.models import PersonalAccessToken
from authorizations.policy import Facts, PlaceFacts, decide
from authorizations.protocol.bearer import Access, BearerRefused
from authorizations.services import personal_tokens
from oauthapps.digests import digest

CHALLENGE = 'Basic realm="Gatehouse", charset="UTF-8"'
# A header that is longer holds no token of ours, whatever the user name.
LONGEST = 4096


@dataclass(frozen=True)
class PersonalAccess(Access):
    token: PersonalAccessToken
    granted: tuple[str, ...]

    @property
    def person(self) -> User:
        return self.token.person

    @property
    def app(self) -> None:
        return None

    @property
    def organizations(self) -> Sequence[str] | None:
        return self.token.organizations

    @property
    def presented(self) -> Presented:
        return Presented("token", self.token.pk)

    def facts(self, now: datetime, place: PlaceFacts | None = None) -> Facts:
        return selectors.personal_facts(self.token, now, place)

    def home(self, now: datetime) -> PlaceFacts | None:
        return selectors.home(self.token, now)

    def note_use(self, now: datetime) -> None:
        usage.note_personal(self.token, "", now)

    def note_scope(self, scope: str, now: datetime) -> None:
        """Not counted: a token of one's own has no list of permissions that somebody should shorten."""

    def note_organization(self, organization_id: UUID, now: datetime) -> None:
        usage.note_personal(self.token, str(organization_id), now)


def is_basic(request: HttpRequest) -> bool:
    return request.headers.get("Authorization", "").lower().startswith("basic ")


def authenticate(request: HttpRequest, now: datetime) -> PersonalAccess:
    """One statement; none for what cannot be a token of ours. Raises BearerRefused."""
    token = personal_tokens.find(_password(request.headers.get("Authorization", "")))
    if token is None or not decide(frozenset(), selectors.personal_facts(token, now)).allowed:
        # The same words for a token that never was, one that ended, and one of a person who is no longer active.
        why = explaining.page(Denial.TOKEN_NOT_VALID)
        raise BearerRefused(401, "", "The personal access token is not valid, has ended, or was revoked.", why=why)
    note_person(token.person_id)
    return PersonalAccess(token, tuple(token.scopes))


def proof(request: HttpRequest) -> str:
    """What shows again that this token was good before (`limited.bearer`); empty for what cannot be one."""
    value = _password(request.headers.get("Authorization", ""))
    return digest(value)[:32] if personal_format.is_ours(value) else ""


def _password(header: str) -> str:
    """Empty for anything that is no such header."""
    encoded = header.partition(" ")[2].strip()
    if len(encoded) > LONGEST:
        return ""
    try:
        pair = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return pair.partition(":")[2]


def refuse_as_bearer(request: HttpRequest) -> None:
    """Raises BearerRefused for a personal token that was sent as a bearer token."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and personal_format.is_ours(value.strip()):
        text = "Send a personal access token as the password of Basic authentication, not as a bearer token."
        raise BearerRefused(401, "invalid_token", text)
