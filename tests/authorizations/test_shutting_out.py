"""An organization shuts a service out: it does nothing more there, goes on elsewhere, and the person may let it in again."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Membership
from authorizations import usage
from authorizations.events.models import Event
from authorizations.models import Authorization, Exclusion, OrganizationUsage, ServiceRuling, ShutOut
from authorizations.notifications.models import Message, Notice
from authorizations.services import shutting_out
from authorizations.tasks import tell_shut_out
from tests import factories, people

WHY = "Not needed in Contoso"


@pytest.fixture
def contoso(bob, alice):
    """Bob is the administrator, Alice a member."""
    return factories.organization("contoso", bob, alice)


@pytest.fixture
def fabrikam(dana, alice):
    return factories.organization("fabrikam", dana, alice)


@pytest.fixture
def reaching(contoso, fabrikam, connected) -> dict[str, Any]:
    return connected


def projects(tokens: dict[str, Any], slug: str) -> Any:
    bearer = f"Bearer {tokens['access_token']}"
    return Client().get(f"/{slug}/_apis/projects?api-version=7.1", HTTP_AUTHORIZATION=bearer)


def shut_out_alice(contoso, bob) -> ShutOut | None:
    authorization = Authorization.objects.select_related("person", "application").get(person__display_name="Alice")
    return shutting_out.for_one(contoso, authorization, by=bob, why=WHY, now=timezone.now())


def test_the_next_call_there_is_refused_and_those_elsewhere_go_on(contoso, bob, reaching):
    assert projects(reaching, "contoso").status_code == projects(reaching, "fabrikam").status_code == 200
    assert shut_out_alice(contoso, bob)
    refused = projects(reaching, "contoso")
    assert refused.status_code == 403 and "/why/shut_out?" in refused.content.decode()
    assert "An administrator of this organization ended" in refused.content.decode()
    assert projects(reaching, "fabrikam").status_code == 200
    assert (
        Client().get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {reaching['access_token']}").status_code
        == 200
    )


def test_the_organization_is_no_longer_listed_for_the_token(contoso, bob, alice, reaching):
    def listed() -> list[str]:
        address = f"/_apis/accounts?memberId={alice.pk}&api-version=7.1"
        answer = Client().get(address, HTTP_AUTHORIZATION=f"Bearer {reaching['access_token']}")
        return [a["accountName"] for a in answer.json()["value"]]

    assert listed() == ["contoso", "fabrikam"]
    shut_out_alice(contoso, bob)
    assert listed() == ["fabrikam"]


def test_a_new_token_and_a_refreshed_one_do_not_get_around_it(contoso, bob, alice_browser, payroll, reaching):
    shut_out_alice(contoso, bob)
    assert projects(payroll.refresh(reaching["refresh_token"]).json(), "contoso").status_code == 403
    assert projects(factories.connect(alice_browser, payroll), "contoso").status_code == 403


def test_an_organization_that_is_joined_later_is_reached(contoso, bob, dana, alice, reaching):
    """What the person said, "all of mine, now and later", is not written over."""
    shut_out_alice(contoso, bob)
    factories.organization("northwind", dana, alice)
    assert projects(reaching, "northwind").status_code == 200


def test_leaving_and_coming_back_is_no_way_around_it(contoso, bob, alice, reaching):
    shut_out_alice(contoso, bob)
    Membership.objects.filter(person=alice, organization=contoso).delete()
    Membership.objects.create(person=alice, organization=contoso, access_level="basic")
    assert projects(reaching, "contoso").status_code == 403


def test_a_consent_that_was_limited_to_it_stays_and_reaches_nothing(contoso, bob, alice, reaching):
    Authorization.objects.update(organizations=[str(contoso.pk)])
    shut_out_alice(contoso, bob)
    assert projects(reaching, "contoso").status_code == projects(reaching, "fabrikam").status_code == 403
    assert Authorization.objects.get().is_live(timezone.now())


def test_the_act_says_what_it_was(contoso, bob, alice, reaching):
    usage.flush()
    projects(reaching, "contoso")
    usage.flush()
    act = shut_out_alice(contoso, bob)
    assert act is not None and act.reference.startswith("S-")
    assert (act.people, act.connections, act.calls, act.why) == (1, 1, 1, WHY)
    assert (act.made_by, act.made_by_name, act.person_name, act.app_name) == (bob, "Bob", "Alice", "Payroll")
    assert OrganizationUsage.objects.get().calls == 1


def test_it_is_recorded_for_the_organization_and_for_the_person(contoso, bob, alice, reaching):
    act = shut_out_alice(contoso, bob)
    made = Event.objects.get(name="service.shut_out")
    assert (made.organization_id, made.actor_id, made.person_id) == (str(contoso.pk), str(bob.pk), str(alice.pk))
    assert made.subject_id == act.reference and made.detail["why"] == WHY
    narrowed = Event.objects.get(name="authorization.narrowed")
    assert narrowed.subject_id == str(Authorization.objects.get().pk)
    assert narrowed.organization_name == "Contoso" and narrowed.detail["reference"] == act.reference


def test_the_person_is_told_at_once_and_reads_why(contoso, bob, alice, alice_browser, reaching):
    shut_out_alice(contoso, bob)
    told = Notice.objects.get(kind="service.shut_out")
    assert told.person == alice and Message.objects.filter(notice=told).count() == 1
    page = alice_browser.get("/_usersSettings/notifications").content.decode()
    assert "Payroll may do nothing more for you in Contoso" in page and WHY in page
    detail = alice_browser.get(f"/_usersSettings/authorizations/{told.about_id}").content.decode()
    assert "Administrators of Contoso ended what it could do there" in detail


def test_twice_is_once(contoso, bob, reaching):
    assert shut_out_alice(contoso, bob) and shut_out_alice(contoso, bob) is None
    assert (
        ShutOut.objects.count() == Exclusion.objects.count() == Notice.objects.filter(kind="service.shut_out").count()
    )


def test_all_members_at_once_and_nobody_else(contoso, fabrikam, bob, alice, dana, payroll, reaching):
    bobs = factories.connect(people.browser(bob), payroll)
    danas = factories.connect(people.browser(dana), payroll)  # she does not belong to Contoso
    act = shutting_out.for_all(contoso, payroll.app, by=bob, why=WHY, now=timezone.now())
    assert act is not None and act.people == 2 and act.person is None
    assert [projects(t, "contoso").status_code for t in (reaching, bobs, danas)] == [403, 403, 403]
    assert projects(danas, "fabrikam").status_code == projects(reaching, "fabrikam").status_code == 200
    assert set(Exclusion.objects.values_list("person__display_name", flat=True)) == {"Alice", "Bob"}
    assert shutting_out.for_all(contoso, payroll.app, by=bob, why=WHY, now=timezone.now()) is None


def test_where_the_consent_never_reached_there_is_nothing_to_end(contoso, fabrikam, bob, alice, reaching):
    Authorization.objects.update(organizations=[str(fabrikam.pk)])
    assert shut_out_alice(contoso, bob) is None
    assert not ShutOut.objects.exists() and not Event.objects.filter(name="service.shut_out").exists()


def test_many_are_told_by_the_job(contoso, bob, alice, payroll, reaching, monkeypatch):
    factories.connect(people.browser(bob), payroll)
    monkeypatch.setattr(shutting_out, "BATCH", 1)
    shutting_out.for_all(contoso, payroll.app, by=bob, why=WHY, now=timezone.now())
    assert not Notice.objects.filter(kind="service.shut_out").exists()
    assert tell_shut_out() == 2 and tell_shut_out() == 0
    assert Notice.objects.filter(kind="service.shut_out").count() == 2


def consent_again(browser: Client, app: factories.TestApp, **said: Any) -> Any:
    page = browser.get(app.request(prompt="consent"))
    return factories.decide(browser, page, "/oauth2/v2.0/authorize", **said)


def test_approving_again_lets_it_in_again(contoso, bob, alice_browser, payroll, reaching):
    shut_out_alice(contoso, bob)
    page = alice_browser.get(payroll.request(prompt="consent")).content.decode()
    assert "Out of reach" not in page
    assert consent_again(alice_browser, payroll, reach="all").status_code == 302
    assert projects(reaching, "contoso").status_code == 200
    assert Event.objects.get(name="authorization.widened").organization_name == "Contoso"


def test_approving_again_for_other_organizations_does_not(contoso, fabrikam, bob, alice_browser, payroll, reaching):
    shut_out_alice(contoso, bob)
    said = {"reach": "some", "organization": [str(fabrikam.pk)]}
    assert consent_again(alice_browser, payroll, **said).status_code == 302
    assert Exclusion.objects.count() == 1 and projects(reaching, "contoso").status_code == 403


def test_a_fresh_approval_after_a_revocation_lets_it_in(contoso, bob, alice, alice_browser, payroll, reaching):
    shut_out_alice(contoso, bob)
    address = f"/_usersSettings/authorizations/{Authorization.objects.get().pk}/revoke"
    alice_browser.post(address)
    assert projects(factories.connect(alice_browser, payroll), "contoso").status_code == 200


def test_while_it_is_blocked_approving_again_lets_nothing_in(contoso, bob, alice_browser, payroll, reaching):
    shut_out_alice(contoso, bob)
    ServiceRuling.objects.create(
        organization=contoso,
        application=payroll.app,
        decision="blocked",
        decided_by_name="Bob",
        decided_at=timezone.now(),
    )
    consent_again(alice_browser, payroll, reach="all")
    assert Exclusion.objects.count() == 1
    ServiceRuling.objects.all().delete()
    assert projects(reaching, "contoso").status_code == 403


def allow(browser: Client, contoso: Any) -> Any:
    address = f"/_usersSettings/authorizations/{Authorization.objects.get().pk}/organizations"
    page = browser.get(address).content.decode()
    assert f"allow-{contoso.pk}" in page and "Let it act in Contoso again" in page
    return browser.post(f"{address}/{contoso.pk}/allow", follow=True).content.decode()


def test_the_person_lets_it_in_again_on_its_page(contoso, bob, alice_browser, reaching):
    shut_out_alice(contoso, bob)
    assert "It may act there again" in allow(alice_browser, contoso)
    assert projects(reaching, "contoso").status_code == 200
    again = f"/_usersSettings/authorizations/{Authorization.objects.get().pk}/organizations/{contoso.pk}/allow"
    assert "Nothing was changed" in alice_browser.post(again, follow=True).content.decode()
    assert alice_browser.get(again).status_code == 405


def test_nobody_else_lets_it_in(contoso, bob, charlie_browser, alice_browser, reaching):
    shut_out_alice(contoso, bob)
    address = f"/_usersSettings/authorizations/{Authorization.objects.get().pk}/organizations/{contoso.pk}/allow"
    assert charlie_browser.post(address).status_code == 404
    assert people.browser(bob).post(address).status_code == 404
    assert Client().post(address).status_code == 302
    assert Exclusion.objects.count() == 1


def test_moving_to_the_new_version_is_no_way_around_it(contoso, bob, alice, alice_browser, payroll, reaching):
    shut_out_alice(contoso, bob)
    twin = factories.app(name="Payroll 2")
    made = Authorization.objects.create(
        person=alice, application=twin.app, scopes=["vso.project"], granted_at=timezone.now()
    )
    shutting_out.carry_over(alice, payroll.app, twin.app, made)
    assert projects(factories.connect(alice_browser, twin), "contoso").status_code == 403
