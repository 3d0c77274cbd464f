"""The personal access tokens pages: what people see, say and get, and what strangers do not."""

import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import policies
from accounts.models import Membership
from accounts.services import deactivate
from authorizations.models import PersonalAccessToken
from authorizations.personal_format import IN_TEXT, found_in
from authorizations.services import personal_tokens
from tests import factories, people

pytestmark = pytest.mark.django_db
PAGE = "/_usersSettings/tokens"
DAY = timedelta(days=1)


@pytest.fixture
def contoso(alice, bob):
    return factories.organization("contoso", bob, alice)


def one(token, act):
    return f"{PAGE}/{token.pk}/{act}"


def text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def rows(browser, query=""):
    answer = browser.get(f"{PAGE}{query}")
    assert answer.status_code == 200
    return re.findall(r'data-token="([^"]+)"', answer.content.decode())


def ticket(browser):
    return factories.ticket_of(browser.get(f"{PAGE}/new"))


def said(organization, **more):
    place = str(organization.pk) if organization else "all"
    return {"name": "Laptop", "organization": place, "life": "30", "access": "chosen", "scope:vso.work": "yes"} | more


def decided(organization, **values):
    now = timezone.now()
    for key, value in values.items():
        organization.policies = policies.with_value(organization.policies, key, value, begins=now, now=now)
    organization.save()


def value_of(answer):
    assert answer.status_code == 200, text(answer)
    [value] = set(found_in(answer.content.decode()))
    return value


def test_alice_makes_a_token_and_sees_its_value_once(alice, alice_browser, contoso):
    answer = alice_browser.post(f"{PAGE}/new", said(contoso, ticket=ticket(alice_browser)))
    value = value_of(answer)
    token = PersonalAccessToken.objects.get()
    assert personal_tokens.find(value) == token and token.organization == contoso and token.scopes == ["vso.work"]
    assert (token.expires_at - token.issued_at).days == 30 and answer["Cache-Control"] == "no-store"
    assert "curl" in text(answer) and "BasicAuthentication" in text(answer) and "git" in text(answer)
    assert not IN_TEXT.search(alice_browser.get(PAGE).content.decode())


def test_a_form_that_is_sent_twice_makes_one_token(alice_browser, contoso):
    form = said(contoso, ticket=ticket(alice_browser))
    value = value_of(alice_browser.post(f"{PAGE}/new", form))
    again = alice_browser.post(f"{PAGE}/new", form, follow=True)
    assert "made the token already" in text(again) and not IN_TEXT.search(again.content.decode())
    assert personal_tokens.find(value) and PersonalAccessToken.objects.count() == 1


def test_a_ticket_of_somebody_else_makes_an_own_token(alice, charlie, charlie_browser, alice_browser):
    foreign = ticket(charlie_browser)
    value_of(alice_browser.post(f"{PAGE}/new", said(None, ticket=foreign)))
    value_of(charlie_browser.post(f"{PAGE}/new", said(None, ticket=foreign)))
    assert {t.person for t in PersonalAccessToken.objects.all()} == {alice, charlie}


WRONG = [
    ({"name": " "}, "Give the token a name"),
    ({"name": "x" * 200}, "at most 100 characters"),
    ({"organization": str(uuid.uuid4())}, "Choose one of your organizations"),
    ({"organization": ""}, "Choose one of your organizations"),
    ({"life": ""}, "Choose how long it lives"),
    ({"life": "date", "until": "2026-02-31"}, "Choose how long it lives"),
    ({"life": "date", "until": "2020-01-01"}, "must be in the future"),
    ({"life": "date", "until": "2999-01-01"}, "at most 365 days"),
    ({"life": "date", "until": "x\x00"}, "Choose how long it lives"),
    ({"scope:vso.work": ""}, "Choose at least one permission"),
]


@pytest.mark.parametrize(("wrong", "words"), WRONG)
def test_what_is_wrong_is_said_and_what_was_typed_stays(alice_browser, contoso, wrong, words):
    answer = alice_browser.post(f"{PAGE}/new", said(contoso, ticket=ticket(alice_browser)) | wrong)
    assert answer.status_code == 400 and words in text(answer) and 'id="token-form"' in answer.content.decode()
    assert not PersonalAccessToken.objects.exists()


BROKEN = [
    ({"token_creation": "none"}, {}, "token_creation_off"),
    ({"token_creation": "listed"}, {}, "token_creation_listed"),
    ({"token_creation": "packaging"}, {}, "token_creation_packaging"),
    ({"full_scope_tokens": False}, {"access": "full"}, "token_full_scope"),
    ({"token_days": 7}, {}, "token_life_too_long"),
    ({"all_organizations_tokens": False}, {"organization": "all"}, "token_all_organizations"),
]


@pytest.mark.parametrize(("policy", "more", "code"), BROKEN, ids=[c for _, _, c in BROKEN])
def test_a_policy_that_refuses_is_named_with_who_can_change_it(alice_browser, contoso, policy, more, code):
    decided(contoso, **policy)
    answer = alice_browser.post(f"{PAGE}/new", said(contoso, ticket=ticket(alice_browser)) | more)
    assert answer.status_code == 400 and "Contoso" in text(answer)
    assert f"/why/{code}?about=" in answer.content.decode()


def test_the_last_day_that_an_organization_accepts_is_accepted(alice_browser, contoso):
    decided(contoso, token_days=7)
    last = (timezone.now() + 7 * DAY).date().isoformat()
    value_of(alice_browser.post(f"{PAGE}/new", said(contoso, life="date", until=last, ticket=ticket(alice_browser))))


def test_the_form_says_what_each_organization_asks_for(alice_browser, contoso):
    decided(contoso, token_days=7, full_scope_tokens=False)
    assert "at most 7 days, no full access" in text(alice_browser.get(f"{PAGE}/new"))


def test_permissions_are_searched_without_javascript(alice_browser):
    page = alice_browser.get(f"{PAGE}/new?find=packaging").content.decode()
    assert "3 permissions match." in page and 'name="scope:vso.work"' in page and "scope:openid" not in page


def test_the_list_filters_searches_and_sorts(alice, alice_browser, contoso):
    now = timezone.now()
    names = ("Alpha", "beta", "over", "gone")
    made = {n: factories.personal_token(alice, "vso.work", place=contoso, name=n).token for n in names}
    PersonalAccessToken.objects.filter(name="over").update(issued_at=now - 2 * DAY, expires_at=now - DAY)
    personal_tokens.revoke(made["gone"], by=alice, now=now)
    PersonalAccessToken.objects.filter(name="beta").update(last_used_at=now)
    ids = {n: str(t.pk) for n, t in made.items()}
    assert rows(alice_browser) == [ids["beta"], ids["Alpha"]]
    assert rows(alice_browser, "?sort=displayName") == [ids["Alpha"], ids["beta"]]
    assert rows(alice_browser, "?state=expired") == [ids["over"]]
    assert rows(alice_browser, "?state=revoked") == [ids["gone"]]
    assert len(rows(alice_browser, "?state=all")) == 4
    assert rows(alice_browser, "?q=alph") == [ids["Alpha"]] and rows(alice_browser, "?q=nothing") == []
    assert len(rows(alice_browser, "?state=odd&sort=odd&page=99&q=%00")) == 2


def test_the_list_is_paged(alice, alice_browser):
    for number in range(17):
        factories.personal_token(alice, "vso.work", name=f"T{number}")
    first, second = rows(alice_browser), rows(alice_browser, "?page=2")
    assert len(first) == 15 and len(second) == 2 and not set(first) & set(second)


def test_nothing_yet_says_what_it_is_for(alice_browser):
    assert "You have no personal access token" in text(alice_browser.get(PAGE))


def test_the_page_costs_the_same_whatever_there_is(alice, alice_browser, contoso):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert alice_browser.get(PAGE).status_code == 200
        return len(captured)

    factories.personal_token(alice, place=contoso)
    few = cost()
    for number in range(12):
        factories.organization(f"org{number}", alice)
        factories.personal_token(alice, "vso.code_write")
    assert cost() == few <= 7


def test_a_token_that_an_organization_refuses_says_so_and_why(alice, alice_browser, contoso):
    factories.personal_token(alice, place=contoso)
    assert "/why/" not in alice_browser.get(PAGE).content.decode()
    decided(contoso, full_scope_tokens=False)
    page = alice_browser.get(PAGE)
    assert "/why/token_full_scope?" in page.content.decode() and "Contoso:" in text(page)
    Membership.objects.filter(person=alice).delete()
    assert "/why/not_a_member?" in alice_browser.get(PAGE).content.decode()


def test_permissions_beyond_the_access_level_are_warned_of(alice, alice_browser, contoso):
    factories.personal_token(alice, "vso.code_full", place=contoso)
    Membership.objects.filter(person=alice).update(access_level="stakeholder")
    assert "Stakeholder" in text(alice_browser.get(PAGE)) and "too low for" in text(alice_browser.get(PAGE))


def test_alice_changes_a_token(alice, alice_browser, contoso):
    token = factories.personal_token(alice, "vso.work_write", place=contoso).token
    page = alice_browser.get(one(token, "edit"))
    assert re.search(r'name="scope:vso.work_write"[^>]*checked', page.content.decode())
    answer = alice_browser.post(one(token, "edit"), said(contoso, name="Desk", life="keep"))
    assert answer.status_code == 302
    after = PersonalAccessToken.objects.get()
    assert (after.name, after.scopes, after.expires_at) == ("Desk", ["vso.work"], token.expires_at)


def test_a_change_to_more_is_explained_when_it_is_refused(alice, alice_browser, contoso):
    token = factories.personal_token(alice, "vso.work", place=contoso).token
    decided(contoso, full_scope_tokens=False)
    answer = alice_browser.post(one(token, "edit"), said(contoso, life="keep", access="full"))
    assert answer.status_code == 400 and "/why/token_full_scope?" in answer.content.decode()


def test_alice_regenerates_a_token_once(alice, alice_browser):
    made = factories.personal_token(alice)
    page = alice_browser.get(one(made.token, "regenerate"))
    form = {"life": "60", "replaces": re.search(r'name="replaces" value="([^"]+)"', page.content.decode())[1]}
    value = value_of(alice_browser.post(one(made.token, "regenerate"), form))
    assert personal_tokens.find(value) and personal_tokens.find(made.value) is None
    again = alice_browser.post(one(made.token, "regenerate"), form, follow=True)
    assert "was changed since you looked" in text(again) and personal_tokens.find(value)


def test_alice_revokes_a_token_and_later_all(alice, alice_browser):
    first = factories.personal_token(alice, name="First").token
    factories.personal_token(alice), factories.personal_token(alice)
    assert "Revoke “First”?" in text(alice_browser.get(one(first, "revoke")))
    done = alice_browser.post(one(first, "revoke"), follow=True)
    assert "“First” was revoked at" in text(done) and len(rows(alice_browser)) == 2
    assert "has ended" in text(alice_browser.post(one(first, "revoke"), follow=True))
    assert "2 tokens end" in text(alice_browser.get(f"{PAGE}/revoke"))
    assert "2 tokens were revoked" in text(alice_browser.post(f"{PAGE}/revoke", follow=True))
    assert rows(alice_browser) == []
    assert "no token in force" in text(alice_browser.get(f"{PAGE}/revoke"))


@pytest.mark.parametrize("act", ["edit", "regenerate", "revoke"])
def test_charlie_cannot_tell_alices_token_from_none(alice, charlie_browser, act):
    token = factories.personal_token(alice).token
    for path in (one(token, act), f"{PAGE}/{uuid.uuid4()}/{act}"):
        assert charlie_browser.get(path).status_code == charlie_browser.post(path, {}).status_code == 404
    assert rows(charlie_browser) == [] and PersonalAccessToken.objects.get().revoked_at is None


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/new", f"{PAGE}/revoke"])
def test_nobody_signed_in_is_sent_to_sign_in(db, path):
    answer = Client().get(path)
    assert answer.status_code == 302 and "/signin" in answer["Location"]


def test_a_deactivated_person_gets_no_page(alice, alice_browser):
    deactivate(alice, by=None, reason="left", now=timezone.now())
    assert alice_browser.get(PAGE).status_code == 302


def test_who_signed_in_long_ago_proves_it_anew_before_a_value_is_made(alice):
    old = people.browser(alice, auth_time=1)
    token = factories.personal_token(alice).token
    for path in (f"{PAGE}/new", one(token, "edit"), one(token, "regenerate")):
        assert "reason=reauthenticate" in old.get(path)["Location"]
    assert old.get(one(token, "revoke")).status_code == 200, "stopping is never made harder"


def test_acts_need_a_token_of_the_form(alice):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice, backend="accounts.backends.ActivePersonBackend")
    token = factories.personal_token(alice).token
    assert strict.post(one(token, "revoke")).status_code == 403
    assert PersonalAccessToken.objects.get().revoked_at is None
