"""What happened before the first start of the demo: services that people approved, and how they used them.

Rows are written as the services of the product would have left them, with the dates of then: without a past, the
pages that answer "what does this service really do?" would have nothing to show.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from accounts.models import Organization, User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import (
    AppUsage,
    Authorization,
    AuthorizationUsage,
    Connection,
    OrganizationUsage,
    PersonalAccessToken,
    PersonalTokenUsage,
)
from oauthapps.digests import digest, random_value
from oauthapps.models import Application
from oauthapps.services import Registration

# How many calls on each of the last 30 days, the oldest first: a working week, again and again.
WEEK = (9, 14, 12, 16, 11, 1, 0)
Facet = AuthorizationUsage.Facet


@dataclass(frozen=True)
class Grant:
    """One person's approval. Days count back from the first start; `busy` scales the calls of a day."""

    person: str
    granted: int
    used: int | None  # days since the last call; None: never used
    ends: int
    scopes: tuple[str, ...]
    used_scopes: tuple[str, ...] = ()
    organizations: tuple[str, ...] | None = None
    busy: int = 1
    devices: tuple[tuple[str, str], ...] = (("Northwind-Sync/4.2", "198.51.100.17"),)


@dataclass(frozen=True)
class ServiceSeed:
    registration: Registration
    owner: str
    grants: tuple[Grant, ...] = field(default=())


def services() -> list[ServiceSeed]:
    """Services as a person of two organizations meets them: busy, forgotten, mighty, old, about to end."""
    return [
        ServiceSeed(
            Registration(
                name="Northwind Boards",
                company="Northwind Traders",
                redirect_uris=["https://boards.northwind.example/callback"],
                website="https://boards.northwind.example/",
                verified_domain="northwind.example",
                description="Work items on a wall, for the whole office.",
                scopes=["openid", "profile", "offline_access", "vso.work_write", "vso.project"],
                optional_scopes=["vso.code"],
            ),
            "charlie",
            (
                Grant(
                    "alice",
                    granted=200,
                    used=0,
                    ends=165,
                    scopes=("openid", "profile", "offline_access", "vso.work_write", "vso.project", "vso.code"),
                    used_scopes=("vso.work_write", "vso.project"),
                    busy=6,
                    devices=(
                        ("Northwind-Sync/4.2 (Linux)", "198.51.100.17"),
                        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) NorthwindBoards/88", "203.0.113.40"),
                    ),
                ),
                Grant("bob", 90, 2, 275, ("openid", "vso.work_write", "vso.project"), ("vso.work_write",), busy=2),
            ),
        ),
        ServiceSeed(
            Registration(
                name="Tailspin Deploy",
                company="Tailspin Toys Ltd",
                redirect_uris=["https://deploy.tailspin.example/oauth/callback"],
                website="https://tailspin.example/",
                description="Puts what you built where people use it.",
                scopes=["vso.release_manage", "vso.serviceendpoint_manage", "vso.code"],
            ),
            "charlie",
            (
                Grant(
                    "alice",
                    granted=320,
                    used=130,
                    ends=45,
                    scopes=("vso.release_manage", "vso.serviceendpoint_manage", "vso.code"),
                    used_scopes=("vso.release_manage",),
                    organizations=("contoso",),
                    devices=(("tailspin-agent/1.9", "192.0.2.61"),),
                ),
            ),
        ),
        ServiceSeed(
            Registration(
                name="Wingtip Notes",
                company="Wingtip Studio",
                redirect_uris=["https://notes.wingtip.example/done"],
                website="https://wingtip.example/",
                verified_domain="wingtip.example",
                description="Meeting notes with the work items they are about.",
                scopes=["openid", "profile", "email", "vso.work"],
            ),
            "erin",
            (
                Grant(
                    "alice",
                    granted=79,
                    used=3,
                    ends=11,
                    scopes=("openid", "profile", "email", "vso.work"),
                    used_scopes=("vso.work",),
                    devices=(("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0", "203.0.113.8"),),
                ),
                Grant("bob", 20, 1, 345, ("openid", "profile", "vso.work"), ("vso.work",)),
            ),
        ),
        ServiceSeed(
            Registration(
                name="Fabrikam Sync",
                company="Fabrikam Tools",
                model="legacy",
                redirect_uris=["https://sync.fabrikam.example/signin"],
                website="https://fabrikam.example/",
                description="Keeps your code and your builds in step.",
                scopes=["vso.code_write", "vso.build", "vso.profile"],
            ),
            "dana",
            (
                Grant(
                    "alice",
                    granted=300,
                    used=1,
                    ends=65,
                    scopes=("vso.code_write", "vso.build", "vso.profile"),
                    used_scopes=("vso.code_write", "vso.build"),
                    busy=3,
                    devices=(("FabrikamSync/2.0", "198.51.100.80"),),
                ),
                Grant("bob", 280, 40, 85, ("vso.code_write", "vso.build", "vso.profile"), ("vso.build",)),
                Grant("charlie", 250, 4, 115, ("vso.code_write", "vso.build", "vso.profile"), ("vso.code_write",)),
            ),
        ),
        ServiceSeed(
            Registration(
                name="Litware Timesheets",
                company="Litware",
                client_type="public",
                redirect_uris=["https://time.litware.example/cb"],
                description="Hours from work items.",
                scopes=["vso.work", "vso.profile"],
            ),
            "erin",
            (Grant("alice", granted=210, used=None, ends=155, scopes=("vso.work", "vso.profile"), devices=()),),
        ),
    ]


def grant(app: Application, person: User, said: Grant, organizations: dict[str, Organization], now: datetime) -> None:
    granted_at = now - timedelta(days=said.granted, hours=3)
    authorization = Authorization.objects.create(
        person=person,
        application=app,
        scopes=list(said.scopes),
        declined=[s for s in app.optional_scopes if s not in said.scopes],
        organizations=None if said.organizations is None else [str(organizations[s].pk) for s in said.organizations],
        granted_at=granted_at,
        expires_at=now + timedelta(days=said.ends),
        last_used_at=None if said.used is None else now - timedelta(days=said.used, minutes=12),
        page_version="1",
        address="203.0.113.8",
        user_agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/138.0",
    )
    told = {"person": person, "app": app, "subject": ("authorization", authorization.pk)}
    record(Kind.AUTHORIZATION_GRANTED, now=granted_at, actor=person, detail={"scopes": list(said.scopes)}, **told)
    for number, (device, address) in enumerate(said.devices):
        connection = _connect(authorization, device, address, granted_at + timedelta(days=9 * number, minutes=1), now)
        detail = {"connection": str(connection.pk), "scopes": list(said.scopes)}
        record(Kind.CONNECTION_CREATED, now=connection.created_at, actor=person, detail=detail, **told)
    _use(authorization, said, organizations, now)


def personal_token(
    person: User, organization: Organization, now: datetime, *, name: str, scopes: list[str], made: int, program: str
) -> None:
    """A token for a tool; nobody holds its value. `made`: days ago, and it was used since."""
    made_at = now - timedelta(days=made, hours=2)
    token = PersonalAccessToken.objects.create(
        person=person,
        name=name,
        scopes=scopes,
        organization=organization,
        digest=digest(random_value()),
        created_at=made_at,
        issued_at=made_at,
        expires_at=made_at + timedelta(days=90),
        last_used_at=now - timedelta(hours=7),
        last_address="203.0.113.40",
        last_user_agent=program,
    )
    detail = {"name": token.name, "scopes": token.scopes, "organization": str(organization.pk)}
    about = {"actor": person, "person": person, "organization": organization, "subject": ("personal_token", token.pk)}
    record(Kind.PERSONAL_TOKEN_CREATED, now=made_at, detail=detail, **about)
    PersonalTokenUsage.objects.bulk_create(
        PersonalTokenUsage(token=token, place=str(organization.pk), day=(now - timedelta(days=back)).date(), calls=24)
        for back in range(made - 1)
    )


def _connect(
    authorization: Authorization, device: str, address: str, created_at: datetime, now: datetime
) -> Connection:
    return Connection.objects.create(
        id=uuid.uuid4(),
        authorization=authorization,
        scopes=authorization.scopes,
        refresh_digest=digest(random_value()),  # of a token that nobody holds
        secret=authorization.application.secrets.first(),
        created_at=created_at,
        address=address,
        user_agent=device,
        last_used_at=authorization.last_used_at,
        expires_at=now + timedelta(days=60),
    )


def _use(authorization: Authorization, said: Grant, organizations: dict[str, Organization], now: datetime) -> None:
    if said.used is None:
        return
    places = said.organizations or ("contoso",)
    rows = []
    for day, calls in _days(said, now):
        facets = [(Facet.ENDPOINT, "api", calls)]
        facets += [(Facet.SCOPE, s, max(1, calls // (n + 1))) for n, s in enumerate(said.used_scopes)]
        facets += [(Facet.ORGANIZATION, str(organizations[s].pk), calls) for s in places]
        rows += [
            AuthorizationUsage(authorization=authorization, day=day, facet=facet, value=value, calls=number)
            for facet, value, number in facets
        ]
        count, _ = AppUsage.objects.get_or_create(
            application=authorization.application, day=day, endpoint="api", defaults={"calls": 0}
        )
        AppUsage.objects.filter(pk=count.pk).update(calls=count.calls + calls)
        for slug in places:
            place, _ = OrganizationUsage.objects.get_or_create(
                application=authorization.application, organization_id=organizations[slug].pk, day=day
            )
            OrganizationUsage.objects.filter(pk=place.pk).update(calls=place.calls + calls)
    AuthorizationUsage.objects.bulk_create(rows)


def _days(said: Grant, now: datetime) -> Iterator[tuple[object, int]]:
    """Days with calls, within the last 200 days and up to the last use."""
    for back in range(min(said.granted, 200), (said.used or 0) - 1, -1):
        day = (now - timedelta(days=back)).date()
        calls = WEEK[day.weekday()] * said.busy + (back * 7) % 5
        if calls:
            yield day, calls
