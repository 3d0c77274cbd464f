"""Members ask that a service may act in their organization; reviewers answer, and the answer decides the next call."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership
from authorizations import bounds
from authorizations.events.models import Event
from authorizations.models import ApprovalRequest, ServiceRuling
from authorizations.policy import Reason
from authorizations.services import approvals, rulings
from authorizations.services.approvals import Verdict
from tests import factories

NOW = timezone.now().replace(microsecond=0)
SCOPES = ["openid", "vso.project", "vso.build", "vso.code_manage"]


def days(number):
    return NOW + timedelta(days=number)


@pytest.fixture
def contoso(alice, bob, dana):
    """Alice owns it, Bob works there, Dana was chosen to review."""
    made = factories.organization("contoso", alice, bob, dana)
    Membership.objects.filter(person=dana).update(reviewer=True)
    made.policies = {"approved_services_only": [[0, True]]}
    made.save()
    return made


@pytest.fixture
def builds(db):
    return factories.app(name="Builds", scopes=SCOPES)


@pytest.fixture
def ask(contoso, builds, bob):
    def ask(*scopes, by=bob, now=NOW, why="Nightly builds"):
        asked = scopes or SCOPES
        return approvals.ask(by, contoso, builds.app, scopes=asked, justification=why, now=now)

    return ask


def approve(request, *scopes, by, days=None, now=NOW, answer=""):
    verdict = Verdict("approved", scopes or tuple(request.scopes), days, answer)
    return approvals.decide(request.pk, verdict, by=by, now=now)


def refused(person, app, now=NOW):
    [bound] = bounds.bounds(person, None, app.app, app.app.all_scopes, now=now)
    return dict(bound.refused)


def notices(person):
    return {n.kind: n for n in person.notices.filter(cancelled_at=None)}


def test_a_request_names_only_what_needs_approval(ask):
    request = ask()
    assert request.scopes == ["vso.project", "vso.build", "vso.code_manage"]
    assert (request.state, request.expires_at) == ("open", days(14))


def test_where_only_high_privileges_need_approval_only_they_are_asked_for(ask, contoso, builds):
    contoso.policies = {"high_privilege_approval": [[0, True]]}
    contoso.save()
    assert ask().scopes == ["vso.code_manage"]


def test_everybody_who_reviews_is_told_and_nobody_else(ask, alice, bob, dana, charlie):
    ask()
    for reviewer in (alice, dana):
        told = notices(reviewer)["approval.asked"]
        assert told.detail["person"] == "Bob" and told.detail["justification"] == "Nightly builds"
    assert not bob.notices.exists() and not charlie.notices.exists()


def test_who_reviews_is_not_told_of_their_own_request(ask, alice, dana):
    ask(by=dana)
    assert notices(alice) and not notices(dana)


def test_asking_twice_is_one_request_that_grew(ask, alice):
    first = ask("vso.project")
    second = ask("vso.build", now=days(1), why="Builds and more")
    assert second.pk == first.pk and set(second.scopes) == {"vso.project", "vso.build"}
    assert (second.justification, second.expires_at, second.asked_at) == ("Builds and more", days(15), NOW)
    assert alice.notices.filter(kind="approval.asked").count() == 2


def test_asking_for_the_same_again_does_not_disturb_anybody(ask, alice):
    ask()
    ask(why="Please!")
    assert alice.notices.count() == 1


def test_after_its_time_a_new_request_begins(ask):
    first = ask()
    second = ask(now=days(15))
    assert second.pk != first.pk
    assert set(ApprovalRequest.objects.values_list("state", flat=True)) == {"expired", "open"}


def test_charlie_cannot_ask_for_an_organization_that_is_not_his(ask, charlie):
    with pytest.raises(approvals.NotAMember):
        ask(by=charlie)


def test_a_deactivated_person_cannot_ask(ask, bob):
    bob.is_active = False
    bob.save()
    with pytest.raises(approvals.NotAMember):
        ask(by=bob)


@pytest.mark.parametrize("why", ["", "   ", "\n\t"])
def test_a_request_says_what_it_is_for(ask, why):
    with pytest.raises(approvals.NoJustification):
        ask(why=why)
    assert not ApprovalRequest.objects.exists()


def test_a_long_justification_is_cut(ask):
    assert len(ask(why="x" * 5000).justification) == 1000


@pytest.mark.parametrize(
    ("policies", "reason"),
    [
        ({}, None),
        ({"third_party_access": [[0, False]]}, Reason.THIRD_PARTY_ACCESS_OFF),
        (
            {"verified_publishers_only": [[0, True]], "approved_services_only": [[0, True]]},
            Reason.PUBLISHER_NOT_VERIFIED,
        ),
    ],
)
def test_what_an_approval_would_not_change_is_not_asked_for(ask, contoso, policies, reason):
    contoso.policies = policies
    contoso.save()
    with pytest.raises(approvals.NothingToAsk) as refusal:
        ask()
    assert refusal.value.reason is reason


def test_what_the_access_level_does_not_carry_is_not_asked_for(ask, bob):
    Membership.objects.filter(person=bob).update(access_level="stakeholder")
    assert "vso.code_manage" not in ask().scopes


def test_nothing_is_asked_for_a_blocked_service(ask, contoso, builds, alice):
    rulings.block(contoso, builds.app, by=alice, now=NOW)
    with pytest.raises(approvals.NothingToAsk):
        ask()


def test_nobody_floods_the_reviewers(ask, contoso, bob, settings):
    settings.APPROVAL_REQUESTS_A_DAY = 2
    for number in range(2):
        app = factories.app(name=f"App {number}", scopes=["vso.project"]).app
        approvals.ask(bob, contoso, app, scopes=["vso.project"], justification="x", now=NOW)
    with pytest.raises(approvals.TooMany):
        ask()
    assert ask(now=days(1.1)).state == "open"


def test_an_approval_lets_the_service_act_for_all_members(ask, alice, bob, dana, builds):
    request = approve(ask(), by=dana)
    assert (request.state, request.decided_by_name) == ("approved", "Dana")
    assert refused(bob, builds) == {} == refused(alice, builds)
    assert notices(bob)["approval.answered"].detail["state"] == "approved"
    assert not notices(alice)


def test_a_part_for_some_days(ask, alice, bob, builds):
    request = approve(ask(), "vso.build", by=alice, days=30, answer="Builds only.")
    assert (request.approved_scopes, request.approved_until) == (["vso.build"], days(30))
    assert set(refused(bob, builds)) == {"vso.project", "vso.code_manage"}
    assert "vso.build" in refused(bob, builds, days(30))
    said = notices(bob)["approval.answered"].detail
    assert said["approved"] and len(said["left"]) == 2 and said["answer"] == "Builds only."


def test_what_is_added_later_is_asked_for_alone(ask, alice, builds):
    approve(ask("vso.project"), by=alice)
    assert ask().scopes == ["vso.build", "vso.code_manage"]


def test_a_denial_changes_no_ruling(ask, alice, bob, builds):
    approve(ask("vso.project"), by=alice)
    request = approvals.decide(ask("vso.build").pk, Verdict("denied", answer="No."), by=alice, now=NOW)
    assert (request.state, request.answer) == ("denied", "No.")
    assert ServiceRuling.objects.get().scopes == ["vso.project"]
    assert bob.notices.filter(kind="approval.answered", detail__state="denied").exists()


def test_blocking_answers_everybody_who_asked(ask, alice, bob, dana, builds):
    mine, danas = ask(), ask(by=dana)
    approvals.decide(mine.pk, Verdict("blocked", answer="A breach."), by=alice, now=NOW)
    danas.refresh_from_db()
    assert danas.state == "blocked" and ServiceRuling.objects.get().decision == "blocked"
    assert refused(bob, builds)["vso.build"] is Reason.SERVICE_BLOCKED
    assert Event.objects.filter(name="service.blocked", detail__request=str(mine.pk)).count() == 1


def test_an_approval_answers_who_asked_for_no_more(ask, alice, bob, dana):
    more, less = ask(), ask("vso.build", by=dana)
    approve(more, by=alice, days=9)
    less.refresh_from_db()
    assert (less.state, less.approved_until, less.decided_by_name) == ("approved", days(9), "Alice")


def test_who_asked_for_more_still_waits(ask, alice, dana):
    ask(by=dana)
    approve(ask("vso.build"), by=alice)
    assert ApprovalRequest.objects.get(state="open").person == dana


def test_an_answer_is_given_once(ask, alice, dana):
    request = ask()
    approve(request, by=alice)
    with pytest.raises(approvals.AnsweredAlready):
        approvals.decide(request.pk, Verdict("denied"), by=dana, now=NOW)


def test_an_answer_that_comes_too_late_changes_nothing(ask, alice, bob, builds):
    with pytest.raises(approvals.AnsweredAlready):
        approve(ask(), by=alice, now=days(14))
    assert refused(bob, builds)


def test_only_those_who_review_answer(ask, bob, charlie, dana):
    request = ask()
    fabrikam = factories.organization("fabrikam", charlie)
    for stranger in (bob, fabrikam.owner):
        with pytest.raises(approvals.NotAReviewer):
            approve(request, by=stranger)
    Membership.objects.filter(person=dana).update(reviewer=False)
    with pytest.raises(approvals.NotAReviewer):
        approve(request, by=dana)


def test_a_chosen_reviewer_does_not_answer_their_own_request_but_an_administrator_may(ask, alice, dana):
    with pytest.raises(approvals.OwnRequest):
        approve(ask(by=dana), by=dana)
    assert approve(ask(by=alice), by=alice).state == "approved"


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict("approved"),
        Verdict("approved", ("vso.tokens",)),
        Verdict("approved", ("vso.build",), 0),
        Verdict("approved", ("vso.build",), 99999),
        Verdict("open"),
        Verdict("expired"),
        Verdict("nonsense"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_whole(ask, alice, verdict):
    request = ask()
    with pytest.raises((approvals.WrongAnswer, rulings.RulingRefused)):
        approvals.decide(request.pk, verdict, by=alice, now=NOW)
    request.refresh_from_db()
    assert request.state == "open" and not ServiceRuling.objects.exists()


def test_bob_withdraws_his_own_and_reviewers_are_no_longer_told(ask, alice, bob, dana):
    request = ask()
    with pytest.raises(approvals.ApprovalRefused):
        approvals.withdraw(request.pk, by=dana, now=NOW)
    assert approvals.withdraw(request.pk, by=bob, now=NOW)
    assert not approvals.withdraw(request.pk, by=bob, now=NOW)
    assert not notices(alice) and not bob.notices.exists()


def test_everything_is_on_the_record_of_the_organization(ask, contoso, alice, bob):
    approve(ask("vso.project"), by=alice)
    approvals.decide(ask("vso.build").pk, Verdict("denied"), by=alice, now=NOW)
    approvals.withdraw(ask("vso.build").pk, by=bob, now=NOW)
    found = Event.objects.filter(organization_id=str(contoso.pk)).order_by("id").values_list("name", "actor_name")
    assert list(found) == [
        ("approval.requested", "Bob"),
        ("approval.granted", "Alice"),
        ("approval.requested", "Bob"),
        ("approval.denied", "Alice"),
        ("approval.requested", "Bob"),
        ("approval.withdrawn", "Bob"),
    ]


def test_a_link_in_a_mail_can_deny_and_whose_it_was_is_told(ask, bob, dana):
    request = approvals.deny_by_mail(ask().pk, dana.pk, answer="No.", now=NOW)
    assert (request.state, request.decided_by) == ("denied", None)
    assert "Dana" in request.decided_by_name
    assert notices(dana).keys() == {"approval.denied_by_mail"} and notices(bob)["approval.answered"]
    event = Event.objects.get(name="approval.denied")
    assert event.actor_id == "" and event.detail["link_of"] == str(dana.pk)


def test_the_link_of_somebody_who_no_longer_reviews_does_nothing(ask, dana):
    request = ask()
    Membership.objects.filter(person=dana).update(reviewer=False)
    with pytest.raises(approvals.NotAReviewer):
        approvals.deny_by_mail(request.pk, dana.pk, now=NOW)
