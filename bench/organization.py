"""Server time of the pages of an organization with 20,000 members and 5,000 services.

    GATEHOUSE_TEST_DATABASE_URL=postgres://... python -m bench.organization [members] [services] [rounds] [--slow]

Makes a database of its own beside the named one, fills it in bulk, asks for each page a few times through the whole stack
(middleware, session, templates) and prints the median, the least, the 95th percentile, the time of this process alone and
the number of statements; then the previews. `--slow` adds the two slowest statements of each. Of a page that is not there, the status.
"""

import os
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")
import django

django.setup()

from django.db import connection, models  # noqa: E402  (the settings come first)
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Membership, Organization, Project, User  # noqa: E402
from accounts.stepup import SESSION_KEY  # noqa: E402
from authorizations.events.kinds import Kind  # noqa: E402
from authorizations.events.models import Event  # noqa: E402
from authorizations.models import (  # noqa: E402
    ApprovalRequest,
    Authorization,
    AuthorizationUsage,
    Connection,
    OrganizationUsage,
    PersonalAccessToken,
    ServiceRuling,
)
from authorizations.services import rule_impact  # noqa: E402
from oauthapps import scopes as catalogue  # noqa: E402
from oauthapps.models import Application  # noqa: E402

BATCH = 5000
BACKEND = "accounts.backends.ActivePersonBackend"
SCOPES = [s for s in catalogue.CATALOGUE if s.startswith("vso.")]


def main(members: int = 20_000, services: int = 5_000, rounds: int = 10) -> None:
    connection.settings_dict["TEST"]["NAME"] = "bench_organization"
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        now = timezone.now()
        organization = seed(members, services, now)
        measure(organization, now, rounds)
    finally:
        connection.creation.destroy_test_db("bench_organization", verbosity=0)


def measure(organization: Organization, now: datetime, rounds: int) -> None:
    browser = signed_in(organization.owner)
    person = organization.memberships.exclude(person=organization.owner).order_by("pk")[0].person_id
    service = Application.objects.order_by("client_id")[0].client_id
    tokens = "&".join(f"token={pk}" for pk in PersonalAccessToken.objects.values_list("pk", flat=True)[:25])
    project = Project.objects.order_by("name")[0].pk
    pages = {
        "overview": "",
        "members": "members",
        "members, searched": "members?q=person+1999",
        "members, far back": "members?page=300",
        "one member": f"members/{person}",
        "removing a member": f"members/{person}/remove",
        "invitations": "invitations",
        "projects": "projects",
        "one project": f"projects/{project}",
        "settings": "settings",
        "policies": "policies",
        "policy: impact of services off": "policies/third_party_access/preview?value=false",
        "policy: impact of no full tokens": "policies/full_scope_tokens/preview?value=false",
        "policy: impact of approval": "policies/approved_services_only/preview?value=true",
        "policy: impact of an age": "policies/authorization_days/preview?value=90",
        "policy: impact of high privilege": "policies/high_privilege_approval/preview?value=true",
        "services": "services",
        "services, searched": "services?q=Service+49",
        "one service": f"services/{service}",
        "approvals": "approvals",
        "approvals: services": "approvals/services",
        "approvals: rules": "approvals/rules",
        "tokens": "tokens",
        "tokens, searched": "tokens?q=person+1999",
        "tokens, unused": "tokens?show=unused",
        "tokens, far back": "tokens?page=300",
        "ending 25 tokens": f"tokens/end?{tokens}",
        "rules": "tokens/rules",
        "rule: impact": "tokens/rules/new?preview=1&everything=1&why=x",
        "audit": "audit",
        "audit, searched": "audit?q=person+19",
    }
    print(f"{'page':<34}{'median ms':>10}{'min ms':>10}{'p95 ms':>10}{'own cpu ms':>12}{'statements':>12}", flush=True)
    for name, path in pages.items():
        address = f"/{organization.slug}/_settings/{path}"
        report(name, lambda address=address: browser.get(address), rounds)
    report("rule: impact alone", lambda: rule_impact.impact(organization, SCOPES, now, now), rounds)


def report(name: str, call: Callable[[], Any], rounds: int) -> None:
    with CaptureQueriesContext(connection) as captured:
        status = getattr(call(), "status_code", 200)
    said = list(captured.captured_queries)  # the next request forgets them
    if status != 200:
        print(f"{name:<34}{status:>10}", flush=True)
        return
    times, cpu = [], []
    for _ in range(rounds):
        start, spent = time.perf_counter(), time.process_time()
        call()
        times.append((time.perf_counter() - start) * 1000)
        cpu.append((time.process_time() - spent) * 1000)
    late = sorted(times)[max(0, int(len(times) * 0.95) - 1)]
    print(
        f"{name:<34}{statistics.median(times):>10.1f}{min(times):>10.1f}{late:>10.1f}{statistics.median(cpu):>12.1f}{len(said):>12}",
        flush=True,
    )
    if "--slow" in sys.argv:
        for query in sorted(said, key=lambda q: -float(q["time"]))[:2]:
            print(f"      {query['time']} s  {query['sql'][:1200]}", flush=True)


def signed_in(person: User) -> Client:
    browser = Client()
    browser.force_login(person, backend=BACKEND)
    session = browser.session
    session[SESSION_KEY] = {"auth_time": int(time.time()), "at": int(time.time())}
    session.save()
    return browser


def fill(table: type[models.Model], rows: Iterable[Any]) -> list[Any]:
    start = time.perf_counter()
    made = table._default_manager.bulk_create(rows, batch_size=BATCH)
    print(f"{len(made):>10,} {table._meta.verbose_name_plural} in {time.perf_counter() - start:.1f} s", flush=True)
    return made


def seed(members: int, services: int, now: datetime) -> Organization:
    """The same each time. The rows are right: their references are not checked, one by one, again."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off; SET session_replication_role = replica")
    random = Random(7)  # noqa: S311  (figures, not secrets)
    people = fill(User, (someone(n) for n in range(members)))
    organization = Organization.objects.create(name="Contoso", slug="contoso", owner=people[0])
    other = Organization.objects.create(name="Fabrikam", slug="fabrikam", owner=people[0])
    fill(Membership, (belonging(organization, p, n) for n, p in enumerate(people)))
    fill(Membership, (belonging(other, p, n) for n, p in enumerate(people[: members // 4])))
    projects = fill(Project, (Project(organization=organization, name=f"Project {n:04}") for n in range(500)))
    fill(Project.members.through, seats(projects, people, random))
    apps = fill(Application, (app(n, random, now) for n in range(services)))
    consents = fill(Authorization, approvals(people, apps, organization, other, now))
    fill(Connection, (opened(a, n, now) for n, a in enumerate(consents)))
    fill(AuthorizationUsage, used(consents, organization, now))
    fill(OrganizationUsage, calls(apps, organization, random, now))
    fill(ServiceRuling, rulings(apps, organization, now))
    fill(ApprovalRequest, requests(people, apps, organization, now))
    fill(PersonalAccessToken, tokens(people, organization, random, now))
    fill(Event, events(people, apps, organization, now))
    with connection.cursor() as cursor:
        cursor.execute("RESET session_replication_role")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")  # what was written is not to be put away while we measure
    return organization


def someone(n: int) -> User:
    tenant, key = uuid.UUID(int=1), uuid.uuid5(uuid.NAMESPACE_URL, f"person {n}")
    name = f"Person {n:05}"
    mail = f"person{n:05}@example.test"
    return User(
        tenant_id=tenant,
        object_id=key,
        principal=f"{tenant}.{key}",
        display_name=name,
        principal_name=mail,
        email=mail,
        password="!",
    )


def belonging(organization: Organization, person: User, n: int) -> Membership:
    level = ("basic", "basic", "stakeholder", "visual_studio")[n % 4]
    return Membership(organization=organization, person=person, access_level=level, administrator=n % 2000 == 0)


def seats(projects: list[Project], people: list[User], random: Random) -> Iterator[Any]:
    seat = Project.members.through
    for project in projects:
        for person in random.sample(people, min(80, len(people))):
            yield seat(project_id=project.pk, user_id=person.pk)


def app(n: int, random: Random, now: datetime) -> Application:
    asked = random.sample(SCOPES, 5)
    return Application(
        client_id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"service {n}")),
        client_type="confidential",
        name=f"Service {n:04}",
        company=f"Company {n % 400}",
        verified_domain="example.test" if n % 3 else "",
        model="legacy" if n % 20 == 3 else "standard",
        scopes=["openid", *asked[:3]],
        optional_scopes=asked[3:],
        registered_at=now,
    )


def approvals(
    people: list[User], apps: list[Application], here: Organization, other: Organization, now: datetime
) -> Iterator[Authorization]:
    """Three a person; a few services are everybody's, most are few people's. Optional permissions as one likes."""
    for n, person in enumerate(people):
        for at in {n % 20 % len(apps), n % len(apps), (n * 7 + 3) % len(apps)}:
            yield Authorization(
                person=person,
                application=apps[at],
                scopes=[*apps[at].scopes, *apps[at].optional_scopes[: n // 3 % 3]],
                organizations=None if n % 3 else [str(here.pk), *([str(other.pk)] if n % 2 else [])],
                granted_at=now - timedelta(days=n % 300),
                expires_at=now + timedelta(days=1 + n % 300),
                last_used_at=None if n % 9 == 8 else now - timedelta(days=n % 150),
            )


def opened(authorization: Authorization, n: int, now: datetime) -> Connection:
    return Connection(
        authorization=authorization,
        scopes=authorization.scopes,
        refresh_digest="x",
        created_at=now - timedelta(days=n % 80),
        last_used_at=authorization.last_used_at,
        expires_at=now + timedelta(days=1 + n % 90),
    )


def used(consents: list[Authorization], organization: Organization, now: datetime) -> Iterator[AuthorizationUsage]:
    for n, consent in enumerate(consents):
        for facet, value in (("endpoint", "api"), ("scope", consent.scopes[1]), ("organization", str(organization.pk))):
            yield AuthorizationUsage(
                authorization=consent,
                day=now.date() - timedelta(days=n % 40),
                facet=facet,
                value=value,
                calls=1 + n % 50,
            )


def calls(
    apps: list[Application], organization: Organization, random: Random, now: datetime
) -> Iterator[OrganizationUsage]:
    for n, service in enumerate(apps):
        for back in range(n % 3, 30, 3):
            yield OrganizationUsage(
                application=service,
                organization_id=organization.pk,
                day=now.date() - timedelta(days=back),
                calls=random.randint(1, 500),
            )


def rulings(apps: list[Application], organization: Organization, now: datetime) -> Iterator[ServiceRuling]:
    for n, service in enumerate(apps):
        if n % 3 == 0:
            yield ServiceRuling(
                organization=organization,
                application=service,
                decision="blocked" if n % 30 == 0 else "approved",
                expires_at=now + timedelta(days=n % 90 + 1) if n % 2 else None,
                decided_at=now,
            )


def requests(
    people: list[User], apps: list[Application], organization: Organization, now: datetime
) -> Iterator[ApprovalRequest]:
    for n, person in enumerate(people[: len(people) // 4]):
        yield ApprovalRequest(
            organization=organization,
            application=apps[n % len(apps)],
            person=person,
            scopes=["vso.project"],
            justification="For the reports of the team.",
            state="open" if n % 5 == 0 else "approved",
            asked_at=now - timedelta(hours=n),
            expires_at=now + timedelta(days=14),
        )


def tokens(
    people: list[User], organization: Organization, random: Random, now: datetime
) -> Iterator[PersonalAccessToken]:
    """One or two a person; one of six is over."""
    for n, person in enumerate(people):
        for turn in range(1 + n % 2):
            made = now - timedelta(days=(n + turn) % 300 + 1)
            yield PersonalAccessToken(
                person=person,
                name=f"Tool {n % 50}",
                scopes=["user_impersonation"] if n % 7 == 0 else random.sample(SCOPES, 2),
                organization=organization if (n + turn) % 3 else None,
                digest=f"{n:056}{turn:08}",
                created_at=made,
                issued_at=made,
                expires_at=now + timedelta(days=n % 60 + 1),
                revoked_at=now if n % 6 == 5 else None,
                last_used_at=None if n % 5 == 4 else now - timedelta(days=n % 120),
            )


def events(people: list[User], apps: list[Application], organization: Organization, now: datetime) -> Iterator[Event]:
    """Ten a person, as many of other organizations or of none."""
    kinds = (Kind.MEMBER_CHANGED, Kind.PERSONAL_TOKEN_CREATED, Kind.APPROVAL_GRANTED, Kind.POLICY_CHANGED)
    for n in range(10 * len(people)):
        person, service = people[n % len(people)], apps[n % len(apps)]
        here = n % 2 == 0
        yield Event(
            at=now - timedelta(minutes=10 * len(people) - n),
            name=kinds[n % 4],
            actor_id=str(person.pk),
            actor_name=person.display_name,
            person_id=str(person.pk),
            person_name=person.display_name,
            app_id=service.client_id,
            app_name=service.name,
            organization_id=str(organization.pk) if here else "",
            organization_name=organization.name if here else "",
            subject_type="person",
            subject_id=str(person.pk),
        )


if __name__ == "__main__":
    main(*[int(text) for text in sys.argv[1:] if text.isdigit()])
