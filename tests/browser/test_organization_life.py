"""The life of an organization, walked in a browser on a product of one's own: a policy and the way back, the approval
of a service, and the personal token of a member."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser import steps
from tests.live.stack import Stack, folder, running

pytestmark = pytest.mark.xdist_group("live")
BOB = "bob@contoso.example"
PLACE, SETTINGS = "/contoso/_settings", "/_usersSettings"
SERVICE = steps.NAMES["standard"]
SCOPE = "openid profile offline_access vso.profile vso.project vso.work"
MAIL_MS, COUNTED_SECONDS = 60_000, 60


def test_an_organization_decides_what_reaches_it(opened: Callable[..., BrowserContext]) -> None:
    with folder() as home, running(home) as stack:
        bob, alice = opened().new_page(), at_home(opened().new_page(), stack, steps.ALICE)
        steps.connect(bob, stack, "legacy", BOB)
        switches_services_off(alice, stack, "legacy")
        why = is_refused(bob, stack, "legacy")
        explains_to_the_person(bob, why)
        leads_to_the_switch(alice, why)
        undoes(alice, stack)
        works_again(bob, stack, "legacy")

        lets_approved_services_alone_in(alice, stack)
        asks(bob, stack)
        approves_a_part(alice, stack)
        works_again(bob, stack, "standard")
        personal_token(bob, alice, stack)


def at_home(page: Page, stack: Stack, account: str) -> Page:
    page.goto(f"{stack.portal}/signin?next={SETTINGS}/profile")
    steps.sign_in(page, account)
    page.wait_for_url(f"{stack.portal}{SETTINGS}/profile")
    return page


def switches_services_off(alice: Page, stack: Stack, model: str) -> None:
    alice.goto(f"{stack.portal}{PLACE}/policies/third_party_access")
    alice.locator("input[name=value][value=false]").check()
    alice.locator("#policy-next").click()
    expect(alice.locator("#impact-services")).not_to_have_text("0")
    named = alice.locator("#impact [data-service]").filter(has=alice.get_by_text(steps.NAMES[model], exact=True))
    expect(named).to_contain_text("1 person")
    seen_calls(alice, named)
    decide(alice, "We look at what each service does first.")
    expect(alice.locator("#policies-history ~ ul")).to_contain_text("We look at what each service does first.")


def seen_calls(alice: Page, named: Locator) -> None:
    """Calls are counted together and written down every few seconds."""
    for _ in range(COUNTED_SECONDS):
        if re.search(r"[1-9]\d* calls?", named.inner_text()):
            return
        alice.wait_for_timeout(1000)
        alice.reload()
    raise AssertionError("the calls of the service were not counted")


def decide(alice: Page, why: str) -> None:
    alice.locator("#why").fill(why)
    alice.locator("#policy-confirm").click()
    alice.wait_for_url(re.compile(f"{PLACE}/policies$"))


def answer(page: Page) -> Locator:
    """What the API said about the projects of the organization."""
    return page.locator("details.answer").filter(has=page.get_by_text("Projects of contoso", exact=True))


def is_refused(service: Page, stack: Stack, model: str) -> str:
    """The address of the page that says why."""
    service.goto(f"{stack.service}/{model}")
    service.locator("#call-api").click()
    expect(answer(service)).to_have_attribute("data-status", "403")
    body = answer(service).locator("pre").inner_text()
    assert "TF400813" in body
    found = re.search(r'"helpLink": "([^"]+/why/third_party_access_off[^"]*)"', body)
    assert found
    return found[1]


def explains_to_the_person(bob: Page, why: str) -> None:
    bob.goto(why)
    expect(bob.locator("#case")).to_contain_text(steps.NAMES["legacy"])
    expect(bob.locator("#case")).to_contain_text("Contoso")
    expect(bob.locator("#now")).to_contain_text("Still refused now")
    expect(bob.locator("#who")).to_contain_text("Alice Andersen")
    expect(bob.locator("#steps a[href$='/policies']")).to_have_count(0)


def leads_to_the_switch(alice: Page, why: str) -> None:
    alice.goto(why)
    expect(alice.locator("#case")).to_contain_text("Bob Bauer")
    alice.locator("#steps a[href$='/policies']").click()
    expect(alice.locator("#policy-third_party_access .policy-value")).to_contain_text("Off")


def undoes(alice: Page, stack: Stack) -> None:
    alice.goto(f"{stack.portal}{PLACE}/policies")
    alice.locator("[data-change] a[href$='/undo']").first.click()
    decide(alice, "They all turned out to be in order.")
    expect(alice.locator("#policy-third_party_access .policy-value")).to_contain_text("On")


def works_again(service: Page, stack: Stack, model: str) -> None:
    service.goto(f"{stack.service}/{model}")
    service.locator("#call-api").click()
    expect(answer(service)).to_have_attribute("data-status", "200")


def lets_approved_services_alone_in(alice: Page, stack: Stack) -> None:
    alice.goto(f"{stack.portal}{PLACE}/policies/approved_services_only")
    alice.locator("input[name=value][value=true]").check()
    alice.locator("#policy-next").click()
    expect(alice.locator("#impact")).to_contain_text(SERVICE)
    decide(alice, "Each service is looked at once.")


def asks(bob: Page, stack: Stack) -> None:
    """On the approval page, which he goes on with meanwhile."""
    bob.goto(f"{stack.service}/keys")
    bob.locator("#standard-scope").fill(SCOPE)
    bob.locator("#save-standard").click()
    steps.ask(bob, stack, "standard")
    place = bob.locator("[data-organization]").filter(has_text="Contoso")
    place.locator("summary").click()
    place.locator("textarea").fill("I send the numbers of my projects around every Monday.")
    place.locator("button[name=ask]").click()
    expect(bob.locator("[data-organization]").filter(has_text="Contoso")).to_contain_text("the request waits until")
    bob.locator("#consent-accept").click()
    expect(bob.locator("#person")).to_have_text("Bob Bauer")
    expect(answer(bob)).to_have_attribute("data-status", "403")


def approves_a_part(alice: Page, stack: Stack) -> None:
    alice.goto(link_in_mail(alice, stack, "alice", "Bob Bauer asks to approve"))
    expect(alice.locator("#justification")).to_contain_text("every Monday")
    alice.locator("#answer-form input[value='vso.work']").uncheck()
    alice.locator("#days").select_option("30")
    alice.locator("#approve").click()
    alice.goto(f"{stack.portal}{PLACE}/approvals/services")
    expect(alice.locator("#decided")).to_contain_text(SERVICE)


def link_in_mail(page: Page, stack: Stack, to: str, title: str) -> str:
    """Of the request, in the mail that the mailbox of the demo keeps."""
    for _ in range(MAIL_MS // 500):
        for path in mails(stack.home, to):
            text = path.read_text(encoding="utf-8")
            found = re.search(rf"{re.escape(stack.portal)}{PLACE}/approvals/[0-9a-f-]{{36}}", text)
            if title in text and found:
                return found[0]
        page.wait_for_timeout(500)
    raise AssertionError(f"no mail to {to}: {title}")


def mails(home: Path, to: str) -> list[Path]:
    return sorted((home / "mail").glob(f"*_{to}_*.txt"), reverse=True)


def personal_token(bob: Page, alice: Page, stack: Stack) -> None:
    value = makes_a_token(bob, stack)
    assert projects(stack, value).status_code == 200
    alice.goto(f"{stack.portal}{PLACE}/tokens?q=bob")
    row = alice.locator("[data-token]").filter(has_text="Bob's laptop")
    row.get_by_role("link", name="End").click()
    alice.locator("#why").fill("The laptop was stolen.")
    alice.locator("#end-confirm").click()
    expect(alice.locator(".notice-success")).to_contain_text("no longer works here")
    assert projects(stack, value).status_code == 401


def makes_a_token(bob: Page, stack: Stack) -> str:
    bob.goto(f"{stack.portal}{SETTINGS}/tokens/new")
    bob.locator("#token-name").fill("Bob's laptop")
    bob.locator("#token-organization label").filter(has_text="Contoso").click()
    bob.locator("#life-30").check()
    bob.locator("#scope-find").fill("vso.project")
    bob.locator("[id='scope-vso.project']").check()
    bob.locator("#save-token").click()
    return bob.locator("#token-value").inner_text()


def projects(stack: Stack, token: str) -> requests.Response:
    address = f"{stack.portal}/contoso/_apis/projects?api-version=7.1"
    return requests.get(address, auth=("", token), timeout=20)
