"""The first page of operations: numbers that fit the records, each with the list behind it."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from authorizations.admin import charts, dashboard
from authorizations.events.kinds import Kind
from authorizations.events.log import event, record_all
from authorizations.models import AppUsage, Authorization
from authorizations.notifications.models import Message
from authorizations.services.revocation import revoke_authorization
from tests import factories, people

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def auditor(db):
    return people.operations_browser("olivia", "auditor")


def test_grants_and_endings_are_counted_by_day(alice, payroll):
    events = [(Kind.AUTHORIZATION_GRANTED, 0), (Kind.AUTHORIZATION_GRANTED, 0), (Kind.AUTHORIZATION_REVOKED, 3)]
    events += [(Kind.AUTHORIZATION_EXPIRED, 3), (Kind.AUTHORIZATION_GRANTED, 29), (Kind.AUTHORIZATION_GRANTED, 30)]
    record_all(event(kind, now=NOON - timedelta(days=back), person=alice, app=payroll.app) for kind, back in events)
    granted, ended = dashboard.overview(NOON).columns[0].lines
    assert (granted.total, ended.total) == (3, 2)
    assert granted.values[-1] == 2 and granted.values[0] == 1 and ended.values[-4] == 2


def test_refusals_apps_privileges_and_the_legacy_model(alice, bob, payroll, legacy_app, alice_browser):
    factories.connect(alice_browser, payroll)
    now = timezone.now()
    old = now - timedelta(days=100)
    Authorization.objects.update(scopes=["vso.code_full"], granted_at=old, last_used_at=None)
    for kind, why in ((Kind.PERSON_SIGN_IN_REFUSED, "tenant"), (Kind.PERSON_SIGN_IN_REFUSED, "tenant")):
        record_all([event(kind, now=now, person=bob, detail={"reason": why})])
    detail = {"reason": "authorization_revoked", "calls": 40, "endpoint": "api"}
    record_all([event(Kind.CALL_REFUSED, now=now, app=payroll.app, detail=detail)])
    AppUsage.objects.create(application=legacy_app.app, day=now.date(), endpoint="api", calls=41)
    AppUsage.objects.create(application=payroll.app, day=now.date(), endpoint="api", calls=7)
    shown = dashboard.overview(now)
    refusals, most_people, most_calls = shown.rankings
    assert [(bar.label, bar.value) for bar in refusals.bars] == [
        ("Call: refused: authorization_revoked", 40),
        ("Person: sign in refused: tenant", 2),
    ]
    assert [(bar.label, bar.value) for bar in most_people.bars] == [("Payroll", 1)]
    assert (most_calls.bars[0].label, most_calls.bars[0].value) == ("Classic", 41)
    assert [figure.value for figure in shown.privileges] == ["1", "1"] and shown.privileges[0].bad
    assert shown.columns[1].lines[0].values[-1] == 41
    revoke_authorization(Authorization.objects.get(), by=alice, reason="", now=now)
    assert [figure.value for figure in dashboard.overview(now).privileges] == ["0", "0"]


def test_an_outbox_that_stands_still_is_said(db):
    now = timezone.now()
    before = dashboard.overview(now).health
    assert before[0].value == "0" and not before[0].bad
    Message.objects.create(channel="mail", address="x@example.test", created_at=now, due_at=now - timedelta(hours=2))
    Message.objects.create(
        channel="mail",
        created_at=now,
        due_at=now,
        dropped_at=now,
        attempts=14,
        problem="given up after 14 attempts: no",
    )
    waiting, lost, *_ = dashboard.overview(now).health
    assert (waiting.value, waiting.bad, "2 hours" in waiting.about) == ("1", True, True)
    assert (lost.value, lost.bad) == ("1", True)


def test_the_page_has_every_chart_with_its_list_its_table_and_when_it_was_counted(auditor, connected):
    page = auditor.get("/admin/")
    body = page.content.decode()
    for key in ("grants", "legacy", "refusals", "people", "calls"):
        assert f'id="chart-{key}"' in body
    assert body.count("As a table") == 2 and "Counted at" in body and 'id="find-q"' in body
    for address in set(re.findall(r'href="(/admin/[^"#]+)"', body)):
        assert auditor.get(address.replace("&amp;", "&")).status_code == 200, address


def test_it_is_counted_once_a_minute_for_everybody(auditor, django_assert_max_num_queries):
    auditor.get("/admin/")
    with django_assert_max_num_queries(3):
        auditor.get("/admin/")
    assert cache.get(dashboard.KEY) is not None


def test_the_apps_by_their_authorizations_are_counted_more_rarely(auditor, connected):
    assert "counted every ten minutes" in auditor.get("/admin/").content.decode()
    Authorization.objects.all().update(revoked_at=timezone.now())
    cache.delete(dashboard.KEY)
    shown = auditor.get("/admin/").context["overview"]
    assert [bar.value for bar in shown.rankings[1].bars] == [1] and shown.privileges[1].value == "0"
    cache.clear()
    assert auditor.get("/admin/").context["overview"].rankings[1].bars == []


def test_a_chart_says_its_numbers_in_words_and_keeps_a_single_one_visible():
    days = charts.window(date(2026, 11, 26), 30)
    chart = charts.Columns("k", "Calls", "calls", days, [charts.Line("Calls", "one", [0] * 28 + [1, 4000])])
    assert chart.words == "Calls: 4,001 in 30 days" and chart.top == 4000
    assert [rect.height for rect in chart.rects] == [1.5, 150.0]
    assert [mark.text for mark in chart.levels] == ["0", "2k", "4k"]
    assert charts.ranking("k", "t", "u", [], empty="No.").bars == []


@pytest.mark.parametrize(("most", "top"), [(0, 1), (1, 1), (3, 4), (11, 20), (4001, 10000)])
def test_the_axis_ends_at_a_round_number(most, top):
    assert charts.nice(most) == top
