"""Those affected by a change of a policy are told once, and told again when it is taken back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import policy_changes
from authorizations.events.models import Event
from authorizations.models import Authorization
from authorizations.notifications.models import Notice
from authorizations.services.policy_announcing import announce_due
from tests import factories


@pytest.fixture
def contoso(alice, bob, charlie, dana, payroll):
    payroll.app.owners.add(dana)
    place = factories.organization("contoso", alice, bob)
    for person in (bob, charlie):
        Authorization.objects.create(
            person=person, application=payroll.app, scopes=["vso.project"], granted_at=timezone.now()
        )
    return place


def off(place, **more):
    return policy_changes.set_policy(
        place, "third_party_access", False, by=place.owner, why="Audit.", seen_version=0, now=timezone.now(), **more
    )


def told():
    return sorted((n.kind, str(n.person)) for n in Notice.objects.filter(about_type="policy_change", cancelled_at=None))


@pytest.mark.parametrize("later", [None, timedelta(days=7)])
def test_people_and_owners_are_told_once(contoso, later):
    made = off(contoso, announce=True, effective_at=timezone.now() + later if later else None)
    assert [announce_due(timezone.now()) for _ in range(2)] == [1, 0]
    assert told() == [("app.policy_announced", "Dana"), ("policy.announced", "Bob")]
    detail = Notice.objects.get(kind="policy.announced").detail
    assert detail["services"] == ["Payroll"] and detail["why"] == "Audit."
    made.refresh_from_db()
    assert made.announced_at and Event.objects.get(name="policy.announced").detail["people"] == 1


def test_nobody_is_told_of_what_was_not_to_be_announced(contoso):
    off(contoso)
    assert announce_due(timezone.now()) == 0 and told() == []


def test_a_change_that_was_cancelled_in_time_is_not_announced(alice, contoso):
    made = off(contoso, announce=True, effective_at=timezone.now() + timedelta(days=7))
    policy_changes.cancel(made, by=alice, now=timezone.now())
    assert announce_due(timezone.now()) == 0 and told() == []


@pytest.mark.parametrize("undo", [True, False])
def test_who_was_told_is_told_that_it_was_taken_back(alice, contoso, undo):
    made = off(contoso, announce=True, effective_at=None if undo else timezone.now() + timedelta(days=7))
    announce_due(timezone.now())
    if undo:
        policy_changes.undo(made, by=alice, why="Too early.", seen_version=1, now=timezone.now())
    else:
        policy_changes.cancel(made, by=alice, now=timezone.now())
    assert [announce_due(timezone.now()) for _ in range(2)] == [1, 0]
    assert told() == [("app.policy_announced", "Dana"), ("policy.announced", "Bob")]
    assert all(n.detail["recalled"] for n in Notice.objects.filter(about_type="policy_change", cancelled_at=None))
