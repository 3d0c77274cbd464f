"""The pages where administrators of an organization look after the personal tokens of its members."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import policies
from accounts.services import deactivate
from authorizations.events.models import Event
from authorizations.models import PersonalAccessToken, RevocationRule
from authorizations.services import revocation_rules
from tests import factories, people

pytestmark = pytest.mark.django_db
BASE = "/contoso/_settings/tokens"
PAGES = ["", "/end", "/rules", "/rules/new", "/rules/{rule}/withdraw"]


@pytest.fixture
def contoso(alice, bob):
    """Bob administers it, Alice is a member."""
    return factories.organization("contoso", bob, alice)


@pytest.fixture
def admin(contoso, bob):
    return people.browser(bob)


def text(answer):
    assert answer.status_code == 200, answer.content[:500]
    return answer.content.decode()


def calls(value, slug="contoso"):
    return Client().get(f"/{slug}/_apis/projects?api-version=7.1", **factories.basic(value)).status_code


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("page", PAGES)
def test_only_administrators_of_the_organization_come_in(alice, bob, charlie, contoso, page, method):
    rule = revocation_rules.make(contoso, ["vso.code"], by=bob, now=timezone.now())
    factories.organization("fabrikam", charlie)
    address = BASE + page.format(rule=rule.pk)
    if method == "post" and page in {"", "/rules"}:
        assert people.browser(bob).post(address).status_code == 405
        return
    assert getattr(people.browser(alice), method)(address).status_code == 403
    assert getattr(people.browser(charlie), method)(address).status_code == 404
    assert getattr(people.browser(bob), method)(address.replace("contoso", "nowhere")).status_code == 404
    assert "/signin" in getattr(Client(), method)(address)["Location"]
    gone = people.browser(bob)
    deactivate(bob, by=None, reason="left", now=timezone.now())
    assert "/signin" in getattr(gone, method)(address)["Location"]
    rule.refresh_from_db()
    assert rule.stands and RevocationRule.objects.count() == 1


def test_an_organization_without_tokens_says_what_the_page_is_for(admin):
    assert "No personal token reaches this organization" in text(admin.get(BASE))
    assert "There is no rule" in text(admin.get(f"{BASE}/rules"))


def test_the_tokens_of_members_are_listed_and_never_their_values(alice, admin, contoso):
    other = factories.organization("fabrikam", alice)
    made = factories.personal_token(alice, name="Laptop")
    factories.personal_token(alice, place=other, name="Elsewhere")
    said = text(admin.get(BASE))
    assert "Laptop" in said and "Alice" in said and "All organizations" in said and "Elsewhere" not in said
    assert made.value not in said and made.token.digest not in said


def test_filters_and_a_search_narrow_the_list(alice, bob, admin, contoso):
    factories.personal_token(alice, name="Everything")
    factories.personal_token(bob, "vso.code", place=contoso, name="Pipeline")
    assert "Pipeline" not in text(admin.get(BASE, {"show": "full"}))
    assert "Pipeline" not in text(admin.get(BASE, {"show": "everywhere"}))
    assert "Everything" not in text(admin.get(BASE, {"q": "bob"}))
    assert "No token matches" in text(admin.get(BASE, {"show": "unused"}))
    PersonalAccessToken.objects.update(issued_at=timezone.now() - timedelta(days=100))
    assert "Pipeline" in text(admin.get(BASE, {"show": "unused"}))
    for odd in ({"show": "x"}, {"q": "\x00"}, {"page": "x"}, {"page": "-1"}, {"ended": "x"}):
        assert admin.get(BASE, odd).status_code == 200


def test_a_searched_page_beyond_the_last_is_the_last(alice, admin, contoso):
    for n in range(30):
        factories.personal_token(alice, "vso.code", name=f"Tool {n:02}")
    factories.personal_token(alice, "vso.code", name="Other")

    def shown(**said):
        return set(re.findall(r"Tool \d\d|Other", text(admin.get(BASE, said))))

    first, last = shown(q="tool"), shown(q="tool", page="2")
    assert (len(first), len(last), len(first | last)) == (25, 5, 30) and "Other" not in first | last
    assert shown(q="tool", page="9") == shown(q="tool", page="-1") == last and shown(q="tool", page="odd") == first
    assert shown(q="nothing", page="2") == set()


def test_a_token_that_a_policy_refuses_says_why(alice, admin, contoso):
    factories.personal_token(alice, name="Everything")
    now = timezone.now()
    contoso.policies = policies.with_value({}, "full_scope_tokens", False, begins=now, now=now)
    contoso.save()
    assert "accepts no personal access tokens with full access" in text(admin.get(BASE))


def test_an_administrator_ends_chosen_tokens_with_a_reason(alice, bob, admin, contoso):
    factories.organization("fabrikam", alice)
    here = factories.personal_token(alice, "vso.project", place=contoso, name="Pipeline")
    everywhere = factories.personal_token(alice, name="Everything")
    ids = [str(here.token.pk), str(everywhere.token.pk), str(uuid.uuid4()), "x"]
    said = text(admin.get(f"{BASE}/end", {"token": ids}))
    assert "Pipeline" in said and "It is over for good" in said and "goes on in the others" in said
    refused = admin.post(f"{BASE}/end", {"token": ids, "why": " "})
    assert refused.status_code == 400 and "Say why" in refused.content.decode() and calls(here.value) == 200
    done = admin.post(f"{BASE}/end", {"token": ids, "why": "found in a log"}, follow=True)
    assert "2 tokens no longer work here" in text(done)
    assert calls(here.value) == 401 and calls(everywhere.value) == 403 and calls(everywhere.value, "fabrikam") == 200
    assert {e.detail["why"] for e in Event.objects.filter(name="personal_token.revoked")} == {"found in a log"}


def test_a_token_of_another_organization_is_passed_over(alice, admin, contoso):
    other = factories.organization("fabrikam", alice)
    made = factories.personal_token(alice, place=other)
    assert "No token was chosen" in text(admin.get(f"{BASE}/end", {"token": made.token.pk}))
    admin.post(f"{BASE}/end", {"token": made.token.pk, "why": "x"})
    assert calls(made.value, "fabrikam") == 200


def test_a_rule_is_previewed_made_and_withdrawn(alice, admin, contoso):
    made = factories.personal_token(alice, "vso.project")
    wanted = {"scope": ["vso.project"], "why": "A laptop was stolen.", "before": ""}
    preview = text(admin.get(f"{BASE}/rules/new", wanted | {"preview": "1"}))
    assert "1 person is concerned" in preview and "1 personal token " in preview and calls(made.value) == 200
    said = text(admin.post(f"{BASE}/rules/new", wanted, follow=True))
    assert "A laptop was stolen." in said and "made by Bob" in said and calls(made.value) == 403
    rule = RevocationRule.objects.get()
    assert "Withdraw this rule?" in text(admin.get(f"{BASE}/rules/{rule.pk}/withdraw"))
    assert "withdrawn by Bob" in text(admin.post(f"{BASE}/rules/{rule.pk}/withdraw", follow=True))
    assert calls(made.value) == 200
    assert "not in force" in text(admin.get(f"{BASE}/rules/{rule.pk}/withdraw"))


def test_a_rule_for_every_permission(alice, admin, contoso):
    made = factories.personal_token(alice, "vso.project")
    admin.post(f"{BASE}/rules/new", {"everything": "1", "why": "Start afresh."})
    assert calls(made.value) == 403 and "Every permission" in text(admin.get(f"{BASE}/rules"))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"scope": ["vso.code"]}, "Say why"),
        ({"why": "x"}, "at least one permission"),
        ({"why": "x", "scope": ["vso.nothing"]}, "at least one permission"),
        ({"why": "x", "scope": ["vso.code"], "before": "2999-01-01T00:00"}, "future"),
        ({"why": "x", "scope": ["vso.code"], "before": "soon"}, "Give a day"),
        ({"why": "x", "scope": ["vso.code"], "before": "0001-01-01T00:00:00+23:59"}, "Give a day"),
    ],
)
def test_a_rule_that_cannot_be_says_what_is_wrong(admin, contoso, said, words):
    assert words in text(admin.get(f"{BASE}/rules/new", said | {"preview": "1"}))
    answer = admin.post(f"{BASE}/rules/new", said)
    assert answer.status_code == 400 and words in answer.content.decode() and not RevocationRule.objects.exists()


def test_a_rule_of_another_organization_is_not_there(admin, charlie, contoso):
    other = factories.organization("fabrikam", charlie)
    rule = revocation_rules.make(other, ["vso.code"], by=charlie, now=timezone.now())
    for pk in (rule.pk, uuid.uuid4()):
        assert admin.get(f"{BASE}/rules/{pk}/withdraw").status_code == 404
        assert admin.post(f"{BASE}/rules/{pk}/withdraw").status_code == 404
