"""Policies: typed, with who and why; of two who change at once nobody loses anything; a planned change begins by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts import policies, policy_changes
from accounts.models import Membership, Organization, PolicyChange
from accounts.policies import POLICIES, WrongValue
from accounts.policy_changes import NoReason, Stale, TooLate, UnknownPolicy, WrongInstant
from authorizations.events.models import Event
from authorizations.notifications.models import Notice
from tests import factories

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEY = "third_party_access"


@pytest.fixture
def contoso(alice, bob):
    return factories.organization("contoso", alice, bob)


def change(organization, value=False, *, key=KEY, by=None, why="An incident.", now=NOW, **more):
    by, seen = by or organization.owner, more.pop("seen", organization.policies_version)
    return policy_changes.set_policy(organization, key, value, by=by, why=why, seen_version=seen, now=now, **more)


def counts(organization, now=NOW, key=KEY):
    return getattr(policies.effective(Organization.objects.get(pk=organization.pk).policies, now), key)


def test_a_change_counts_at_once_and_says_who_why_and_what_was_before(alice, contoso):
    made = change(contoso)
    assert counts(contoso) is False
    made.refresh_from_db()
    assert (made.value, made.previous, made.why, made.made_by, made.version) == (False, True, "An incident.", alice, 1)
    event = Event.objects.get(name="policy.changed")
    assert (event.organization_id, event.actor_id) == (str(contoso.pk), str(alice.pk))
    assert event.detail["old"] is True and event.detail["new"] is False and event.detail["why"] == "An incident."


def test_a_change_needs_a_reason(contoso):
    for why in ("", "  \n ", "\x00"):
        with pytest.raises(NoReason):
            change(contoso, why=why)
    with pytest.raises(NoReason):
        change(contoso, why="x" * 501)
    assert not PolicyChange.objects.exists() and not Event.objects.filter(name="policy.changed").exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [(KEY, "maybe"), (KEY, None), ("authorization_days", 0), ("token_days", "x"), ("token_creation", "some")],
)
def test_a_value_that_the_policy_cannot_have_is_refused(contoso, key, value):
    with pytest.raises(WrongValue):
        change(contoso, value, key=key)
    assert not PolicyChange.objects.exists()


def test_a_policy_that_is_not_there_is_refused(contoso):
    with pytest.raises(UnknownPolicy):
        change(contoso, True, key="slug")


def test_what_is_so_already_changes_nothing(contoso):
    assert change(contoso, True) is None
    change(contoso)
    assert change(contoso, seen=0) is None  # a second click
    assert PolicyChange.objects.count() == 1 and Organization.objects.get().policies_version == 1


def test_of_two_administrators_the_second_is_told_and_the_first_loses_nothing(bob, contoso):
    seen = contoso.policies_version
    change(Organization.objects.get(), 30, key="authorization_days", by=bob)
    with pytest.raises(Stale):
        change(contoso, seen=seen)  # with what she read before
    with pytest.raises(Stale):
        change(Organization.objects.get(), seen=seen)  # read anew, but decided on the old page
    assert counts(contoso) is True and counts(contoso, key="authorization_days") == 30
    assert PolicyChange.objects.count() == 1 and Event.objects.filter(name="policy.changed").count() == 1


def test_a_planned_change_begins_at_its_instant_without_any_job(contoso):
    begins = NOW + timedelta(days=7)
    made = change(contoso, effective_at=begins)
    assert counts(contoso, begins - timedelta(seconds=1)) is True and counts(contoso, begins) is False
    assert made.effective_at == begins
    assert Event.objects.get(name="policy.scheduled").detail["effective_at"] == begins.isoformat()
    assert not Event.objects.filter(name="policy.changed").exists()


@pytest.mark.parametrize("delta", [timedelta(0), timedelta(days=-1), timedelta(days=400)])
def test_an_instant_that_is_over_or_too_far_is_refused(contoso, delta):
    with pytest.raises(WrongInstant):
        change(contoso, effective_at=NOW + delta)


def test_a_planned_change_that_is_cancelled_does_not_come(alice, contoso):
    made = change(contoso, effective_at=NOW + timedelta(days=7))
    policy_changes.cancel(made, by=alice, now=NOW + timedelta(days=1))
    assert counts(contoso, NOW + timedelta(days=8)) is True
    made.refresh_from_db()
    assert made.cancelled_by_name == "Alice"
    assert Event.objects.get(name="policy.cancelled").organization_id == str(contoso.pk)
    with pytest.raises(TooLate):
        policy_changes.cancel(made, by=alice, now=NOW + timedelta(days=1))


def test_a_change_that_began_cannot_be_cancelled(alice, contoso):
    made = change(contoso, effective_at=NOW + timedelta(days=7))
    with pytest.raises(TooLate):
        policy_changes.cancel(made, by=alice, now=NOW + timedelta(days=7))
    assert counts(contoso, NOW + timedelta(days=8)) is False


def test_a_newer_decision_replaces_what_was_planned(alice, contoso):
    planned = change(contoso, 30, key="authorization_days", effective_at=NOW + timedelta(days=7))
    change(contoso, 60, key="authorization_days", effective_at=NOW + timedelta(days=9))
    planned.refresh_from_db()
    assert planned.cancelled_at == NOW
    assert counts(contoso, NOW + timedelta(days=8), "authorization_days") is None
    assert counts(contoso, NOW + timedelta(days=9), "authorization_days") == 60
    with pytest.raises(TooLate):
        policy_changes.cancel(planned, by=alice, now=NOW)
    assert Event.objects.get(name="policy.cancelled").detail["replaced"] is True


def test_undo_sets_the_value_before_as_a_change_that_names_what_it_undoes(alice, contoso):
    made = change(contoso)
    back = policy_changes.undo(made, by=alice, why="Too early.", seen_version=1, now=NOW + timedelta(hours=1))
    assert counts(contoso, NOW + timedelta(hours=1)) is True
    assert back.undoes == made and back.previous is False and back.value is True
    assert Event.objects.filter(name="policy.changed").count() == 2


def test_undo_is_refused_when_something_newer_stands(alice, contoso):
    first = change(contoso, 30, key="authorization_days")
    change(contoso, 60, key="authorization_days")
    with pytest.raises(TooLate):
        policy_changes.undo(first, by=alice, why="Back.", seen_version=2, now=NOW)
    other = change(contoso, True, key="verified_publishers_only")  # another policy is no obstacle
    assert policy_changes.can_undo(other, NOW) and not policy_changes.can_undo(first, NOW)


def test_what_is_planned_cannot_be_undone_before_it_began(alice, contoso):
    made = change(contoso, effective_at=NOW + timedelta(days=7))
    assert not policy_changes.can_undo(made, NOW) and policy_changes.can_undo(made, NOW + timedelta(days=7))


def test_the_other_administrators_are_told_and_nobody_else(alice, bob, charlie, contoso):
    Membership.objects.create(organization=contoso, person=charlie, administrator=True, access_level="basic")
    change(contoso)
    told = Notice.objects.get(kind="policy.changed")
    assert told.person == charlie and told.detail["new"] is False and told.detail["by"] == "Alice"


def test_every_policy_takes_its_default(contoso):
    for policy in POLICIES.values():
        assert policy.kind.parse(policy.default) == policy.default
        assert change(contoso, policy.default, key=policy.key) is None
