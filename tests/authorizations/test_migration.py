"""People move from a legacy app to its standard twin: one click, never silent, never wider, both sides recorded."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from authorizations.events.models import Event
from authorizations.models import Authorization
from authorizations.notifications.models import Notice
from authorizations.notifications.texts import words
from authorizations.services import migration, twins
from authorizations.services.revocation import revoke_authorization
from oauthapps.models import Application
from tests import factories, people

SCOPE = "vso.profile vso.project vso.work"


@pytest.fixture
def legacy(legacy_app, dana):
    legacy_app.app.owners.set([dana])
    return legacy_app


@pytest.fixture
def twin(legacy, dana):
    made, _, value = twins.create_twin(legacy.app, by=dana, now=timezone.now())
    return factories.TestApp(made, value)


@pytest.fixture
def tokens(alice_browser, legacy):
    return factories.connect(alice_browser, legacy)


def call(token):
    return Client().get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {token}").status_code


def ask(browser, twin, **more):
    return browser.get(twin.request(**({"scope": SCOPE} | more)))


def go_on(browser, page, word="continue"):
    form = {"ticket": factories.ticket_of(page), "decision": word}
    return browser.post("/oauth2/v2.0/authorize/continue", form)


def offered(page):
    return page.status_code == 200 and 'id="continue-form"' in page.content.decode()


# The twin


def test_the_twin_has_the_same_name_owners_callbacks_and_scopes_and_its_own_id_and_secret(legacy, twin, dana):
    old, new = legacy.app, twin.app
    assert (new.name, new.company, new.callbacks, new.scopes) == (old.name, old.company, old.callbacks, old.scopes)
    assert list(new.owners.all()) == [dana] and new.model == "standard" and new.twin_of == old
    assert new.client_id != old.client_id and twin.secret != legacy.secret
    assert Event.objects.get(name="app.twin_created").detail == {"twin": new.client_id}


def test_an_app_has_one_twin_and_a_standard_app_none(legacy, twin, payroll, dana):
    with pytest.raises(twins.TwinRefused, match="already"):
        twins.create_twin(legacy.app, by=dana, now=timezone.now())
    with pytest.raises(twins.TwinRefused, match="Only a legacy app"):
        twins.create_twin(payroll.app, by=dana, now=timezone.now())
    assert Application.objects.filter(twin_of=legacy.app).count() == 1


def test_a_deleted_twin_makes_room_for_another(legacy, twin, dana):
    Application.objects.filter(pk=twin.app.pk).update(deleted_at=timezone.now())
    made, _, _ = twins.create_twin(legacy.app, by=dana, now=timezone.now())
    assert made.pk != twin.app.pk and twins.twin_of(legacy.app) == made


# The page


def test_alice_is_asked_and_nothing_moves_before_she_clicks(alice_browser, twin, tokens):
    page = ask(alice_browser, twin)
    assert offered(page) and "Continue with the new version of Classic" in page.content.decode()
    assert Authorization.objects.count() == 1 and call(tokens["access_token"]) == 200


def test_one_click_makes_the_standard_authorization_and_ends_the_legacy_one(alice, alice_browser, twin, tokens, legacy):
    old = Authorization.objects.get()
    answer = go_on(alice_browser, ask(alice_browser, twin))
    code = factories.answer_of(answer)["code"]
    fresh = twin.exchange(code).json()
    assert call(fresh["access_token"]) == 200 and call(tokens["access_token"]) == 401
    refresh = legacy.legacy_token(grant_type="refresh_token", assertion=tokens["refresh_token"])
    assert refresh.json()["Error"] == "authorizationNotFound"
    old.refresh_from_db()
    new = Authorization.objects.get(application=twin.app)
    assert (old.reason, old.migrated_to, old.revoked_by) == ("migrated", new, str(alice.pk))
    assert new.scopes == SCOPE.split() and new.expires_at == old.expires_at and new.organizations is None
    names = list(Event.objects.filter(person_id=str(alice.pk)).order_by("id").values_list("name", flat=True))
    assert names[-4:-1] == ["authorization.granted", "authorization.migrated", "authorization_code.issued"]


def test_alice_is_told_what_she_did(alice, alice_browser, twin, tokens):
    go_on(alice_browser, ask(alice_browser, twin))
    said = words(Notice.objects.get(kind="legacy.migrated", person=alice))
    assert said.title == "You continue with the new version of Classic" and "revoke" in said.paragraphs[1]


def test_organizations_and_the_end_are_no_wider_than_they_were(alice, alice_browser, twin, tokens):
    contoso = factories.organization("contoso", alice)
    factories.organization("fabrikam", alice)
    ends = timezone.now() + timedelta(days=3)
    Authorization.objects.update(organizations=[str(contoso.pk)], expires_at=ends)
    page = ask(alice_browser, twin)
    assert "Contoso" in page.content.decode() and "Fabrikam" not in page.content.decode()
    go_on(alice_browser, page)
    new = Authorization.objects.get(application=twin.app)
    assert new.organizations == [str(contoso.pk)] and new.expires_at == ends


def test_a_smaller_request_moves_to_what_was_asked(alice_browser, twin, tokens):
    go_on(alice_browser, ask(alice_browser, twin, scope="vso.profile"))
    assert Authorization.objects.get(application=twin.app).scopes == ["vso.profile"]


def test_after_the_move_the_next_request_is_answered_at_once(alice_browser, twin, tokens):
    go_on(alice_browser, ask(alice_browser, twin))
    assert ask(alice_browser, twin).status_code == 302


def test_cancel_changes_nothing(alice_browser, twin, tokens):
    answer = go_on(alice_browser, ask(alice_browser, twin), "cancel")
    assert factories.answer_of(answer)["error"] == "access_denied"
    assert Authorization.objects.count() == 1 and call(tokens["access_token"]) == 200


# Never wider


def test_a_wider_request_shows_the_approval_page_with_the_difference(alice_browser, twin, tokens):
    Application.objects.filter(pk=twin.app.pk).update(scopes=[*SCOPE.split(), "vso.code"])
    page = ask(alice_browser, twin, scope=f"{SCOPE} vso.code")
    text = page.content.decode()
    assert not offered(page) and 'id="older-version"' in text and "asks for more than that" in text
    code = factories.answer_of(factories.decide(alice_browser, page, "/oauth2/v2.0/authorize"))["code"]
    assert twin.exchange(code).status_code == 200 and call(tokens["access_token"]) == 200


def test_sign_in_is_no_more_than_a_legacy_consent_told():
    assert {"openid", "offline_access"} <= migration.covered([])
    assert not {"profile", "email"} & migration.covered([])
    assert {"profile", "email"} <= migration.covered(["vso.profile"])


def test_what_alice_did_not_allow_the_old_one_is_wider(alice_browser, twin, tokens):
    Authorization.objects.update(scopes=["vso.profile"])
    assert not offered(ask(alice_browser, twin))
    assert offered(ask(alice_browser, twin, scope="vso.profile"))


def test_prompt_consent_gets_the_full_page(alice_browser, twin, tokens):
    page = ask(alice_browser, twin, prompt="consent")
    assert not offered(page) and "consent-form" in page.content.decode()


def test_prompt_none_is_never_a_move(alice_browser, twin, tokens):
    answer = factories.answer_of(ask(alice_browser, twin, prompt="none"))
    assert answer["error"] == "consent_required" and Authorization.objects.count() == 1


# Who is not asked


def test_charlie_who_never_used_the_old_one_gets_the_approval_page(charlie_browser, twin, tokens):
    assert not offered(ask(charlie_browser, twin))


def test_charlie_cannot_use_alices_page(alice_browser, charlie_browser, twin, tokens):
    page = ask(alice_browser, twin)
    assert go_on(charlie_browser, page).status_code == 400
    assert not Authorization.objects.filter(application=twin.app).exists()


def test_a_twin_that_went_to_other_owners_asks_like_anybody_else(alice_browser, charlie, twin, tokens):
    twin.app.owners.set([charlie])
    assert not offered(ask(alice_browser, twin))


def test_an_app_that_is_no_twin_offers_nothing(alice_browser, payroll, tokens):
    assert not offered(alice_browser.get(payroll.request()))


@pytest.mark.parametrize("over", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now()}])
def test_a_legacy_authorization_that_is_over_moves_nowhere(alice_browser, twin, tokens, over):
    Authorization.objects.update(**over)
    assert not offered(ask(alice_browser, twin))


def test_after_the_sunset_there_is_nothing_to_move(alice_browser, twin, tokens, settings):
    page = ask(alice_browser, twin)
    settings.LEGACY_SUNSET = timezone.now()
    assert not offered(ask(alice_browser, twin))
    again = go_on(alice_browser, page)
    assert again.status_code == 302 and again["Location"].startswith("/oauth2/v2.0/authorize?")
    assert not Authorization.objects.filter(application=twin.app).exists()


# Meanwhile


def test_a_second_click_ends_at_the_service_as_well(alice_browser, twin, tokens):
    page = ask(alice_browser, twin)
    first, second = go_on(alice_browser, page), go_on(alice_browser, page)
    assert "code" in factories.answer_of(first)
    assert second["Location"].startswith("/oauth2/v2.0/authorize?")
    code = factories.answer_of(alice_browser.get(second["Location"]))["code"]
    assert twin.exchange(code).status_code == 200
    assert Authorization.objects.filter(application=twin.app).count() == 1


def test_revoked_while_the_page_was_open_asks_the_ordinary_way(alice, alice_browser, twin, tokens):
    page = ask(alice_browser, twin)
    revoke_authorization(Authorization.objects.get(), by=alice, reason="revoked", now=timezone.now())
    again = go_on(alice_browser, page)
    assert not offered(alice_browser.get(again["Location"]))
    assert not Authorization.objects.filter(application=twin.app).exists()


def test_the_legacy_model_may_pause_while_people_move(alice_browser, twin, tokens, settings, clock):
    from authorizations.services.brown_outs import Plan, plan_brown_out

    settings.BROWN_OUT_NOTICE = timedelta(0)
    now = timezone.now()
    window = plan_brown_out(Plan(now + timedelta(seconds=1), now + timedelta(minutes=9), "x"), by=None, now=now)
    clock.stands_at(window.starts_at)
    assert "code" in factories.answer_of(go_on(alice_browser, ask(alice_browser, twin)))


def test_bob_who_stays_keeps_his_legacy_connection(alice_browser, bob, legacy, twin, tokens):
    bobs = factories.connect(people.browser(bob), legacy)
    go_on(alice_browser, ask(alice_browser, twin))
    assert call(bobs["access_token"]) == 200 and call(tokens["access_token"]) == 401


def test_revoking_the_old_one_afterwards_leads_to_the_new_one(alice_browser, twin, tokens):
    old = Authorization.objects.get()
    go_on(alice_browser, ask(alice_browser, twin))
    new = Authorization.objects.get(application=twin.app)
    for page in (
        alice_browser.post(f"/_usersSettings/authorizations/{old.pk}/revoke"),
        alice_browser.get(f"/_usersSettings/authorizations/{old.pk}"),
    ):
        assert f"/_usersSettings/authorizations/{new.pk}/revoke" in page.content.decode()
    new.refresh_from_db()
    assert new.revoked_at is None


def test_history_says_that_alice_moved(alice_browser, twin, tokens):
    go_on(alice_browser, ask(alice_browser, twin))
    assert (
        "You moved to the new version" in alice_browser.get("/_usersSettings/authorizations/history").content.decode()
    )


def test_the_old_connections_and_codes_are_closed_with_the_move(alice_browser, legacy, twin, tokens):
    from authorizations.models import AuthorizationCode, Connection

    factories.approve(alice_browser, legacy)
    go_on(alice_browser, ask(alice_browser, twin))
    assert not Connection.objects.filter(authorization__application=legacy.app, revoked_at=None).exists()
    assert not AuthorizationCode.objects.filter(authorization__application=legacy.app, spent_at=None).exists()
