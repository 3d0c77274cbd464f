"""A permission is dropped while the service refreshes, while the person approves more, and twice at once."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from authorizations.events.models import Event
from authorizations.models import Authorization, Connection
from authorizations.services import narrowing
from authorizations.services.keys import ring
from authorizations.services.revocation import revoke_authorizations
from tests import factories
from tests.authorizations.test_races_postgresql import alive, at_once
from tests.conftest import missing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    ring.published()


def loaded() -> Authorization:
    return Authorization.objects.select_related("person", "application").get()


def dropping(*scopes: str):
    """A drop from the page as it stands now: what was seen is fixed before the race begins."""
    authorization = loaded()
    seen = list(authorization.scopes)

    def call() -> object:
        try:
            return narrowing.drop_permissions(
                authorization, scopes, seen=seen, by=authorization.person, now=timezone.now()
            )
        except narrowing.NotChanged as refused:
            return type(refused)

    return call


def carries(token: str, resource_server, scope: str) -> bool:
    return scope in resource_server.introspect(token).get("scope", "").split()


@pytest.mark.parametrize("turn", range(5))
def test_no_token_carries_what_was_dropped_during_its_refresh(alice_browser, payroll, resource_server, turn):
    tokens = factories.connect(alice_browser, payroll)
    done, *answers = at_once(dropping("vso.project"), *[lambda: payroll.refresh(tokens["refresh_token"])] * 4)
    assert done is True and {a.status_code for a in answers} == {200}
    for body in [tokens, *(a.json() for a in answers)]:
        assert alive(body["access_token"])
        assert not carries(body["access_token"], resource_server, "vso.project")
        response = Client().get(
            "/contoso/_apis/projects?api-version=7.1", HTTP_AUTHORIZATION=f"Bearer {body['access_token']}"
        )
        assert response.status_code == 403
    after = payroll.refresh(answers[0].json()["refresh_token"]).json()
    assert "vso.project" not in after["scope"].split()


@pytest.mark.parametrize("turn", range(5))
def test_a_drop_and_a_wider_approval_never_undo_each_other(alice_browser, turn):
    app = factories.app(scopes=["openid", "vso.profile"], optional_scopes=["vso.work", "vso.project"])
    factories.connect(alice_browser, app, scope="openid vso.profile vso.project")
    page = alice_browser.get(app.request(scope="openid vso.profile vso.project vso.work", prompt="consent"))
    assert page.status_code == 200

    def widen() -> Any:
        browser = Client()
        browser.cookies = alice_browser.cookies
        said = {"scope": ["vso.work"]}
        return factories.decide(browser, page, "/oauth2/v2.0/authorize", **said)

    dropped, answered = at_once(dropping("vso.profile"), widen)
    after = set(loaded().scopes)
    # The approval came first: the drop is told that its page is old. Or the drop came first: the approval page, which
    # said that the service has the permission already, is shown anew. Neither writes over the other.
    if answered.status_code == 302:
        assert "vso.work" in after
    else:
        assert (answered.status_code, dropped) == (400, True)
        assert not {"vso.profile", "vso.work"} & after
    if dropped is narrowing.Stale:
        assert "vso.profile" in after
    assert Event.objects.filter(name="authorization.narrowed").count() == (1 if dropped is True else 0)


def test_of_many_equal_drops_one_is_recorded(alice_browser, payroll):
    factories.connect(alice_browser, payroll)
    done = at_once(*[dropping("vso.project") for _ in range(6)])
    assert done.count(True) == 1 and set(done) <= {True, False, narrowing.Stale}
    assert Event.objects.filter(name="authorization.narrowed").count() == 1


@pytest.mark.parametrize("turn", range(3))
def test_of_two_different_drops_from_one_page_one_wins_and_the_other_is_told(alice_browser, payroll, turn):
    factories.connect(alice_browser, payroll)
    done = at_once(dropping("vso.project"), dropping("email"))
    assert sorted(done, key=str) == sorted([True, narrowing.Stale], key=str)
    assert len({"vso.project", "email"} & set(loaded().scopes)) == 1


@pytest.mark.parametrize("turn", range(3))
def test_what_is_revoked_meanwhile_is_not_changed_afterwards(alice, alice_browser, payroll, turn):
    factories.connect(alice_browser, payroll)
    authorization = loaded()

    def revoke() -> bool:
        ids = [authorization.pk]
        return revoke_authorizations(alice, ids, by=alice, reason="revoked", now=timezone.now()) is not None

    dropped, revoked = at_once(dropping("vso.project"), revoke)
    assert revoked and dropped in {True, narrowing.Stale}
    order = list(Event.objects.filter(name__startswith="authorization.").order_by("id").values_list("name", flat=True))
    assert order[-1] == "authorization.revoked" or dropped is narrowing.Stale
    assert not Connection.objects.filter(revoked_at=None).exists()
