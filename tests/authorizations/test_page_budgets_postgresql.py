"""How many statements the Authorizations pages cost on PostgreSQL: a number that does not grow with what there is."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authorizations import timeline
from authorizations.events.kinds import Kind
from authorizations.events.models import Event
from authorizations.models import Authorization, AuthorizationUsage, Connection
from tests import factories
from tests.conftest import missing

pytestmark = pytest.mark.django_db
CONTROL = re.compile(r"^\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)", re.I)
LIST = "/_usersSettings/authorizations"
NOW = timezone.now()


@pytest.fixture(autouse=True)
def _postgresql(db):
    if connection.vendor != "postgresql":
        missing("PostgreSQL")


@pytest.fixture
def alices(alice, connected):
    place = factories.organization("contoso", alice)
    made = Authorization.objects.get()
    # One legacy service: the frame of each page looks for announced brown-outs of those.
    classic = factories.app(name="Classic", model="legacy", scopes=["vso.profile"]).app
    Authorization.objects.create(person=alice, application=classic, scopes=["vso.profile"], granted_at=NOW)
    use(made, 1, str(place.pk))
    return made


def use(authorization, days, place):
    AuthorizationUsage.objects.bulk_create(
        AuthorizationUsage(
            authorization=authorization, day=NOW.date() - timedelta(days=n), facet=facet, value=value, calls=n + 1
        )
        for n in range(days)
        for facet, value in (("endpoint", "api"), ("scope", "vso.profile"), ("organization", place))
    )


def grow(alice, authorization, place):
    """Many of everything."""
    for n in range(60):
        app = factories.app(name=f"Service {n}", model="legacy" if n % 3 else "standard", scopes=["vso.profile"]).app
        made = Authorization.objects.create(
            person=alice,
            application=app,
            scopes=["vso.profile", "vso.code_full"],
            organizations=[place] if n % 2 else None,
            granted_at=NOW - timedelta(days=200),
        )
        opened(made, 1)
        use(made, 3, place)
    opened(authorization, 40)
    AuthorizationUsage.objects.filter(authorization=authorization).delete()
    use(authorization, 90, place)
    Event.objects.bulk_create(
        Event(
            at=NOW - timedelta(minutes=n),
            name=Kind.CONNECTION_CREATED if n % 2 else Kind.TOKEN_REFRESHED,
            person_id=str(alice.pk),
            app_id=authorization.application.client_id,
            subject_type="authorization",
            subject_id=str(authorization.pk),
        )
        for n in range(500)
    )


def opened(authorization, number):
    Connection.objects.bulk_create(
        Connection(
            authorization=authorization,
            refresh_digest="x",
            created_at=NOW,
            expires_at=NOW + timedelta(days=9),
            user_agent="curl/8.1",
        )
        for _ in range(number)
    )


def cost(browser, address):
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    found = [q["sql"] for q in captured.captured_queries if not CONTROL.match(q["sql"])]
    print(f"{address[:60]}: {len(found)} statements")
    return len(found), "\n".join(sql[:200] for sql in found)


def test_the_pages_cost_the_same_for_one_and_for_many(alice, alice_browser, alices):
    detail = f"{LIST}/{alices.pk}"
    # The frame of every page asks for the session, the person, their settings, notices and brown-outs.
    pages = {
        LIST: 10,
        f"{LIST}?show=high-privilege&sort=risk": 10,
        f"{LIST}?q=service": 11,
        detail: 16,
        f"{detail}/drop?scope=vso.project": 10,
        f"{detail}/organizations": 10,
    }
    alices.scopes = ["vso.profile", "vso.project", "vso.code_full"]
    alices.application.name = "A service"
    alices.application.save()
    alices.save()
    before = {address: cost(alice_browser, address) for address in pages}
    grow(alice, alices, alices.usage.get(facet="organization").value)
    for address, most in pages.items():
        (first, _), (then, said) = before[address], cost(alice_browser, address)
        assert then == first <= most, f"{address}: {first}, then {then}, {most} allowed:\n{said}"


def test_a_page_of_the_timeline_far_back_is_read_from_its_index(alice, alices):
    grow(alice, alices, alices.usage.get(facet="organization").value)
    before = timeline.Cursor(NOW - timedelta(minutes=400), timeline.EVENT, "1")
    rows = timeline._before(timeline._about(alices), before, timeline.EVENT, "at", "id").order_by("-at", "-id")[:26]
    with connection.cursor() as cursor:
        # So few rows would be sorted faster; at 100,000 they are not. Without sorting only an index has the order.
        for other in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
            cursor.execute(f"SET LOCAL enable_{other} = off")
    assert "event_subject_shown" in rows.explain()
