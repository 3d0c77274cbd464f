"""Announced brown-outs: who is told, what answers 503 and for how long, and what is left alone."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from authorizations import brown_outs
from authorizations.events.models import Event
from authorizations.models import Authorization, BrownOut, Connection
from authorizations.notifications.models import Message, Notice
from authorizations.notifications.texts import words
from authorizations.services.brown_outs import (
    BrownOutRefused,
    Plan,
    cancel_brown_out,
    change_brown_out,
    plan_brown_out,
)
from authorizations.tasks import tell_latecomers
from tests import factories, people

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture
def plan(settings):
    """A window from the next minute on, half an hour long."""
    settings.BROWN_OUT_NOTICE = timedelta(0)
    start = timezone.now() + timedelta(minutes=1)
    return Plan(start, start + timedelta(minutes=30), "A rehearsal of the end.")


@pytest.fixture
def olivia(db):
    return people.person("olivia")


@pytest.fixture
def window(plan, olivia):
    return plan_brown_out(plan, by=olivia, now=timezone.now())


@pytest.fixture
def tokens(alice_browser, legacy_app):
    return factories.connect(alice_browser, legacy_app)


def call(token, path="/_apis/connectionData"):
    return Client().get(path, HTTP_AUTHORIZATION=f"Bearer {token}")


def paused(response, seconds):
    assert response.status_code == 503 and response["Retry-After"] == str(seconds), response.content[:300]
    assert response["Deprecation"].startswith("@") and response["Sunset"].endswith("GMT")
    assert 'rel="deprecation"' in response["Link"]
    return response


# What answers 503


def test_the_token_endpoint_says_when_to_come_back_in_the_old_shape(legacy_app, tokens, window, clock):
    clock.stands_at(window.starts_at + timedelta(minutes=10))
    form = {"grant_type": "refresh_token", "assertion": tokens["refresh_token"]}
    body = paused(legacy_app.legacy_token(**form), 20 * 60).json()
    assert body["Error"] == "serverError" and "paused until" in body["ErrorDescription"]
    clock.stands_at(window.ends_at)
    assert legacy_app.legacy_token(**form).status_code == 200


def test_a_code_from_before_the_window_is_not_spent_by_it(alice_browser, legacy_app, window, clock):
    code = factories.approve(alice_browser, legacy_app)
    clock.stands_at(window.starts_at)
    paused(legacy_app.legacy_token(grant_type=GRANT, assertion=code), 1800)
    assert not Connection.objects.exists()


def test_the_api_answers_503_in_its_own_shape_and_keeps_the_token_good(tokens, window, clock):
    clock.stands_at(window.ends_at - timedelta(seconds=90))
    response = paused(call(tokens["access_token"]), 90)
    assert response.json()["typeKey"] == "VssServiceUnavailableException" and "WWW-Authenticate" not in response
    clock.stands_at(window.ends_at)
    assert call(tokens["access_token"]).status_code == 200


def test_userinfo_pauses_for_a_legacy_token_too(tokens, window, clock):
    clock.stands_at(window.starts_at)
    response = paused(call(tokens["access_token"], "/oauth2/v2.0/userinfo"), 1800)
    assert response.json()["error"] == "temporarily_unavailable"


def test_a_resource_server_is_told_that_the_token_is_not_good_now(tokens, window, clock, resource_server):
    clock.stands_at(window.starts_at)
    assert resource_server.introspect(tokens["access_token"]) == {"active": False}
    clock.stands_at(window.ends_at)
    assert resource_server.introspect(tokens["access_token"])["active"] is True


@pytest.mark.parametrize(
    "wrong", [{}, {"client_id": "nobody"}, {"scope": "vso.nothing"}, {"redirect_uri": "https://x/"}]
)
def test_every_authorization_request_gets_the_page_that_explains(alice_browser, legacy_app, window, clock, wrong):
    clock.stands_at(window.starts_at)
    page = paused(alice_browser.get(legacy_app.legacy_request(**wrong)), 1800)
    assert "is paused" in page.content.decode() and 'id="error-code"' in page.content.decode()


def test_an_open_approval_page_approves_nothing_during_the_window(alice_browser, legacy_app, window, clock):
    page = alice_browser.get(legacy_app.legacy_request())
    clock.stands_at(window.starts_at)
    paused(factories.decide(alice_browser, page, "/oauth2/authorize"), 1800)
    assert not Authorization.objects.exists()


def test_a_microsecond_before_the_window_everything_works_and_at_its_start_nothing(legacy_app, tokens, window, clock):
    form = {"grant_type": "refresh_token", "assertion": tokens["refresh_token"]}
    clock.stands_at(window.starts_at - timedelta(microseconds=1))
    assert legacy_app.legacy_token(**form).status_code == 200 and call(tokens["access_token"]).status_code == 200
    clock.stands_at(window.starts_at)
    paused(legacy_app.legacy_token(**form), 1800)
    paused(call(tokens["access_token"]), 1800)
    clock.stands_at(window.ends_at - timedelta(microseconds=1))
    paused(call(tokens["access_token"]), 1)


def test_the_standard_model_is_not_touched(alice_browser, payroll, connected, window, clock):
    clock.stands_at(window.starts_at)
    assert call(connected["access_token"]).status_code == 200
    assert payroll.refresh(connected["refresh_token"]).status_code == 200
    assert alice_browser.get(payroll.request()).status_code == 302


def test_after_the_sunset_the_end_is_told_and_not_a_pause(legacy_app, tokens, window, clock, settings):
    settings.LEGACY_SUNSET = window.starts_at
    clock.stands_at(window.starts_at)
    response = legacy_app.legacy_token(grant_type="refresh_token", assertion=tokens["refresh_token"])
    assert (response.status_code, response.json()["Error"]) == (400, "invalidClient")
    assert call(tokens["access_token"]).status_code == 401


# Planning


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"starts_at": timedelta(hours=-2)}, "starts_at"),
        ({"ends_at": timedelta(hours=-1)}, "ends_at"),
        ({"ends_at": timedelta(days=3)}, "ends_at"),
    ],
)
def test_a_plan_that_makes_no_sense_says_why(plan, olivia, change, field):
    moved = {k: (getattr(plan, k) + v if isinstance(v, timedelta) else v) for k, v in change.items()}
    with pytest.raises(BrownOutRefused) as refused:
        plan_brown_out(Plan(**(vars(plan) | moved)), by=olivia, now=timezone.now())
    assert refused.value.field == field and not BrownOut.objects.exists()


def test_it_must_be_announced_early_enough(plan, olivia, settings):
    settings.BROWN_OUT_NOTICE = timedelta(hours=24)
    with pytest.raises(BrownOutRefused, match="at the earliest"):
        plan_brown_out(plan, by=olivia, now=timezone.now())


def test_two_windows_do_not_overlap_and_none_outlives_the_model(plan, window, olivia, settings):
    with pytest.raises(BrownOutRefused, match="overlaps"):
        plan_brown_out(plan, by=olivia, now=timezone.now())
    later = Plan(plan.ends_at + timedelta(hours=1), plan.ends_at + timedelta(hours=2), "Again.")
    settings.LEGACY_SUNSET = plan.ends_at + timedelta(minutes=90)
    with pytest.raises(BrownOutRefused, match="before the legacy model"):
        plan_brown_out(later, by=olivia, now=timezone.now())


def test_people_and_owners_of_legacy_apps_are_told_and_nobody_else(
    alice, bob, charlie, dana, alice_browser, legacy_app, payroll, plan, olivia
):
    legacy_app.app.owners.set([dana])
    payroll.app.owners.set([charlie])
    factories.connect(alice_browser, legacy_app)
    factories.connect(people.browser(bob), payroll)
    made = plan_brown_out(plan, by=olivia, now=timezone.now())
    told = {(n.kind, n.person_id) for n in Notice.objects.filter(about_id=str(made.pk))}
    assert told == {("brown_out.announced", alice.pk), ("app.brown_out_announced", dana.pk)}
    for notice in Notice.objects.filter(about_id=str(made.pk)):
        said = words(notice)
        assert "rehearsal" in said.paragraphs[0] and ("Concerns", "Classic") in said.facts
    assert Event.objects.get(name="brown_out.planned").actor_id == str(olivia.pk)


def test_who_approves_after_the_announcement_is_told_once(alice, bob, alice_browser, legacy_app, plan, olivia):
    factories.connect(alice_browser, legacy_app)
    made = plan_brown_out(plan, by=olivia, now=timezone.now())
    factories.connect(people.browser(bob), legacy_app)
    assert tell_latecomers() == tell_latecomers() == 1
    told = Notice.objects.filter(about_id=str(made.pk)).values_list("person", flat=True)
    assert sorted(told) == sorted([alice.pk, bob.pk])


def test_a_changed_window_cancels_the_old_notice_and_sends_a_new_one(alice_browser, legacy_app, plan, olivia):
    factories.connect(alice_browser, legacy_app)
    made = plan_brown_out(plan, by=olivia, now=timezone.now())
    moved = Plan(plan.starts_at + timedelta(days=1), plan.ends_at + timedelta(days=1), "Moved by a day.")
    change_brown_out(made, moved, by=olivia, now=timezone.now())
    old, new = Notice.objects.filter(about_id=str(made.pk)).order_by("created_at")
    assert old.cancelled_at and not new.cancelled_at and "Changed" in words(new).title
    assert Message.objects.get(notice=old).dropped_at and not Message.objects.get(notice=new).dropped_at
    assert brown_outs.ends(plan.starts_at) is None and brown_outs.ends(moved.starts_at) == moved.ends_at


def test_a_window_that_started_cannot_be_changed_but_called_off(alice_browser, legacy_app, window, plan, olivia, clock):
    clock.stands_at(window.starts_at)
    later = Plan(plan.starts_at + timedelta(days=1), plan.ends_at + timedelta(days=1), "Later.")
    with pytest.raises(BrownOutRefused, match="no longer be changed"):
        change_brown_out(window, later, by=olivia, now=timezone.now())
    paused(alice_browser.get(legacy_app.legacy_request()), 1800)
    assert cancel_brown_out(window, by=olivia, now=timezone.now()) is True
    assert alice_browser.get(legacy_app.legacy_request()).status_code == 200
    assert cancel_brown_out(window, by=olivia, now=timezone.now()) is False
    assert Event.objects.filter(name="brown_out.cancelled").count() == 1


def test_calling_it_off_takes_back_what_was_not_sent(alice_browser, legacy_app, plan, olivia):
    factories.connect(alice_browser, legacy_app)
    made = plan_brown_out(plan, by=olivia, now=timezone.now())
    cancel_brown_out(made, by=olivia, now=timezone.now())
    assert Notice.objects.get(about_id=str(made.pk)).cancelled_at
    assert Message.objects.get(notice__about_id=str(made.pk)).dropped_at


# The windows a process knows


def test_a_process_reads_the_windows_once_in_a_while_and_not_per_request(window, django_assert_num_queries):
    brown_outs.windows.forget()
    with django_assert_num_queries(1):
        for minute in range(60):
            brown_outs.ends(window.starts_at + timedelta(minutes=minute))


def test_windows_that_touch_count_as_one(plan, window, olivia):
    BrownOut.objects.create(
        starts_at=window.ends_at,
        ends_at=window.ends_at + timedelta(hours=1),
        reason="x",
        announced_at=timezone.now(),
    )
    brown_outs.windows.forget()
    assert brown_outs.ends(window.starts_at) == window.ends_at + timedelta(hours=1)
