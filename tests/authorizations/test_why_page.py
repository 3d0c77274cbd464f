"""The page about a refusal: general for anybody, the case for those alone whom it concerns."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Membership
from authorizations import explaining
from authorizations.explaining import Denial
from authorizations.models import Authorization, AuthorizationCode, Connection, ServiceRuling
from authorizations.policy import Reason
from tests import factories, people, whys

NAMES = ("Payroll", "Alice", "Contoso")
STILL, ALLOWED, OTHER = "Still refused now", "Would be allowed now", "Still refused, for another reason"


@pytest.fixture
def contoso(alice, bob):
    """Bob's organization; Alice is a member."""
    return factories.organization("contoso", bob, alice)


@pytest.fixture
def bob_browser(bob):
    return people.browser(bob)


@pytest.fixture
def dana_browser(dana, payroll):
    """Dana owns the app."""
    payroll.app.owners.add(dana)
    return people.browser(dana)


def call(tokens, slug="contoso"):
    bearer = f"Bearer {tokens['access_token']}"
    return Client().get(f"/{slug}/_apis/projects?api-version=7.1", HTTP_AUTHORIZATION=bearer)


def switch(organization, policy, value):
    organization.policies = {policy: [[0, value]]}
    organization.save()


@pytest.fixture
def refused(contoso, connected):
    """Alice's service was refused by the switch of Bob's organization."""
    switch(contoso, "third_party_access", False)
    response = call(connected)
    assert response.status_code == 403
    return whys.rest(response)


def test_the_answer_of_the_api_keeps_the_text_that_old_clients_look_for(alice, contoso, connected):
    switch(contoso, "third_party_access", False)
    message = call(connected).json()["message"]
    assert message.startswith(f"TF400813: The user '{alice.pk}' is not authorized to access this resource.")


def test_signed_out_the_page_is_general_and_offers_to_sign_in(refused):
    text = whys.page(Client(), refused)
    assert "Third-party application access via OAuth" in text and "/signin?next=" in text
    assert not [name for name in NAMES if name in text]


def test_alice_sees_her_service_the_organization_the_permission_and_who_can_change_it(alice_browser, refused, bob):
    text = whys.page(alice_browser, refused)
    assert whys.role(alice_browser, refused) == "person"
    assert "Payroll" in text and "Contoso" in text and STILL in text
    assert "Bob" in text, "administrators are named to members"
    assert "/_usersSettings/authorizations/" in text
    assert "/contoso/_settings/policies" not in text, "she cannot change policies"


def test_alice_sees_when_it_would_be_allowed(alice_browser, contoso, refused):
    switch(contoso, "third_party_access", True)
    assert ALLOWED in whys.page(alice_browser, refused)


def test_alice_sees_when_something_else_refuses_by_now(alice_browser, contoso, refused):
    switch(contoso, "third_party_access", True)
    Authorization.objects.update(revoked_at=timezone.now())
    text = whys.page(alice_browser, refused)
    assert OTHER in text and 'href="/why/authorization_revoked"' in text


def test_an_administrator_sees_whose_service_it_was_and_the_switch(bob_browser, refused):
    text = whys.page(bob_browser, refused)
    assert whys.role(bob_browser, refused) == "administrator"
    assert "Payroll" in text and "Alice" in text and STILL in text
    assert "/_usersSettings/authorizations/" not in text.partition("<main")[2], "that is Alice's own page"


def test_somebody_who_left_is_not_named_to_the_organization(alice, bob_browser, refused):
    Membership.objects.filter(person=alice).delete()
    text = whys.page(bob_browser, refused)
    assert "Alice" not in text and OTHER in text


def test_charlie_sees_what_anybody_sees(charlie_browser, refused):
    text = whys.page(charlie_browser, refused)
    assert whys.role(charlie_browser, refused) == "" and not [name for name in NAMES if name in text]


def test_an_administrator_of_another_organization_sees_what_anybody_sees(charlie, charlie_browser, refused):
    factories.organization("fabrikam", charlie)
    assert whys.role(charlie_browser, refused) == ""


def test_a_member_who_does_not_administer_sees_what_anybody_sees(charlie, charlie_browser, contoso, refused):
    Membership.objects.create(organization=contoso, person=charlie, access_level="basic")
    text = whys.page(charlie_browser, refused)
    assert whys.role(charlie_browser, refused) == "" and "Payroll" not in text and "Alice" not in text


def test_once_she_is_deactivated_alice_sees_what_anybody_sees(alice, alice_browser, refused):
    alice.is_active = False
    alice.save()
    text = whys.page(alice_browser, refused)
    assert whys.role(alice_browser, refused) == "" and not [name for name in NAMES if name in text]


def test_an_owner_of_the_app_sees_the_app_and_not_the_person(dana_browser, refused):
    text = whys.page(dana_browser, refused)
    assert whys.role(dana_browser, refused) == "owner"
    assert "Payroll" in text and "Alice" not in text and "Contoso Ltd" in text and STILL not in text


def test_an_owner_finds_the_settings_where_they_help(dana_browser, payroll):
    address = explaining.address(Reason.SCOPE_NOT_REGISTERED, now=timezone.now(), app=payroll.app)
    assert f"/app/{payroll.client_id}/settings" in whys.page(dana_browser, address)


def test_an_organization_that_is_not_there_reads_like_one_that_the_approval_leaves_out(
    alice, alice_browser, bob, charlie, payroll
):
    mine = factories.organization("contoso", alice)
    factories.organization("fabrikam", charlie, alice)
    tokens = factories.connect(alice_browser, payroll)
    Authorization.objects.update(organizations=[str(mine.pk)])
    left_out, nowhere = whys.rest(call(tokens, "fabrikam")), whys.rest(call(tokens, "nowhere"))
    assert whys.code_of(left_out) == whys.code_of(nowhere) == "not_a_member"
    assert abs(len(left_out) - len(nowhere)) <= 4, "the name that the caller sent is all that differs"
    assert "Fabrikam" in whys.page(alice_browser, left_out) and STILL not in whys.page(alice_browser, left_out)
    assert "nowhere" in whys.page(alice_browser, nowhere) and STILL in whys.page(alice_browser, nowhere)
    assert whys.role(people.browser(charlie), left_out) == "", "the service left his organization out"


def test_a_lacking_permission_is_explained(alice, alice_browser, contoso):
    app = factories.app(scopes=["openid", "vso.profile"])
    address = whys.rest(call(factories.connect(alice_browser, app)))
    text = whys.page(alice_browser, address)
    assert whys.code_of(address) == "insufficient_scope" and "Project" in text and OTHER in text


def test_a_token_of_a_revoked_approval_is_explained(alice_browser, connected):
    Authorization.objects.update(revoked_at=timezone.now())
    response = call(connected)
    address = whys.rest(response)
    assert response.status_code == 401 and f'error_uri="{address}"' in response["WWW-Authenticate"]
    assert whys.code_of(address) == "authorization_revoked"
    assert STILL in whys.page(alice_browser, address)


@pytest.mark.parametrize(
    ("policy", "value", "code"),
    [
        ("third_party_access", False, "third_party_access_off"),
        ("approved_services_only", True, "approval_needed"),
        ("verified_publishers_only", True, "publisher_not_verified"),
        ("authorization_days", 1, "authorization_too_old"),
    ],
)
def test_every_policy_explains_its_refusal_to_everybody_in_their_way(
    alice_browser, bob_browser, charlie_browser, contoso, connected, policy, value, code
):
    Authorization.objects.update(granted_at=timezone.now() - timedelta(days=2))
    switch(contoso, policy, value)
    address = whys.rest(call(connected))
    assert whys.code_of(address) == code
    assert whys.role(alice_browser, address) == "person" and STILL in whys.page(alice_browser, address)
    assert whys.role(bob_browser, address) == "administrator" and STILL in whys.page(bob_browser, address)
    assert whys.role(charlie_browser, address) == whys.role(Client(), address) == ""


def test_no_page_is_offered_that_the_person_may_not_open(alice_browser, contoso, connected):
    switch(contoso, "approved_services_only", True)
    text = whys.page(alice_browser, whys.rest(call(connected)))
    for address in re.findall(r'href="(/[^"]*)"', text.partition('id="steps"')[2].partition("</p>")[0]):
        assert alice_browser.get(address).status_code == 200, address


def test_a_block_explains_its_refusal(alice_browser, contoso, connected, payroll):
    ruling = ServiceRuling.objects.create(
        organization=contoso, application=payroll.app, decision="blocked", decided_at=timezone.now()
    )
    address = whys.rest(call(connected))
    assert whys.code_of(address) == "service_blocked" and STILL in whys.page(alice_browser, address)
    ruling.delete()
    assert ALLOWED in whys.page(alice_browser, address)


def test_an_approval_that_grew_too_old_can_be_renewed_on_the_spot(alice_browser, contoso, connected):
    Authorization.objects.update(
        granted_at=timezone.now() - timedelta(days=2), expires_at=timezone.now() + timedelta(days=30)
    )
    switch(contoso, "authorization_days", 1)
    given = Authorization.objects.get()
    text = whys.page(alice_browser, whys.rest(call(connected)))
    assert f"/_usersSettings/authorizations/{given.pk}/renew" in text


@pytest.mark.parametrize("code", [*Reason, *Denial])
def test_every_page_opens_for_everybody(alice, alice_browser, bob_browser, charlie_browser, contoso, payroll, code):
    address = explaining.address(
        code, now=timezone.now(), person=alice, app=payroll.app, organization=contoso, scopes=["vso.project"]
    )
    assert whys.role(Client(), address) == whys.role(charlie_browser, address) == ""
    assert whys.role(alice_browser, address) == "person"
    assert whys.role(bob_browser, address) == "administrator"
    assert "Payroll" not in whys.page(Client(), explaining.page(code))


def test_what_is_gone_since_leaves_a_page_that_opens(alice_browser, contoso, refused):
    AuthorizationCode.objects.all().delete()
    Connection.objects.all().delete()
    Authorization.objects.all().delete()
    assert OTHER in whys.page(alice_browser, refused)
    contoso.delete()
    assert whys.role(alice_browser, refused) == "person"


@pytest.mark.parametrize("about", ["cut-off", "", "%00", "a" * 5000, "eyJjb2RlIjoieCJ9:1:x"])
def test_an_address_that_was_changed_opens_the_general_page_and_says_so(alice_browser, about):
    response = alice_browser.get(f"/why/service_blocked?about={about}")
    assert response.status_code == 200 and "cut off or changed" in response.content.decode()


def test_an_address_of_another_code_is_no_case(alice_browser, refused):
    response = alice_browser.get(refused.removeprefix(whys.ISSUER).replace("third_party_access_off", "service_blocked"))
    assert response.status_code == 200 and "cut off or changed" in response.content.decode()


def test_an_old_address_opens_the_general_page(alice_browser, refused, monkeypatch):
    real = __import__("time").time
    monkeypatch.setattr("django.core.signing.time.time", lambda: real() + 91 * 86_400)
    response = alice_browser.get(refused.removeprefix(whys.ISSUER))
    assert response.status_code == 200 and "too old" in response.content.decode()


@pytest.mark.parametrize("code", ["made_up", "TOKEN_IDLE", "<script>", "x" * 300])
def test_an_unknown_code_is_404_and_says_so(client, db, code):
    response = client.get(f"/why/{code}")
    text = response.content.decode()
    assert response.status_code == 404 and "no refusal with this code" in text and "<script>alert" not in text
    assert "noindex" in response["X-Robots-Tag"]


def test_the_page_takes_nothing_in(client, db):
    assert client.post("/why/service_blocked").status_code == 405
