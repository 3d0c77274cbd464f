"""An administrator ends, in one organization, everything begun before an instant that has a permission."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Membership
from accounts.services import deactivate
from authorizations.events.models import Event
from authorizations.models import Authorization, Connection, RevocationRule
from authorizations.notifications.models import Message, Notice
from authorizations.services import revocation_rules, rule_impact
from authorizations.services.revocation_rules import RuleRefused, in_force
from tests import factories, people

T = datetime(2026, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def contoso(alice, bob):
    """Bob administers it, Alice is a member."""
    return factories.organization("contoso", bob, alice)


def make(organization, *scopes, by=None, **more):
    now = more.pop("now", None) or timezone.now()
    return revocation_rules.make(organization, scopes, by=by or organization.owner, now=now, **more)


def call(tokens, slug="contoso"):
    bearer = f"Bearer {tokens['access_token']}"
    return Client().get(f"/{slug}/_apis/projects?api-version=7.1", HTTP_AUTHORIZATION=bearer)


def status(tokens, slug="contoso"):
    return call(tokens, slug).status_code


def test_what_was_begun_before_and_has_the_permission_is_refused_from_the_next_call_on(contoso, connected):
    assert status(connected) == 200
    make(contoso, "vso.project")
    refused = call(connected)
    assert refused.status_code == 403 and "administrator of this organization ended" in refused.json()["message"]
    assert "/why/ruled_out" in refused.json()["helpLink"]


def test_what_has_none_of_the_permissions_goes_on(contoso, connected):
    make(contoso, "vso.code", "vso.build")
    assert status(connected) == 200


def test_a_wider_permission_carries_the_ruled_one_and_full_access_carries_all(contoso, alice_browser):
    writer = factories.connect(alice_browser, factories.app(name="Writer", scopes=["vso.project_write"]))
    full = factories.connect(alice_browser, factories.app(name="Full", scopes=["user_impersonation"]))
    assert status(writer) == status(full) == 200
    make(contoso, "vso.project")
    assert status(writer) == status(full) == 403


def test_a_narrower_permission_does_not_have_the_ruled_one(contoso, connected):
    make(contoso, "vso.project_write")
    assert status(connected) == 200


def test_refreshing_does_not_evade_a_rule(contoso, payroll, connected):
    make(contoso, "vso.project")
    fresh = payroll.refresh(connected["refresh_token"]).json()
    assert status(fresh) == 403


def test_a_new_approval_afterwards_works(contoso, alice_browser, payroll, connected):
    make(contoso, "vso.project")
    assert status(connected) == 403
    assert status(factories.connect(alice_browser, payroll)) == 200
    assert status(connected) == 403


def test_what_was_begun_after_the_instant_goes_on(contoso, connected):
    make(contoso, "vso.project", created_before=timezone.now() - HOUR)
    assert status(connected) == 200
    Connection.objects.update(created_at=timezone.now() - 2 * HOUR)
    assert status(connected) == 403


def test_other_organizations_are_not_concerned(contoso, alice, connected):
    factories.organization("fabrikam", alice)
    make(contoso, "vso.project")
    assert status(connected, "contoso") == 403 and status(connected, "fabrikam") == 200


def test_a_rule_that_is_withdrawn_refuses_nothing_any_more(contoso, bob, connected):
    rule = make(contoso, "vso.project")
    assert status(connected) == 403
    assert revocation_rules.withdraw(rule, by=bob, now=timezone.now())
    assert status(connected) == 200
    assert not revocation_rules.withdraw(rule, by=bob, now=timezone.now())
    assert Event.objects.filter(name="revocation_rule.withdrawn").count() == 1


def test_withdrawing_one_of_two_leaves_what_the_other_refuses(contoso, bob, connected):
    make(contoso, "vso.project")
    wider = make(contoso, "vso.project", "vso.code")
    assert len(_live(contoso)) == 1
    revocation_rules.withdraw(wider, by=bob, now=timezone.now())
    assert status(connected) == 403
    assert [scopes for _, scopes in _live(contoso)] == [["vso.project"]]


def _live(organization):
    organization.refresh_from_db()
    return organization.token_rules


def test_each_rule_is_on_record_with_who_and_why(contoso, bob):
    rule = make(contoso, "vso.code", "vso.project", why="A laptop was stolen.\x00")
    event = Event.objects.get(name="revocation_rule.made")
    assert (event.actor_id, event.organization_id, event.subject_id) == (str(bob.pk), str(contoso.pk), str(rule.pk))
    assert event.detail["why"] == rule.why == "A laptop was stolen." and set(event.detail["scopes"]) == set(rule.scopes)
    assert event.detail["created_before"] == rule.created_before.isoformat()


@pytest.mark.parametrize(
    ("scopes", "before", "field", "says"),
    [
        ([], None, "scopes", "at least one"),
        (["vso.nothing"], None, "scopes", "vso.nothing"),
        (["openid", "vso.code"], None, "scopes", "sign in"),
        (["vso.code"], timedelta(seconds=1), "created_before", "future"),
    ],
)
def test_a_rule_that_cannot_be_says_what_is_wrong(contoso, scopes, before, field, says):
    now = timezone.now()
    with pytest.raises(RuleRefused) as refused:
        make(contoso, *scopes, created_before=now + before if before else None, now=now)
    assert refused.value.field == field and says in str(refused.value)
    assert not RevocationRule.objects.exists() and not Event.objects.filter(name="revocation_rule.made").exists()


def test_there_are_never_too_many_rules(contoso, monkeypatch):
    monkeypatch.setattr(revocation_rules, "MOST_STANDING", 2)
    make(contoso, "vso.code"), make(contoso, "vso.build")
    with pytest.raises(RuleRefused, match="Withdraw some"):
        make(contoso, "vso.work")


def test_a_later_rule_covers_an_earlier_one():
    assert in_force([(T, ["vso.code"]), (T + HOUR, ["vso.code"])]) == [[(T + HOUR).timestamp(), ["vso.code"]]]
    assert in_force([(T, ["vso.code", "vso.build"]), (T + HOUR, ["vso.code"])]) == [
        [(T + HOUR).timestamp(), ["vso.code"]],
        [T.timestamp(), ["vso.build"]],
    ]


def test_a_permission_that_carries_a_ruled_one_is_said_once():
    both = in_force([(T, ["vso.code", "vso.code_write"])])
    assert both == [[T.timestamp(), ["vso.code"]]]
    # The wider one reaches further: up to T everything that reads, up to an hour later everything that writes.
    assert in_force([(T, ["vso.code"]), (T + HOUR, ["vso.code_write"])]) == [
        [(T + HOUR).timestamp(), ["vso.code_write"]],
        [T.timestamp(), ["vso.code"]],
    ]


def test_the_preview_counts_what_is_then_refused(
    contoso, alice, alice_browser, bob, charlie_browser, payroll, connected
):
    his = factories.connect(people.browser(bob), payroll)
    reader = factories.connect(alice_browser, factories.app(name="Reader", scopes=["vso.work"]))
    stranger = factories.connect(charlie_browser, payroll)  # does not belong to it
    now = timezone.now()
    seen = rule_impact.impact(contoso, ["vso.project"], now, now)
    assert (seen.people, seen.services, seen.connections, seen.tokens) == (2, 1, 2, 0)
    make(contoso, "vso.project", now=now)
    assert [status(t) for t in (connected, his)] == [403, 403]
    assert "ended what was issued" not in call(reader).json()["message"]
    assert "ended what was issued" not in call(stranger).json()["message"]


def test_the_preview_leaves_out_what_does_not_reach_the_organization(contoso, alice, connected):
    other = factories.organization("fabrikam", alice)
    now = timezone.now()
    Authorization.objects.update(organizations=[str(other.pk)])
    assert rule_impact.impact(contoso, ["vso.project"], now, now).nothing
    Authorization.objects.update(organizations=[str(contoso.pk), str(other.pk)])
    assert rule_impact.impact(contoso, ["vso.project"], now, now).connections == 1
    deactivate(alice, by=None, reason="left", now=now)
    assert rule_impact.impact(contoso, ["vso.project"], now, now).nothing


def test_everybody_whom_a_rule_stops_is_told_once(contoso, alice, bob, alice_browser, payroll, connected, monkeypatch):
    monkeypatch.setattr(rule_impact, "BATCH", 1)
    factories.connect(people.browser(bob), payroll)
    factories.connect(alice_browser, factories.app(name="Extras", scopes=["vso.project"]))
    rule = make(contoso, "vso.project", why="A laptop was stolen.")
    assert rule_impact.tell_of_rules(now=timezone.now()) == 2
    assert rule_impact.tell_of_rules(now=timezone.now()) == 0
    told = {n.person_id: n.detail for n in Notice.objects.filter(kind="revocation_rule.applied")}
    assert set(told) == {alice.pk, bob.pk} and told[alice.pk]["services"] == ["Extras", "Payroll"]
    assert told[bob.pk]["services"] == ["Payroll"] and told[bob.pk]["why"] == rule.why
    assert Message.objects.filter(notice__in=[n.pk for n in Notice.objects.all()]).exists()


def test_a_job_that_died_half_way_tells_the_others(contoso, bob, payroll, connected):
    factories.connect(people.browser(bob), payroll)
    rule = make(contoso, "vso.project")
    now = timezone.now()
    rule_impact._tell(rule, rule_impact._people(rule, None, now)[:1], now)
    assert rule_impact.tell_of_rules(now=now) == 2
    assert Notice.objects.filter(kind="revocation_rule.applied").count() == 2


def test_nobody_is_told_of_a_rule_that_was_withdrawn_at_once(contoso, bob, connected):
    rule = make(contoso, "vso.project")
    revocation_rules.withdraw(rule, by=bob, now=timezone.now())
    assert rule_impact.tell_of_rules(now=timezone.now()) == 0
    assert not Notice.objects.filter(kind="revocation_rule.applied").exists()


def test_what_was_told_lapses_with_the_rule(contoso, bob, connected):
    rule = make(contoso, "vso.project")
    rule_impact.tell_of_rules(now=timezone.now())
    revocation_rules.withdraw(rule, by=bob, now=timezone.now())
    assert Notice.objects.get(kind="revocation_rule.applied").cancelled_at


def test_a_rule_is_over_when_nothing_older_is_in_force(contoso, connected):
    make(contoso, "vso.project")
    assert revocation_rules.close_over(now=timezone.now()) == 0
    Connection.objects.update(expires_at=timezone.now())
    later = timezone.now() + 2 * HOUR
    assert revocation_rules.close_over(now=later) == 1 and revocation_rules.close_over(now=later) == 0
    assert RevocationRule.objects.get().over_at == later and _live(contoso) == []


def test_a_rule_stays_for_somebody_who_joins_with_an_older_connection(contoso, charlie, charlie_browser, payroll):
    tokens = factories.connect(charlie_browser, payroll)
    make(contoso, "vso.project")
    assert revocation_rules.close_over(now=timezone.now()) == 0
    Membership.objects.create(organization=contoso, person=charlie, access_level="basic")
    assert status(tokens) == 403
