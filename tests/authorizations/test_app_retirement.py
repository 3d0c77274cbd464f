"""Deleting an app ends everything of it with one commit, keeps a tombstone, and tells everybody it touched."""

import pytest
from django.test import Client
from django.utils import timezone

from authorizations import usage
from authorizations.events.models import Event
from authorizations.models import Authorization, AuthorizationCode, Connection
from authorizations.notifications.models import Notice
from authorizations.notifications.texts import words
from authorizations.services import app_retirement, consent
from authorizations.services.app_retirement import Stops, delete_app, what_stops
from oauthapps import services
from oauthapps.models import Application
from oauthapps.services import invitations
from tests import factories, people


def alive(token: str) -> bool:
    return Client().get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200


@pytest.fixture
def dana_app(dana, payroll):
    payroll.app.owners.add(dana)
    return payroll


def test_what_would_stop_is_counted_in_people_connections_and_calls(alice_browser, bob, dana_app):
    for browser in (alice_browser, people.browser(bob), alice_browser):
        tokens = factories.connect(browser, dana_app)
    assert alive(tokens["access_token"])
    usage.flush()
    found = what_stops(dana_app.app, timezone.now())
    assert (found.people, found.connections) == (2, 3) and found.calls >= 4


def test_everything_of_the_app_ends_with_the_commit(alice_browser, dana, dana_app, resource_server):
    tokens = factories.connect(alice_browser, dana_app)
    own = dana_app.token(grant_type="client_credentials").json()
    code = factories.approve(alice_browser, dana_app)
    assert delete_app(dana_app.app, by=dana, now=timezone.now()) == Stops(1, 1, 0)
    assert not alive(tokens["access_token"])
    for token in (tokens["access_token"], tokens["refresh_token"], own["access_token"]):
        assert resource_server.introspect(token) == {"active": False}
    for answer in (dana_app.refresh(tokens["refresh_token"]), dana_app.exchange(code)):
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert dana_app.token(grant_type="client_credentials").status_code == 401
    assert Authorization.objects.get().reason == Connection.objects.get().reason == "app_deleted"
    assert not Application.objects.get(pk=dana_app.app.pk).secrets.filter(revoked_at=None).exists()


def test_a_public_app_ends_as_well(alice_browser, dana, public_app):
    tokens = factories.connect(alice_browser, public_app)
    code = factories.approve(alice_browser, public_app)
    delete_app(public_app.app, by=dana, now=timezone.now())
    assert not alive(tokens["access_token"])
    assert public_app.refresh(tokens["refresh_token"]).status_code == 401
    assert public_app.exchange(code).status_code == 401
    # A code that ended with its app is no replay.
    assert not Event.objects.filter(name="authorization_code.replayed").exists()


def test_an_app_that_checks_tokens_checks_no_more_once_it_is_deleted(connected, dana, resource_server):
    assert resource_server.introspect(connected["access_token"])["active"] is True
    delete_app(resource_server.app, by=dana, now=timezone.now())
    assert resource_server.call("/oauth2/v2.0/introspect", {"token": connected["access_token"]}).status_code == 401


@pytest.mark.parametrize("signed_in", [True, False])
def test_who_is_sent_by_a_deleted_app_reads_that_it_no_longer_exists(alice_browser, dana, dana_app, signed_in):
    factories.connect(alice_browser, dana_app)
    delete_app(dana_app.app, by=dana, now=timezone.now())
    page = (alice_browser if signed_in else Client()).get(dana_app.request())
    assert page.status_code == 400 and "This service no longer exists" in page.content.decode()


def test_an_approval_page_that_was_open_is_refused(alice_browser, dana, dana_app):
    page = alice_browser.get(dana_app.request())
    delete_app(dana_app.app, by=dana, now=timezone.now())
    answer = factories.decide(alice_browser, page, "/oauth2/v2.0/authorize")
    assert answer.status_code == 400 and "no longer exists" in answer.content.decode()
    assert not Authorization.objects.exists()


def test_an_approval_that_is_written_after_the_deletion_is_not_written(alice, dana, dana_app):
    stale = Application.objects.get(pk=dana_app.app.pk)
    delete_app(dana_app.app, by=dana, now=timezone.now())
    given = consent.Given(("vso.profile",), declined=(), shown={})
    code = consent.CodeRequest(("vso.profile",), factories.CALLBACK, "", "", None, people.CONTOSO)
    with pytest.raises(consent.AppGone):
        consent.accept(alice, stale, given=given, code=code, now=timezone.now())
    assert not Authorization.objects.exists() and not AuthorizationCode.objects.exists()


def test_the_tombstone_stays_and_its_id_is_never_given_out_again(dana, dana_app):
    delete_app(dana_app.app, by=dana, now=timezone.now())
    stone = Application.objects.get(client_id=dana_app.client_id)
    assert stone.deleted_at and stone.deleted_by == "Dana"
    assert not Application.objects.of(dana).exists()
    from django.db import IntegrityError, transaction

    with pytest.raises((IntegrityError, services.RegistrationRefused)), transaction.atomic():
        services.register(
            services.Registration("Other", "Other Ltd", [factories.CALLBACK], ["vso.profile"]),
            owners=[dana], by=dana, now=timezone.now(), client_id=dana_app.client_id,
        )  # fmt: skip


def test_nothing_can_be_done_with_a_deleted_app(bob, dana, dana_app):
    now = timezone.now()
    _, token = invitations.invite(dana_app.app, by=dana, note="", now=now)
    delete_app(dana_app.app, by=dana, now=now)
    refused = services.RegistrationRefused
    with pytest.raises(refused, match="deleted"):
        delete_app(dana_app.app, by=dana, now=now)
    with pytest.raises(refused, match="deleted"):
        services.create_secret(dana_app.app, slot="primary", by=dana, now=now)
    with pytest.raises(refused, match="deleted"):
        invitations.invite(dana_app.app, by=dana, note="", now=now)
    with pytest.raises(invitations.InvitationOver):
        invitations.accept(token, person=bob, now=now)


def test_owners_and_the_people_who_had_approved_it_are_told(alice, alice_browser, bob, dana, dana_app):
    factories.connect(alice_browser, dana_app)
    factories.connect(people.browser(bob), dana_app)
    Authorization.objects.filter(person=bob).update(revoked_at=timezone.now())
    delete_app(dana_app.app, by=dana, now=timezone.now())
    told = {n.person_id: words(n) for n in Notice.objects.filter(kind="app.deleted")}
    assert set(told) == {alice.pk, dana.pk}
    assert told[alice.pk].title == "Payroll was deleted by its owners"
    assert told[dana.pk].title == "Dana deleted Payroll"
    assert told[dana.pk].paragraphs[0] == "It stopped for 1 person, with 1 connection."


def test_the_event_log_says_what_stopped_and_for_whom(alice, alice_browser, dana, dana_app):
    factories.connect(alice_browser, dana_app)
    delete_app(dana_app.app, by=dana, now=timezone.now())
    gone = Event.objects.get(name="app.deleted")
    assert gone.actor_name == "Dana" and gone.detail == {"people": 1, "connections": 1, "calls": 0}
    ended = Event.objects.get(name="authorization.revoked")
    assert ended.person_id == str(alice.pk) and ended.detail == {"reason": "app_deleted"}


def test_what_had_ended_before_keeps_its_own_reason(alice_browser, bob, dana, dana_app):
    factories.connect(alice_browser, dana_app)
    factories.connect(people.browser(bob), dana_app)
    mine, bobs = Authorization.objects.order_by("granted_at")
    Authorization.objects.filter(pk=mine.pk).update(revoked_at=timezone.now(), reason="revoked")
    Authorization.objects.filter(pk=bobs.pk).update(expires_at=timezone.now())
    delete_app(dana_app.app, by=dana, now=timezone.now())
    assert sorted(Authorization.objects.values_list("reason", flat=True)) == ["expired", "revoked"]
    assert not Notice.objects.filter(detail__role="person").exists()


def test_the_place_of_the_new_version_is_free_again_when_a_twin_is_deleted(dana, legacy_app, dana_app):
    Application.objects.filter(pk=dana_app.app.pk).update(twin_of=legacy_app.app)
    dana_app.app.refresh_from_db()
    delete_app(dana_app.app, by=dana, now=timezone.now())
    assert Application.objects.get(pk=dana_app.app.pk).twin_of is None
    assert Event.objects.get(name="app.deleted").detail["twin_of"] == legacy_app.client_id


def test_what_came_to_stand_again_as_the_app_was_deleted_is_closed(alice_browser, dana, dana_app):
    tokens = factories.connect(alice_browser, dana_app)
    now = timezone.now()
    delete_app(dana_app.app, by=dana, now=now)
    Authorization.objects.update(revoked_at=None, reason="")
    Connection.objects.update(revoked_at=None, reason="")
    assert not alive(tokens["access_token"])
    assert app_retirement.close_stragglers(since=factories.later(hours=-1), now=now) == 1
    assert Authorization.objects.get().reason == "app_deleted"
