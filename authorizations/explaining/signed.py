"""The address of the page about one refusal, with what it was about, signed: the page can trust it, nobody can make it up.

Signed, not sealed: who gets the address can read it. So there are ids alone in it, and of an organization that the
caller may not know about only the name that the caller sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core import signing

from accounts.models import Organization, User
from authorizations.policy import Reason
from oauthapps.scopes import CATALOGUE

SALT = "gatehouse.why"
KEPT = timedelta(days=90)
MOST_SCOPES = 20
# Told apart, these would say who belongs to an organization that the service may not reach.
SAME_OUTSIDE = {Reason.ORGANIZATION_NOT_INCLUDED.value: Reason.NOT_A_MEMBER.value}


class Client(Protocol):
    @property
    def client_id(self) -> str: ...


@dataclass(frozen=True)
class Presented:
    """What came with the call: a "connection", or a "token" (a personal one)."""

    kind: str
    id: UUID


class Unreadable(ValueError):
    """Cut off, changed, too old, or of another refusal."""


@dataclass(frozen=True)
class About:
    """What was refused. Every id is one that we wrote; what it names may be gone by now."""

    code: str
    at: datetime
    person: UUID | None = None
    app: str = ""  # its client_id
    organization: UUID | None = None
    place: str = ""  # the name of the organization as the caller sent it, where its id is not to be told
    connection: UUID | None = None
    token: UUID | None = None  # a personal access token
    scopes: tuple[str, ...] = field(default=())


def address(
    code: str,
    *,
    now: datetime,
    person: User | None = None,
    app: Client | None = None,
    organization: Organization | None = None,
    place: str = "",
    presented: Presented | None = None,
    scopes: Sequence[str] = (),
) -> str:
    """The absolute address, in characters that RFC 6749 allows in `error_uri`. No secret and no name of a person in it.
    No statement."""
    code = SAME_OUTSIDE.get(str(code), str(code))
    said: dict[str, Any] = {
        "person": str(person.pk) if person else "",
        "app": app.client_id if app else "",
        "place": place[:64],
        "organization": str(organization.pk) if organization and not place else "",
        **({presented.kind: str(presented.id)} if presented else {}),
        "scopes": [s for s in scopes if s in CATALOGUE][:MOST_SCOPES],
    }
    said = {name: value for name, value in said.items() if value}
    if not said:
        return page(code)
    signed = signing.dumps({"code": code, "at": int(now.timestamp()), **said}, salt=SALT, compress=True)
    return f"{page(code)}?{urlencode({'about': signed})}"


def page(code: str) -> str:
    """The same page, about nobody: what it says is general."""
    return f"{settings.ISSUER}/why/{SAME_OUTSIDE.get(str(code), str(code))}"


def read(signed: str, code: str) -> About:
    """Raises Unreadable."""
    try:
        said = signing.loads(signed[:4096], salt=SALT, max_age=KEPT)
        found = _about(said)
    except (signing.BadSignature, ValueError, KeyError, TypeError, OverflowError) as error:
        raise Unreadable from error
    if found.code != code:
        raise Unreadable
    return found


def _about(said: dict[str, Any]) -> About:
    return About(
        code=said["code"],
        at=datetime.fromtimestamp(said["at"], UTC),
        person=_id(said, "person"),
        app=said.get("app", ""),
        organization=_id(said, "organization"),
        place=said.get("place", ""),
        connection=_id(said, "connection"),
        token=_id(said, "token"),
        scopes=tuple(s for s in said.get("scopes", ()) if s in CATALOGUE),
    )


def _id(said: dict[str, Any], name: str) -> UUID | None:
    return UUID(said[name]) if said.get(name) else None
