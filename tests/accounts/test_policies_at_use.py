"""A policy decides the next call, in every process, and a planned one begins at its instant."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import policy_changes
from accounts.models import Organization
from tests import factories
from tests.authorizations.test_races_postgresql import at_once
from tests.conftest import missing


def call(tokens):
    bearer = f"Bearer {tokens['access_token']}"
    return Client().get("/contoso/_apis/projects?api-version=7.1", HTTP_AUTHORIZATION=bearer)


def flip(value, key="third_party_access", **more):
    place = Organization.objects.get(slug="contoso")
    return policy_changes.set_policy(
        place, key, value, by=place.owner, why="Now.", seen_version=place.policies_version, now=timezone.now(), **more
    )


def test_a_policy_refuses_the_next_call_and_lets_the_one_after_it_through(alice, connected):
    factories.organization("contoso", alice)
    assert call(connected).status_code == 200
    flip(False)
    refused = call(connected)
    assert refused.status_code == 403 and "TF400813" in refused.json()["message"]
    assert "third_party_access_off" in refused.json()["helpLink"]
    flip(True)
    assert call(connected).status_code == 200


def test_a_planned_change_begins_at_its_instant(alice, connected, clock):
    factories.organization("contoso", alice)
    begins = timezone.now().replace(microsecond=0) + timedelta(seconds=60)
    flip(False, effective_at=begins)
    clock.stands_at(begins - timedelta(seconds=1))
    assert call(connected).status_code == 200
    clock.stands_at(begins)
    assert call(connected).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_calls_during_a_change_are_decided_by_the_old_or_the_new_value(alice, connected):
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    factories.organization("contoso", alice)
    answers = at_once(*[lambda: call(connected).status_code] * 6, lambda: bool(flip(False)))
    assert set(answers[:-1]) <= {200, 403} and answers[-1] is True
    assert call(connected).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_of_changes_at_once_one_wins_and_the_others_are_told(alice):
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    factories.organization("contoso", alice)

    def at_the_version_of_before(days):
        place = Organization.objects.get(slug="contoso")
        try:
            made = policy_changes.set_policy(
                place, "authorization_days", days, by=place.owner, why="x", seen_version=0, now=timezone.now()
            )
            return bool(made)
        except policy_changes.Stale:
            return "stale"

    found = at_once(*[lambda d=d: at_the_version_of_before(d) for d in (10, 20, 30, 40)])
    assert sorted(map(str, found)) == ["True", "stale", "stale", "stale"]
    assert Organization.objects.get().policies_version == 1
