"""An administrator stops issuing and makes the portal read-only; people see why, and can still stop a service."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import steps
from tests.browser.looks import faults
from tests.live.stack import Stack

pytestmark = pytest.mark.xdist_group("live")


@pytest.fixture
def olivia(stack: Stack, opened: Callable[..., BrowserContext]) -> Iterator[Page]:
    page = opened().new_page()
    page.goto(f"{stack.portal}/signin?next=/admin/switches&reason=reauthenticate")
    steps.sign_in(page, "olivia@contoso.example")
    page.wait_for_url(f"{stack.portal}/admin/switches")
    yield page
    for name in ("stop-issuing", "read-only"):  # whatever went wrong: the next test wants a portal that works
        if f"{name}: ON" in stack.manage("switch"):
            stack.manage("switch", name, "off", "--reason", "The test is over.")


def test_people_are_told_and_can_still_stop_a_service(
    stack: Stack, opened: Callable[..., BrowserContext], olivia: Page
) -> None:
    alice, problems = opened().new_page(), []
    steps.connect(alice, stack, "standard", steps.ALICE)
    turn(olivia, "stop_issuing", "We look into a leak, back within the hour.")
    problems += faults(olivia, "the list while one is on")
    alice.goto(stack.portal)
    expect(alice.locator('[data-switch="issuing_stopped"]')).to_contain_text("back within the hour")
    problems += faults(alice, "a page with the banner")

    steps.ask(alice, stack, "standard")
    expect(alice.locator("#error-code")).to_have_text("issuing_stopped")
    problems += faults(alice, "the request that is paused")
    alice.locator("#why").click()
    expect(alice.locator("#who")).to_be_visible()
    problems += faults(alice, "why")
    steps.ask(alice, stack, "standard")
    alice.locator("#back-to-service").click()
    expect(alice).to_have_url(re.compile(re.escape(stack.service)))

    turn(olivia, "read_only", "Nothing is changed for a while.")
    olivia.goto(f"{stack.portal}/admin/")
    olivia.goto(f"{stack.portal}/admin/switches/read_only")
    problems += faults(olivia, "the page that turns it off")
    alice.goto(f"{stack.portal}/_usersSettings/notifications/mail")
    alice.locator("main form button[type=submit]").first.click()
    expect(alice.locator("#error-code")).to_have_text("read_only")
    problems += faults(alice, "a change that is refused")
    steps.revoke(alice, stack, "standard")

    for name in ("read_only", "stop_issuing"):
        olivia.goto(f"{stack.portal}/admin/switches/{name}")
        olivia.locator("[name=reason]").fill("The leak was closed.")
        olivia.locator("#turn").click()
        expect(olivia.locator(f'[data-switch="{name}"][data-on="no"]')).to_be_visible()
    alice.wait_for_timeout(1100)
    alice.goto(stack.portal)
    expect(alice.locator(".switch-banner")).to_have_count(0)
    assert problems == []


def turn(page: Page, name: str, told: str) -> None:
    page.goto(f"{page.url.split('/admin')[0]}/admin/switches")
    page.locator(f"#turn-{name}").click()
    expect(page.locator("#effects")).to_be_visible()
    page.locator("[name=reason]").fill("A leak is looked into.")
    page.locator("[name=told]").fill(told)
    page.locator("[name=ends]").select_option("60")
    page.locator("#turn").click()
    expect(page.locator(f'section[data-switch="{name}"][data-on="yes"]')).to_be_visible()
    page.wait_for_timeout(1100)  # in force everywhere
