"""Server time of the Authorizations pages for a person with 1,000 authorizations and 100,000 events.

    GATEHOUSE_TEST_DATABASE_URL=postgres://... python -m bench.pages [authorizations] [events]

Makes a database of its own beside the named one, seeds it in bulk, asks for each page thirty times through the whole
stack (middleware, session, templates) and prints the median, the slowest and the number of statements.
"""

import os
import re
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")
import django

django.setup()

from django.db import connection  # noqa: E402  (the settings come first)
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Membership, Organization, User  # noqa: E402
from authorizations.events.kinds import Kind  # noqa: E402
from authorizations.events.models import Event  # noqa: E402
from authorizations.models import Authorization, AuthorizationUsage, Connection  # noqa: E402
from oauthapps import scopes as catalogue  # noqa: E402
from oauthapps.models import Application  # noqa: E402

ROUNDS = 30
BATCH = 5000
BACKEND = "accounts.backends.ActivePersonBackend"
LIST = "/_usersSettings/authorizations"


def main(authorizations: int = 1000, events: int = 100_000) -> None:
    connection.settings_dict["TEST"]["NAME"] = "bench_pages"
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        person = someone()
        busiest = seed(person, authorizations, events, timezone.now())
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        print(
            f"{connection.vendor}, {Authorization.objects.count():,} authorizations, {Event.objects.count():,} events"
        )
        measure(person, busiest)
    finally:
        connection.creation.destroy_test_db("bench_pages", verbosity=0)


def measure(person: User, busiest: Authorization) -> None:
    browser = Client()
    browser.force_login(person, backend=BACKEND)
    detail = f"{LIST}/{busiest.pk}"
    earlier = deep_cursor(browser, detail)
    pages = {
        "list": LIST,
        "list, last page": f"{LIST}?page=50",
        "list, by risk": f"{LIST}?sort=risk",
        "list, high privilege": f"{LIST}?show=high-privilege",
        "list, searched": f"{LIST}?q=code",
        "detail": detail,
        "detail, far back": f"{detail}?before={earlier}",
        "drop unused": f"{detail}/drop?unused=1",
    }
    print(f"{'page':<24}{'median ms':>12}{'slowest ms':>12}{'own cpu ms':>12}{'statements':>12}")
    for name, address in pages.items():
        times, cpu, statements = timed(lambda address=address: browser.get(address, follow=True))
        print(
            f"{name:<24}{statistics.median(times):>12.1f}{max(times):>12.1f}{statistics.median(cpu):>12.1f}{statements:>12}"
        )


def timed(call: Callable[[], Any]) -> tuple[list[float], list[float], int]:
    """Milliseconds by the clock and of this process's CPU per round after one to warm up, and the statements of one."""
    with CaptureQueriesContext(connection) as captured:
        answer = call()
    assert answer.status_code == 200, answer.status_code  # noqa: S101
    statements, times, cpu = len(captured), [], []
    for _ in range(ROUNDS):
        start, spent = time.perf_counter(), time.process_time()
        call()
        times.append((time.perf_counter() - start) * 1000)
        cpu.append((time.process_time() - spent) * 1000)
    return times, cpu, statements


def deep_cursor(browser: Client, detail: str) -> str:
    """The cursor of the twentieth page of the timeline, reached as a person would."""
    cursor = ""
    for _ in range(20):
        answer = browser.get(detail, {"before": cursor} if cursor else {})
        cursor = re.findall(r"\?before=([^\"#]+)#", answer.content.decode())[0]
    return cursor


def someone() -> User:
    return User.objects.create_person(
        tenant_id=uuid.uuid4(), object_id=uuid.uuid4(), display_name="Alice", principal_name="alice@example.test"
    )


def seed(person: User, authorizations: int, events: int, now: datetime) -> Authorization:
    """Everything in bulk and the same each time. Returns the authorization with half of the events."""
    random = Random(7)  # noqa: S311  (figures, not secrets)
    places = list(organizations(person))
    apps = Application.objects.bulk_create(app(n, now) for n in range(authorizations))
    rows = Authorization.objects.bulk_create(
        (authorization(person, a, n, places, random, now) for n, a in enumerate(apps)), batch_size=BATCH
    )
    Connection.objects.bulk_create(
        (opened(a, n, now) for a in rows for n in range(1 + (a is rows[0]) * 40)), batch_size=BATCH
    )
    AuthorizationUsage.objects.bulk_create(usage(rows, places, random, now), batch_size=BATCH)
    Event.objects.bulk_create(happened(person, rows, events, now), batch_size=BATCH)
    return rows[0]


def organizations(person: User) -> Iterator[Organization]:
    for n in range(5):
        made = Organization.objects.create(name=f"Organization {n}", slug=f"organization-{n}-{person.pk}", owner=person)
        Membership.objects.create(organization=made, person=person, access_level="basic")
        yield made


def app(n: int, now: datetime) -> Application:
    return Application(
        client_id=str(uuid.uuid4()),
        client_type="confidential",
        name=f"Service {n:04}",
        company=f"Company {n % 40}",
        model="legacy" if n % 10 == 3 else "standard",
        scopes=["vso.profile"],
        registered_at=now,
    )


def authorization(
    person: User, application: Application, n: int, places: list[Organization], random: Random, now: datetime
) -> Authorization:
    asked = random.sample([s for s in catalogue.CATALOGUE if s.startswith("vso.")], 6)
    last = None if n % 9 == 8 else now - timedelta(days=n % 150, minutes=n)
    return Authorization(
        person=person,
        application=application,
        scopes=["openid", "profile", *asked],
        organizations=[str(places[0].pk), str(places[1].pk)] if n % 5 == 2 else None,
        granted_at=now - timedelta(days=400 if n == 0 else 120 + n % 200),
        expires_at=now + timedelta(days=1 + n % 200),
        last_used_at=now if n == 0 else last,
        page_version="1",
    )


def opened(authorization: Authorization, n: int, now: datetime) -> Connection:
    return Connection(
        authorization=authorization,
        scopes=authorization.scopes,
        refresh_digest="x",
        created_at=now - timedelta(days=n),
        last_used_at=now - timedelta(hours=n),
        expires_at=now + timedelta(days=90),
        address="192.0.2.7",
        user_agent="python-requests/2.31.0",
    )


def usage(
    rows: list[Authorization], places: list[Organization], random: Random, now: datetime
) -> Iterator[AuthorizationUsage]:
    """The first is used on each of 400 days, the others on every third of the last 30."""
    for n, row in enumerate(rows):
        for back in range(400) if n == 0 else range(n % 3, 30, 3):
            day, calls = now.date() - timedelta(days=back), random.randint(1, 500)
            for facet, value in (
                ("endpoint", "api"),
                ("endpoint", "introspect"),
                ("scope", row.scopes[2]),
                ("organization", str(places[0].pk)),
            ):
                yield AuthorizationUsage(authorization=row, day=day, facet=facet, value=value, calls=calls)


def happened(person: User, rows: list[Authorization], events: int, now: datetime) -> Iterator[Event]:
    """Half of them are of the first authorization; most are routine, as they are in life."""
    for n in range(events):
        row = rows[0] if n % 2 else rows[n // 2 % len(rows)]
        kind = Kind.CONNECTION_CREATED if n % 20 == 1 else Kind.TOKEN_REFRESHED
        yield Event(
            at=now - timedelta(minutes=5 * (events - n)),
            name=kind,
            actor_id=str(person.pk),
            person_id=str(person.pk),
            app_id=row.application.client_id,
            subject_type="authorization",
            subject_id=str(row.pk),
            user_agent="python-requests/2.31.0",
        )


if __name__ == "__main__":
    main(*[int(text) for text in sys.argv[1:]])
