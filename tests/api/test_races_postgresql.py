"""Two programs at once, on a database that really runs them at once."""

from collections import Counter

import pytest
from django.db import connection

from authorizations.events.models import Event
from authorizations.models import Authorization, Receipt
from authorizations.services.keys import ring
from oauthapps.models import ApplicationSecret
from tests import factories, people
from tests.api.conftest import program
from tests.authorizations.test_races_postgresql import at_once
from tests.conftest import missing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    ring.published()


@pytest.fixture
def danas(dana, payroll):
    payroll.app.owners.add(dana)
    return program(people.browser(dana), name="Dana's console")


@pytest.mark.parametrize("turn", range(3))
def test_of_programs_that_make_the_second_secret_at_once_one_does(danas, payroll, turn):
    answers = at_once(*[lambda: danas.post(f"/registrationsecret/{payroll.client_id}")] * 4)
    assert Counter(a.status_code for a in answers) == {200: 1, 409: 3}
    value = next(a.json()["alternativeSecret"] for a in answers if a.status_code == 200)
    assert factories.TestApp(payroll.app, value).token(grant_type="client_credentials").status_code == 200


def test_rotations_at_once_leave_one_secret_that_works(danas, payroll):
    answers = at_once(*[lambda: danas.put(f"/registrationsecret/{payroll.client_id}")] * 4)
    assert Counter(a.status_code for a in answers) == {200: 4}
    values = [a.json()["secret"] for a in answers]
    apps = [factories.TestApp(payroll.app, value) for value in values]
    works = [a.token(grant_type="client_credentials").status_code for a in apps]
    assert sorted(works) == [200, 401, 401, 401]
    assert ApplicationSecret.objects.filter(application=payroll.app, revoked_at=None).count() == 1


def test_revocations_at_once_are_one_with_one_receipt(alice_browser, payroll):
    console = program(alice_browser)
    factories.connect(alice_browser, payroll)
    known = str(Authorization.objects.get(application=payroll.app).pk)
    answers = at_once(*[lambda: console.post("/authorizations/me", authorizationId=known)] * 4)
    assert [a.status_code for a in answers] == [204] * 4
    assert sum("X-Gatehouse-Receipt" in a.headers for a in answers) == 1 == Receipt.objects.count()
    assert Event.objects.filter(name="authorization.revoked").count() == 1
