"""A service is shut out while people approve, narrow and call, and twice at once; and for five thousand at once."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership, User
from authorizations.events.models import Event
from authorizations.models import Authorization, Connection, Exclusion, ShutOut
from authorizations.notifications.models import Notice
from authorizations.services import narrowing, shutting_out
from authorizations.services.keys import ring
from authorizations.tasks import tell_shut_out
from tests import factories, people
from tests.authorizations.test_races_postgresql import at_once
from tests.conftest import missing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    ring.published()


@pytest.fixture
def contoso(bob, alice):
    return factories.organization("contoso", bob, alice)


def all_of_it(contoso, app, bob):
    return lambda: shutting_out.for_all(contoso, app.app, by=bob, why="Not here", now=timezone.now())


def projects(tokens: dict[str, Any]) -> int:
    bearer = f"Bearer {tokens['access_token']}"
    return Client().get("/contoso/_apis/projects?api-version=7.1", HTTP_AUTHORIZATION=bearer).status_code


@pytest.mark.parametrize("turn", range(3))
def test_of_many_equal_acts_one_is_recorded(contoso, bob, alice_browser, payroll, turn):
    factories.connect(alice_browser, payroll)
    factories.connect(people.browser(bob), payroll)
    done = at_once(*[all_of_it(contoso, payroll, bob)] * 5)
    assert sum(act is not None for act in done) == 1
    assert ShutOut.objects.get().people == Exclusion.objects.count() == 2
    assert Event.objects.filter(name="service.shut_out").count() == 1
    assert Event.objects.filter(name="authorization.narrowed").count() == 2


@pytest.mark.parametrize("turn", range(4))
def test_neither_the_act_nor_the_persons_choice_of_organizations_is_lost(
    contoso, bob, dana, alice, alice_browser, turn
):
    app, fabrikam = factories.app(), factories.organization("fabrikam", dana, alice)
    tokens = factories.connect(alice_browser, app)
    authorization, chosen = Authorization.objects.get(), [str(contoso.pk), str(fabrikam.pk)]

    def narrow() -> bool:
        return narrowing.set_organizations(authorization, chosen, seen=None, by=alice, now=timezone.now())

    act, narrowed = at_once(all_of_it(contoso, app, bob), narrow)
    assert act is not None and narrowed is True
    assert sorted(Authorization.objects.get().organizations) == sorted(chosen)
    assert Exclusion.objects.count() == 1 and projects(tokens) == 403


@pytest.mark.parametrize("turn", range(4))
def test_an_approval_comes_before_or_after_and_both_are_kept(contoso, bob, alice_browser, turn):
    app = factories.app(scopes=["openid", "vso.profile", "vso.project"], optional_scopes=["vso.work"])
    tokens = factories.connect(alice_browser, app, scope="openid vso.profile vso.project")
    page = alice_browser.get(app.request(prompt="consent"))

    def approve() -> Any:
        browser = Client()
        browser.cookies = alice_browser.cookies
        return factories.decide(browser, page, "/oauth2/v2.0/authorize", scope=["vso.work"], reach="all")

    act, answered = at_once(all_of_it(contoso, app, bob), approve)
    assert act is not None and answered.status_code == 302
    assert "vso.work" in Authorization.objects.get().scopes
    # Whoever came last decides, and the log says who that was.
    order = list(Event.objects.filter(organization_id=str(contoso.pk)).order_by("id").values_list("name", flat=True))
    back_in = order[-1] == "authorization.widened"
    assert Exclusion.objects.exists() is not back_in
    assert projects(tokens) == (200 if back_in else 403)


@pytest.mark.parametrize("turn", range(3))
def test_nothing_is_answered_once_the_act_has_returned(contoso, bob, alice_browser, payroll, turn):
    tokens = factories.connect(alice_browser, payroll)
    done = at_once(all_of_it(contoso, payroll, bob), *[lambda: projects(tokens)] * 6)
    assert done[0] is not None and set(done[1:]) <= {200, 403}
    assert projects(tokens) == 403


def test_five_thousand_people_at_once(contoso, bob, payroll):
    many(contoso, payroll.app, 5000)
    with CaptureQueriesContext(connection) as captured:
        act = shutting_out.for_all(contoso, payroll.app, by=bob, why="Not here", now=timezone.now())
    assert act is not None and (act.people, act.connections) == (5000, 5000)
    assert Exclusion.objects.count() == 5000
    # Batches of five hundred events and a thousand rows, and no statement per person.
    assert len(captured) < 40
    assert not Notice.objects.exists()
    assert tell_shut_out() == 5000 == Notice.objects.filter(kind="service.shut_out").count()


def many(contoso, app, number: int) -> None:
    now = timezone.now()
    ids = [uuid.uuid4() for _ in range(number)]
    made = User.objects.bulk_create(
        User(tenant_id=people.CONTOSO, object_id=i, principal=f"{people.CONTOSO}.{i}", display_name=f"Person {i}")
        for i in ids
    )
    Membership.objects.bulk_create(Membership(organization=contoso, person=p, access_level="basic") for p in made)
    rows = Authorization.objects.bulk_create(
        Authorization(person=p, application=app, scopes=["vso.project"], granted_at=now) for p in made
    )
    Connection.objects.bulk_create(
        Connection(authorization=a, refresh_digest=uuid.uuid4().hex, created_at=now, expires_at=now + timedelta(days=9))
        for a in rows
    )
