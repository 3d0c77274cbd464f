"""Requests run out, reviewers are reminded, approvals end: told once, in time, to those whom it concerns."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership
from authorizations import tasks
from authorizations.events.models import Event
from authorizations.models import Authorization, ServiceRuling
from authorizations.services import approval_clock, approvals, rulings
from tests import factories, people

NOW = timezone.now().replace(microsecond=0)
SCOPES = ["openid", "vso.project", "vso.build", "vso.code_manage"]


def days(number):
    return NOW + timedelta(days=number)


@pytest.fixture
def contoso(alice, bob):
    made = factories.organization("contoso", alice, bob)
    made.policies = {"approved_services_only": [[0, True]]}
    made.save()
    return made


@pytest.fixture
def builds(db):
    return factories.app(name="Builds", scopes=SCOPES)


@pytest.fixture
def request_of_bob(contoso, builds, bob):
    return approvals.ask(bob, contoso, builds.app, scopes=SCOPES, justification="Builds", now=NOW)


@pytest.fixture
def approve(contoso, builds, alice):
    def approve(*scopes, until=None):
        return rulings.approve(contoso, builds.app, scopes=list(scopes), until=until, by=alice, now=NOW)

    return approve


@pytest.fixture
def used_by(builds):
    def used_by(person, scopes=SCOPES, organizations=None):
        return Authorization.objects.create(
            person=person, application=builds.app, scopes=scopes, organizations=organizations, granted_at=NOW
        )

    return used_by


def told(person, kind):
    return person.notices.filter(kind=kind, cancelled_at=None).count()


def run(number):
    now = days(number)
    approval_clock.expire_requests(now=now)
    approval_clock.remind_reviewers(now=now)
    approval_clock.end_approvals(now=now)
    approval_clock.announce_ends(now=now)
    approval_clock.tell_of_losses(now=now)


def test_reviewers_are_reminded_after_three_days_and_a_day_before_the_end(request_of_bob, alice, bob):
    for day, number in ((2.9, 0), (3, 1), (3.1, 1), (12.9, 1), (13, 2), (13.5, 2), (14, 0)):
        run(day)
        assert told(alice, "approval.waiting") == number, day
    assert told(bob, "approval.waiting") == 0


def test_after_a_pause_of_the_job_only_one_reminder_comes(request_of_bob, alice):
    run(13.5)
    run(13.6)
    assert told(alice, "approval.waiting") == 1


def test_when_nobody_answers_the_person_is_told_once(request_of_bob, alice, bob):
    run(14)
    run(15)
    request_of_bob.refresh_from_db()
    assert (request_of_bob.state, request_of_bob.decided_by) == ("expired", None)
    assert bob.notices.get(kind="approval.answered").detail["state"] == "expired"
    assert told(alice, "approval.asked") == 0
    assert Event.objects.filter(name="approval.expired").count() == 1


def test_an_end_is_announced_a_week_before_to_reviewers_and_to_who_uses_it(approve, alice, bob, used_by):
    used_by(bob)
    approve("vso.build", until=days(30))
    run(22.9)
    assert told(alice, "approval.ending") == told(bob, "service.losing") == 0
    run(23)
    run(24)
    assert told(alice, "approval.ending") == told(bob, "service.losing") == 1
    assert told(alice, "service.losing") == 0  # she does not use it


def test_a_short_approval_is_not_announced_when_it_has_just_been_given(approve, alice):
    approve("vso.build", until=days(5))
    run(0.1)
    assert told(alice, "approval.ending") == 0
    run(5)
    assert told(alice, "approval.ended") == 1


def test_at_the_end_it_is_closed_and_told_once(approve, alice, bob, used_by):
    used_by(bob)
    approve("vso.build", until=days(30))
    for day in (30, 30.1, 31):
        run(day)
    assert ServiceRuling.objects.get().decision == "ended"
    assert told(alice, "approval.ended") == told(bob, "service.lost") == 1
    assert Event.objects.filter(name="service.approval_ended").count() == 1


def test_a_part_ends_and_the_rest_stands(approve, alice, bob, used_by):
    used_by(bob)
    approve("vso.project")
    approve("vso.build", until=days(10))
    run(10)
    ruling = ServiceRuling.objects.get()
    assert (ruling.decision, ruling.scopes, ruling.next_end_at) == ("approved", ["vso.project"], None)
    [said] = bob.notices.filter(kind="service.lost")
    assert len(said.detail["permissions"]) == 1


@pytest.mark.parametrize("how", ["scopes", "organizations", "revoked", "left", "inactive"])
def test_whoever_loses_nothing_is_not_told(contoso, builds, approve, alice, bob, charlie, used_by, how):
    elsewhere = factories.organization("fabrikam", charlie, bob)
    made = used_by(
        bob,
        scopes=["openid", "vso.project"] if how == "scopes" else SCOPES,
        organizations=[str(elsewhere.pk)] if how == "organizations" else None,
    )
    if how == "revoked":
        Authorization.objects.filter(pk=made.pk).update(revoked_at=NOW)
    if how == "left":
        Membership.objects.filter(person=bob, organization=contoso).delete()
    if how == "inactive":
        type(bob).objects.filter(pk=bob.pk).update(is_active=False)
    approve("vso.build")
    rulings.end_approval(contoso, builds.app, by=alice, now=NOW)
    run(0.1)
    assert told(bob, "service.lost") == 0


def test_where_no_approval_is_asked_for_its_end_takes_nothing(contoso, builds, approve, alice, bob, used_by):
    used_by(bob)
    approve("vso.build")
    contoso.policies = {}
    contoso.save()
    rulings.end_approval(contoso, builds.app, by=alice, now=NOW)
    run(0.1)
    assert told(bob, "service.lost") == 0


def test_a_block_is_told_to_everybody_who_uses_the_service_there(contoso, builds, alice, bob, used_by):
    for person in (alice, bob):
        used_by(person)
    rulings.block(contoso, builds.app, by=alice, why="A breach.", now=NOW)
    run(0.1)
    run(0.2)
    assert told(alice, "service.lost") == told(bob, "service.lost") == 1
    assert bob.notices.get().detail["why"] == "A breach."


def test_a_loss_that_nobody_was_told_of_is_not_forgotten_over_the_next_decision(
    contoso, builds, approve, alice, bob, used_by
):
    used_by(bob)
    approve("vso.project", "vso.build")
    rulings.end_approval(contoso, builds.app, by=alice, now=NOW)
    approve("vso.project")
    run(0.1)
    assert told(bob, "service.lost") == 1


def test_what_was_given_back_at_once_is_told_to_nobody(contoso, builds, approve, alice, bob, used_by):
    used_by(bob, scopes=["vso.build"])
    approve("vso.build")
    rulings.end_approval(contoso, builds.app, by=alice, now=NOW)
    approve("vso.build")
    run(0.1)
    assert told(bob, "service.lost") == 0


def test_the_jobs_that_the_worker_runs_do_it(request_of_bob, contoso, builds, alice, bob, used_by, clock):
    used_by(bob)
    rulings.block(contoso, builds.app, by=alice, now=NOW)
    assert tasks.tell_of_losses() == 1 and tasks.tell_of_losses() == 0
    assert tasks.expire_approval_requests() == tasks.remind_reviewers() == tasks.end_approvals() == 0


def test_a_thousand_people_are_told_in_few_statements(contoso, builds, alice, used_by, django_assert_max_num_queries):
    for number in range(40):
        person = people.User.objects.create_person(
            tenant_id=people.CONTOSO, object_id=people.uuid.uuid4(), display_name=f"Member {number}"
        )
        Membership.objects.create(organization=contoso, person=person, access_level="basic")
        used_by(person)
    rulings.block(contoso, builds.app, by=alice, now=NOW)
    with django_assert_max_num_queries(14):
        assert approval_clock.tell_of_losses(now=NOW) == 1
