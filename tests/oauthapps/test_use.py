"""People and use of an app: numbers for its owners, never who."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from authorizations.models import AppUsage, AuthorizationUsage
from authorizations.usage.apps import use_of
from tests import factories, people
from tests.authorizations.test_budgets_postgresql import statements
from tests.conftest import missing


@pytest.fixture
def used(payroll, dana, alice_browser, bob):
    payroll.app.owners.set([dana])
    factories.connect(alice_browser, payroll)
    factories.connect(alice_browser, payroll)
    factories.connect(people.browser(bob), payroll)
    return payroll


def page(dana, app):
    return re.sub(r"\s+", " ", people.browser(dana).get(f"/app/{app.client_id}/use").content.decode())


def test_dana_sees_how_many_and_how_much(used, dana):
    today = timezone.now().date()
    AppUsage.objects.create(application=used.app, day=today, endpoint="api", calls=12)
    AppUsage.objects.create(application=used.app, day=today - timedelta(days=1), endpoint="token", calls=3)
    mine = used.app.authorizations.first()
    AuthorizationUsage.objects.create(authorization=mine, day=today, facet="scope", value="vso.project", calls=12)
    shown = page(dana, used)
    assert "2 people" in shown and "15 calls in 30 days" in shown and "Calls of the API" in shown
    assert "<dt>Connections live</dt><dd>3</dd>" in shown and "<svg" in shown
    assert shown.index("vso.project") < shown.index("vso.profile") and "Not used" in shown
    assert "style=" not in shown


def test_owners_never_see_who(used, dana, alice, bob):
    shown = page(dana, used)
    for person in (alice, bob):
        for secret in (person.display_name, person.principal_name, person.email, str(person.pk)):
            assert secret not in shown


def test_who_left_is_counted_and_their_connections_are_not(used, alice):
    now = timezone.now()
    used.app.authorizations.filter(person=alice).update(revoked_at=now)
    found = use_of(used.app, now=now)
    assert (found.people, found.came, found.left, found.connections) == (1, 2, 1, 1)


def test_what_is_older_than_thirty_days_is_not_counted(used, dana):
    AppUsage.objects.create(
        application=used.app, day=timezone.now().date() - timedelta(days=30), endpoint="api", calls=9
    )
    assert "No call in 30 days" in page(dana, used)


def test_an_app_that_nobody_uses_has_a_page(dana, public_app):
    public_app.app.owners.set([dana])
    assert "0 people" in page(dana, public_app)


def test_charlie_sees_nothing(used, charlie_browser):
    assert charlie_browser.get(f"/app/{used.client_id}/use").status_code == 404


def test_it_costs_five_statements_however_much_there_is(used):
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    _, found = statements(lambda: use_of(used.app, now=timezone.now()))
    assert len(found) == 5
