"""An organization approves and blocks services: what was decided decides the next call, and nothing is lost by accident."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from authorizations import bounds
from authorizations.events.models import Event
from authorizations.models import ApprovalRequest, ServiceRuling
from authorizations.policy import Reason
from authorizations.services import rulings
from tests import factories

NOW = timezone.now().replace(microsecond=0)


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
    return factories.app(name="Builds", scopes=["openid", "vso.project", "vso.build", "vso.code_manage"])


@pytest.fixture
def approve(contoso, builds, alice):
    def approve(*scopes, until=None, now=NOW, **said):
        return rulings.approve(contoso, builds.app, scopes=list(scopes), until=until, by=alice, now=now, **said)

    return approve


def refused(person, app, now=NOW):
    [bound] = bounds.bounds(person, None, app.app, app.app.all_scopes, now=now)
    return dict(bound.refused)


def calls(app, browser):
    tokens = factories.connect(browser, app)
    bearer = f"Bearer {tokens['access_token']}"
    return lambda: Client().get("/contoso/_apis/projects?api-version=7.1", HTTP_AUTHORIZATION=bearer)


def test_an_approval_counts_for_every_member_from_the_next_call_on(alice_browser, bob, builds, approve):
    call = calls(builds, alice_browser)
    assert call().status_code == 403
    approve("vso.project")
    assert call().status_code == 200
    assert set(refused(bob, builds)) == {"vso.build", "vso.code_manage"}


def test_a_later_approval_adds_and_cuts_nothing_short(bob, builds, approve):
    approve("vso.project")
    ruling = approve("vso.build", until=days(30))
    assert ruling.ends() == {"vso.project": None, "vso.build": days(30)}
    assert set(refused(bob, builds)) == {"vso.code_manage"}
    assert set(refused(bob, builds, days(30))) == {"vso.build", "vso.code_manage"}


def test_the_longer_of_two_ends_counts(builds, approve):
    approve("vso.project", "vso.build", until=days(60))
    ruling = approve("vso.build", until=days(10))
    assert ruling.ends() == {"vso.project": days(60), "vso.build": days(60)}
    ruling = approve("vso.build", until=days(90))
    assert ruling.ends() == {"vso.project": days(60), "vso.build": days(90)}
    assert (ruling.expires_at, ruling.next_end_at) == (days(90), days(60))


def test_what_was_over_does_not_come_back(bob, builds, approve):
    approve("vso.project", until=days(1))
    approve("vso.build", now=days(2))
    assert set(refused(bob, builds, days(2))) == {"vso.project", "vso.code_manage"}


def test_what_carries_a_permission_approves_it(bob, builds, approve):
    approve("vso.code_manage")
    ruling = ServiceRuling.objects.get()
    assert "vso.code_manage" in ruling.approved_scopes(NOW)
    assert set(refused(bob, builds)) == {"vso.project", "vso.build"}


def test_an_approval_of_everything_covers_what_is_registered_later(contoso, bob, builds, alice):
    rulings.approve(contoso, builds.app, scopes=None, until=days(5), by=alice, now=NOW)
    assert refused(bob, builds) == {}
    assert set(refused(bob, builds, days(5))) == {"vso.project", "vso.build", "vso.code_manage"}


@pytest.mark.parametrize("scopes", [[], ["vso.tokens"], ["nonsense"]])
def test_only_what_the_service_is_registered_for_can_be_approved(approve, scopes):
    with pytest.raises(rulings.RulingRefused):
        approve(*scopes)
    assert not ServiceRuling.objects.exists() and not Event.objects.filter(name="approval.granted").exists()


def test_an_approval_that_is_over_before_it_begins_is_refused(approve):
    with pytest.raises(rulings.RulingRefused):
        approve("vso.project", until=NOW)


def test_a_block_ends_what_was_approved_and_unblocking_does_not_bring_it_back(
    contoso, alice, alice_browser, builds, approve
):
    approve("vso.project")
    call = calls(builds, alice_browser)
    assert rulings.block(contoso, builds.app, by=alice, why="A breach.", now=NOW)
    assert not rulings.block(contoso, builds.app, by=alice, now=NOW)
    assert call().status_code == 403 and "blocked" in call().json()["message"]
    assert rulings.unblock(contoso, builds.app, by=alice, now=NOW)
    assert not rulings.unblock(contoso, builds.app, by=alice, now=NOW)
    assert refused(alice, builds)["vso.project"] is Reason.APPROVAL_NEEDED


def test_what_is_blocked_is_not_approved_by_the_way(contoso, alice, builds, approve):
    rulings.block(contoso, builds.app, by=alice, now=NOW)
    with pytest.raises(rulings.IsBlocked):
        approve("vso.project")
    assert ServiceRuling.objects.get().decision == "blocked"


def test_an_approval_is_ended_once(contoso, alice, builds, approve):
    approve("vso.project")
    assert rulings.end_approval(contoso, builds.app, by=alice, why="Not needed.", now=NOW)
    assert not rulings.end_approval(contoso, builds.app, by=alice, now=NOW)
    assert "vso.project" in refused(alice, builds)


def test_an_approval_is_changed_only_as_it_was_seen(contoso, alice, bob, builds, approve):
    seen = approve("vso.project", "vso.build").decided_at
    approve("vso.code_manage", now=days(1))
    say = {"scopes": ["vso.project"], "until": None, "by": alice, "now": days(2)}
    assert not rulings.change_approval(contoso, builds.app, seen=seen, **say)
    assert rulings.change_approval(contoso, builds.app, seen=days(1), **say)
    assert set(refused(bob, builds, days(2))) == {"vso.build", "vso.code_manage"}
    assert set(ServiceRuling.objects.get().untold["scopes"]) == {"vso.build", "vso.code_manage"}


def test_each_decision_is_on_the_record_of_the_organization(contoso, alice, builds, approve):
    approve("vso.project", why="Needed.")
    rulings.block(contoso, builds.app, by=alice, now=NOW)
    rulings.unblock(contoso, builds.app, by=alice, now=NOW)
    approve("vso.project")
    rulings.end_approval(contoso, builds.app, by=alice, now=NOW)
    found = Event.objects.filter(organization_id=str(contoso.pk), actor_id=str(alice.pk)).order_by("id")
    assert list(found.values_list("name", flat=True)) == [
        "approval.granted",
        "service.blocked",
        "service.unblocked",
        "approval.granted",
        "service.approval_ended",
    ]


@pytest.fixture
def bobs_request(contoso, builds, bob):
    return ApprovalRequest.objects.create(
        organization=contoso,
        application=builds.app,
        person=bob,
        scopes=["vso.build"],
        justification="Builds",
        asked_at=NOW,
        expires_at=days(14),
    )


def test_an_approval_answers_the_requests_that_it_satisfies(bobs_request, bob, approve):
    approve("vso.project")
    bobs_request.refresh_from_db()
    assert bobs_request.state == "open"
    approve("vso.build", until=days(3))
    bobs_request.refresh_from_db()
    assert (bobs_request.state, bobs_request.approved_until) == ("approved", days(3))
    assert bob.notices.get().detail["state"] == "approved"


def test_a_block_answers_every_request(contoso, builds, bobs_request, alice, bob):
    rulings.block(contoso, builds.app, by=alice, why="A breach.", now=NOW)
    bobs_request.refresh_from_db()
    assert (bobs_request.state, bobs_request.answer) == ("blocked", "A breach.")
    assert bob.notices.get().detail["state"] == "blocked"
