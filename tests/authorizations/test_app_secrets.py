"""Rotating secrets: nothing stops that moved to the new one, all stops that did not, and both owners know."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from authorizations import usage
from authorizations.events.models import Event
from authorizations.models import Connection
from authorizations.notifications.models import Notice
from authorizations.services import app_secrets
from oauthapps import services
from oauthapps.models import ApplicationSecret, SecretUse
from tests import factories


def alive(token: str) -> bool:
    return Client().get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200


def in_slot(app, slot="primary"):
    return ApplicationSecret.objects.get(application=app, slot=slot, revoked_at=None)


@pytest.fixture
def dana_app(dana, payroll):
    payroll.app.owners.add(dana)
    return payroll


@pytest.fixture
def second(dana, dana_app):
    """The second secret, and the app as a server that has moved to it."""
    made = app_secrets.regenerate(dana_app.app, slot="alternative", by=dana, now=timezone.now(), replaces="")
    return factories.TestApp(dana_app.app, made.value)


def test_with_both_secrets_in_force_everything_works_with_either(alice_browser, dana_app, second):
    for server in (dana_app, second):
        tokens = factories.connect(alice_browser, server)
        assert alive(tokens["access_token"])
        assert server.refresh(tokens["refresh_token"]).status_code == 200
        assert server.token(grant_type="client_credentials").status_code == 200
        assert server.introspect(tokens["access_token"])["active"] is True


def test_a_refresh_with_the_new_secret_moves_the_connection_to_it(alice_browser, dana, dana_app, second):
    old, now = in_slot(dana_app.app), timezone.now()
    tokens = factories.connect(alice_browser, dana_app)
    assert app_secrets.still_used_by(old, now).connections == 1
    fresh = second.refresh(tokens["refresh_token"]).json()
    assert app_secrets.still_used_by(old, now).connections == 0
    ended = app_secrets.retire(dana_app.app, slot="primary", by=dana, now=timezone.now(), replaces=old.key_id)
    assert ended == (0, 0)
    # The access token from before the refresh belongs to the same connection, so it goes on as well.
    assert alive(tokens["access_token"]) and alive(fresh["access_token"])
    assert second.refresh(fresh["refresh_token"]).status_code == 200


def test_a_public_app_has_no_secret_to_move_to(alice_browser, public_app):
    tokens = factories.connect(alice_browser, public_app)
    assert public_app.refresh(tokens["refresh_token"]).status_code == 200
    assert Connection.objects.get().secret is None


def test_regenerating_ends_the_connections_made_with_that_secret_and_says_how_many(
    alice_browser, bob, dana, dana_app, second
):
    from tests import people

    mine, bobs = factories.connect(alice_browser, dana_app), factories.connect(people.browser(bob), dana_app)
    other = factories.connect(alice_browser, second)
    own = dana_app.token(grant_type="client_credentials").json()
    made = app_secrets.regenerate(
        dana_app.app, slot="primary", by=dana, now=timezone.now(), replaces=in_slot(dana_app.app).key_id
    )
    assert (made.connections, made.people) == (2, 2)
    assert not alive(mine["access_token"]) and not alive(bobs["access_token"])
    assert second.introspect(own["access_token"]) == {"active": False}
    assert alive(other["access_token"])
    assert set(Connection.objects.exclude(revoked_at=None).values_list("reason", flat=True)) == {"secret regenerated"}
    event = Event.objects.get(name="connections.ended")
    assert event.detail == {"connections": 2, "people": 2} and event.actor_name == "Dana"
    fresh = factories.TestApp(dana_app.app, made.value)
    assert fresh.refresh(mine["refresh_token"]).json()["error"] == "invalid_grant"


def test_what_would_end_counts_only_what_is_in_force(alice_browser, dana_app):
    from authorizations.models import Authorization

    secret, now = in_slot(dana_app.app), timezone.now()
    factories.connect(alice_browser, dana_app)
    factories.connect(alice_browser, dana_app)
    assert (app_secrets.still_used_by(secret, now).connections, app_secrets.still_used_by(secret, now).people) == (2, 1)
    Authorization.objects.update(revoked_at=now)
    assert app_secrets.still_used_by(secret, now).connections == 0


def test_a_secret_is_still_used_while_tokens_it_got_for_the_app_itself_may_live(dana_app, settings):
    dana_app.token(grant_type="client_credentials")
    usage.flush()
    secret, now = in_slot(dana_app.app), timezone.now()
    assert not app_secrets.still_used_by(secret, now).is_over(now)
    assert app_secrets.still_used_by(secret, now).is_over(now + settings.ACCESS_TOKEN_LIFETIME)


def test_who_uses_a_secret_is_known_by_address_and_program(dana_app):
    for program in ("worker/1.0", "worker/1.0", "cron/2.0"):
        dana_app.http.defaults["HTTP_USER_AGENT"] = program
        dana_app.token(grant_type="client_credentials")
    usage.flush()
    assert sorted(SecretUse.objects.values_list("address", "user_agent")) == [
        ("127.0.0.1", "cron/2.0"),
        ("127.0.0.1", "worker/1.0"),
    ]
    uses = app_secrets.still_used_by(in_slot(dana_app.app), timezone.now()).uses
    assert [use.user_agent for use in uses] == ["cron/2.0", "worker/1.0"]


def test_a_client_that_changes_its_name_with_each_call_fills_nothing(dana_app, settings):
    settings.SECRET_USES_KEPT = 3
    for turn in range(3):
        for number in range(5):
            dana_app.http.defaults["HTTP_USER_AGENT"] = f"program {turn}.{number}"
            dana_app.token(grant_type="client_credentials")
        usage.flush()
    kept = SecretUse.objects.order_by("-last_used_at").values_list("user_agent", flat=True)
    assert list(kept) == ["program 2.4", "program 2.3", "program 2.2"]


def test_a_wrong_secret_is_no_use_of_it(dana_app):
    key_id = dana_app.secret.split(".")[0]
    factories.TestApp(dana_app.app, f"{key_id}.{'x' * 43}").token(grant_type="client_credentials")
    usage.flush()
    assert not SecretUse.objects.exists()


def test_the_owner_may_choose_a_shorter_life_and_never_a_longer_one(dana, dana_app, settings):
    now = timezone.now()
    make = lambda days: services.create_secret(  # noqa: E731
        dana_app.app, slot="alternative", by=dana, now=now, lifetime=timedelta(days=days)
    )
    assert make(7)[0].expires_at == now + timedelta(days=7)
    assert make(60)[0].expires_at == now + settings.SECRET_LIFETIME
    for days in (61, 0, -1, 0.5):
        with pytest.raises(services.RegistrationRefused, match="from 1 to 60 days"):
            make(days)


def test_at_its_exact_last_instant_a_secret_is_dead(alice_browser, dana_app, monkeypatch):
    tokens = factories.connect(alice_browser, dana_app)
    end = in_slot(dana_app.app).expires_at
    code = factories.approve(alice_browser, dana_app)
    clock = lambda at: monkeypatch.setattr("django.utils.timezone.now", lambda: at)  # noqa: E731
    clock(end - timedelta(microseconds=1))
    assert dana_app.token(grant_type="client_credentials").status_code == 200
    clock(end)
    answer = dana_app.token(grant_type="client_credentials")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert dana_app.exchange(code).status_code == 401
    assert dana_app.refresh(tokens["refresh_token"]).status_code == 401
    assert not alive(tokens["access_token"])


def test_two_owners_who_regenerate_one_after_the_other_do_not_end_each_others_secret_unseen(dana, bob, dana_app):
    seen = in_slot(dana_app.app).key_id
    made = app_secrets.regenerate(dana_app.app, slot="primary", by=dana, now=timezone.now(), replaces=seen)
    with pytest.raises(services.SecretChanged):
        app_secrets.regenerate(dana_app.app, slot="primary", by=bob, now=timezone.now(), replaces=seen)
    with pytest.raises(services.SecretChanged):
        app_secrets.retire(dana_app.app, slot="primary", by=bob, now=timezone.now(), replaces=seen)
    assert in_slot(dana_app.app) == made.secret


def test_the_other_owners_are_told_and_not_the_one_who_did_it(alice, dana, dana_app):
    dana_app.app.owners.add(alice)
    seen = in_slot(dana_app.app).key_id
    app_secrets.regenerate(dana_app.app, slot="primary", by=dana, now=timezone.now(), replaces=seen)
    assert [(n.person_id, n.kind, n.detail["by"]) for n in Notice.objects.all()] == [
        (alice.pk, "secret.changed", "Dana")
    ]


def test_an_event_about_a_secret_names_its_key_and_never_its_value(dana, dana_app, second):
    app_secrets.retire(dana_app.app, slot="primary", by=dana, now=timezone.now(), replaces=in_slot(dana_app.app).key_id)
    text = "\n".join(str(row) for row in [*Event.objects.values(), *Notice.objects.values()])
    assert in_slot(dana_app.app, "alternative").key_id in text
    for value in (dana_app.secret, second.secret):
        assert value not in text and value.split(".")[1] not in text
