"""Ten minutes to take a revocation back: the consent returns, what was stopped stays stopped."""

from datetime import timedelta

import pytest
from django.utils import timezone

from authorizations.events.models import Event
from authorizations.models import Authorization, Receipt
from authorizations.services.restoring import restore
from authorizations.services.revocation import revoke_authorization, revoke_authorizations, revoke_connection
from oauthapps.services.switching import disable
from tests import factories


@pytest.fixture
def alices(connected):
    return Authorization.objects.select_related("person", "application").get()


@pytest.fixture
def receipt(alice, alices):
    revoke_authorization(alices, by=alice, reason="revoked", now=timezone.now())
    return Receipt.objects.get()


def live():
    return Authorization.objects.filter(revoked_at=None).count()


def test_the_consent_comes_back_as_it_was(alice, alices, receipt):
    before = (alices.scopes, alices.organizations, alices.expires_at, alices.granted_at)
    assert restore(receipt, by=alice, now=timezone.now()) == 1
    alices.refresh_from_db()
    assert (alices.scopes, alices.organizations, alices.expires_at, alices.granted_at) == before
    assert (alices.revoked_at, alices.revoked_by, alices.reason) == (None, "", "")
    assert Event.objects.get(name="authorization.restored").detail == {"receipt": receipt.reference}
    assert receipt.items.get().restored_at


def test_tokens_and_codes_of_before_stay_dead(alice, alice_browser, payroll, resource_server, connected, alices):
    code = factories.approve(alice_browser, payroll)
    revoke_authorization(alices, by=alice, reason="revoked", now=timezone.now())
    restore(Receipt.objects.get(), by=alice, now=timezone.now())
    bearer = f"Bearer {connected['access_token']}"
    assert payroll.http.get("/_apis/connectionData", HTTP_AUTHORIZATION=bearer).status_code == 401
    assert resource_server.introspect(connected["access_token"]) == {"active": False}
    assert payroll.refresh(connected["refresh_token"]).json()["error"] == "invalid_grant"
    assert payroll.exchange(code).json()["error"] == "invalid_grant"


def test_the_service_connects_again_without_asking(alice, alice_browser, payroll, receipt):
    restore(receipt, by=alice, now=timezone.now())
    assert alice_browser.get(payroll.request()).status_code == 302
    assert "access_token" in factories.connect(alice_browser, payroll)


def test_after_ten_minutes_it_is_too_late(alice, receipt):
    assert restore(receipt, by=alice, now=receipt.at + timedelta(minutes=10)) == 0
    assert restore(receipt, by=alice, now=receipt.at + timedelta(minutes=9, seconds=59)) == 1


def test_restoring_twice_is_restoring_once(alice, receipt):
    assert [restore(receipt, by=alice, now=timezone.now()) for _ in range(2)] == [1, 0]


def test_charlie_restores_nothing(charlie, receipt):
    assert restore(receipt, by=charlie, now=timezone.now()) == 0 == live()


def test_what_operations_revoked_the_person_cannot_restore(alice, dana, alices):
    revoke_authorization(alices, by=dana, reason="revoked by operations", now=timezone.now())
    assert restore(Receipt.objects.get(), by=alice, now=timezone.now()) == 0 == live()


def test_a_consent_given_anew_is_not_doubled(alice, alice_browser, payroll, receipt):
    factories.connect(alice_browser, payroll)
    assert restore(receipt, by=alice, now=timezone.now()) == 0 and live() == 1


def test_a_service_that_was_switched_off_is_not_restored(alice, dana, alices, receipt):
    disable(alices.application, by=dana, reason="", now=timezone.now())
    assert restore(receipt, by=alice, now=timezone.now()) == 0 == live()


def test_a_consent_that_ended_meanwhile_is_not_restored(alice, receipt):
    Authorization.objects.update(expires_at=timezone.now())
    assert restore(receipt, by=alice, now=timezone.now()) == 0 == live()


def test_an_old_receipt_does_not_undo_a_newer_revocation(alice, alices, receipt):
    restore(receipt, by=alice, now=timezone.now())
    revoke_authorization(alices, by=alice, reason="revoked", now=timezone.now())
    assert restore(receipt, by=alice, now=timezone.now()) == 0 == live()


def test_an_ended_connection_is_never_restored(alice, alices):
    ended = alices.connections.get()
    revoke_connection(ended, by=alice, reason="revoked", now=timezone.now())
    assert restore(Receipt.objects.get(), by=alice, now=timezone.now()) == 0
    assert alices.connections.get().revoked_at


def test_of_a_set_one_or_all_come_back(alice, alices):
    other = Authorization.objects.create(
        person=alice, application=factories.app(name="Other").app, scopes=[], granted_at=timezone.now()
    )
    receipt = revoke_authorizations(
        alice, [alices.pk, other.pk], by=alice, reason="revoked", now=timezone.now(), what=Receipt.What.SET
    )
    assert restore(receipt, by=alice, now=timezone.now(), only=other.pk) == 1
    assert restore(receipt, by=alice, now=timezone.now()) == 1 and live() == 2


def test_after_the_end_of_the_legacy_model_none_of_it_is_restored(alice, alice_browser, legacy_app, settings):
    factories.connect(alice_browser, legacy_app)
    old = Authorization.objects.select_related("person", "application").get()
    revoke_authorization(old, by=alice, reason="revoked", now=timezone.now())
    settings.LEGACY_SUNSET = timezone.now()
    assert restore(Receipt.objects.get(), by=alice, now=timezone.now()) == 0 == live()
