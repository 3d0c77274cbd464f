"""How the person of a connection stands in one organization, read in the statement that finds the connection."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.utils.dateparse import parse_datetime

from accounts.models import Membership, Organization
from authorizations.models import Connection, Exclusion, ServiceRuling
from authorizations.places import NOWHERE, place_facts
from authorizations.policy import PlaceFacts

PERSON, APP = OuterRef("authorization__person_id"), OuterRef("authorization__application_id")


def annotations(slug: str) -> dict[str, Any]:
    """`slug`: the name of the organization in addresses, in any case. For a query of connections."""
    here = {"organization__slug": slug.lower()[:64]}
    membership = Membership.objects.filter(person=PERSON, **here).values(
        found=JSONObject(
            level="access_level",
            id="organization_id",
            name="organization__name",
            slug="organization__slug",
            policies="organization__policies",
            token_rules="organization__token_rules",  # noqa: S106  (a column)
        )
    )
    ruling = ServiceRuling.objects.filter(application=APP, **here).values(
        found=JSONObject(decision="decision", scopes="scopes", expires_at="expires_at", sooner="sooner")
    )
    return {
        "there": Subquery(membership[:1]),
        "there_ruling": Subquery(ruling[:1]),
        "there_shut_out": Exists(Exclusion.objects.filter(person=PERSON, application=APP, **here)),
    }


def place_of(connection: Any, now: datetime) -> tuple[PlaceFacts, Membership | None]:
    """`connection` was read with `annotations`. No statement. Strangers are nowhere, as in an organization that is not."""
    found = _read(connection.there)
    if found is None:
        return NOWHERE, None
    authorization = connection.authorization
    membership = _membership(found, connection)
    reached = authorization.organizations
    included = reached is None or str(membership.organization_id) in reached
    return place_facts(membership, authorization.application, included, now), membership


def _membership(found: dict[str, Any], connection: Connection) -> Membership:
    organization = Organization(
        id=UUID(found["id"]),
        name=found["name"],
        slug=found["slug"],
        policies=_read(found["policies"]),
        token_rules=_read(found["token_rules"]),
    )
    made: Any = Membership(
        organization=organization, person=connection.authorization.person, access_level=found["level"]
    )
    ruling = _read(connection.there_ruling) or {}  # type: ignore[attr-defined]
    made.ruling_decision, made.ruling_expires_at = ruling.get("decision"), _instant(ruling.get("expires_at"))
    made.ruling_scopes, made.ruling_sooner = _read(ruling.get("scopes")), _read(ruling.get("sooner"))
    made.shut_out = connection.there_shut_out  # type: ignore[attr-defined]
    return made


def _read(value: Any) -> Any:
    """SQLite has documents as text, also those inside of others."""
    return json.loads(value) if isinstance(value, str) else value


def _instant(text: str | None) -> datetime | None:
    found = parse_datetime(text) if text else None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found
