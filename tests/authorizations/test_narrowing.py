"""Changing a consent without revoking it: what the service can do narrows at once, and nobody is overrun."""

import uuid
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from authorizations.events.models import Event
from authorizations.models import Authorization
from authorizations.services import narrowing
from tests import factories

NOW = timezone.now()


@pytest.fixture
def alices(connected):
    return Authorization.objects.select_related("person", "application").get()


def api(path: str, token: str):
    return Client().get(f"{path}?api-version=7.1", HTTP_AUTHORIZATION=f"Bearer {token}")


def is_accepted(token: str) -> bool:
    """The call that needs no permission, and no version."""
    return Client().get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200


def drop(authorization, *scopes, seen=None):
    return narrowing.drop_permissions(
        authorization, scopes, seen=seen or authorization.scopes, by=authorization.person, now=NOW
    )


def events(name):
    return list(Event.objects.filter(name=name).order_by("id"))


def test_a_dropped_permission_is_gone_from_the_live_token_at_once(alices, connected):
    token = connected["access_token"]
    assert api("/_apis/profile/profiles/me", token).status_code == 200
    assert drop(alices, "vso.profile")
    assert api("/_apis/profile/profiles/me", token).status_code == 403
    assert api("/_apis/accounts", token).status_code == 403
    assert is_accepted(token)


def test_introspection_no_longer_names_it(alices, connected, resource_server):
    drop(alices, "vso.project")
    said = resource_server.introspect(connected["access_token"])["scope"].split()
    assert "vso.project" not in said and "vso.profile" in said


def test_userinfo_no_longer_tells_it(alices, connected):
    assert "email" in api("/oauth2/v2.0/userinfo", connected["access_token"]).json()
    drop(alices, "email")
    assert "email" not in api("/oauth2/v2.0/userinfo", connected["access_token"]).json()


def test_a_refresh_no_longer_gives_it(alices, connected, payroll):
    drop(alices, "vso.project")
    assert "vso.project" not in payroll.refresh(connected["refresh_token"]).json()["scope"].split()
    assert payroll.refresh(connected["refresh_token"], scope="vso.project").json()["error"] == "invalid_scope"


def test_introspecting_the_refresh_token_no_longer_names_it(alices, connected, payroll):
    drop(alices, "vso.project")
    assert "vso.project" not in payroll.introspect(connected["refresh_token"])["scope"].split()


def test_the_service_has_to_ask_again(alices, alice_browser, payroll):
    drop(alices, "vso.project")
    assert alice_browser.get(payroll.request()).status_code == 200  # the approval page, not a silent answer


def test_an_optional_permission_that_was_dropped_is_not_asked_for_at_each_sign_in(alice_browser):
    app = factories.app(scopes=["openid", "vso.profile"], optional_scopes=["vso.work"])
    factories.connect(alice_browser, app)
    authorization = Authorization.objects.select_related("person", "application").get()
    drop(authorization, "vso.work")
    assert authorization.declined == ["vso.work"]
    assert alice_browser.get(app.request()).status_code == 302


def test_dropping_twice_is_dropping_once(alices):
    seen = list(alices.scopes)
    assert drop(alices, "vso.project", seen=seen)
    assert not drop(alices, "vso.project", seen=seen)
    (event,) = events("authorization.narrowed")
    assert event.detail == {"dropped": ["vso.project"]} and event.actor_id == str(alices.person_id)


def test_the_last_permission_is_not_dropped_but_revoked(alices):
    with pytest.raises(narrowing.LastPermission):
        drop(alices, *alices.scopes)
    assert not events("authorization.narrowed")


def test_a_permission_that_a_remaining_one_includes_is_not_dropped_for_show(alices):
    Authorization.objects.update(scopes=["vso.profile", "vso.code", "vso.code_write"])
    alices.refresh_from_db()
    with pytest.raises(narrowing.StillIncluded):
        drop(alices, "vso.code")
    assert narrowing.together(alices.scopes, ["vso.code"]) == ("vso.code", "vso.code_write")
    assert drop(alices, "vso.code", "vso.code_write") and alices.scopes == ["vso.profile"]


def test_a_stale_page_changes_nothing(alices):
    loaded = Authorization.objects.select_related("person", "application").get()
    drop(alices, "vso.project")
    seen = loaded.scopes
    with pytest.raises(narrowing.Stale):
        drop(loaded, "email", seen=seen)  # loaded before: only the database knows
    alices.refresh_from_db()
    assert "email" in alices.scopes


@pytest.mark.parametrize("ended", [{"revoked_at": NOW}, {"expires_at": NOW - timedelta(seconds=1)}])
def test_what_has_ended_is_not_changed(alices, ended):
    Authorization.objects.update(**ended)
    with pytest.raises(narrowing.Stale):
        drop(alices, "vso.project")
    with pytest.raises(narrowing.Stale):
        narrowing.set_note(alices, "x", seen="", by=alices.person, now=NOW)


@pytest.fixture
def places(alice):
    return [factories.organization(slug, alice) for slug in ("contoso", "fabrikam")]


def reach(authorization, chosen, seen):
    return narrowing.set_organizations(authorization, chosen, seen=seen, by=authorization.person, now=NOW)


def test_an_organization_left_out_refuses_the_next_call(alices, connected, places):
    contoso, _fabrikam = places
    assert api("/fabrikam/_apis/projects", connected["access_token"]).status_code == 200
    assert reach(alices, [str(contoso.pk)], None)
    assert api("/fabrikam/_apis/projects", connected["access_token"]).status_code == 403
    assert api("/contoso/_apis/projects", connected["access_token"]).status_code == 200
    (event,) = events("authorization.narrowed")
    assert event.detail == {"organizations": [str(contoso.pk)], "before": None}


def test_more_organizations_are_a_widening(alices, places):
    one, two = sorted(str(o.pk) for o in places)
    reach(alices, [one], None)
    assert reach(alices, [one, two], [one]) and reach(alices, None, [one, two])
    assert len(events("authorization.widened")) == 2
    alices.refresh_from_db()
    assert alices.organizations is None


def test_only_ones_own_organizations_can_be_chosen(alices, places, bob):
    theirs = factories.organization("northwind", bob)
    for chosen in ([str(theirs.pk)], [str(uuid.uuid4())], ["x"], []):
        with pytest.raises(narrowing.NoOrganization):
            reach(alices, chosen, None)


def test_a_choice_against_an_old_page_is_refused(alices, places):
    one, two = (str(o.pk) for o in places)
    reach(alices, [one], None)
    with pytest.raises(narrowing.Stale):
        reach(alices, [two], None)
    assert not reach(alices, [one], None)  # the same again is fine


def test_the_end_can_be_shortened_and_extended_within_a_fresh_consents_time(alices):
    sooner, latest = NOW + timedelta(days=3), NOW + settings.AUTHORIZATION_LIFETIME
    assert narrowing.set_end(alices, sooner, seen=alices.expires_at, by=alices.person, now=NOW)
    assert narrowing.set_end(alices, latest, seen=sooner, by=alices.person, now=NOW)
    names = ["authorization.shortened", "authorization.extended"]
    assert list(Event.objects.filter(name__in=names).order_by("pk").values_list("name", flat=True)) == names
    for wrong in (NOW, latest + timedelta(seconds=1)):
        with pytest.raises(narrowing.EndOutOfRange):
            narrowing.set_end(alices, wrong, seen=latest, by=alices.person, now=NOW)


def test_a_shortened_end_is_the_end(alices, connected):
    soon = NOW + timedelta(minutes=5)
    narrowing.set_end(alices, soon, seen=alices.expires_at, by=alices.person, now=NOW)
    Authorization.objects.update(expires_at=NOW - timedelta(seconds=1))
    assert api("/_apis/connectionData", connected["access_token"]).status_code == 401


def test_the_event_does_not_repeat_the_note(alices):
    assert narrowing.set_note(alices, " for the\x00 tax office ", seen="", by=alices.person, now=NOW)
    alices.refresh_from_db()
    assert alices.note == "for the tax office"
    (event,) = events("authorization.noted")
    assert event.detail == {}
