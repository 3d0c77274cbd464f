"""The Authorizations page: one's own, nobody else's, and how to stop them."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authorizations.events.models import Event
from authorizations.models import Authorization
from authorizations.services.revocation import revoke_authorization
from tests import factories

LIST = "/_usersSettings/authorizations"


@pytest.fixture
def alices(connected):
    return Authorization.objects.get()


def test_alice_sees_hers(alice_browser, alices):
    page = alice_browser.get(LIST)
    assert str(alices.pk) in page.content.decode() and "Payroll" in page.content.decode()


def test_charlie_does_not_see_alices_authorizations(charlie_browser, alices):
    page = charlie_browser.get(LIST).content.decode()
    assert str(alices.pk) not in page and "Payroll" not in page


@pytest.mark.parametrize("method", ["get", "post"])
def test_charlie_cannot_tell_alices_from_one_that_does_not_exist(charlie_browser, alices, method):
    for pk in (alices.pk, uuid.uuid4()):
        assert getattr(charlie_browser, method)(f"{LIST}/{pk}/revoke").status_code == 404
    alices.refresh_from_db()
    assert alices.revoked_at is None


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_signed_in_is_sent_to_sign_in(alices, method):
    for path in (LIST, f"{LIST}/{alices.pk}/revoke"):
        response = getattr(Client(), method)(path)
        assert response.status_code in {302, 405}
    alices.refresh_from_db()
    assert alices.revoked_at is None


def test_looking_at_the_confirmation_revokes_nothing(alice_browser, alices):
    assert alice_browser.get(f"{LIST}/{alices.pk}/revoke").status_code == 200
    alices.refresh_from_db()
    assert alices.revoked_at is None


def test_revoking_twice_is_revoking_once(alice, alice_browser, alices):
    for _ in range(2):
        assert alice_browser.post(f"{LIST}/{alices.pk}/revoke", follow=True).status_code == 200
    alices.refresh_from_db()
    assert alices.revoked_by == str(alice.pk)
    assert Event.objects.filter(name="authorization.revoked", subject_id=str(alices.pk)).count() == 1
    assert not revoke_authorization(alices, by=alice, reason="revoked", now=timezone.now())


def test_revoking_needs_the_forgery_token(alice, alices):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice, backend="accounts.backends.ActivePersonBackend")
    assert browser.post(f"{LIST}/{alices.pk}/revoke").status_code == 403


def test_htmx_gets_the_row_alone(alice_browser, alices):
    response = alice_browser.post(f"{LIST}/{alices.pk}/revoke", HTTP_HX_REQUEST="true")
    assert response.status_code == 200 and "<html" not in response.content.decode()


def test_after_a_revoke_the_service_has_to_ask_again(alice_browser, payroll, alices):
    alice_browser.post(f"{LIST}/{alices.pk}/revoke")
    assert alice_browser.get(payroll.request()).status_code == 200
    factories.connect(alice_browser, payroll)
    assert Authorization.objects.filter(revoked_at=None).count() == 1 and Authorization.objects.count() == 2


def test_an_expired_authorization_is_not_listed(alice_browser, alices):
    Authorization.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert str(alices.pk) not in alice_browser.get(LIST).content.decode()


def test_the_list_costs_the_same_for_one_and_for_fifteen(alice, alice_browser, alices):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert alice_browser.get(LIST).status_code == 200
        return len(captured)

    one = cost()
    for n in range(14):
        app = factories.app(name=f"App {n}")
        made = Authorization.objects.create(
            person=alice, application=app.app, scopes=["vso.profile"], granted_at=timezone.now()
        )
        made.connections.create(
            scopes=["vso.profile"], refresh_digest="x", created_at=timezone.now(), expires_at=factories.later(days=1)
        )
    assert cost() == one <= 10
