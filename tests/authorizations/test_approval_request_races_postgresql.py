"""Two reviewers at once, an answer while somebody asks, an approval while the service calls."""

from collections import Counter

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import Membership
from authorizations.events.models import Event
from authorizations.models import ApprovalRequest, ServiceRuling
from authorizations.services import approval_clock, approvals, rulings
from authorizations.services.approvals import Verdict
from authorizations.services.keys import ring
from tests import factories, people
from tests.authorizations.test_races_postgresql import at_once
from tests.conftest import missing

pytestmark = pytest.mark.django_db(transaction=True)
SCOPES = ["openid", "vso.project", "vso.build"]


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    ring.published()


@pytest.fixture
def contoso(alice, bob, dana):
    made = factories.organization("contoso", alice, bob, dana)
    Membership.objects.filter(person=dana).update(reviewer=True)
    made.policies = {"approved_services_only": [[0, True]]}
    made.save()
    return made


@pytest.fixture
def builds(db):
    return factories.app(name="Builds", scopes=SCOPES)


def asking(person, contoso, app, scopes=SCOPES):
    def call():
        try:
            return approvals.ask(person, contoso, app.app, scopes=scopes, justification="x", now=timezone.now())
        except approvals.ApprovalRefused as refused:
            return type(refused)

    return call


def deciding(request, verdict, by):
    def call():
        try:
            return approvals.decide(request.pk, verdict, by=by, now=timezone.now()).state
        except (approvals.ApprovalRefused, rulings.RulingRefused) as refused:
            return type(refused)

    return call


@pytest.mark.parametrize("turn", range(5))
@pytest.mark.parametrize("other", ["approved", "denied", "blocked"])
def test_of_two_reviewers_at_once_exactly_one_answers_and_the_other_is_told(
    contoso, builds, alice, bob, dana, other, turn
):
    request = asking(bob, contoso, builds)()
    yes = deciding(request, Verdict("approved", ("vso.build",)), alice)
    theirs = deciding(request, Verdict(other, ("vso.project",)), dana)
    done = at_once(yes, theirs)
    assert done.count(approvals.AnsweredAlready) == 1
    [won] = [d for d in done if d is not approvals.AnsweredAlready]
    request.refresh_from_db()
    assert request.state == won
    assert Event.objects.filter(name__in=["approval.granted", "approval.denied"]).count() == 1
    ruling = ServiceRuling.objects.first()
    if won == "approved":
        assert ruling is not None and ruling.scopes == request.approved_scopes
    else:
        assert (ruling.decision if ruling else "denied") == won


@pytest.mark.parametrize("turn", range(3))
def test_asking_many_times_at_once_is_asking_once(contoso, builds, alice, bob, turn):
    at_once(*[asking(bob, contoso, builds)] * 6)
    assert ApprovalRequest.objects.count() == 1
    assert alice.notices.filter(kind="approval.asked").count() == 1


@pytest.mark.parametrize("turn", range(5))
def test_nobody_waits_for_what_was_approved_while_they_asked(contoso, builds, alice, bob, dana, turn):
    danas = asking(dana, contoso, builds)()
    yes = deciding(danas, Verdict("approved", ("vso.project", "vso.build")), alice)
    asked, answered = at_once(asking(bob, contoso, builds), yes)
    assert answered == "approved"
    assert asked is approvals.NothingToAsk or ApprovalRequest.objects.get(person=bob).state == "approved"


@pytest.mark.parametrize("turn", range(5))
def test_nobody_waits_for_a_service_that_was_blocked_while_they_asked(contoso, builds, alice, bob, turn):
    block = lambda: rulings.block(contoso, builds.app, by=alice, now=timezone.now())  # noqa: E731
    asked, _ = at_once(asking(bob, contoso, builds), block)
    assert asked is approvals.NothingToAsk or ApprovalRequest.objects.get().state == "blocked"


@pytest.mark.parametrize("turn", range(3))
def test_two_approvals_of_different_parts_both_stand(contoso, builds, alice, bob, dana, turn):
    def give(scope, by):
        said = {"scopes": [scope], "until": None, "by": by, "now": timezone.now()}
        return lambda: rulings.approve(contoso, builds.app, **said)

    at_once(give("vso.project", alice), give("vso.build", dana))
    assert set(ServiceRuling.objects.get().scopes) == {"vso.project", "vso.build"}


@pytest.mark.parametrize("turn", range(3))
def test_a_request_is_answered_or_expires_and_never_both(contoso, builds, alice, bob, turn):
    request = asking(bob, contoso, builds)()
    at = request.expires_at
    late = lambda: approval_clock.expire_requests(now=at)  # noqa: E731
    at_once(deciding(request, Verdict("denied"), alice), late, late)
    request.refresh_from_db()
    ended = Event.objects.filter(name__in=["approval.denied", "approval.expired"])
    assert ended.count() == 1 and bob.notices.filter(kind="approval.answered").count() == 1
    assert ended.get().name == f"approval.{request.state}"


def test_a_call_is_decided_by_what_stands_at_its_instant(contoso, builds, alice, alice_browser):
    tokens = factories.connect(alice_browser, builds)
    bearer = f"Bearer {tokens['access_token']}"
    call = lambda: Client().get("/contoso/_apis/projects?api-version=7.1", HTTP_AUTHORIZATION=bearer)  # noqa: E731
    assert call().status_code == 403

    def approve():
        return rulings.approve(contoso, builds.app, scopes=["vso.project"], until=None, by=alice, now=timezone.now())

    _, *answers = at_once(approve, *[call] * 5)
    assert Counter(a.status_code for a in answers).keys() <= {200, 403}
    assert call().status_code == 200
    rulings.end_approval(contoso, builds.app, by=alice, now=timezone.now())
    assert call().status_code == 403


def test_the_jobs_on_several_workers_tell_once(contoso, builds, alice, bob):
    factories.connect(people.browser(bob), builds)
    rulings.approve(contoso, builds.app, scopes=["vso.project"], until=None, by=alice, now=timezone.now())
    rulings.end_approval(contoso, builds.app, by=alice, now=timezone.now())
    told = at_once(*[lambda: approval_clock.tell_of_losses(now=timezone.now())] * 4)
    assert sum(told) == 1 and bob.notices.filter(kind="service.lost").count() == 1
