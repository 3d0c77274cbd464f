"""What the operations pages cost: the same number of statements for few rows and for many, and an index for each search."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership, Organization, User
from accounts.operations import counting
from accounts.operations.searching import ORGANIZATION_WORDS, PERSON_WORDS
from authorizations.admin.tokens import TOKEN_WORDS
from authorizations.events.kinds import Kind
from authorizations.events.log import event, record_all
from authorizations.events.models import Event
from authorizations.models import Authorization, Connection, PersonalAccessToken, standing
from authorizations.notifications.models import Message, Notice
from oauthapps.models import Application
from oauthapps.searching import APP_WORDS
from tests import factories, people
from tests.conftest import missing
from tests.operations.test_lists import PLACES

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        missing("PostgreSQL")


def grow(count: int, start: int) -> None:
    """Each with a person, an app, a connection, a token, a membership, a notice with its mail, and an event of its own."""
    now = timezone.now()
    place = Organization.objects.first() or factories.organization("contoso", people.person("alice"))
    for n in range(start, start + count):
        person = User.objects.create_person(
            tenant_id=people.CONTOSO, object_id=people.uuid.uuid4(), display_name=f"Person {n}"
        )
        app = factories.app(name=f"App number {n}").app
        made = Authorization.objects.create(
            person=person, application=app, scopes=["vso.code_write"], granted_at=now - timedelta(days=n)
        )
        Connection.objects.create(
            authorization=made, refresh_digest="x", created_at=now, expires_at=now + timedelta(days=1)
        )
        Membership.objects.create(organization=place, person=person)
        factories.personal_token(person, place=place)
        notice = Notice.objects.create(id=people.uuid.uuid4(), person=person, kind="organization.left", created_at=now)
        Message.objects.create(channel="mail", notice=notice, created_at=now, due_at=now)
        record_all([event(Kind.AUTHORIZATION_GRANTED, now=now, person=person, app=app, actor=person)])


def statements(browser, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


def test_lists_cost_the_same_for_few_and_for_many(db):
    browser = people.operations_browser("olivia", "auditor")
    grow(2, 0)
    before = {place: statements(browser, f"/admin/{path}/") for place, path in PLACES.items()}
    grow(12, 2)
    assert {place: statements(browser, f"/admin/{path}/") for place, path in PLACES.items()} == before
    assert max(before.values()) <= 5, before  # session, person, count, rows


def test_records_cost_the_same_however_much_hangs_on_them(db):
    browser = people.operations_browser("olivia", "auditor")
    grow(1, 0)
    person, app, place = (
        User.objects.get(display_name="Person 0"),
        Application.objects.get(),
        Organization.objects.get(),
    )
    pages = [f"accounts/user/{person.pk}", f"oauthapps/application/{app.pk}", f"accounts/organization/{place.pk}"]
    for page in pages:
        browser.get(f"/admin/{page}/change/")  # a process remembers the kinds of records
    before = [statements(browser, f"/admin/{page}/change/") for page in pages]
    grow(8, 1)
    now = timezone.now()
    record_all(event(Kind.CONSENT_CONFIRMED, now=now, person=person, app=app, organization=place) for _ in range(30))
    Authorization.objects.update(person=person)
    assert [statements(browser, f"/admin/{page}/change/") for page in pages] == before
    assert max(before) <= 20, before


def test_search_and_overview_cost_the_same_however_much_there_is(db):
    browser = people.operations_browser("olivia", "auditor")
    grow(2, 0)

    def both() -> list[int]:
        cache.clear()
        return [statements(browser, address) for address in ("/admin/find?q=person", "/admin/")]

    both()
    before = both()
    grow(12, 2)
    assert both() == before
    assert before[0] <= 10 and before[1] <= 22, before


def plan(rows) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    return rows.explain()


@pytest.mark.parametrize(
    ("model", "words", "index"),
    [
        (User, PERSON_WORDS, "person_words"),
        (Organization, ORGANIZATION_WORDS, "organization_words"),
        (Application, APP_WORDS, "app_words"),
        (PersonalAccessToken, TOKEN_WORDS, "personal_token_words"),
    ],
)
def test_search_by_words_reads_an_index(db, model, words, index):
    assert index in plan(words.narrow(model.objects.order_by(), "alice cont"))


def test_high_privilege_reads_an_index(db):
    rows = Authorization.objects.filter(standing.high_privilege(), revoked_at=None).order_by("-granted_at", "-id")
    said = plan(rows)
    assert "authorization_high_live" in said, said


def test_the_count_of_a_big_table_is_its_estimate(db, monkeypatch):
    record_all(event(Kind.PERSON_SIGNED_IN, now=timezone.now()) for _ in range(20))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE events_event")
    monkeypatch.setattr(counting.capped, "__defaults__", (5,))
    assert str(counting.of(Event.objects.all(), everything=True)) == "about 20"
    assert str(counting.of(Event.objects.all(), everything=False)) == "more than 5"
