"""The end of the legacy model: seen coming on every answer, told in time, and the same instant everywhere."""

from datetime import timedelta

import jwt
import pytest
from django.test import Client
from django.utils import timezone

from authorizations import usage
from authorizations.events.models import Event
from authorizations.models import Authorization, AuthorizationUsage
from authorizations.notifications.models import Message, Notice
from authorizations.notifications.texts import words
from authorizations.services import legacy_audience, sunset
from authorizations.tasks import close_after_sunset, tell_of_sunset
from tests import factories, people

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def tokens(alice_browser, legacy_app):
    return factories.connect(alice_browser, legacy_app)


@pytest.fixture
def end(settings):
    """The model ends in a minute."""
    settings.LEGACY_SUNSET = (timezone.now() + timedelta(minutes=1)).replace(microsecond=0)
    return settings.LEGACY_SUNSET


def call(token, path="/_apis/connectionData"):
    return Client().get(path, HTTP_AUTHORIZATION=f"Bearer {token}")


# Seen coming


def announces(response):
    assert response["Deprecation"].startswith("@") and response["Sunset"].endswith("GMT")
    assert 'rel="deprecation"' in response["Link"]
    return response


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/_apis/connectionData", 200),
        ("/_apis/profile/profiles/me?api-version=7.1", 200),
        ("/_apis/profile/profiles/me", 400),
        ("/_apis/profile/profiles/nobody?api-version=7.1", 404),
        ("/nowhere/_apis/projects?api-version=7.1", 403),
        ("/oauth2/v2.0/userinfo", 403),
    ],
)
def test_every_api_answer_to_a_legacy_token_names_the_end(tokens, path, status):
    assert announces(call(tokens["access_token"], path)).status_code == status


def test_a_refused_legacy_token_is_told_of_the_end_too(tokens):
    Authorization.objects.update(revoked_at=timezone.now())
    assert announces(call(tokens["access_token"])).status_code == 401


def test_an_expired_legacy_token_is_told_of_the_end_too(tokens, end, clock):
    clock.stands_at(end + timedelta(days=1))
    assert announces(call(tokens["access_token"])).status_code == 401


def test_answers_to_standard_tokens_name_no_end(connected):
    response = call(connected["access_token"])
    assert response.status_code == 200 and "Sunset" not in response and "Deprecation" not in response


def test_an_access_token_does_not_outlive_the_model(alice_browser, legacy_app, end):
    answer = factories.connect(alice_browser, legacy_app)
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert claims["exp"] == int(end.timestamp()) and answer["expires_in"] <= 60


# The instant


def test_authorize_works_until_the_last_microsecond_and_is_refused_at_the_instant(
    alice_browser, legacy_app, end, clock
):
    clock.stands_at(end - INSTANT)
    assert alice_browser.get(legacy_app.legacy_request()).status_code == 200
    clock.stands_at(end)
    response = announces(alice_browser.get(legacy_app.legacy_request()))
    assert response.status_code == 400 and "has ended" in response.content.decode()


def test_a_code_is_exchanged_until_the_last_microsecond_and_refused_at_the_instant(
    alice_browser, legacy_app, settings, clock
):
    early, late = (factories.approve(alice_browser, legacy_app) for _ in range(2))
    settings.LEGACY_SUNSET = end = timezone.now() + timedelta(seconds=5)
    clock.stands_at(end - INSTANT)
    assert legacy_app.legacy_token(grant_type=GRANT, assertion=early).status_code == 200
    clock.stands_at(end)
    refused = legacy_app.legacy_token(grant_type=GRANT, assertion=late)
    assert (refused.status_code, refused.json()["Error"]) == (400, "invalidClient")


def test_a_refresh_works_until_the_last_microsecond_and_is_refused_at_the_instant(legacy_app, tokens, end, clock):
    clock.stands_at(end - INSTANT)
    fresh = legacy_app.legacy_token(grant_type="refresh_token", assertion=tokens["refresh_token"])
    assert fresh.status_code == 200
    clock.stands_at(end)
    form = {"grant_type": "refresh_token", "assertion": fresh.json()["refresh_token"]}
    refused = legacy_app.legacy_token(**form)
    assert (refused.status_code, refused.json()["Error"]) == (400, "invalidClient")


def test_the_api_works_until_the_last_microsecond_and_is_refused_at_the_instant(tokens, end, clock, resource_server):
    clock.stands_at(end - INSTANT)
    assert call(tokens["access_token"]).status_code == 200
    assert resource_server.introspect(tokens["access_token"])["active"] is True
    clock.stands_at(end)
    assert call(tokens["access_token"]).status_code == 401
    assert resource_server.introspect(tokens["access_token"]) == {"active": False}


def test_at_the_instant_authorizations_become_history(alice, tokens, end):
    mine = Authorization.objects.of(alice)
    assert mine.live(end - INSTANT).count() == 1 and not mine.ended(end - INSTANT).exists()
    assert mine.ended(end).count() == 1 and not mine.live(end).exists()
    assert mine.get().is_live(end - INSTANT) and not mine.get().is_live(end)


def test_the_page_lists_it_no_longer_at_the_instant(alice_browser, tokens, end, clock):
    clock.stands_at(end - INSTANT)
    assert "Classic" in alice_browser.get("/_usersSettings/authorizations").content.decode()
    clock.stands_at(end)
    page = alice_browser.get("/_usersSettings/authorizations").content.decode()
    assert "data-authorization" not in page


def test_a_day_after_the_end_the_rows_are_closed_once_with_their_reason(tokens, end, clock):
    clock.stands_at(end + timedelta(hours=23))
    assert close_after_sunset() == 0  # a date set by mistake can still be mended
    clock.stands_at(end + timedelta(days=1))
    assert (close_after_sunset(), close_after_sunset()) == (1, 0)
    closed = Authorization.objects.get()
    assert (closed.revoked_at, closed.reason) == (end, "sunset")
    assert Event.objects.filter(name="authorization.sunset").count() == 1


def test_what_was_over_before_the_end_keeps_its_own_reason(tokens, end, clock):
    Authorization.objects.update(expires_at=end - timedelta(seconds=30))
    clock.stands_at(end + timedelta(days=2))
    close_after_sunset()
    closed = Authorization.objects.get()
    assert (closed.revoked_at, closed.reason) == (end - timedelta(seconds=30), "expired")


# The schedule


@pytest.mark.parametrize(
    ("days", "milestone"),
    [
        (91, None),
        (90.1, None),
        (90, 90),
        (61, 90),
        (60, 60),
        (29.5, 30),
        (14, 14),
        (7, 7),
        (1, 1),
        (0.01, 1),
        (0, None),
    ],
)
def test_the_milestone_that_has_come_counts(settings, days, milestone):
    now = timezone.now()
    settings.LEGACY_SUNSET = now + timedelta(days=days)
    assert sunset.due(now) == milestone


def test_alice_is_told_once_per_milestone_with_her_own_use(alice, bob, alice_browser, legacy_app, settings):
    settings.LEGACY_SUNSET = timezone.now() + timedelta(days=29.5)
    tokens = factories.connect(alice_browser, legacy_app)
    factories.connect(people.browser(bob), legacy_app)
    for _ in range(3):
        call(tokens["access_token"])
    usage.flush()
    old = AuthorizationUsage.objects.filter(facet="endpoint").first()
    AuthorizationUsage.objects.create(
        authorization=old.authorization, day=old.day - timedelta(days=31), facet="endpoint", value="api", calls=99
    )
    assert (tell_of_sunset(), tell_of_sunset()) == (2, 0)
    mine = words(Notice.objects.get(person=alice))
    assert mine.title == "Classic stops working for you in 30 days"
    assert mine.facts[0][0] == "Classic" and mine.facts[0][1].startswith(("3 calls", "4 calls"))
    assert "not used" in words(Notice.objects.get(person=bob)).facts[0][1] or Notice.objects.get(person=bob)
    settings.LEGACY_SUNSET -= timedelta(days=16)
    assert (tell_of_sunset(), tell_of_sunset()) == (2, 0)
    assert Message.objects.filter(channel="mail").count() == 4


def test_owners_are_told_how_many_people_are_left(dana, alice_browser, legacy_app, settings):
    settings.LEGACY_SUNSET = timezone.now() + timedelta(days=6.5)
    legacy_app.app.owners.set([dana])
    factories.connect(alice_browser, legacy_app)
    tell_of_sunset()
    said = words(Notice.objects.get(person=dana))
    assert said.title == "Classic ends in 7 days" and "1 person left" in said.facts[0][1]
    assert "no new version" in said.facts[0][1] and said.action.path == "/app/legacy"


def test_nobody_is_told_of_apps_they_revoked_or_after_the_end(alice_browser, legacy_app, settings):
    factories.connect(alice_browser, legacy_app)
    settings.LEGACY_SUNSET = timezone.now() - timedelta(seconds=1)
    assert tell_of_sunset() == 0
    settings.LEGACY_SUNSET = timezone.now() + timedelta(days=5)
    Authorization.objects.update(revoked_at=timezone.now())
    assert tell_of_sunset() == 0 and not Notice.objects.exists()


def test_people_are_told_in_batches_and_nobody_is_left_out(
    legacy_app, settings, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(legacy_audience, "BATCH", 2)
    settings.LEGACY_SUNSET = timezone.now() + timedelta(days=5)
    for name in ("alice", "bob", "charlie", "erin", "dana"):
        factories.connect(people.browser(people.person(name)), legacy_app)
    assert tell_of_sunset() == 5
    assert Notice.objects.values("person").distinct().count() == 5
    with django_assert_max_num_queries(2):
        assert tell_of_sunset() == 0


def test_history_says_that_it_ended_with_the_model_at_its_instant(alice_browser, tokens, end, clock):
    clock.stands_at(end + timedelta(seconds=1))
    page = alice_browser.get("/_usersSettings/authorizations/history").content.decode()
    assert "The legacy model ended" in page and end.strftime("%Y-%m-%d %H:%M:%S UTC") in page
