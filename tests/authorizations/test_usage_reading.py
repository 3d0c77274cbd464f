"""Calls read back: per day, per facet, for many authorizations and apps in one statement each."""

from datetime import timedelta

import pytest
from django.utils import timezone

from authorizations.models import AppUsage, Authorization, AuthorizationUsage
from authorizations.usage import reading
from tests import factories

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = NOW.date()


@pytest.fixture
def three(alice):
    apps = [factories.app(name=f"App {n}").app for n in range(3)]
    return [
        Authorization.objects.create(person=alice, application=app, scopes=["vso.profile"], granted_at=NOW)
        for app in apps
    ]


def used(authorization, days_ago, facet, value, calls):
    day = TODAY - timedelta(days=days_ago)
    AuthorizationUsage.objects.create(authorization=authorization, day=day, facet=facet, value=value, calls=calls)


def test_calls_of_a_day_are_summed_over_their_kinds_only(three):
    used(three[0], 0, "endpoint", "api", 3)
    used(three[0], 0, "endpoint", "userinfo", 2)
    used(three[0], 0, "scope", "vso.profile", 3)
    used(three[0], 29, "endpoint", "api", 1)
    used(three[0], 30, "endpoint", "api", 100)
    series = reading.authorization_series([three[0].pk], today=TODAY)[three[0].pk]
    assert series.calls == (1, *[0] * 28, 5)
    assert series.total == 6 and series.busiest == TODAY


def test_one_statement_for_many_authorizations(three, django_assert_num_queries):
    used(three[1], 2, "endpoint", "api", 4)
    with django_assert_num_queries(1):
        found = reading.authorization_series([a.pk for a in three], today=TODAY, days=7)
    assert [found[a.pk].total for a in three] == [0, 4, 0]
    assert {s.days for s in found.values()} == {7}


def test_one_statement_for_many_apps(three, django_assert_num_queries):
    for endpoint, calls in (("token", 2), ("api", 5)):
        AppUsage.objects.create(application=three[0].application, day=TODAY, endpoint=endpoint, calls=calls)
    with django_assert_num_queries(1):
        found = reading.app_series([a.application_id for a in three], today=TODAY)
    assert [found[a.application_id].total for a in three] == [7, 0, 0]


def test_facets_say_since_ever_and_lately(three, django_assert_num_queries):
    used(three[0], 40, "scope", "vso.profile", 10)
    used(three[0], 3, "scope", "vso.profile", 2)
    used(three[0], 50, "scope", "vso.project", 1)
    with django_assert_num_queries(1):
        found = reading.by_facet([a.pk for a in three], today=TODAY)
    profile, project = found[three[0].pk]["scope"]
    assert (profile.value, profile.calls, profile.recent) == ("vso.profile", 12, 2)
    assert (project.value, project.calls, project.recent) == ("vso.project", 1, 0)
    assert profile.last == TODAY - timedelta(days=3)
    assert found[three[1].pk] == {"endpoint": (), "scope": (), "organization": ()}
