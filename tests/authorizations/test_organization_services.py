"""The services of an organization: who sees them, what is shown and what never is, and what an administrator does."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import Membership
from authorizations import noticing, usage
from authorizations.models import Authorization, Exclusion, OrganizationUsage, ServiceRuling, ShutOut
from tests import factories, people
from tests.authorizations.test_budgets_postgresql import statements
from tests.conftest import missing

LIST = "/contoso/_settings/services"


@pytest.fixture
def contoso(bob, alice):
    """Bob is the administrator, Alice a member."""
    return factories.organization("contoso", bob, alice)


@pytest.fixture
def bobs(bob, contoso) -> Client:
    return people.browser(bob)


def page(browser: Client, path: str = "", status: int = 200, **said: Any) -> str:
    answer = browser.get(f"{LIST}{path}", said)
    assert answer.status_code == status, answer.content[:800]
    return answer.content.decode()


def call(tokens: dict[str, Any], slug: str = "contoso") -> int:
    bearer = f"Bearer {tokens['access_token']}"
    return Client().get(f"/{slug}/_apis/projects?api-version=7.1", HTTP_AUTHORIZATION=bearer).status_code


def paths(payroll, alice) -> list[str]:
    one = f"/{payroll.client_id}"
    return ["", one, f"{one}/revoke", f"{one}/revoke/{alice.pk}", f"{one}/block", f"{one}/unblock"]


def test_only_administrators_of_this_organization_see_and_act(
    contoso, alice, bob, dana, charlie, alice_browser, payroll, connected
):
    factories.organization("fabrikam", dana)
    for path in paths(payroll, alice):
        for method in ("get", "post"):
            if method == "post" and path in paths(payroll, alice)[:2]:
                continue  # read only
            ask = lambda browser: getattr(browser, method)(f"{LIST}{path}", {"why": "x"}).status_code  # noqa: B023, E731
            assert ask(alice_browser) == 403, path
            assert ask(people.browser(charlie)) == ask(people.browser(dana)) == 404, path
            assert ask(Client()) == 302, path
    bobs = people.browser(bob)
    bob.is_active = False
    bob.save()
    assert bobs.get(LIST).status_code == 302
    assert not ShutOut.objects.exists() and not ServiceRuling.objects.exists()


def test_an_empty_organization_says_what_the_page_is_for(bobs):
    assert "No service acts here" in page(bobs)


def test_a_service_is_listed_with_people_calls_and_what_it_may_do(contoso, bobs, payroll, connected):
    assert call(connected) == 200
    usage.flush()
    found = page(bobs)
    assert f'data-service="{payroll.client_id}"' in found and "Payroll" in found
    assert "1 person ·" in found and "1 call here in 30 days" in found and "not verified" in found
    assert "Allowed" in found


def test_nothing_of_other_organizations_and_no_notes_are_shown(contoso, dana, alice, bobs, payroll, connected):
    factories.organization("sécret-place", dana, alice)
    Authorization.objects.update(note="my own words")
    call(connected, "sécret-place")
    usage.flush()
    for path in paths(payroll, alice)[:4]:
        found = page(bobs, path).casefold()
        assert "my own words" not in found and "cret-place" not in found and "1 call here" not in found


def test_a_service_that_does_not_reach_it_is_not_there(contoso, dana, alice, bobs, payroll, connected):
    fabrikam = factories.organization("fabrikam", dana, alice)
    Authorization.objects.update(organizations=[str(fabrikam.pk)])
    assert "Payroll" not in page(bobs)
    for path in paths(payroll, alice)[1:]:
        page(bobs, path, status=404)
    for odd in ("/nothing", "/%00", "/" + "x" * 400):
        page(bobs, odd, status=404)


def test_filters_search_and_order(contoso, alice, bobs):
    now = timezone.now()
    plain = factories.app(name="Zürich Ärger", verified_domain="zurich.example")
    mighty = factories.app(name="Mighty", scopes=["vso.code_full"])
    old = factories.app(name="Classic", model="legacy")
    for app, granted in ((plain, 200), (mighty, 1), (old, 1)):
        Authorization.objects.create(
            person=alice, application=app.app, scopes=app.app.all_scopes, granted_at=now - timedelta(days=granted)
        )
    ServiceRuling.objects.create(
        organization=contoso, application=old.app, decision="blocked", decided_by_name="Bob", decided_at=now
    )

    def names(**said: str) -> list[str]:
        found = page(bobs, **said)
        at = {n: found.find(f'data-service="{a.client_id}"') for n, a in (("Z", plain), ("M", mighty), ("C", old))}
        return sorted((n for n, where in at.items() if where >= 0), key=at.__getitem__)

    assert names(sort="name") == ["C", "M", "Z"] and names(sort="risk")[0] == "M"
    assert names(show="high-privilege") == ["M"] and names(show="legacy") == names(show="blocked") == ["C"]
    assert names(show="unused") == ["Z"] and names(show="unverified", sort="name") == ["C", "M"]
    assert names(q="zÜRICH") == names(q="ärger") == ["Z"] and names(q="contoso ltd", sort="name") == ["C", "M", "Z"]
    assert names(q="nothing") == [] and "No service matches" in page(bobs, q="nothing")
    assert len(names(show="odd", sort="odd", page="999")) == 3
    OrganizationUsage.objects.create(organization_id=contoso.pk, application=plain.app, day=now.date(), calls=7)
    assert names(sort="used")[0] == "Z" and names(show="unused") == []
    assert "Blocked" in page(bobs, show="blocked")


def test_a_page_beyond_the_last_is_the_last(contoso, alice, bobs):
    for n in range(45):
        app = factories.app(name=f"Service {n:02}").app
        Authorization.objects.create(person=alice, application=app, scopes=["vso.work"], granted_at=timezone.now())

    def shown(**said: str) -> list[str]:
        return re.findall(r"<strong>(Service \d\d)</strong>", page(bobs, sort="name", **said))

    names = [f"Service {n:02}" for n in range(45)]
    assert shown() == shown(page="1") == shown(page="odd") == names[:20] and shown(page="2") == names[20:40]
    assert (
        shown(page="3") == shown(page="4") == shown(page="9" * 30) == shown(page="-1") == shown(page="0") == names[40:]
    )
    assert shown(q="service 1", page="2") == names[10:20] and "Page 3 of 3" in page(bobs, page="7")


def test_what_nobody_here_uses_is_not_there(contoso, bobs, payroll, connected):
    factories.app(name="Of nobody here")
    assert "Payroll" in page(bobs) and "Of nobody here" not in page(bobs) + page(bobs, q="nobody")


def test_revoking_for_one_says_first_what_stops(contoso, alice, bob, bobs, payroll, connected):
    others = factories.connect(people.browser(bob), payroll)
    call(connected)
    usage.flush()
    address = f"/{payroll.client_id}/revoke/{alice.pk}"
    preview = page(bobs, address)
    assert (
        "for Alice?" in preview and "1 connection is open" in preview and "1 call here in the last 30 days" in preview
    )
    assert not ShutOut.objects.exists()
    refused = bobs.post(f"{LIST}{address}", {"why": "   "})
    assert refused.status_code == 400 and "Say why" in refused.content.decode() and not ShutOut.objects.exists()
    done = bobs.post(f"{LIST}{address}", {"why": "Left the team"}, follow=True).content.decode()
    act = ShutOut.objects.get()
    assert act.reference in done and "Alice" in done and "Left the team" in done
    assert (act.people, act.connections, act.calls) == (1, 1, 1)
    assert (call(connected), call(others)) == (403, 200)
    again = bobs.post(f"{LIST}{address}", {"why": "Left the team"}, follow=True).content.decode()
    assert "There was nothing left to revoke" in again and ShutOut.objects.count() == 1


def test_revoking_for_all(contoso, alice, bob, bobs, payroll, connected):
    others = factories.connect(people.browser(bob), payroll)
    address = f"/{payroll.client_id}/revoke"
    assert "2 people let it act here" in page(bobs, address)
    done = bobs.post(f"{LIST}{address}", {"why": "Not needed"}, follow=True).content.decode()
    assert "Revoked here for 2 people" in done and "Nobody lets it act here now" in done
    assert (call(connected), call(others)) == (403, 403) and Exclusion.objects.count() == 2
    assert "Payroll" not in page(bobs)
    assert "There was nothing left" in bobs.post(f"{LIST}{address}", {"why": "x"}, follow=True).content.decode()


def test_blocking_and_taking_it_back(contoso, bobs, payroll, connected):
    one = f"/{payroll.client_id}"
    assert "Nobody can let it act here again" in page(bobs, f"{one}/block")
    for _ in range(2):
        found = bobs.post(f"{LIST}{one}/block", {"why": "Breached"}, follow=True).content.decode()
        assert "Blocked" in found and "Breached" in found
    assert call(connected) == 403 and 'id="unblock"' in page(bobs, one)
    found = bobs.post(f"{LIST}{one}/unblock", {"why": "Mended"}, follow=True).content.decode()
    assert "no longer blocked here" in found and call(connected) == 200
    assert "Bob blocked it" in found and "Bob took the block back" in found


def test_people_are_searched_by_name_and_paged(contoso, alice, bob, bobs, payroll, connected):
    factories.connect(people.browser(bob), payroll)
    one = f"/{payroll.client_id}"
    revoke = {who: f"{one}/revoke/{who.pk}" for who in (alice, bob)}  # the head of the page names Bob, too
    assert revoke[alice] in page(bobs, one) and revoke[bob] in page(bobs, one)
    found = page(bobs, one, q="aLiC")
    assert revoke[alice] in found and revoke[bob] not in found
    assert "Nobody here has that name" in page(bobs, one, q="zoë")


def test_a_deactivated_member_is_shown_as_one(contoso, alice, bobs, payroll, connected):
    alice.is_active = False
    alice.save()
    assert "Deactivated" in page(bobs, f"/{payroll.client_id}")


def test_a_form_without_its_token_changes_nothing(contoso, bob, payroll, connected):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = people.browser(bob).cookies
    assert strict.post(f"{LIST}/{payroll.client_id}/revoke", {"why": "x"}).status_code == 403
    assert not ShutOut.objects.exists()


def test_the_pages_cost_the_same_however_many_there_are(contoso, alice, bob, bobs, payroll, connected):
    if connection.vendor != "postgresql":
        missing("PostgreSQL")
    one = f"{LIST}/{payroll.client_id}"
    addresses = (LIST, f"{LIST}?sort=risk&q=a", one, f"{one}/revoke", f"{one}/revoke/{alice.pk}", f"{one}/block")

    def costs() -> list[int]:
        return [len(statements(lambda address=address: bobs.get(address))[1]) for address in addresses]

    costs()
    before = costs()
    print(dict(zip(addresses, before, strict=True)))
    for n in range(30):
        app = factories.app(name=f"Service {n}").app
        Authorization.objects.create(person=alice, application=app, scopes=["vso.work"], granted_at=timezone.now())
    factories.connect(people.browser(bob), payroll)
    Membership.objects.filter(person=alice).update(access_level="basic")
    assert costs() == before
    assert max(before) <= 15


def test_calls_that_a_rule_here_refused_are_shown_with_the_rule(contoso, bob, bobs, payroll, connected):
    assert call(connected) == 200
    usage.flush()
    assert 'id="refused"' not in page(bobs, f"/{payroll.client_id}")
    assert bobs.post(f"{LIST}/{payroll.client_id}/block", {"why": "Not ours."}).status_code in {200, 302}
    assert {call(connected) for _ in range(3)} == {403}
    noticing.flush()
    found = page(bobs, f"/{payroll.client_id}")
    assert "3 calls" in found and "This organization has blocked the service." in found
