"""The pages about approvals: who may see and do what, what they say, and that the running request is never lost."""

import re
import uuid
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, User
from authorizations import tasks
from authorizations.models import ApprovalRequest, ApprovalRule, ServiceRuling
from authorizations.notifications import links
from authorizations.services import approvals, rulings
from tests import factories, people

AUTHORIZE = "/oauth2/v2.0/authorize"
MINE = "/_usersSettings/requests"
ORG = "/contoso/_settings/approvals"


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
    return factories.app(name="Builds", scopes=["openid", "vso.project", "vso.build", "vso.code_manage"])


@pytest.fixture
def asked(contoso, builds, bob):
    scopes = builds.app.all_scopes
    return approvals.ask(bob, contoso, builds.app, scopes=scopes, justification="Builds", now=timezone.now())


@pytest.fixture
def bobs(bob):
    return people.browser(bob)


@pytest.fixture
def danas(dana):
    return people.browser(dana)


def everywhere(asked, rule="00000000-0000-4000-8000-000000000000"):
    app = asked.application.client_id
    return {
        "get": [ORG, f"{ORG}/{asked.pk}", f"{ORG}/services", f"{ORG}/services/{app}", f"{ORG}/rules"],
        "post": [f"{ORG}/{asked.pk}", f"{ORG}/services/{app}", f"{ORG}/rules"],
        "act": [f"{ORG}/rules/{rule}/move", f"{ORG}/rules/{rule}/delete"],
    }


def statuses(browser, asked):
    pages = everywhere(asked)
    found = {browser.get(path).status_code for path in pages["get"]}
    return found | {browser.post(path, {}).status_code for path in [*pages["post"], *pages["act"]]}


def test_to_a_stranger_and_an_administrator_of_another_organization_it_is_not_there(asked, charlie, charlie_browser):
    assert statuses(charlie_browser, asked) == {404}
    factories.organization("fabrikam", charlie)
    assert statuses(charlie_browser, asked) == {404}
    ids = everywhere(asked)["get"][1].replace("contoso", "fabrikam")
    assert charlie_browser.get(ids).status_code == charlie_browser.post(ids, {"verdict": "denied"}).status_code == 404


def test_a_member_who_does_not_review_sees_none_of_it(asked, bobs):
    assert statuses(bobs, asked) == {403}


def test_signed_out_and_deactivated_people_are_sent_to_sign_in(asked, alice, alice_browser):
    assert statuses(Client(), asked) == {302}
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert statuses(alice_browser, asked) == {302}
    asked.refresh_from_db()
    assert asked.state == "open"


def test_answers_need_the_forgery_token(asked, alice):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice, backend="accounts.backends.ActivePersonBackend")
    assert browser.post(f"{ORG}/{asked.pk}", {"verdict": "denied"}).status_code == 403


def test_a_chosen_reviewer_answers(asked, danas, bob, builds):
    assert "Builds" in danas.get(ORG).content.decode()
    page = danas.get(f"{ORG}/{asked.pk}").content.decode()
    assert "Bob asks" in page and "not verified" in page and "High privilege" in page
    said = {"verdict": "approved", "scope": ["vso.build"], "days": "30", "answer": "Builds only."}
    assert danas.post(f"{ORG}/{asked.pk}", said).status_code == 302
    asked.refresh_from_db()
    assert (asked.state, asked.approved_scopes, asked.decided_by_name) == ("approved", ["vso.build"], "Dana")
    assert asked.approved_until < timezone.now() + timedelta(days=31)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"verdict": "nonsense"},
        {"verdict": "approved"},
        {"verdict": "approved", "scope": ["vso.tokens"]},
        {"verdict": "approved", "scope": ["vso.build"], "days": "12345"},
        {"verdict": "approved", "scope": ["\x00"], "days": "\x00"},
    ],
)
def test_an_answer_that_cannot_be_is_shown_again_with_what_is_wrong(asked, danas, said):
    page = danas.post(f"{ORG}/{asked.pk}", said)
    assert page.status_code == 400 and 'role="alert"' in page.content.decode()
    asked.refresh_from_db()
    assert asked.state == "open"


def test_the_second_reviewer_is_told_who_was_quicker(asked, alice_browser, danas):
    alice_browser.post(f"{ORG}/{asked.pk}", {"verdict": "denied", "answer": "No."})
    page = danas.post(f"{ORG}/{asked.pk}", {"verdict": "approved", "scope": ["vso.build"]}, follow=True)
    assert "answered this request already" in page.content.decode() and "Alice" in page.content.decode()
    assert not ServiceRuling.objects.exists()


def test_a_reviewer_cannot_answer_their_own_request(contoso, builds, dana, danas):
    mine = approvals.ask(dana, contoso, builds.app, scopes=["vso.build"], justification="x", now=timezone.now())
    assert "Somebody else" in danas.get(f"{ORG}/{mine.pk}").content.decode()
    assert danas.post(f"{ORG}/{mine.pk}", {"verdict": "approved", "scope": ["vso.build"]}).status_code == 400


def test_lists_are_filtered_and_searched(asked, danas, alice):
    assert "Builds" not in danas.get(f"{ORG}?show=approved").content.decode()
    assert f'data-request="{asked.pk}"' in danas.get(f"{ORG}?q=bob").content.decode()
    assert "No request matches" in danas.get(f"{ORG}?q=nothing%00").content.decode()
    assert danas.get(f"{ORG}?show=nonsense&page=99999").status_code == 200


def test_an_approval_is_changed_ended_and_the_service_blocked_and_unblocked(contoso, builds, alice, alice_browser):
    rulings.approve(contoso, builds.app, scopes=["vso.project"], until=None, by=alice, now=timezone.now())
    address = f"{ORG}/services/{builds.client_id}"
    assert "Builds" in alice_browser.get(f"{ORG}/services").content.decode()
    seen = re.search(r'name="seen" value="([^"]+)"', alice_browser.get(address).content.decode())
    change = {"act": "change", "scope": ["vso.build"], "days": "7", "seen": seen[1]}
    assert alice_browser.post(address, change).status_code == 302
    assert ServiceRuling.objects.get().scopes == ["vso.build"]
    page = alice_browser.post(address, change, follow=True)
    assert "decided anew meanwhile" in page.content.decode()
    for act, decision in (("end", "ended"), ("block", "blocked"), ("unblock", "ended")):
        assert alice_browser.post(address, {"act": act, "why": "Because."}).status_code == 302
        assert ServiceRuling.objects.get().decision == decision
    assert alice_browser.post(address, {"act": "nonsense"}).status_code == 400
    assert alice_browser.get(f"{ORG}/services/unknown").status_code == 404


@pytest.mark.parametrize("seen", ["", "nonsense", "2026-99-99T00:00:00"])
def test_a_change_from_an_unknown_page_changes_nothing(contoso, builds, alice, alice_browser, seen):
    rulings.approve(contoso, builds.app, scopes=["vso.project"], until=None, by=alice, now=timezone.now())
    said = {"act": "change", "scope": ["vso.build"], "days": "", "seen": seen}
    alice_browser.post(f"{ORG}/services/{builds.client_id}", said)
    assert ServiceRuling.objects.get().scopes == ["vso.project"]


def test_rules_are_made_moved_and_deleted_by_administrators_alone(contoso, alice_browser, danas):
    make = {"verdict": "approve", "only_verified": "yes", "days": "30"}
    assert danas.get(f"{ORG}/rules").status_code == 200 and danas.post(f"{ORG}/rules", make).status_code == 403
    assert alice_browser.post(f"{ORG}/rules", make).status_code == 302
    assert (
        alice_browser.post(f"{ORG}/rules", {"verdict": "deny", "limited": "yes", "scope": "vso.code"}).status_code
        == 302
    )
    first, second = ApprovalRule.objects.order_by("position")
    assert "Approve for 30 days" in alice_browser.get(f"{ORG}/rules").content.decode()
    for act in ("move", "delete"):
        assert danas.post(f"{ORG}/rules/{second.pk}/{act}", {"to": "up"}).status_code == 403
    alice_browser.post(f"{ORG}/rules/{second.pk}/move", {"to": "up"})
    assert list(ApprovalRule.objects.order_by("position")) == [second, first]
    alice_browser.post(f"{ORG}/rules/{second.pk}/move", {"to": "up"})
    assert alice_browser.post(f"{ORG}/rules/{second.pk}/delete").status_code == 302
    assert ApprovalRule.objects.get() == first
    assert alice_browser.post(f"{ORG}/rules/{uuid.uuid4()}/delete").status_code == 404


@pytest.mark.parametrize(
    "said", [{}, {"verdict": "approve"}, {"verdict": "approve", "only_verified": "yes", "days": "x"}]
)
def test_a_rule_that_cannot_be_says_why(contoso, alice_browser, said):
    page = alice_browser.post(f"{ORG}/rules", said)
    assert page.status_code == 400 and 'role="alert"' in page.content.decode()


def consent(browser, app):
    return browser.get(app.request())


def ask_form(page, place, why="Nightly builds"):
    return {"ticket": factories.ticket_of(page), "ask": str(place.pk), f"justification-{place.pk}": why, "reach": "all"}


def test_the_approval_page_says_where_approval_is_missing_and_asks_for_it(contoso, builds, bobs):
    page = consent(bobs, builds)
    text = page.content.decode()
    assert (
        "until this organization has approved this service" in text
        and f'id="ask-{contoso.pk}"' in text
        and 'id="out-of-reach"' in text
    )
    again = bobs.post(f"{AUTHORIZE}/ask", ask_form(page, contoso))
    assert again.status_code == 200 and "You asked for approval" in again.content.decode()
    assert f'id="ask-{contoso.pk}"' not in again.content.decode()
    assert ApprovalRequest.objects.get().justification == "Nightly builds"
    answer = factories.decide(bobs, again, AUTHORIZE)
    assert "code" in factories.answer_of(answer)


def test_asking_keeps_what_was_chosen(contoso, builds, bob, bobs, alice):
    other = factories.organization("fabrikam", alice, bob)
    page = consent(bobs, builds)
    chosen = {"reach": "some", "organization": str(other.pk), "duration": "30"}
    again = bobs.post(f"{AUTHORIZE}/ask", ask_form(page, contoso) | chosen).content.decode()
    assert re.search(r'id="reach-some" checked', again) and re.search(r'id="duration-30" checked', again)
    assert re.search(rf'id="organization-{other.pk}" checked', again) and 'id="out-of-reach"' not in again


def test_without_a_justification_the_page_says_so_and_nothing_is_asked(contoso, builds, bobs):
    page = bobs.post(f"{AUTHORIZE}/ask", ask_form(consent(bobs, builds), contoso, " "))
    assert page.status_code == 400 and "Say what you need" in page.content.decode()
    assert not ApprovalRequest.objects.exists()


@pytest.mark.parametrize("named", ["", "nonsense", "00000000-0000-4000-8000-000000000000", "theirs"])
def test_nobody_asks_for_an_organization_that_is_not_theirs(contoso, builds, bobs, charlie, named):
    theirs = factories.organization("fabrikam", charlie)
    value = str(theirs.pk) if named == "theirs" else named
    form = {"ticket": factories.ticket_of(consent(bobs, builds)), "ask": value, f"justification-{value}": "x"}
    page = bobs.post(f"{AUTHORIZE}/ask", form)
    assert page.status_code == 400 and "do not belong" in page.content.decode()
    assert not ApprovalRequest.objects.exists()


def test_asking_needs_the_page_of_the_person(contoso, builds, bobs, charlie_browser):
    form = ask_form(consent(bobs, builds), contoso)
    assert charlie_browser.post(f"{AUTHORIZE}/ask", form).status_code == 400
    assert bobs.get(f"{AUTHORIZE}/ask").status_code == 405 and not ApprovalRequest.objects.exists()


def test_a_denial_is_told_on_the_approval_page_and_one_may_ask_again(asked, contoso, builds, bobs, alice):
    approvals.decide(asked.pk, approvals.Verdict("denied", answer="Not <b>now</b>."), by=alice, now=timezone.now())
    text = consent(bobs, builds).content.decode()
    assert "Not &lt;b&gt;now&lt;/b&gt;." in text and f'id="ask-{contoso.pk}"' in text


def test_whoever_asked_sees_the_state_and_takes_it_back(asked, bobs, danas, charlie_browser):
    assert "Waiting" in bobs.get(MINE).content.decode()
    for other in (danas, charlie_browser):
        assert other.post(f"{MINE}/{asked.pk}/withdraw").status_code == 404
        assert str(asked.pk) not in other.get(MINE).content.decode()
    assert Client().get(MINE).status_code == Client().post(f"{MINE}/{asked.pk}/withdraw").status_code == 302
    assert bobs.post(f"{MINE}/{asked.pk}/withdraw").status_code == 302
    asked.refresh_from_db()
    assert asked.state == "withdrawn"
    assert "not open any more" in bobs.post(f"{MINE}/{asked.pk}/withdraw", follow=True).content.decode()


def test_the_page_of_a_service_offers_to_ask(contoso, builds, bob, bobs, charlie_browser):
    factories.connect(bobs, builds)
    made = bob.authorizations.get()
    detail = bobs.get(f"/_usersSettings/authorizations/{made.pk}").content.decode()
    address = f"{MINE}/new/{builds.client_id}/contoso"
    assert address in detail
    assert charlie_browser.get(address).status_code == Client().get(address).status_code + 102 == 404
    assert "You ask for" in bobs.get(address).content.decode()
    assert bobs.post(address, {"justification": ""}).status_code == 400
    assert bobs.post(address, {"justification": "Builds"}).status_code == 302
    assert "approval asked for" in bobs.get(f"/_usersSettings/authorizations/{made.pk}").content.decode()


def test_the_page_of_a_service_says_until_when_it_is_approved_and_offers_to_renew_what_is_too_old(
    contoso, builds, alice, bob, bobs
):
    factories.connect(bobs, builds)
    made, until = bob.authorizations.get(), timezone.now() + timedelta(days=40)
    rulings.approve(contoso, builds.app, scopes=builds.app.all_scopes[1:], until=until, by=alice, now=timezone.now())
    assert "approved until" in bobs.get(f"/_usersSettings/authorizations/{made.pk}").content.decode()
    contoso.policies = {"authorization_days": [[0, 30]]}
    contoso.save()
    bob.authorizations.update(granted_at=timezone.now() - timedelta(days=31))
    assert f"{made.pk}/renew" in bobs.get(f"/_usersSettings/authorizations/{made.pk}").content.decode()


def link_of(asked, person):
    return links.deny(str(asked.pk), person.pk).removeprefix("http://localhost:8000")


def test_the_mail_to_reviewers_carries_the_links(asked, alice):
    tasks.deliver_mail()
    mail = next(m for m in outbox.outbox if m.to == [alice.email])
    assert "/notices/deny/" in mail.body and f"{ORG}/{asked.pk}" in mail.body
    assert "/notices/deny/" in mail.alternatives[0][0]


def test_opening_the_link_denies_nothing_and_confirming_does(asked, dana):
    address = link_of(asked, dana)
    page = Client().get(address)
    assert page.status_code == 200 and "Deny the request" in page.content.decode()
    asked.refresh_from_db()
    assert asked.state == "open"
    assert Client(enforce_csrf_checks=True).post(address).status_code == 403
    assert "is denied" in Client().post(address, {"answer": "No."}).content.decode()
    asked.refresh_from_db()
    assert (asked.state, asked.answer, asked.decided_by) == ("denied", "No.", None)
    assert "not open any more" in Client().post(address).content.decode()


def test_the_link_cannot_approve(asked, dana):
    Client().post(link_of(asked, dana), {"verdict": "approved", "scope": "vso.build"})
    assert not ServiceRuling.objects.exists()


def test_a_link_of_somebody_else_old_or_changed_does_nothing(asked, dana, charlie_browser, monkeypatch):
    address = link_of(asked, dana)
    assert charlie_browser.post(address).status_code == 403
    for spoiled in (
        f"{address}x",
        "/notices/deny/nonsense",
        links.revoke(str(asked.pk), dana.pk).replace("revoke", "deny"),
    ):
        assert Client().post(spoiled.removeprefix("http://localhost:8000")).status_code == 400
    Membership.objects.filter(person=dana).update(reviewer=False)
    assert Client().post(address).status_code == 403
    monkeypatch.setattr(links, "REVOKE_LIFETIME", timedelta(seconds=-1))
    assert Client().post(address).status_code == 410
    asked.refresh_from_db()
    assert asked.state == "open"


def test_from_the_request_to_the_call_that_works(contoso, builds, bobs, danas):
    """The whole way: asked on the approval page, answered by a reviewer, and the token that was there works."""
    page = bobs.post(f"{AUTHORIZE}/ask", ask_form(consent(bobs, builds), contoso))
    code = factories.answer_of(factories.decide(bobs, page, AUTHORIZE))["code"]
    bearer = f"Bearer {builds.exchange(code).json()['access_token']}"
    call = lambda: Client().get("/contoso/_apis/projects?api-version=7.1", HTTP_AUTHORIZATION=bearer)  # noqa: E731
    assert call().status_code == 403 and "approve" in call().json()["message"]
    danas.post(f"{ORG}/{ApprovalRequest.objects.get().pk}", {"verdict": "approved", "scope": ["vso.project"]})
    assert call().status_code == 200
