"""Rules answer requests by themselves: in their order, the first that matches, and the request says which it was."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from authorizations.events.models import Event
from authorizations.models import ApprovalRule, ServiceRuling
from authorizations.services import approval_rules, approvals
from authorizations.services.approval_rules import Draft
from tests import factories

NOW = timezone.now().replace(microsecond=0)


@pytest.fixture
def contoso(alice, bob):
    made = factories.organization("contoso", alice, bob)
    made.policies = {"approved_services_only": [[0, True]]}
    made.save()
    return made


@pytest.fixture
def rule(contoso, alice):
    return lambda **said: approval_rules.create(contoso, Draft(**said), by=alice, now=NOW)


@pytest.fixture
def asked(contoso, bob):
    def asked(scopes=("vso.project",), domain=""):
        app = factories.app(name=f"App {uuid.uuid4().hex[:6]}", scopes=list(scopes)).app
        app.verified_domain = domain
        app.save()
        return approvals.ask(bob, contoso, app, scopes=list(scopes), justification="Work", now=NOW)

    return asked


def test_without_a_rule_a_person_decides(asked):
    assert asked().state == "open"


def test_a_rule_approves_for_some_days_and_says_so(rule, asked, bob):
    made = rule(verdict="approve", within_scopes=("vso.project_write",), days=30)
    request = asked(("vso.project",))
    assert (request.state, request.rule, request.decided_by) == ("approved", made, None)
    assert request.approved_until == NOW + timedelta(days=30) and request.decided_by_name.startswith("Rule: Approve")
    assert ServiceRuling.objects.get().decided_by_name == request.decided_by_name
    assert bob.notices.get(kind="approval.answered").detail["by"] == request.decided_by_name
    granted = Event.objects.filter(name="approval.granted", subject_type="approval_request").get()
    assert granted.detail["rule"] == str(made.pk) and granted.actor_id == ""


def test_a_rule_denies(rule, asked):
    rule(verdict="deny", only_verified=False)
    request = asked()
    assert request.state == "denied" and request.answer and not ServiceRuling.objects.exists()


@pytest.mark.parametrize(
    ("condition", "scopes", "domain", "matches"),
    [
        ({"only_verified": True}, ("vso.code",), "contoso.com", True),
        ({"only_verified": True}, ("vso.code",), "", False),
        ({"publisher_domain": "Contoso.com"}, ("vso.code",), "contoso.com", True),
        ({"publisher_domain": "contoso.com"}, ("vso.code",), "evilcontoso.com", False),
        ({"publisher_domain": "contoso.com"}, ("vso.code",), "sub.contoso.com", False),
        ({"publisher_domain": "contoso.com"}, ("vso.code",), "", False),
        ({"without_high_privilege": True}, ("vso.code",), "", True),
        ({"without_high_privilege": True}, ("vso.code_manage",), "", False),
        ({"without_high_privilege": True}, ("user_impersonation",), "", False),
        ({"within_scopes": ("vso.code_write",)}, ("vso.code",), "", True),
        ({"within_scopes": ("vso.code",)}, ("vso.code", "vso.build"), "", False),
        ({"within_scopes": ("vso.code",), "only_verified": True}, ("vso.code",), "", False),
    ],
)
def test_every_condition_of_a_rule_has_to_hold(rule, asked, condition, scopes, domain, matches):
    rule(verdict="approve", **condition)
    assert (asked(scopes, domain).state == "approved") is matches


def test_rules_are_asked_in_their_order(rule, asked, contoso, alice):
    denies = rule(verdict="deny", without_high_privilege=True)
    approves = rule(verdict="approve", within_scopes=("vso.project",))
    assert asked().rule == denies
    assert approval_rules.reorder(contoso, [approves.pk, denies.pk], by=alice, now=NOW)
    assert asked().rule == approves


def test_an_order_that_misses_a_rule_or_names_another_changes_nothing(rule, contoso, alice):
    first, second = rule(verdict="deny"), rule(verdict="deny", only_verified=True)
    for order in ([first.pk], [first.pk, first.pk], [first.pk, second.pk, uuid.uuid4()], [first.pk, second.pk]):
        assert not approval_rules.reorder(contoso, order, by=alice, now=NOW)
    assert approval_rules.of(contoso) == [first, second]


def test_a_deleted_rule_decides_no_more_and_what_it_decided_stays(rule, asked, contoso, alice):
    made = rule(verdict="approve", within_scopes=("vso.project",))
    request = asked()
    assert approval_rules.delete(contoso, made.pk, by=alice, now=NOW)
    assert not approval_rules.delete(contoso, made.pk, by=alice, now=NOW)
    request.refresh_from_db()
    assert request.state == "approved" and request.rule is None and request.decided_by_name
    assert asked().state == "open"


def test_the_rule_of_another_organization_is_not_there(rule, charlie):
    made = rule(verdict="deny")
    fabrikam = factories.organization("fabrikam", charlie)
    assert not approval_rules.delete(fabrikam, made.pk, by=charlie, now=NOW)
    assert ApprovalRule.objects.exists()


@pytest.mark.parametrize(
    "draft",
    [
        {"verdict": "nonsense"},
        {"verdict": "approve"},
        {"verdict": "approve", "days": 30},
        {"verdict": "approve", "within_scopes": ()},
        {"verdict": "approve", "within_scopes": ("nonsense",)},
        {"verdict": "approve", "only_verified": True, "days": 0},
        {"verdict": "approve", "only_verified": True, "days": 100_000},
        {"verdict": "approve", "publisher_domain": "https://contoso.com"},
        {"verdict": "approve", "publisher_domain": "contoso"},
        {"verdict": "approve", "publisher_domain": "contoso..com"},
        {"verdict": "approve", "publisher_domain": "-.com"},
        {"verdict": "approve", "publisher_domain": "ä" * 300 + ".com"},
    ],
)
def test_a_rule_that_cannot_be_is_refused(rule, draft):
    with pytest.raises(approval_rules.WrongRule):
        rule(**draft)
    assert not ApprovalRule.objects.exists()


def test_there_is_an_end_to_the_list(rule, monkeypatch):
    monkeypatch.setattr(approval_rules, "MOST", 1)
    rule(verdict="deny")
    with pytest.raises(approval_rules.WrongRule):
        rule(verdict="deny", only_verified=True)


def test_every_change_of_the_rules_is_on_the_record(rule, contoso, alice):
    first, second = rule(verdict="deny"), rule(verdict="deny", only_verified=True)
    approval_rules.reorder(contoso, [second.pk, first.pk], by=alice, now=NOW)
    approval_rules.delete(contoso, first.pk, by=alice, now=NOW)
    found = Event.objects.filter(name="approval_rule.changed", organization_id=str(contoso.pk)).order_by("id")
    assert [e.detail["change"] for e in found] == ["created", "created", "reordered", "deleted"]
