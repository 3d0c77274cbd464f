"""The pages of the policies: seen by administrators, changed by those with at least Basic, a preview before each change."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import policies, services
from accounts.models import Membership, Organization, PolicyChange
from authorizations.models import Authorization
from tests import factories, people

BASE = "/contoso/_settings/policies"
ONE = f"{BASE}/third_party_access"


@pytest.fixture
def contoso(alice, bob):
    return factories.organization("contoso", alice, bob)


def seen(page):
    return re.search(r'name="seen" value="(\d+)"', page.content.decode())[1]


def decide(browser, value="false", key="third_party_access", **said):
    address = f"{BASE}/{key}/preview"
    version = said.pop("seen", None) or seen(browser.get(f"{address}?value={value}"))
    return browser.post(address, {"value": value, "seen": version, "why": "An incident.", "when": "now"} | said)


def counts(key="third_party_access", now=None):
    return getattr(policies.effective(Organization.objects.get(slug="contoso").policies, now or timezone.now()), key)


def test_alice_sees_what_it_would_refuse_says_why_and_changes_it(alice, bob, alice_browser, contoso, payroll):
    Authorization.objects.create(person=bob, application=payroll.app, scopes=["vso.project"], granted_at=timezone.now())
    assert "On" in alice_browser.get(ONE).content.decode()
    page = alice_browser.get(f"{ONE}/preview?value=false")
    assert 'id="impact-people">1<' in page.content.decode() and "Payroll" in page.content.decode()
    answer = decide(alice_browser)
    assert answer.status_code == 302 and counts() is False
    listed = alice_browser.get(BASE).content.decode()
    assert "An incident." in listed and "set by Alice" in listed and "Undo" in listed


def test_a_reason_is_asked_for_and_what_was_said_stays(alice_browser, contoso):
    answer = decide(alice_browser, why=" ", when="later", date="2026-01-01", time="09:00")
    assert (
        answer.status_code == 400 and "Say why" in answer.content.decode() and "2026-01-01" in answer.content.decode()
    )
    assert not PolicyChange.objects.exists()


def test_it_can_be_planned_and_cancelled(alice_browser, contoso):
    day = timezone.now() + timedelta(days=7)
    decide(alice_browser, when="later", date=f"{day:%Y-%m-%d}", time="09:00", announce="yes")
    made = PolicyChange.objects.get()
    assert counts() is True and counts(now=day + timedelta(days=1)) is False and made.announce
    cancel = reverse("organization:policy-cancel", args=["contoso", made.pk])
    assert "Planned" in alice_browser.get(BASE).content.decode() and alice_browser.get(cancel).status_code == 200
    assert alice_browser.post(cancel).status_code == 302 and counts(now=day + timedelta(days=1)) is True
    assert "not to come any more" in alice_browser.post(cancel, follow=True).content.decode()


@pytest.mark.parametrize(
    ("date", "time"), [("", "09:00"), ("x", "y"), ("2026-99-99", "09:00"), ("2020-01-01", "09:00")]
)
def test_an_instant_that_is_none_or_over_is_told(alice_browser, contoso, date, time):
    assert decide(alice_browser, when="later", date=date, time=time).status_code == 400
    assert not PolicyChange.objects.exists()


def test_two_clicks_change_it_once_and_an_old_page_changes_nothing(alice_browser, contoso):
    version = seen(alice_browser.get(f"{ONE}/preview?value=false"))
    decide(alice_browser, seen=version)
    again = decide(alice_browser, seen=version)
    assert again.status_code == 302 and PolicyChange.objects.count() == 1
    stale = decide(alice_browser, "30", "authorization_days", seen=version)
    assert stale.status_code == 400 and "in the meantime" in stale.content.decode()
    assert counts("authorization_days") is None


def test_it_can_be_undone_once(alice_browser, contoso):
    decide(alice_browser)
    undo = reverse("organization:policy-undo", args=["contoso", PolicyChange.objects.get().pk])
    page = alice_browser.get(undo)
    answer = alice_browser.post(undo, {"seen": seen(page), "why": "Too early."})
    assert answer.status_code == 302 and counts() is True
    assert PolicyChange.objects.filter(undoes__isnull=False).count() == 1
    assert "Something newer" in alice_browser.get(undo, follow=True).content.decode()


@pytest.mark.parametrize("value", ["", "maybe", "\x00", "x" * 5000])
def test_a_value_that_makes_no_sense_is_told(alice_browser, contoso, value):
    assert alice_browser.get(f"{ONE}/preview", {"value": value}).status_code == 400
    assert alice_browser.post(f"{ONE}/preview", {"value": value}).status_code == 400
    assert alice_browser.get(f"{BASE}/authorization_days/preview", {"value": value}).status_code in {200, 400}


def test_a_policy_and_a_change_that_are_not_there_are_not_found(alice_browser, contoso, dana):
    other = factories.organization("fabrikam", dana)
    theirs = PolicyChange.objects.create(
        organization=other, policy="third_party_access", value=False, previous=True, made_at=timezone.now(),
        effective_at=timezone.now(),
    )  # fmt: skip
    assert alice_browser.get(f"{BASE}/slug").status_code == 404
    for name in ("policy-undo", "policy-cancel"):
        address = reverse(f"organization:{name}", args=["contoso", theirs.pk])
        assert alice_browser.get(address).status_code == alice_browser.post(address).status_code == 404


def addresses(contoso):
    made = PolicyChange.objects.create(
        organization=contoso, policy="third_party_access", value=False, previous=True, made_at=timezone.now(),
        effective_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    ways = [f"{BASE}/changes/{made.pk}/undo", f"{BASE}/changes/{made.pk}/cancel"]
    return [BASE, ONE, f"{ONE}/preview?value=false", *ways]


def test_who_may_open_them(alice, bob, charlie, charlie_browser, contoso):
    factories.organization("fabrikam", charlie)
    member, nobody, pages = people.browser(bob), people.browser(bob).__class__(), addresses(contoso)
    for page in pages:
        assert member.get(page).status_code == 403, page
        assert charlie_browser.get(page).status_code == 404, page
        assert nobody.get(page)["Location"].startswith("/signin"), page
    assert member.post(f"{ONE}/preview", {"value": "false", "why": "x", "seen": "0"}).status_code == 403
    assert charlie_browser.post(f"{ONE}/preview", {"value": "false", "why": "x", "seen": "0"}).status_code == 404
    away = people.browser(alice)
    services.deactivate(alice, by=None, reason="left", now=timezone.now())
    assert away.get(BASE)["Location"].startswith("/signin") and counts() is True


def test_an_administrator_with_stakeholder_access_sees_them_and_is_told_why_not_more(alice, alice_browser, contoso):
    Membership.objects.filter(person=alice).update(access_level="stakeholder")
    page = alice_browser.get(BASE)
    assert (
        page.status_code == 200
        and "at least Basic" in page.content.decode()
        and ">Change<" not in page.content.decode()
    )
    for address in addresses(contoso)[1:]:
        assert alice_browser.get(address).status_code == 403
    assert alice_browser.post(f"{ONE}/preview", {"value": "false", "why": "x", "seen": "0"}).status_code == 403
